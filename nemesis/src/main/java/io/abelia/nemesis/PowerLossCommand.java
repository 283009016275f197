package io.abelia.nemesis;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Takes the power from a node that commits at POWER: its filesystem is shut down under it, and what was never forced is gone. */
@Command(
        name = "power-loss",
        mixinStandardHelpOptions = true,
        description = {
            "Runs a node on an ext4 filesystem in an image file, shuts the filesystem down under it while clients commit, mounts it again,",
            "and requires every acknowledged transaction. Needs root, loop devices, mkfs.ext4 and perl."
        })
final class PowerLossCommand implements Callable<Integer> {
    private static final long MS_NS = 1_000_000L;
    private static final long START_MS = 60_000;
    private static final int CLIENTS = 4;
    private static final int TOKEN_BYTES = 24;
    private static final int PORT = 7699;
    private static final String URL = "http://127.0.0.1:" + PORT;
    /** EXT4_IOC_SHUTDOWN with "do not flush the log", as losing power does. */
    private static final String SHUT_DOWN =
            "open(F, '<', $ARGV[0]) or die $!; my $f = pack('L', 2); ioctl(F, 0x8004587d, $f) or die $!;";

    @Option(names = "--rounds", paramLabel = "N", description = "How many times (default ${DEFAULT-VALUE}).")
    private int rounds = 3;

    @Option(
            names = "--durability",
            paramLabel = "LEVEL",
            description = "POWER; PROCESS shows what is lost without it, and fails (default ${DEFAULT-VALUE}).")
    private String durability = "POWER";

    private @Nullable Process process;

    @Override
    public Integer call() throws IOException, InterruptedException {
        final Path root = Files.createTempDirectory("abelia-power-");
        final Path mount = Files.createDirectory(root.resolve("disk"));
        final Thread cleanUp = new Thread(() -> cleanUp(root, mount), "clean-up");
        Runtime.getRuntime().addShutdownHook(cleanUp);
        Shell.tryRun("ip", "link", "set", "lo", "up");
        final Path image = root.resolve("image");
        Shell.run("truncate", "-s", "512M", image.toString());
        Shell.run("mkfs.ext4", "-q", "-F", image.toString());
        final byte[] bytes = new byte[TOKEN_BYTES];
        new SecureRandom().nextBytes(bytes);
        final String token = HexFormat.of().formatHex(bytes);
        final Path tokenFile = Files.writeString(root.resolve("token"), token + "\n");
        final Client client = new Client(token);
        final Set<String> acknowledged = ConcurrentHashMap.newKeySet();
        final Random random = new Random();
        for (int round = 1; round <= rounds; round++) {
            Shell.run("mount", "-o", "loop", image.toString(), mount.toString());
            start(root, mount, tokenFile);
            if (!awaitReady(client)) {
                System.out.println("the node does not come up: " + Files.readString(root.resolve("log.txt")));
                return 1;
            }
            final int missing = missing(client, acknowledged);
            if (missing > 0) {
                System.out.println("VIOLATION " + missing + " acknowledged transactions are gone");
                return 1;
            }
            final List<Thread> clients = commit(client, acknowledged, round);
            LockSupport.parkNanos((500 + random.nextInt(1500)) * MS_NS);
            Shell.run("perl", "-e", SHUT_DOWN, mount.toString());
            for (final Thread thread : clients) {
                thread.join();
            }
            kill();
            Shell.run("umount", mount.toString());
            System.out.printf("round %d: %,d transactions acknowledged in all%n", round, acknowledged.size());
        }
        Shell.run("mount", "-o", "loop", image.toString(), mount.toString());
        start(root, mount, tokenFile);
        final boolean ready = awaitReady(client);
        final int missing = ready ? missing(client, acknowledged) : acknowledged.size();
        System.out.printf(
                "%,d acknowledged at %s, %,d missing after %d power losses%n",
                acknowledged.size(), durability, missing, rounds);
        return missing == 0 && !acknowledged.isEmpty() ? 0 : 1;
    }

    private void start(final Path root, final Path mount, final Path tokenFile) throws IOException {
        final List<String> command = new ArrayList<>(NemesisCommand.java());
        command.addAll(List.of("node", "--id", "1", "--found", "--insecure", "--endpoint", "127.0.0.1:40999"));
        command.addAll(
                List.of("--dir", mount.resolve("data").toString(), "--durability", durability, "--store", "MEMORY"));
        command.addAll(List.of("--segment-bytes", String.valueOf(4 << 20), "--token-file", tokenFile.toString()));
        command.addAll(List.of("--http-port", String.valueOf(PORT)));
        process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(
                        new File(root.resolve("log.txt").toString())))
                .start();
    }

    private void kill() {
        final Process now = process;
        if (now != null) {
            now.destroyForcibly();
            try {
                now.waitFor(10, TimeUnit.SECONDS);
            } catch (final InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private static boolean awaitReady(final Client client) {
        final long endMs = System.currentTimeMillis() + START_MS;
        while (System.currentTimeMillis() < endMs) {
            if (client.get(URL + "/ready").status() == 200) {
                return true;
            }
            LockSupport.parkNanos(100 * MS_NS);
        }
        return false;
    }

    /** Clients that commit until the node no longer answers as it should. */
    private static List<Thread> commit(final Client client, final Set<String> acknowledged, final int round) {
        final List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < CLIENTS; i++) {
            final String prefix = round + "." + i + ".";
            final Thread thread = new Thread(
                    () -> {
                        for (int n = 0; ; n++) {
                            final String id = prefix + n;
                            final Client.Answer answer = client.post(
                                    URL + "/v1/transactions",
                                    "{\"operations\":[{\"op\":\"add\",\"table\":\"ids\",\"key\":\"all\",\"type\":\"GROW_SET\",\"value\":\""
                                            + id + "\"}]}");
                            if (answer.status() != 200) {
                                return;
                            }
                            acknowledged.add(id);
                        }
                    },
                    "client-" + i);
            threads.add(thread);
            thread.start();
        }
        return threads;
    }

    private static int missing(final Client client, final Set<String> acknowledged) {
        if (acknowledged.isEmpty()) {
            return 0;
        }
        final Object present = Client.value(client.get(URL + "/v1/cells/ids/all"), "all", "");
        int missing = 0;
        for (final String id : acknowledged) {
            missing += present instanceof List<?> list && list.contains(id) ? 0 : 1;
        }
        return missing;
    }

    private void cleanUp(final Path root, final Path mount) {
        final Process now = process;
        if (now != null) {
            now.destroy(); // in order, if it can, so that nothing of it stays in memory
            try {
                now.waitFor(5, TimeUnit.SECONDS);
            } catch (final InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
        kill();
        Shell.tryRun("umount", "-l", mount.toString());
        try {
            Faults.removeTree(root);
        } catch (final IOException e) {
            System.err.println("could not remove " + root + ": " + e.getMessage());
        }
    }
}
