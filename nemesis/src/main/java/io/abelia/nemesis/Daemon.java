package io.abelia.nemesis;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * One node: its process, its directory, and what is done to them. A process that ends by itself is started again, as an operator's supervisor
 * does it.
 */
final class Daemon {
    /** Members of the coordination group, on the first nodes. */
    static final int MEMBERS = 3;

    private static final long STOP_S = 30;
    private static final long GRACE_S = 5;
    private static final long RESTART_NS = 500_000_000L;

    final int id;
    private final Net net;
    private final Path root;
    private final List<String> java;
    private final Path keyFile;
    private final boolean founder;
    private volatile @Nullable Process process;
    private boolean wanted;
    private final AtomicInteger endings = new AtomicInteger();
    private boolean paused;
    private Path tokenFile = Path.of("");
    private long clockOffsetMs;

    Daemon(
            final int id,
            final Net net,
            final Path root,
            final List<String> java,
            final Path keyFile,
            final boolean founder) {
        this.id = id;
        this.net = net;
        this.root = root;
        this.java = java;
        this.keyFile = keyFile;
        this.founder = founder;
    }

    Path directory() {
        return root.resolve("data");
    }

    Path log() {
        return root.resolve("log.txt");
    }

    String url() {
        return net.url(id);
    }

    boolean isUp() {
        final Process now = process;
        return now != null && now.isAlive();
    }

    /** How often its process has ended by itself, or failed to start. */
    int endings() {
        return endings.get();
    }

    boolean isPaused() {
        return paused;
    }

    void clockOffsetMs(final long newClockOffsetMs) {
        clockOffsetMs = newClockOffsetMs;
    }

    void start(final Path newTokenFile) throws IOException {
        Files.createDirectories(root);
        tokenFile = newTokenFile;
        paused = false;
        launch();
    }

    /** As it is to be launched now: what has to be said once is not said again. */
    private ProcessBuilder command() throws IOException {
        final List<String> command = new ArrayList<>(net.enter(id));
        command.addAll(java);
        command.addAll(
                List.of("node", "--id", String.valueOf(id), "--dir", directory().toString()));
        command.addAll(List.of("--key-file", keyFile.toString(), "--token-file", tokenFile.toString()));
        command.addAll(net.options(id));
        command.addAll(List.of("--durability", "POWER", "--segment-bytes", String.valueOf(4 << 20)));
        command.addAll(List.of("--store", "MEMORY", "--clock-offset-ms", String.valueOf(clockOffsetMs)));
        command.addAll(List.of("--schema", schema().toString(), "--coordination", net.coordination()));
        command.addAll(List.of("--coordination-host", net.host(id)));
        if (id <= MEMBERS) {
            command.addAll(List.of("--coordination-member", String.valueOf(id - 1)));
            if (!Files.exists(root.resolve("data.coordination/member"))) {
                command.add("--coordination-first-start");
            }
        }
        if (founder) {
            command.add("--found");
        }
        return new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(new File(log().toString())));
    }

    private synchronized void launch() throws IOException {
        final Process started = command().start();
        process = started;
        wanted = true;
        final var unused = started.onExit().thenAccept(ended -> onEnd(ended));
    }

    /** On a thread of the pool. */
    private void onEnd(final Process ended) {
        if (!isMissing(ended)) {
            return;
        }
        endings.incrementAndGet();
        System.out.println("  node " + id + " has ended by itself (" + ended.exitValue() + "); it is started again");
        LockSupport.parkNanos(RESTART_NS);
        try {
            restart(ended);
        } catch (final IOException e) {
            System.out.println("  node " + id + " cannot be started again: " + e.getMessage());
        }
    }

    private synchronized boolean isMissing(final Process ended) {
        return wanted && ended == process;
    }

    private synchronized void restart(final Process ended) throws IOException {
        if (isMissing(ended)) {
            launch();
        }
    }

    private synchronized void unwant() {
        wanted = false;
    }

    private Path schema() throws IOException {
        return Files.writeString(root.resolve("schema.txt"), "coordinated " + Accounts.TABLE + "\n");
    }

    /** Memory that its process takes; 0 if it is not up. */
    long residentKb() throws IOException {
        final Process now = process;
        final Path status = Path.of("/proc", now == null ? "0" : String.valueOf(now.pid()), "status");
        if (!Files.exists(status)) {
            return 0;
        }
        for (final String line : Files.readAllLines(status)) {
            if (line.startsWith("VmRSS:")) {
                return Long.parseLong(line.replaceAll("\\D", ""));
            }
        }
        return 0;
    }

    private void signal(final String name) throws IOException {
        final Process now = process;
        if (now != null && now.isAlive()) {
            Shell.run("kill", "-" + name, String.valueOf(now.pid()));
        }
    }

    void kill() throws IOException {
        unwant();
        signal("KILL");
        await();
    }

    void terminate() throws IOException {
        unwant();
        resume();
        signal("TERM");
        await();
    }

    void pause() throws IOException {
        signal("STOP");
        paused = true;
    }

    void resume() throws IOException {
        signal("CONT");
        paused = false;
    }

    private void await() throws IOException {
        final Process now = process;
        if (now == null) {
            return;
        }
        try {
            if (!now.waitFor(STOP_S, TimeUnit.SECONDS)) {
                now.destroyForcibly();
                throw new IOException("node " + id + " did not stop within " + STOP_S + " s of being told to");
            }
        } catch (final InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
    }

    /** Ends the process, in order if it lets itself be. */
    void destroy() {
        unwant();
        final Process now = process;
        if (now == null) {
            return;
        }
        try {
            resume();
            now.destroy();
            if (now.waitFor(GRACE_S, TimeUnit.SECONDS)) {
                return;
            }
        } catch (final IOException e) {
            // it has ended meanwhile
        } catch (final InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        now.destroyForcibly();
    }
}
