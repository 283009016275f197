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
 * @param output SHA-256 of what a failed execution said and left; empty where it did not fail, or left nothing
 */
public record Submission(
        String job,
        String executor,
        String attempt,
        String digest,
        String error,
        Map<String, String> used,
        String output) {
    /** How errors begin that are not the program's: something that the execution needs could not be reached. */
    public static final String UNAVAILABLE = "not available now: ";

    /** Characters of an error that are kept; the rest is in {@link #output}. */
    private static final int MAX_ERROR = 2_000;

    private static final String CUT = " ...";

    public Submission {
        if (job == null || executor == null || attempt == null) {
            throw new IllegalArgumentException("a submission names its job, the executor and the attempt");
        }
        digest = digest == null ? "" : digest;
        error = error == null ? "" : cut(error);
        output = output == null ? "" : output;
        used = used == null ? Map.of() : java.util.Collections.unmodifiableMap(new TreeMap<>(used));
        if (digest.isEmpty() == error.isEmpty()) {
            throw new IllegalArgumentException(
                    "a submission for job " + job + " holds the digest of a result or an error, and not both");
        }
    }

    public Submission(
            final String job,
            final String executor,
            final String attempt,
            final String digest,
            final String error,
            final Map<String, String> used) {
        this(job, executor, attempt, digest, error, used, "");
    }

    private static String cut(final String text) {
        if (text.length() <= MAX_ERROR + CUT.length()) {
            return text;
        }
        final int end = Character.isHighSurrogate(text.charAt(MAX_ERROR - 1)) ? MAX_ERROR - 1 : MAX_ERROR;
        return text.substring(0, end) + CUT;
    }

    /** What has to reach the brokers with it: its result, or what it left; empty if there is nothing. */
    public String content() {
        return digest.isEmpty() ? output : digest;
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
