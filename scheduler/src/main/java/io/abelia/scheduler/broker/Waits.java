package io.abelia.scheduler.broker;

import io.abelia.scheduler.metadata.JobView;
import io.abelia.scheduler.metadata.Metadata;
import io.abelia.scheduler.model.JobSpec;
import io.abelia.scheduler.model.Placement;
import io.abelia.scheduler.outcome.Result;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Says what a job waits for, beside an executor: other jobs, data, time. One thread. */
final class Waits {
    /** Jobs that are looked at for a circle: more would hold the broker up. */
    private static final int MOST_LOOKED_AT = 1_000;

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
                    + (job.started().stream().anyMatch(started -> started.endsWith("/" + placement.attempt()))
                            ? "and runs there"
                            : "and has not begun"));
        }
        final String cycle = cycle(name);
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

    /** Jobs from one to itself, each of which waits for the next one; null if there are no such ones among the first that it waits for. */
    private @Nullable String cycle(final String name) {
        final Map<String, String> cameFrom = new HashMap<>();
        final ArrayDeque<String> next = new ArrayDeque<>(List.of(name));
        while (!next.isEmpty() && cameFrom.size() < MOST_LOOKED_AT) {
            final String at = next.poll();
            final JobView job = cache.open().get(at);
            if (job == null || job.facts().winner() != null) {
                continue;
            }
            for (final String other : job.spec().waitFor()) {
                if (other.equals(name)) {
                    return path(cameFrom, name, at);
                }
                if (cameFrom.putIfAbsent(other, at) == null) {
                    next.add(other);
                }
            }
        }
        return null;
    }

    private static String path(final Map<String, String> cameFrom, final String name, final String last) {
        String path = name;
        for (String at = last; !at.equals(name); at = String.valueOf(cameFrom.get(at))) {
            path = at + " -> " + path;
        }
        return name + " -> " + path;
    }
}
