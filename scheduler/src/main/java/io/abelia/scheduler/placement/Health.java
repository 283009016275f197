package io.abelia.scheduler.placement;

/** What is thought of somebody who should be heard in intervals. */
public enum Health {
    /** Heard lately. */
    HEALTHY,
    /** Not heard for a while: gets nothing new. */
    SUSPECT,
    /** Not heard for so long that what it had is given to others. */
    LOST,
    /** Was lost, and has been heard again: gets work once it has been heard twice. */
    REAPPEARED
}
