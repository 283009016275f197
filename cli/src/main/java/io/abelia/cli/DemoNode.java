package io.abelia.cli;

import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStreamWriter;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** One node of the demo: a process of its own, told what to do line by line. */
final class DemoNode implements AutoCloseable {
    private static final long STOP_S = 20;

    private final int number;
    private final List<String> command;
    private @Nullable Process process;
    private @Nullable BufferedWriter in;
    private @Nullable BufferedReader out;

    DemoNode(final int number, final Path directory, final List<String> endpoints, final Path keyFile)
            throws IOException {
        this.number = number;
        command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        for (final String argument : ManagementFactory.getRuntimeMXBean().getInputArguments()) {
            if (argument.startsWith("--") || argument.startsWith("-XX:+Ignore")) {
                command.add(argument); // what opens the packages that the engine needs
            }
        }
        command.addAll(List.of("-XX:+IgnoreUnrecognizedVMOptions", "-ea", "-Xmx256m", "-XX:+UseSerialGC"));
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), Main.class.getName(), "demo-node"));
        command.addAll(List.of("--id", String.valueOf(number), "--dir", directory.toString()));
        command.addAll(List.of("--key-file", keyFile.toString(), "--endpoints", String.join(",", endpoints)));
        start();
    }

    private void start() throws IOException {
        final Process started = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        process = started;
        in = new BufferedWriter(new OutputStreamWriter(started.getOutputStream(), StandardCharsets.UTF_8));
        out = new BufferedReader(new InputStreamReader(started.getInputStream(), StandardCharsets.UTF_8));
    }

    int number() {
        return number;
    }

    /** Waits until the node is up; returns what it holds. */
    String awaitUp() throws IOException {
        return answer();
    }

    /** Tells the node something, and waits for its answer. */
    String tell(final String line) throws IOException {
        if (in == null) {
            throw new IOException("node " + number + " is down");
        }
        in.write(line);
        in.write('\n');
        in.flush();
        return answer();
    }

    private String answer() throws IOException {
        final String line = out == null ? null : out.readLine();
        if (line == null) {
            throw new IOException("node " + number + " has ended; what it said stands above");
        }
        return line;
    }

    /** SIGKILL, and a new process on the same files. */
    void killAndRestart() throws IOException {
        end(true);
        start();
        awaitUp();
    }

    private void end(final boolean kill) {
        final Process now = process;
        if (now == null) {
            return;
        }
        try {
            if (kill) {
                now.destroyForcibly();
            } else if (in != null) {
                in.close(); // it ends in order when there is nothing more to read
            }
        } catch (final IOException e) {
            now.destroy(); // it has gone meanwhile
        }
        try {
            if (!now.waitFor(STOP_S, TimeUnit.SECONDS)) {
                now.destroyForcibly();
            }
        } catch (final InterruptedException e) {
            now.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void close() {
        end(false);
    }
}
