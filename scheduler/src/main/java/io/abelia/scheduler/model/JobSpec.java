package io.abelia.scheduler.model;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What a client wants run. It never changes: the first one with an id counts, wherever it was submitted.
 *
 * @param id name of the job, chosen by the client
 * @param client who wants it
 * @param kind what sort of job it is, such as {@code medical}
 * @param program name of the datum that holds its WASM program
 * @param arguments behind the program's name
 * @param environment of the program
 * @param input name of the datum that it reads as its standard input, if any
 * @param data names of data that lie in its directory
 * @param requirements of an executor
 * @param preferences of an executor
 * @param level how urgent it is
 * @param waitFor jobs that must be done before it starts; their results lie in its directory
 * @param retries executions that may fail before it fails
 * @param timeoutMs longest time of one execution
 * @param deadlineMs time from its submission by which it must be done; 0 for none
 * @param replicas executors that run it at once
 * @param idempotent whether it does no harm to run it more than once beyond its result
 * @param takesTentative whether its client, and who waits for it, take a result that another one may still supersede; null for what
 *     {@code idempotent} says
 * @param after vector clock, as JSON, of what it depends on: records of executors that are older are not relied on; null for nothing
 * @param submittedMs when it was submitted, by the clock of the broker that took it
 */
public record JobSpec(
        String id,
        String client,
        String kind,
        String program,
        List<String> arguments,
        Map<String, String> environment,
        @Nullable String input,
        List<String> data,
        Requirements requirements,
        Preferences preferences,
        Level level,
        List<String> waitFor,
        int retries,
        long timeoutMs,
        long deadlineMs,
        int replicas,
        boolean idempotent,
        @Nullable Boolean takesTentative,
        @Nullable String after,
        long submittedMs) {
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._:-]{0,119}");
    private static final int MAX_REPLICAS = 8;
    private static final int MAX_RETRIES = 100;
    private static final int MAX_LIST = 256;
    private static final long DEFAULT_TIMEOUT_MS = 60_000;

    public JobSpec {
        requireName("job", id);
        client = client == null ? "" : client;
        kind = kind == null ? "" : kind;
        if (program == null || program.isEmpty()) {
            throw new IllegalArgumentException(
                    "job " + id + " names no program: put the WASM program as a datum, and name it");
        }
        arguments = arguments == null ? List.of() : List.copyOf(arguments);
        environment =
                environment == null ? Map.of() : java.util.Collections.unmodifiableMap(new TreeMap<>(environment));
        data = data == null ? List.of() : List.copyOf(data);
        waitFor = waitFor == null ? List.of() : List.copyOf(waitFor);
        requirements = requirements == null ? Requirements.NONE : requirements;
        preferences = preferences == null ? Preferences.NONE : preferences;
        level = level == null ? Level.LOW : level;
        timeoutMs = timeoutMs == 0 ? DEFAULT_TIMEOUT_MS : timeoutMs;
        replicas = replicas == 0 ? level == Level.CRITICAL ? 2 : 1 : replicas;
        requireRange(id, "replicas", replicas, 1, MAX_REPLICAS);
        requireRange(id, "retries", retries, 0, MAX_RETRIES);
        requireRange(id, "timeoutMs", timeoutMs, 1, Integer.MAX_VALUE);
        requireRange(id, "deadlineMs", deadlineMs, 0, Long.MAX_VALUE);
        requireRange(id, "number of arguments", arguments.size(), 0, MAX_LIST);
        requireRange(id, "number of data", data.size(), 0, MAX_LIST);
        requireRange(id, "number of jobs to wait for", waitFor.size(), 0, MAX_LIST);
        if (waitFor.contains(id)) {
            throw new IllegalArgumentException("job " + id + " waits for itself");
        }
    }

    /** A job with defaults for all that a client need not say. */
    public static JobSpec of(final String id, final String program, final Requirements requirements) {
        return new JobSpec(
                id,
                "",
                "",
                program,
                List.of(),
                Map.of(),
                null,
                List.of(),
                requirements,
                Preferences.NONE,
                Level.LOW,
                List.of(),
                2,
                0,
                0,
                0,
                true,
                null,
                null,
                0);
    }

    /**
     * Refuses what is no name.
     *
     * @throws IllegalArgumentException with the name and what is allowed
     */
    public static void requireName(final String what, final @Nullable String name) {
        if (name == null || !NAME.matcher(name).matches()) {
            throw new IllegalArgumentException(
                    "the " + what + " \"" + name
                            + "\" is no name: letters, digits and . _ : - are allowed, beginning with a letter or digit, 120 at most");
        }
    }

    private static void requireRange(
            final String id, final String what, final long value, final long least, final long most) {
        if (value < least || value > most) {
            throw new IllegalArgumentException(
                    "job " + id + ": " + what + " is from " + least + " to " + most + ", not " + value);
        }
    }

    /** Names of all data that an execution reads: the program, the input, and what is laid beside it. */
    public List<String> reads() {
        final List<String> names = new ArrayList<>(data);
        names.add(program);
        if (input != null) {
            names.add(input);
        }
        return names;
    }

    /** Whether a result will do that another one may still supersede. */
    public boolean acceptsTentative() {
        return takesTentative == null ? idempotent : takesTentative;
    }

    /** The same, submitted at a time. */
    public JobSpec submitted(final long timeMs) {
        return with(kind, level, waitFor, retries, timeoutMs, deadlineMs, replicas, timeMs);
    }

    /** The same with another level and kind, and so many replicas as that level has by default. */
    public JobSpec withLevel(final Level newLevel, final String newKind) {
        return with(newKind, newLevel, waitFor, retries, timeoutMs, deadlineMs, 0, submittedMs);
    }

    public JobSpec withWaitFor(final List<String> newWaitFor) {
        return with(kind, level, newWaitFor, retries, timeoutMs, deadlineMs, replicas, submittedMs);
    }

    public JobSpec withTimes(final int newRetries, final long newTimeoutMs, final long newDeadlineMs) {
        return with(kind, level, waitFor, newRetries, newTimeoutMs, newDeadlineMs, replicas, submittedMs);
    }

    private JobSpec with(
            final String newKind,
            final Level newLevel,
            final List<String> newWaitFor,
            final int newRetries,
            final long newTimeoutMs,
            final long newDeadlineMs,
            final int newReplicas,
            final long newSubmittedMs) {
        return new JobSpec(
                id,
                client,
                newKind,
                program,
                arguments,
                environment,
                input,
                data,
                requirements,
                preferences,
                newLevel,
                newWaitFor,
                newRetries,
                newTimeoutMs,
                newDeadlineMs,
                newReplicas,
                idempotent,
                takesTentative,
                after,
                newSubmittedMs);
    }
}
