package io.abelia.nemesis;

import io.abelia.histories.History;
import io.abelia.histories.Verdict;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Runs daemons under faults, and checks them. */
@Command(
        name = "nemesis",
        subcommands = {PowerLossCommand.class, ContainerCommand.class},
        mixinStandardHelpOptions = true,
        description = {
            "Runs real daemons in network namespaces with real multicast, and clients that check what they read, under kill -9, SIGTERM,",
            "SIGSTOP, partitions, one-way partitions, loss, doubled and overtaken packets, noise, jumps of the wall clock, a full disk,",
            "lost disks and directories that are put back; then heals, and compares all nodes with what the clients were told.",
            "Without root, ip and nft, or with --loopback, it does what 127.0.0.1 allows. All that it makes is removed afterwards."
        })
public final class NemesisCommand implements Callable<Integer> {
    private static final long MS_NS = 1_000_000L;
    private static final double MINUTE_NS = 60e9;
    private static final long START_MS = 90_000;
    private static final long CONVERGE_MS = 10_000;
    private static final int KEY_BYTES = 32;
    private static final int SESSIONS = 6;
    private static final int CONTROLS = 3;

    @Option(names = "--minutes", paramLabel = "M", description = "How long (default ${DEFAULT-VALUE}).")
    private double minutes = 3;

    @Option(names = "--nodes", paramLabel = "N", description = "Nodes, 3 to 9 (default ${DEFAULT-VALUE}).")
    private int count = 5;

    @Option(names = "--seed", paramLabel = "S", description = "Of the faults (default: the time).")
    private long seed = System.currentTimeMillis();

    @Option(
            names = "--pause-ms",
            paramLabel = "MS",
            description = "How long a node is stopped (default ${DEFAULT-VALUE}).")
    private long pauseMs = 15_000;

    @Option(names = "--prefix", hidden = true, description = "Beginning of the namespaces' names.")
    private String prefix = "abelia";

    @Option(names = "--loopback", description = "All nodes on 127.0.0.1, where nothing can be cut: needs no root.")
    private boolean loopback;

    @Option(names = "--keep", description = "Keep the directories and logs of the nodes.")
    private boolean keep;

    private final List<Daemon> nodes = new ArrayList<>();
    private final AtomicBoolean cleaned = new AtomicBoolean();

    public static void main(final String[] args) {
        System.exit(new CommandLine(new NemesisCommand()).execute(args));
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        if (count < 3 || count > 9) {
            System.err.println("--nodes is " + count + "; allowed are 3 to 9");
            return 2;
        }
        final Path root = Files.createTempDirectory("abelia-nemesis-");
        final Net[] net = new Net[1];
        final Runnable cleanUp = () -> cleanUp(root, net[0]);
        Runtime.getRuntime().addShutdownHook(new Thread(cleanUp, "clean-up"));
        try {
            net[0] = loopback ? new Loopback(count) : new Namespaces(prefix, count);
            return run(root, net[0]);
        } finally {
            cleanUp.run();
        }
    }

    private void cleanUp(final Path root, final @Nullable Net net) {
        if (cleaned.getAndSet(true)) {
            return;
        }
        nodes.forEach(Daemon::destroy);
        if (net != null) {
            net.close();
        }
        for (int i = 1; !loopback && i <= Daemon.MEMBERS; i++) {
            Shell.tryRun("umount", "-l", root.resolve("node-" + i).toString());
        }
        if (keep) {
            System.out.println("kept: " + root);
            return;
        }
        try {
            Faults.removeTree(root);
        } catch (final IOException e) {
            System.err.println("could not remove " + root + ": " + e.getMessage());
        }
    }

    private static String random() {
        final byte[] bytes = new byte[KEY_BYTES];
        new SecureRandom().nextBytes(bytes);
        return HexFormat.of().formatHex(bytes);
    }

    private static Path secret(final Path file, final String text) throws IOException {
        Files.createFile(file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        return Files.writeString(file, text);
    }

    /** How to run the commands of the launcher. */
    static List<String> java() {
        final String home = System.getProperty("abelia.home", ".");
        return List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "@" + home + "/config/jvm.options",
                "-ea",
                "-Xmx192m",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-Dabelia.home=" + home,
                "-jar",
                home + "/cli/target/abelia.jar");
    }

    /** A disk of a node's own, in memory, so that it can be filled. */
    private void smallDisk(final Path directory) throws IOException {
        Files.createDirectories(directory);
        if (!loopback) {
            Shell.run("mount", "-t", "tmpfs", "-o", "size=640m", "abelia-nemesis", directory.toString());
        }
    }

    private int run(final Path root, final Net net) throws IOException, InterruptedException {
        System.out.println(count + " nodes, " + minutes + " minutes, seed " + seed);
        final Path keyFile = secret(root.resolve("group.key"), "1 " + random() + "\n");
        final String token = random();
        final Path tokenFile = secret(root.resolve("token"), token + "\n");
        for (int i = 1; i <= count; i++) {
            nodes.add(new Daemon(i, net, root.resolve("node-" + i), java(), keyFile, i == 1));
        }
        for (int i = 1; i <= Daemon.MEMBERS; i++) {
            smallDisk(root.resolve("node-" + i));
        }
        final Client client = new Client(token);
        for (final Daemon node : nodes) {
            node.start(tokenFile);
        }
        if (!awaitAll(client, START_MS)) {
            System.out.println("the nodes do not come up");
            tails();
            return 1;
        }
        System.out.println("all nodes take commits");
        final Workload workload = new Workload(nodes, client);
        final Accounts accounts = new Accounts(nodes, client, workload.violations());
        final Intruders intruders = new Intruders(net, client, keyFile, tokenFile, java(), workload.violations());
        final Faults faults =
                new Faults(nodes, net, workload, client, intruders, accounts, tokenFile, java(), seed, pauseMs);
        accounts.start(seed);
        workload.start(seed);
        final Histories history = new Histories(nodes, client, Faults.HISTORY, true, SESSIONS);
        final Histories control = new Histories(nodes, client, Faults.HISTORY + "-control", false, CONTROLS);
        history.start(seed, (long) (minutes * MINUTE_NS));
        control.start(seed, (long) (minutes * MINUTE_NS));
        final long endMs = System.currentTimeMillis() + (long) (minutes * 60_000);
        for (int turn = 0;
                System.currentTimeMillis() < endMs && workload.violations().isEmpty();
                turn++) {
            LockSupport.parkNanos(1500 * MS_NS);
            faults.next(turn);
        }
        net.heal();
        LockSupport.parkNanos(500 * MS_NS);
        workload.stop();
        history.stop();
        control.stop();
        accounts.stop();
        System.out.println("healed; faults done: " + faults.done());
        System.out.println(workload.describe());
        System.out.println(accounts.describe());
        settle(client, workload, faults, accounts);
        judge(workload, history, control, faults.hasCut());
        return report(workload);
    }

    /** Once all faults have ended: all nodes take commits and become equal, and what they hold is what clients were told. */
    private void settle(final Client client, final Workload workload, final Faults faults, final Accounts accounts) {
        if (!awaitAll(client, START_MS)) {
            workload.violations().add("not all nodes take commits after healing");
        }
        workload.violations().addAll(faults.strangeEndings());
        final long healedMs = System.currentTimeMillis();
        Set<String> digests = digests(client);
        while (digests.size() > 1 && System.currentTimeMillis() - healedMs < CONVERGE_MS) {
            LockSupport.parkNanos(50 * MS_NS);
            digests = digests(client);
        }
        if (digests.size() > 1) {
            workload.violations().add("digests differ " + CONVERGE_MS + " ms after healing: " + digests);
        } else {
            System.out.println(
                    "equal digests " + (System.currentTimeMillis() - healedMs) + " ms after the last node was up");
        }
        workload.finish(nodes.get(0), faults.destructions());
        accounts.finish(nodes.get(nodes.size() - 1));
    }

    /** What sessions were answered has to be causally consistent; without tokens it is not where the network was cut, and that has to be seen. */
    private void judge(final Workload workload, final Histories history, final Histories control, final boolean wasCut)
            throws IOException {
        final History audited = history.audited();
        final Verdict verdict = Histories.judge(audited);
        System.out.println(history.describe(audited, verdict));
        if (!verdict.isAccepted()) {
            workload.violations().add(verdict + "\n" + Histories.keep(audited, seed));
        }
        final History careless = control.audited();
        final Verdict rejected = Histories.judge(careless);
        System.out.println(control.describe(careless, rejected));
        if (rejected.isAccepted() && wasCut) {
            workload.violations().add("sessions without tokens saw nothing wrong: this run shows nothing of tokens");
        }
    }

    private int report(final Workload workload) throws IOException {
        if (workload.violations().isEmpty()) {
            System.out.println("everything held");
            return 0;
        }
        workload.violations().stream().limit(20).forEach(violation -> System.out.println("VIOLATION " + violation));
        tails();
        System.out.println(
                "run it again: ./abelia nemesis " + (loopback ? "--loopback " : "") + "--seed " + seed + " --nodes "
                        + count + " --minutes " + minutes + " (processes and networks make no two runs the same)");
        return 1;
    }

    /** The ends of the nodes' logs. */
    private void tails() throws IOException {
        for (final Daemon node : nodes) {
            if (Files.exists(node.log())) {
                final List<String> lines = Files.readAllLines(node.log(), StandardCharsets.UTF_8);
                System.out.println("-- node " + node.id);
                lines.subList(Math.max(0, lines.size() - 12), lines.size())
                        .forEach(line -> System.out.println("   " + line));
            }
        }
    }

    private boolean awaitAll(final Client client, final long ms) {
        final long endMs = System.currentTimeMillis() + ms;
        while (System.currentTimeMillis() < endMs) {
            if (nodes.stream()
                    .allMatch(node -> client.get(node.url() + "/ready").status() == 200)) {
                return true;
            }
            LockSupport.parkNanos(200 * MS_NS);
        }
        return false;
    }

    private Set<String> digests(final Client client) {
        final Set<String> digests = new HashSet<>();
        for (final Daemon node : nodes) {
            final Client.Answer answer = client.get(node.url() + "/v1/digest");
            digests.add(
                    String.valueOf(answer.json().get("digest")) + answer.json().get("clock"));
        }
        return digests;
    }
}
