package io.abelia.engine.apply;

import io.abelia.engine.clock.RecordClock;
import io.abelia.engine.clock.VectorClock;
import io.abelia.engine.status.EngineStatus;
import java.util.BitSet;
import org.agrona.collections.LongHashSet;

/**
 * What an engine had collected when it was connected to others for the first time: of everything up to that clock it has dropped what it would
 * need to settle concurrent operations. So it takes only what was committed by who had observed that clock: whoever joined it has, an engine with a
 * past of its own has not. Empty for engines that never collected alone. With the commit lock.
 */
public final class CommonPast {
    private final EngineStatus status;
    private volatile boolean collected;
    private long[] origins = new long[0];
    private long[] seqs = new long[0];
    private final BitSet insiders = new BitSet();
    private final LongHashSet outsiders = new LongHashSet();

    CommonPast(final EngineStatus status) {
        this.status = status;
    }

    /** Notes that this engine has collected alone, or is about to. Any thread. */
    public void collected() {
        collected = true;
    }

    /** Whether it has. Any thread. */
    public boolean hasCollected() {
        return collected;
    }

    /**
     * To be called before the engine becomes one of several that each may have a past of its own. Any thread.
     *
     * @throws IllegalStateException if it has collected alone, so that others may only join it
     */
    public void requireNone() {
        if (collected) {
            throw new IllegalStateException(
                    "this engine has dropped removed elements while it was alone, which members that begin beside it might still need: let it"
                            + " found a group (ReplicaContext.found), and the others join it with empty directories. To keep them for a"
                            + " group with fixed members, launch the engine with EngineContext.collectAlone(false) from the first time on");
        }
    }

    /** Sets the clock that every record from elsewhere must have observed. */
    public void require(final VectorClock clock) {
        origins = new long[clock.size()];
        seqs = new long[clock.size()];
        final int[] at = {0};
        clock.forEach((origin, seq) -> {
            origins[at[0]] = origin;
            seqs[at[0]++] = seq;
        });
        assert at[0] == origins.length : at[0];
        insiders.clear();
        outsiders.clear();
        collected |= clock.size() > 0;
    }

    /** Whether a record of that origin has been refused: none that follows can be taken. */
    boolean hasRefused(final long origin) {
        assert outsiders.isEmpty() || origins.length > 0 : "refused without a past";
        return !outsiders.isEmpty() && outsiders.contains(origin);
    }

    /** Whether a record's transaction had observed all of it; the first refusal of an origin is told. */
    boolean admits(final RecordClock clock, final long origin) {
        assert origins.length == 0 || collected : "a past of who has not collected";
        if (isObservedBy(clock)) {
            return true;
        }
        if (outsiders.add(origin)) {
            status.outsider(origin);
        }
        return false;
    }

    /** Delivery clocks only grow, so they are looked at closely once for each origin. */
    private boolean isObservedBy(final RecordClock clock) {
        if (origins.length == 0 || !clock.hasLowered() && insiders.get(clock.authorIndex())) {
            return true;
        }
        for (int i = 0; i < origins.length; i++) {
            if (!clock.covers(origins[i], seqs[i])) {
                return false;
            }
        }
        if (!clock.hasLowered()) {
            insiders.set(clock.authorIndex());
        }
        return true;
    }
}
