package io.abelia.scheduler.metadata;

import io.abelia.scheduler.model.Failure;
import io.abelia.scheduler.model.JobSpec;
import io.abelia.scheduler.model.JobState;
import io.abelia.scheduler.model.Placement;
import io.abelia.scheduler.model.Submission;
import io.abelia.scheduler.outcome.Facts;
import io.abelia.scheduler.outcome.Result;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * All that is known of a job.
 *
 * @param spec what is to be done
 * @param facts whose result counts
 * @param cancelled whether its client wants it no more
 * @param placement where it was placed last, as the latest owner wrote
 * @param started executions that an executor has taken, by name
 * @param failures executions that came to nothing
 * @param submissions ends of executions
 */
public record JobView(
        JobSpec spec,
        Facts facts,
        boolean cancelled,
        @Nullable Placement placement,
        List<String> started,
        List<Failure> failures,
        List<Submission> submissions) {
    /** Where it is in its life. */
    public JobState state() {
        if (facts.winner() != null) {
            return facts.outcome().state();
        }
        final Placement placed = current();
        if (placed == null) {
            return cancelled ? JobState.CANCELLED : JobState.PENDING;
        }
        return started.stream().anyMatch(name -> name.endsWith("/" + placed.attempt()))
                ? JobState.RUNNING
                : JobState.PLACED;
    }

    /** The placement that is still of use; null if every execution of it came to nothing. */
    public @Nullable Placement current() {
        final Placement placed = placement;
        return placed == null || placed.executors().stream().allMatch(executor -> hasFailed(placed, executor))
                ? null
                : placed;
    }

    /** Whether an execution of a placement came to nothing. */
    public boolean hasFailed(final Placement placed, final String executor) {
        return failures.stream()
                .anyMatch(failure -> failure.attempt().equals(placed.attempt())
                        && failure.executor().equals(executor));
    }

    /** Executions that used up a retry. */
    public long counted() {
        return failures.stream().filter(Failure::counts).count();
    }

    /** Whether another job may go on with the result. */
    public boolean isUsable() {
        return facts.outcome().end() == Result.End.DONE && (facts.isFinal() || spec.acceptsTentative());
    }
}
