package io.abelia.scheduler.broker;

import io.abelia.scheduler.metadata.JobView;
import io.abelia.scheduler.metadata.Metadata;
import io.abelia.scheduler.model.Submission;
import io.abelia.scheduler.outcome.Result;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Which results were made from which, and what was run again because of that. A job whose final result was made from one that does not count is run
 * again, once, under a name that follows from that result: whoever looks at the same metadata finds the same names. One thread.
 */
final class Lineage {
    private static final int HASH_DIGITS = 12;
    private static final int MAX_VIEWS = 1_000;
    private static final Pattern AGAIN = Pattern.compile("(\\.again-[0-9a-f]{12})?@");

    private final Metadata metadata;
    /** Jobs as the cache has them; others are read. */
    private final Map<String, JobView> open;

    private final Set<String> settled = new HashSet<>();
    /** Some of those, which change no more: many jobs may wait for one. */
    private final Map<String, JobView> settledViews = new LinkedHashMap<>(MAX_VIEWS, 1, true) {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(final Map.Entry<String, JobView> eldest) {
            return size() > MAX_VIEWS;
        }
    };

    private final Map<String, Set<String>> waiting = new HashMap<>();

    Lineage(final Metadata metadata, final Map<String, JobView> open) {
        this.metadata = metadata;
        this.open = open;
    }

    private @Nullable JobView view(final String name) {
        final JobView known = open.get(name);
        if (known != null) {
            return known;
        }
        final JobView kept = settledViews.get(name);
        if (kept != null) {
            return kept;
        }
        final JobView read = metadata.job(name);
        if (read != null && settled.contains(name)) {
            settledViews.put(name, read);
        }
        return read;
    }

    /** Results of other jobs from which a job's own was made. */
    private static Map<String, String> usedBy(final JobView job) {
        for (final Submission submission : job.submissions()) {
            final Result outcome = job.facts().outcome();
            if (submission.name().equals(outcome.execution())
                    && (submission.hasFailed() || submission.digest().equals(outcome.digest()))) {
                return submission.used();
            }
        }
        return Map.of();
    }

    /** What a job would be run again as. */
    static String againName(final String name, final JobView job) {
        final Result outcome = job.facts().outcome();
        final String of = name + " " + outcome.execution() + " " + outcome.digest();
        final String hash = UUID.nameUUIDFromBytes(of.getBytes(StandardCharsets.UTF_8))
                .toString()
                .replace("-", "")
                .substring(0, HASH_DIGITS);
        return AGAIN.matcher(name).replaceFirst(".again-" + hash + "@");
    }

    /** What a job was run again as; null if it was not. */
    @Nullable
    String rerun(final String name) {
        final JobView job = view(name);
        return job == null ? null : rerun(name, job);
    }

    private @Nullable String rerun(final String name, final JobView job) {
        if (!job.facts().isFinal() || usedBy(job).isEmpty()) {
            return null;
        }
        final String again = againName(name, job);
        return metadata.knows(again) ? again : null;
    }

    /** Name of the job whose result counts for another one: its own, or that of its last rerun. */
    String countingName(final String name) {
        String counting = name;
        for (String next = rerun(name); next != null; next = rerun(next)) {
            counting = next;
        }
        return counting;
    }

    /** The job whose result counts for another one; null if it is not known here. */
    @Nullable
    JobView counting(final String name) {
        return view(countingName(name));
    }

    /** Whether a job's result was made from one that is known not to count. */
    boolean isStale(final JobView job) {
        return usedBy(job).entrySet().stream().anyMatch(used -> {
            final JobView other = counting(used.getKey());
            return other != null
                    && other.facts().isFinal()
                    && !other.facts().outcome().digest().equals(used.getValue());
        });
    }

    /**
     * Whether a job is to be run again: its end is final, and does not follow from the results that count, which will not change. Before its inputs
     * are settled it is not, or which reruns there are would follow from what was heard first.
     */
    boolean isToRunAgain(final JobView job) {
        return job.facts().isFinal() && usedBy(job).keySet().stream().allMatch(this::isSettled) && isStale(job);
    }

    /** Whether the result that counts for a job is final, and all from which it was made, as far as this broker has looked. */
    boolean isSettled(final String name) {
        return settled.contains(countingName(name));
    }

    /**
     * Looks at a job that has changed, or from which one that has settled was made.
     *
     * @return whether it is settled, or was run again
     */
    boolean settle(final String name, final JobView job) {
        if (settled.contains(name)) {
            return true;
        }
        if (!job.facts().isFinal()) {
            return false;
        }
        if (rerun(name, job) == null) {
            for (final String used : usedBy(job).keySet()) {
                final String counting = countingName(used);
                if (!settled.contains(counting)) {
                    waiting.computeIfAbsent(counting, unused -> new TreeSet<>()).add(name);
                    return false;
                }
            }
            if (isStale(job)) {
                return false; // it will be run again
            }
        }
        settled.add(name);
        return true;
    }

    /** Jobs that were made from one that has settled now, to be looked at again. */
    Set<String> takeWaiting(final String name) {
        final Set<String> all = waiting.remove(name);
        return all == null ? Set.of() : all;
    }
}
