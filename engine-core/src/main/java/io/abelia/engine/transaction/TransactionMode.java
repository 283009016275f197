package io.abelia.engine.transaction;

/** How a transaction reaches agreement. */
public enum TransactionMode {
    /** Commits locally, waits for nobody, merges everywhere; algebraic operations only. The default of an engine without a coordinator. */
    COORDINATION_FREE,
    /** Commits through consensus. The default of an engine with a coordinator: there nothing becomes weaker without being asked for. */
    COORDINATED
}
