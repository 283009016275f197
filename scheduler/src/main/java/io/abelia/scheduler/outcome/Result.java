package io.abelia.scheduler.outcome;

import io.abelia.scheduler.model.JobState;

/**
 * How a job ended.
 *
 * @param end in which way
 * @param digest SHA-256 of the result's content; for a job that failed, why
 * @param execution which one it is of, {@code executor/attempt}
 */
public record Result(End end, String digest, String execution) {
    /** Ways to end. */
    public enum End {
        NONE,
        DONE,
        FAILED,
        CANCELLED
    }

    public static final Result NONE = new Result(End.NONE, "", "");

    public Result {
        digest = digest.replaceAll("[\t\n\r]", " ");
        execution = execution.replaceAll("[\t\n\r]", " ");
    }

    public static Result failed(final String why) {
        return new Result(End.FAILED, why, "");
    }

    public JobState state() {
        return switch (end) {
            case DONE -> JobState.DONE;
            case FAILED -> JobState.FAILED;
            case CANCELLED -> JobState.CANCELLED;
            case NONE -> JobState.PENDING;
        };
    }

    /** Whether both say the same, whoever made them. */
    public boolean sameAs(final Result other) {
        return end == other.end && digest.equals(other.digest);
    }
}
