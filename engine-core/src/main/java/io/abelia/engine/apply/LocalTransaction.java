package io.abelia.engine.apply;

import org.jspecify.annotations.Nullable;

/** A local transaction, encoded. */
public interface LocalTransaction extends Applier.CellHints {
    /** Address of the encoded operations. */
    long operations();

    int operationsLength();

    /** Version at the transaction's begin. */
    long beginVersion();

    /** Whether it has been given up because it was open for too long; decided with the commit lock held. */
    boolean isExpired();

    /** Whether an operation's effect depends on what the transaction observed. */
    boolean usesObservedClock();

    /** Address of the applied clock at the begin. */
    long observedClock();

    int observedCount();

    /** Whether an operation needs rights of a BOUNDED_COUNTER. */
    boolean spends();

    /** Receives the dot. */
    void onCommitted(long origin, long seq);

    /** Receives which rights are missing. */
    void onShortage(RightsShortage shortage);

    /** What {@link #onShortage} received last, or null. */
    @Nullable
    RightsShortage shortage();
}
