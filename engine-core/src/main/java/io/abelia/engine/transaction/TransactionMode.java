package io.abelia.engine.transaction;

/** How a transaction reaches agreement. */
public enum TransactionMode {
    /** Commits locally, waits for nobody, merges everywhere; algebraic operations only. */
    COORDINATION_FREE,
    /** Commits through consensus; the default, so that nothing becomes weaker without being asked for. */
    COORDINATED
}
