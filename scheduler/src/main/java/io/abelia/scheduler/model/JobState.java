package io.abelia.scheduler.model;

/** Where a job is in its life. */
public enum JobState {
    /** Waits for other jobs, for an executor that can run it, or for a time before it is tried again. */
    PENDING,
    /** An executor was chosen and has not answered yet. */
    PLACED,
    /** An executor has taken it. */
    RUNNING,
    /** It has a result. */
    DONE,
    /** It will have no result: its executions failed, its deadline passed, or what it waits for failed. */
    FAILED,
    /** Its client wants it no more. */
    CANCELLED;

    public boolean isEnd() {
        return compareTo(DONE) >= 0;
    }
}
