package io.abelia.scheduler.model;

import java.util.Map;
import java.util.TreeMap;

/**
 * The end of an execution, as an executor submits it, any number of times to any broker.
 *
 * @param job its job
 * @param executor who ran it
 * @param attempt number of the placement, with the slot it was placed under, so that an execution has one name
 * @param digest SHA-256 of the result's content; empty where the execution failed
 * @param error why the execution failed; empty where it did not
 * @param used results of other jobs that it has read: job to digest
 */
public record Submission(
        String job, String executor, String attempt, String digest, String error, Map<String, String> used) {
    /** How errors begin that are not the program's: something that the execution needs could not be reached. */
    public static final String UNAVAILABLE = "not available now: ";

    public Submission {
        digest = digest == null ? "" : digest;
        error = error == null ? "" : error;
        used = used == null ? Map.of() : java.util.Collections.unmodifiableMap(new TreeMap<>(used));
        if (digest.isEmpty() == error.isEmpty()) {
            throw new IllegalArgumentException(
                    "a submission for job " + job + " holds the digest of a result or an error, and not both");
        }
    }

    public boolean hasFailed() {
        return digest.isEmpty();
    }

    /** Whether the execution failed for want of something that is there, and cannot be reached. */
    public boolean wasUnavailable() {
        return error.startsWith(UNAVAILABLE);
    }

    /** Names the execution. */
    public String name() {
        return executor + "/" + attempt;
    }
}
