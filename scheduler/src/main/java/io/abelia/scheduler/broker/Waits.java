package io.abelia.scheduler.broker;

import io.abelia.scheduler.metadata.JobView;
import io.abelia.scheduler.metadata.Metadata;
import io.abelia.scheduler.model.JobSpec;
import io.abelia.scheduler.model.Placement;
import io.abelia.scheduler.outcome.Result;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Says what a job waits for, beside an executor: other jobs, data, time. One thread. */
final class Waits {
    private final Metadata metadata;
    private final Cache cache;

    Waits(final Metadata metadata, final Cache cache) {
        this.metadata = metadata;
        this.cache = cache;
    }

    /**
     * What stands in a job's way.
     *
     * @param backoffMs how long it still waits behind its last failure; 0 if it does not
     */
    List<String> of(final String name, final JobView job, final long backoffMs, final long nowMs) {
        final List<String> all = new ArrayList<>();
        if (job.facts().winner() != null) {
            return all;
        }
        final JobSpec spec = job.spec();
        if (job.cancelled()) {
            all.add("it is cancelled");
        }
        final Placement placement = job.current();
        if (placement != null) {
            all.add("it was placed on " + placement.executors() + " "
                    + (job.started().isEmpty() ? "and has not begun" : "and runs there"));
        }
        final String cycle = cycle(name, new ArrayList<>(), new HashSet<>());
        if (cycle != null) {
            all.add("it waits for itself and never begins: " + cycle);
        }
        spec.waitFor().forEach(other -> addJob(all, spec, other));
        for (final String datum : new HashSet<>(spec.reads())) {
            if (metadata.datum(datum) == null) {
                all.add("there is no datum " + datum + ": put it with PUT /data/" + datum);
            }
        }
        if (backoffMs > 0) {
            all.add(job.failures().size() + " executions have come to nothing, " + job.counted()
                    + " of them count against its " + spec.retries() + " retries; the next one is tried in " + backoffMs
                    + " ms");
        }
        if (spec.deadlineMs() > 0) {
            final long leftMs = spec.submittedMs() + spec.deadlineMs() - nowMs;
            all.add(leftMs > 0 ? "its deadline is in " + leftMs + " ms" : "its deadline was " + -leftMs + " ms ago");
        }
        return all;
    }

    private void addJob(final List<String> all, final JobSpec spec, final String other) {
        final JobView waited = cache.lineage().counting(other);
        if (waited == null) {
            all.add("it waits for job " + other + ", which nobody has submitted as far as is known here");
        } else if (waited.facts().winner() == null) {
            all.add("it waits for job " + other + ", which is " + waited.state());
        } else if (waited.facts().outcome().end() != Result.End.DONE) {
            all.add("it waits for job " + other + ", which is "
                    + waited.facts().outcome().state() + ": it fails as soon as that is final");
        } else if (!spec.acceptsTentative() && !cache.lineage().isSettled(other)) {
            all.add("it waits for the result of job " + other + " to be final, as it takes no tentative ones");
        }
    }

    /** Jobs from one to itself, each of which waits for the next one; null if there are no such ones. */
    private @Nullable String cycle(final String name, final List<String> path, final Set<String> seen) {
        if (path.contains(name)) {
            return path.get(0).equals(name) ? String.join(" -> ", path) + " -> " + name : null;
        }
        if (!seen.add(name)) {
            return null;
        }
        final JobView job = metadata.job(name);
        if (job == null || job.facts().winner() != null) {
            return null;
        }
        path.add(name);
        for (final String other : job.spec().waitFor()) {
            final String found = cycle(other, path, seen);
            if (found != null) {
                return found;
            }
        }
        path.remove(path.size() - 1);
        return null;
    }
}
