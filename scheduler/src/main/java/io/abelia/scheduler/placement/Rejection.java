package io.abelia.scheduler.placement;

/**
 * Why a job does not go to an executor.
 *
 * @param executor which one
 * @param kind whether waiting may help
 * @param reason in words, with the figures
 */
public record Rejection(String executor, Kind kind, String reason) {
    /** Whether an executor could run the job at another time. */
    public enum Kind {
        /** It has not what the job needs. */
        INFEASIBLE,
        /** It has what the job needs, and others occupy it. */
        BUSY,
        /** It cannot be relied on now: not heard, or heard too early. */
        UNAVAILABLE
    }
}
