package io.abelia.scheduler.model;

/**
 * Why an execution came to nothing.
 *
 * @param attempt which placement
 * @param executor whose
 * @param reason in words
 * @param counts whether it uses up one of the job's retries: a lost or drained executor, or one that a more urgent job needed, does not
 * @param atMs when it was noticed
 */
public record Failure(String attempt, String executor, String reason, boolean counts, long atMs) {}
