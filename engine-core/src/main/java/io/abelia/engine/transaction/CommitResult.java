package io.abelia.engine.transaction;

/** What a commit came to. */
public enum CommitResult {
    /** Logged, applied and as durable as the engine was configured to make it. */
    COMMITTED,
    /** The transaction had no operations; no dot was used. */
    EMPTY,
    /** No disk for another log segment or for state; nothing changed. Commits resume by themselves when there is room. */
    DISK_FULL,
    /** The node has empty state and has not yet installed a peer's; nothing changed. */
    NOT_JOINED,
    /**
     * The node's group has removed it or given its launch up, or its directory is an older copy of what it was; nothing changed.
     * {@code Engine.fenced()} tells which. Its commits that no other node has can be exported, and committed again once it has joined anew.
     */
    FENCED,
    /**
     * The transaction spends more of a BOUNDED_COUNTER than this node may; nothing changed. {@code Transaction.shortage()} says of which.
     * Other nodes are being asked: the same transaction can be committed again.
     */
    INSUFFICIENT_RIGHTS,
    /**
     * The transaction would raise a BOUNDED_COUNTER above {@code BoundedCounter.MAX_VALUE}, 2^52; nothing changed. Count in larger units, or in
     * several cells.
     */
    OUT_OF_RANGE,
    /**
     * The wall clock of this machine is beyond the year 2200, and peers would not take what is authored by it; nothing changed. Set the clock: the
     * same transaction can be committed again.
     */
    CLOCK_OUT_OF_RANGE,
    /** Mode COORDINATED: a condition did not hold; nothing changed. {@code Transaction.failedCondition()} says which. */
    CONDITION_FAILED,
    /** Mode COORDINATED: what the transaction had read has changed meanwhile; nothing changed. Begin anew, read again. */
    CONFLICT,
    /** Mode COORDINATED: no leader with a majority was there to take the transaction; nothing changed. It can be committed again. */
    NO_MAJORITY,
    /**
     * Mode COORDINATED: the transaction was sent and nobody answered in time, so it may have been committed, or be later: wholly or
     * not at all. Committing the same transaction again is safe, it is applied once and the answer is the same.
     */
    UNDECIDED,
    /**
     * The transaction was open for longer than {@code EngineContext.transactionLimitMs} and has been given up, since it held back what other
     * nodes may drop; nothing changed. Begin again.
     */
    EXPIRED,
    /** The engine is closed; nothing changed. */
    CLOSED,
    /**
     * The engine has failed (see its error log): a force failed, so this transaction may or may not survive a power loss, or
     * the engine had failed before and nothing changed.
     */
    FAILED
}
