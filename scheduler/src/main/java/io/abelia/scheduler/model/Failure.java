package io.abelia.scheduler.model;

import org.jspecify.annotations.Nullable;

/**
 * Why an execution came to nothing.
 *
 * @param attempt which placement
 * @param executor whose
 * @param reason in words
 * @param counts whether it uses up one of the job's retries: a lost or drained executor, or one that a more urgent job needed, does not
 * @param atMs when it was noticed
 * @param output SHA-256 of what it said and left, the datum {@code result/OUTPUT}; null if nothing
 */
public record Failure(
        String attempt,
        String executor,
        String reason,
        boolean counts,
        long atMs,
        @Nullable String output) {
    public Failure(
            final String attempt, final String executor, final String reason, final boolean counts, final long atMs) {
        this(attempt, executor, reason, counts, atMs, null);
    }
}
