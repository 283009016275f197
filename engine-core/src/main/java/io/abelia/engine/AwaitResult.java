package io.abelia.engine;

/** What waiting for a transaction came to. */
public enum AwaitResult {
    /** It is there. */
    APPLIED,
    /** It has not come in time; it may yet. */
    TIMED_OUT,
    /** It never comes: its origin ended before it, so it was lost with the node that had it. */
    LOST
}
