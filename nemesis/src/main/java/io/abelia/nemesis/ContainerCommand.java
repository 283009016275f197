package io.abelia.nemesis;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import picocli.CommandLine.Command;

/** Runs commands where containers run them: with little shared memory, on media that cannot be written, on disks that are full. */
@Command(
        name = "container",
        mixinStandardHelpOptions = true,
        description = {
            "One node with 64 MiB of shared memory and 256 MiB of heap, one with too little, a group of three with what README says;",
            "commands on a read-only medium and on a full disk. Needs root, as mounts are made in name spaces of its own."
        })
final class ContainerCommand implements Callable<Integer> {
    private static final long LAUNCH_MS = 60_000;
    private static final long STOP_S = 30;
    private static final int ONE_MIB = 64;
    private static final int TOO_LITTLE_MIB = 24;
    private static final int TERMINATED = 143;
    /** As README says: 12 MiB, 24 for each node, and 48 more for each other node that is repaired. */
    private static final int THREE_MIB = 12 + 3 * 24 + 2 * 48;

    private static final int TRANSACTIONS = 300;
    private static final int PORT = 41_510;
    private static final int HTTP_PORT = 17_660;

    private final List<Process> processes = new ArrayList<>();
    private Path root = Path.of("");

    @Override
    public Integer call() throws IOException, InterruptedException {
        root = Files.createTempDirectory("abelia-container-");
        final Thread atExit = new Thread(this::end, "clean-up");
        Runtime.getRuntime().addShutdownHook(atExit);
        try {
            Shell.run("ip", "link", "set", "lo", "up"); // it is down in a network name space that has just been made
            final List<String> problems = new ArrayList<>();
            oneNode(problems);
            tooLittle(problems);
            group(problems);
            readOnly(problems);
            fullDisk(problems);
            problems.forEach(problem -> System.out.println("VIOLATION " + problem));
            System.out.println(problems.isEmpty() ? "everything held" : problems.size() + " violations");
            return problems.isEmpty() ? 0 : 1;
        } finally {
            end();
            Faults.removeTree(root);
        }
    }

    private void end() {
        for (final Process process : processes) {
            process.destroyForcibly();
        }
    }

    /** What mounts a file system of so many MiB for a command alone. */
    private static List<String> mounted(final String at, final int mib) {
        return List.of(
                "unshare",
                "-m",
                "sh",
                "-c",
                "mount -t tmpfs -o size=" + mib + "m abelia-nemesis " + at + " && exec \"$@\"",
                "sh");
    }

    private Process node(final int id, final int sharedMib, final int count) throws IOException {
        final List<String> command = new ArrayList<>(mounted("/dev/shm", sharedMib));
        command.addAll(NemesisCommand.java().stream()
                .map(option -> option.startsWith("-Xmx") ? "-Xmx256m" : option)
                .toList());
        command.addAll(List.of("node", "--insecure", "--id", String.valueOf(id)));
        command.addAll(List.of("--dir", root.resolve("n" + id).toString(), "--token-file", token().toString()));
        command.addAll(
                List.of("--endpoint", "127.0.0.1:" + (PORT + id), "--http-port", String.valueOf(HTTP_PORT + id)));
        for (int other = 1; other <= count; other++) {
            if (other != id) {
                command.addAll(List.of("--peer", other + "=127.0.0.1:" + (PORT + other)));
            }
        }
        if (id == 1) {
            command.add("--found");
        }
        final Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(new File(log(id).toString()))
                .start();
        processes.add(process);
        return process;
    }

    private Path log(final int id) {
        return root.resolve("log-" + id + ".txt");
    }

    private Path token() throws IOException {
        final Path token = root.resolve("token");
        if (!Files.exists(token)) {
            Files.writeString(token, "a-token-of-the-check");
        }
        return token;
    }

    private static String url(final int id) {
        return "http://127.0.0.1:" + (HTTP_PORT + id);
    }

    private boolean awaitReady(final int id) throws IOException {
        final Client client = new Client(Files.readString(token()));
        final long endMs = System.currentTimeMillis() + LAUNCH_MS;
        while (client.get(url(id) + "/ready").status() != 200) {
            if (System.currentTimeMillis() > endMs) {
                return false;
            }
            LockSupport.parkNanos(100_000_000L);
        }
        return true;
    }

    private void commit(final int id, final List<String> problems) throws IOException {
        final Client client = new Client(Files.readString(token()));
        for (int i = 0; i < TRANSACTIONS; i++) {
            final int status = client.post(
                            url(id) + "/v1/transactions",
                            "{\"operations\":[{\"op\":\"set\",\"table\":\"t\",\"key\":\"k" + i
                                    + "\",\"type\":\"LWW_REGISTER\",\"value\":\"" + "x".repeat(20_000) + "\"}]}")
                    .status();
            if (status != 200) {
                problems.add("node " + id + " answers " + status + " to a transaction");
                return;
            }
        }
    }

    private void stop(final Process process, final int id, final List<String> problems)
            throws IOException, InterruptedException {
        process.destroy();
        if (!process.waitFor(STOP_S, TimeUnit.SECONDS)
                || process.exitValue() != TERMINATED
                || !Files.readString(log(id)).contains(" stops")) {
            problems.add("node " + id + " did not end in order: "
                    + Files.readString(log(id), StandardCharsets.UTF_8).strip());
        }
    }

    private void oneNode(final List<String> problems) throws IOException, InterruptedException {
        System.out.println("one node with " + ONE_MIB + " MiB of shared memory and 256 MiB of heap");
        final Process process = node(1, ONE_MIB, 1);
        if (awaitReady(1)) {
            commit(1, problems);
        } else {
            problems.add("one node does not run in " + ONE_MIB + " MiB: " + Files.readString(log(1)));
        }
        stop(process, 1, problems);
    }

    private void tooLittle(final List<String> problems) throws IOException, InterruptedException {
        System.out.println("one node with " + TOO_LITTLE_MIB + " MiB of shared memory");
        final Process process = node(1, TOO_LITTLE_MIB, 1);
        final boolean ended = process.waitFor(LAUNCH_MS, TimeUnit.MILLISECONDS);
        final String said = Files.readString(log(1));
        if (!ended || process.exitValue() == 0 || !said.contains("--shm-size=")) {
            problems.add("a node without room in shared memory does not say what to do: " + said);
        }
    }

    private void group(final List<String> problems) throws IOException, InterruptedException {
        System.out.println("three nodes with " + THREE_MIB + " MiB of shared memory each");
        final List<Process> nodes = new ArrayList<>();
        for (int id = 1; id <= 3; id++) {
            nodes.add(node(id, THREE_MIB, 3));
        }
        for (int id = 1; id <= 3; id++) {
            if (awaitReady(id)) {
                commit(id, problems);
            } else {
                problems.add(
                        "node " + id + " of three does not run in " + THREE_MIB + " MiB: " + Files.readString(log(id)));
            }
        }
        for (int id = 1; id <= 3; id++) {
            stop(nodes.get(id - 1), id, problems);
            if (Files.readString(log(id)).contains("shared memory is too small")) {
                problems.add("node " + id + " of three wants more shared memory than README says");
            }
        }
    }

    private static int run(final List<String> before, final List<String> arguments, final Path output)
            throws IOException, InterruptedException {
        final List<String> command = new ArrayList<>(before);
        command.addAll(NemesisCommand.java());
        command.addAll(arguments);
        final Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(new File(output.toString()))
                .start();
        if (!process.waitFor(LAUNCH_MS, TimeUnit.MILLISECONDS)) {
            process.destroyForcibly().waitFor();
            throw new IOException(arguments + " does not end");
        }
        return process.exitValue();
    }

    private void readOnly(final List<String> problems) throws IOException, InterruptedException {
        System.out.println("commands on a read-only medium");
        final String dir = root.resolve("n1").toString();
        final List<String> mount =
                List.of("unshare", "-m", "sh", "-c", "mount --bind -o ro " + dir + " " + dir + " && exec \"$@\"", "sh");
        for (final List<String> command : List.of(
                List.of("verify", "--dir", dir),
                List.of("inspect", "--dir", dir, "--log"),
                List.of("digest", "--dir", dir),
                List.of("get", "t", "k1", "--dir", dir),
                List.of("export", "--dir", dir))) {
            final Path output = root.resolve("output.txt");
            if (run(mount, command, output) != 0) {
                problems.add(command + " on a read-only medium: " + tail(output));
            }
        }
    }

    private static String tail(final Path output) throws IOException {
        final String text = Files.readString(output);
        return text.substring(Math.max(0, text.length() - 500));
    }

    private void fullDisk(final List<String> problems) throws IOException, InterruptedException {
        System.out.println("backup and restore on a full disk");
        final String dir = root.resolve("n1").toString();
        final Path small = Files.createDirectories(root.resolve("small"));
        final Path output = root.resolve("output.txt");
        final List<String> look = new ArrayList<>(mounted(small.toString(), 2));
        look.set(4, look.get(4).replace("exec \"$@\"", "{ \"$@\"; r=$?; ls " + small + "; exit $r; }"));
        if (run(look, List.of("backup", small.resolve("b").toString(), "--dir", dir), output) == 0) {
            problems.add("a backup to a full disk ends with 0: " + tail(output));
        }
        if (!Files.readString(output).contains("No space left on device")) {
            problems.add("a backup to a full disk does not say so: " + tail(output));
        }
        if (Files.readAllLines(output).contains("b.part")) {
            problems.add("a backup to a full disk leaves a part: " + tail(output));
        }
        final String backup = root.resolve("whole").toString();
        if (run(List.of(), List.of("backup", backup, "--dir", dir), output) != 0) {
            problems.add("no backup: " + tail(output));
        }
        final String target = small.resolve("n").toString();
        final List<String> twice = new ArrayList<>(mounted(small.toString(), 2));
        twice.set(
                4,
                twice.get(4)
                        .replace(
                                "exec \"$@\"",
                                "{ \"$@\"; echo restore $?; mount -o remount,size=99m " + small
                                        + "; \"$@\"; echo again $?; }"));
        final int unused = run(twice, List.of("restore", backup, "--dir", target), output);
        final String said = Files.readString(output);
        if (!said.contains("restore 1") || !said.contains("again 0")) {
            problems.add("a restore to a full disk is to fail, and to succeed once there is room: " + said);
        }
    }
}
