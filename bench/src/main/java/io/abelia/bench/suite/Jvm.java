package io.abelia.bench.suite;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Processes of this build's classes, which end with their standard input. */
final class Jvm {
    private static final long PATIENCE_S = 10;

    private Jvm() {}

    /** Starts a main class with the flags that all processes share; its errors are shown, its output can be read. */
    static Process start(final List<String> options, final String main, final String... arguments) throws IOException {
        return startWith(System.getProperty("java.class.path"), options, main, arguments);
    }

    /** Starts a main class of another class path. */
    static Process startWith(
            final String classPath, final List<String> options, final String main, final String... arguments)
            throws IOException {
        final List<String> words = new ArrayList<>();
        words.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        words.add("@" + Path.of(System.getProperty("abelia.home", "."), "config", "jvm.options"));
        words.addAll(options);
        words.addAll(List.of("-cp", classPath, main));
        words.addAll(List.of(arguments));
        return new ProcessBuilder(words)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
    }

    /** Ends a process by the end of its input, or by force. */
    static void stop(final Process process) {
        try {
            process.getOutputStream().close();
            if (!process.waitFor(PATIENCE_S, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        } catch (final IOException e) {
            process.destroyForcibly();
        } catch (final InterruptedException e) {
            Thread.currentThread().interrupt();
            process.destroyForcibly();
        }
    }
}
