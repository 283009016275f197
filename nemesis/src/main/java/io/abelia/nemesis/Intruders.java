package io.abelia.nemesis;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/** Processes that must not become part of the group: each is launched beside a node, and has to be told why, as the group has to be told of it. */
final class Intruders {
    private static final long TOLD_MS = 15_000;
    private static final long LAUNCH_S = 30;
    private static final int HTTP_PORT = 7659;
    private static final int STRANGERS_ID = 77;

    private final Net net;
    private final Client client;
    private final Path root;
    private final Path keyFile;
    private final Path tokenFile;
    private final List<String> java;
    private final Queue<String> violations;

    Intruders(
            final Net net,
            final Client client,
            final Path keyFile,
            final Path tokenFile,
            final List<String> java,
            final Queue<String> violations) {
        this.net = net;
        this.client = client;
        this.root = tokenFile.resolveSibling("intruder");
        this.keyFile = keyFile;
        this.tokenFile = tokenFile;
        this.java = java;
        this.violations = violations;
    }

    private Path log() {
        return root.resolve("log.txt");
    }

    private Process launch(final Daemon host, final long id, final Path key, final int httpPort) throws IOException {
        Faults.removeTree(root);
        Files.createDirectories(root);
        final List<String> command = new ArrayList<>(net.enter(host.id));
        command.addAll(java);
        command.addAll(List.of("node", "--id", String.valueOf(id), "--key-file", key.toString()));
        command.addAll(List.of("--dir", root.resolve("data").toString(), "--token-file", tokenFile.toString()));
        final List<String> options = new ArrayList<>(net.options(host.id));
        options.set(options.indexOf("--http-port") + 1, String.valueOf(httpPort));
        command.addAll(options);
        return new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(new File(log().toString()))
                .start();
    }

    private String url(final Daemon host) {
        return host.url().substring(0, host.url().lastIndexOf(':') + 1) + HTTP_PORT;
    }

    private static boolean await(final BooleanSupplier condition) {
        final long endMs = System.currentTimeMillis() + TOLD_MS;
        while (!condition.getAsBoolean()) {
            if (System.currentTimeMillis() > endMs) {
                return false;
            }
            LockSupport.parkNanos(100_000_000L);
        }
        return true;
    }

    private static String textBehind(final Path file, final long bytes) {
        try {
            final byte[] all = Files.readAllBytes(file);
            return new String(all, (int) bytes, Math.max(0, (int) (all.length - bytes)), StandardCharsets.UTF_8);
        } catch (final IOException e) {
            return "";
        }
    }

    private void requireNotReady(final Daemon host, final String what, final String why) {
        if (!await(() -> client.get(url(host) + "/ready").text().contains(why))) {
            violations.add(what + " is not told `" + why + "`: "
                    + client.get(url(host) + "/ready").text());
        }
        if (client.get(url(host) + "/ready").status() == 200) {
            violations.add(what + " takes commits");
        }
    }

    private void end(final Process process) throws IOException {
        process.destroy();
        try {
            if (!process.waitFor(LAUNCH_S, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        } catch (final InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
        Faults.removeTree(root);
    }

    /** Somebody has a member's number: it is refused, and both are told. */
    void twin(final Daemon node, final Daemon host) throws IOException {
        final long logged = Files.size(node.log());
        final Process process = launch(host, node.id, keyFile, HTTP_PORT);
        try {
            requireNotReady(host, "a twin of node " + node.id, "is held by a living member");
            if (!await(() -> textBehind(node.log(), logged).contains("claims"))) {
                violations.add(
                        "node " + node.id + " is not told within " + TOLD_MS + " ms that another has its number");
            }
        } finally {
            end(process);
        }
    }

    /** Somebody has another key: it hears nobody, nobody hears it, and both are told. */
    void wrongKey(final Daemon host) throws IOException {
        final Path other = Files.writeString(
                root.resolveSibling("other.key"),
                Files.readString(keyFile).replaceAll("[0-9a-f]{8}\\s*$", "01234567\n"));
        Files.setPosixFilePermissions(other, Files.getPosixFilePermissions(keyFile));
        final long logged = Files.size(host.log());
        final Process process = launch(host, STRANGERS_ID, other, HTTP_PORT);
        try {
            requireNotReady(host, "a node with another key", "cannot be opened");
            if (!await(() -> textBehind(host.log(), logged).contains("cannot be opened"))) {
                violations.add("node " + host.id + " is not told within " + TOLD_MS + " ms of a node with another key");
            }
        } finally {
            end(process);
        }
    }

    /** A node whose port is taken ends at once, says so, and nobody has heard of it. */
    void takenPort(final Daemon host, final int port) throws IOException {
        final Process process = launch(host, STRANGERS_ID, keyFile, port);
        try {
            if (!process.waitFor(LAUNCH_S, TimeUnit.SECONDS)
                    || process.exitValue() == 0
                    || !textBehind(log(), 0).contains("--http-port")) {
                violations.add("a node whose port is taken does not end with that: " + textBehind(log(), 0));
            }
            final Client.Answer answer = client.get(host.url() + "/v1/members");
            if (!(answer.json().get("members") instanceof List<?> members)
                    || members.isEmpty()
                    || members.contains((long) STRANGERS_ID)) {
                violations.add("a node that could not start has joined, or nobody knows: " + answer.text());
            }
        } catch (final InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            end(process);
        }
    }
}
