package io.abelia.proofs.simulator;

/** What must hold at every step, or at the end. */
enum Invariant {
    /** A node applies the transactions of an origin one after the other, each once. */
    CONTIGUOUS_ONCE,
    /** A node applies a transaction only after everything that its author had applied. */
    CAUSAL,
    /** A dot has one content, everywhere and for ever. */
    ONE_CONTENT_PER_DOT,
    /** What a node may not lose at its durability level is there after every restart. */
    DURABLE,
    /** A node that lost nothing it had forced opens again. */
    OPENS_AGAIN,
    /** At POWER no record leaves a node before it is forced there. */
    FORCED_BEFORE_SENT,
    /** Whatever is read at a clock is the function of the transactions in that clock that the types promise. */
    READS_EQUAL_REFERENCE,
    /** All effects of a transaction are visible, or none. */
    NO_HALF_TRANSACTION,
    /** A session sees its own writes and never goes back in time, on whatever node it goes on. */
    SESSION,
    /** Equal applied clocks mean equal digests. */
    EQUAL_CLOCKS_EQUAL_DIGESTS,
    /** Nothing is delivered that had not observed all that is called causally stable. */
    STABLE_IS_OBSERVED,
    /** A record that arrived is applied as soon as its causes are. */
    BUFFER_DRAINS,
    /** Buffers stay within their bounds. */
    BOUNDED,
    /** Subscribers get every transaction once, in causal order. */
    SUBSCRIPTION,
    /** When all faults end, all nodes come to one clock and one digest within a bound, and nothing that survived is missing. */
    CONVERGES,
    /** The group has one sequence of memberships: an epoch has one content, everywhere and for ever. */
    EPOCHS_AGREE,
    /** Nobody spends more of a bounded counter than it holds, and so the counter never falls below zero. */
    NEVER_BELOW_BOUND,
    /** Nothing is authored beyond the limits that keep clocks and numbers from ever wrapping. */
    WITHIN_LIMITS,
    /** Where frames are sealed, what was flipped, cut, made up, or sealed with another key is not taken. */
    NOTHING_FORGED,
    /** Nothing fails that no fault explains. */
    NO_SURPRISE
}
