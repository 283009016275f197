package io.abelia.scheduler.model;

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
 * @param running attempts that it runs
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
        List<String> running) {
    public ExecutorRecord {
        JobSpec.requireName("executor", id);
        if (capabilities == null) {
            throw new IllegalArgumentException("executor " + id + " tells no capabilities");
        }
        used = used == null ? Usage.NONE : used;
        accepts = accepts == null ? JobFilter.ANY : accepts;
        running = running == null ? List.of() : List.copyOf(running);
    }

    /** The same as a broker noted it. */
    public ExecutorRecord heardBy(final String newBroker, final long newTimeMs, final String newClock) {
        return new ExecutorRecord(
                id, endpoint, incarnation, beat, newBroker, newTimeMs, newClock, capabilities, used, accepts, running);
    }
}
