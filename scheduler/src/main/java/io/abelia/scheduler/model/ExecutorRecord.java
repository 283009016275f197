package io.abelia.scheduler.model;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What is known of an executor.
 *
 * @param id its name
 * @param endpoint where it answers, a URL
 * @param incarnation one for each life of its process
 * @param beat grows with each heartbeat of an incarnation
 * @param broker that took the heartbeat
 * @param timeMs when, by that broker's clock
 * @param clock that broker's vector clock then, as JSON; null where the executor itself made the record
 * @param capabilities what it has
 * @param used what its jobs occupy
 * @param accepts what it needs of a job
 * @param running attempts that it runs, the first ones: a heartbeat has the same bound whatever runs
 * @param executions how many it runs
 */
public record ExecutorRecord(
        String id,
        String endpoint,
        String incarnation,
        long beat,
        @Nullable String broker,
        long timeMs,
        @Nullable String clock,
        Capabilities capabilities,
        Usage used,
        JobFilter accepts,
        List<String> running,
        int executions) {
    private static final int MAX_RUNNING_CHARS = 4_096;

    public ExecutorRecord {
        JobSpec.requireName("executor", id);
        if (capabilities == null) {
            throw new IllegalArgumentException("executor " + id + " tells no capabilities");
        }
        used = used == null ? Usage.NONE : used;
        accepts = accepts == null ? JobFilter.ANY : accepts;
        executions = Math.max(executions, running == null ? 0 : running.size());
        running = running == null ? List.of() : first(running);
    }

    /** A record of all that an executor runs. */
    public ExecutorRecord(
            final String id,
            final String endpoint,
            final String incarnation,
            final long beat,
            final @Nullable String broker,
            final long timeMs,
            final @Nullable String clock,
            final Capabilities capabilities,
            final Usage used,
            final JobFilter accepts,
            final List<String> running) {
        this(id, endpoint, incarnation, beat, broker, timeMs, clock, capabilities, used, accepts, running, 0);
    }

    private static List<String> first(final List<String> names) {
        final List<String> first = new ArrayList<>();
        int chars = 0;
        for (final String name : names) {
            chars += name.length();
            if (chars > MAX_RUNNING_CHARS) {
                break;
            }
            first.add(name);
        }
        return List.copyOf(first);
    }

    /** The same as a broker noted it. */
    public ExecutorRecord heardBy(final String newBroker, final long newTimeMs, final String newClock) {
        return new ExecutorRecord(
                id,
                endpoint,
                incarnation,
                beat,
                newBroker,
                newTimeMs,
                newClock,
                capabilities,
                used,
                accepts,
                running,
                executions);
    }
}
