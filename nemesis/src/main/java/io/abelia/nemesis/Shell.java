package io.abelia.nemesis;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Runs commands of the system. */
final class Shell {
    private static final long TIMEOUT_S = 120;

    private Shell() {}

    /** Runs a command; its output, or an exception that holds it. */
    static String run(final String... command) throws IOException {
        final Process process =
                new ProcessBuilder(List.of(command)).redirectErrorStream(true).start();
        try {
            process.getOutputStream().close();
            final String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            if (!process.waitFor(TIMEOUT_S, TimeUnit.SECONDS) || process.exitValue() != 0) {
                throw new IOException(String.join(" ", command) + ": " + output.strip());
            }
            return output;
        } catch (final InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
    }

    /** Runs a command that may fail, as there may be nothing to undo. */
    static void tryRun(final String... command) {
        try {
            run(command);
        } catch (final IOException e) {
            // there was nothing to undo
        }
    }
}
