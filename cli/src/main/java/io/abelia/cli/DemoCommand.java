package io.abelia.cli;

import io.abelia.replication.security.KeyRing;
import java.io.IOException;
import java.io.PrintStream;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Runs nodes on real data: they diverge, one is cut off, one is killed and recovers, and all converge. */
@Command(
        name = "demo",
        mixinStandardHelpOptions = true,
        description = {
            "Spreads contributions over nodes that are processes of their own and talk over Aeron on 127.0.0.1, one transaction a",
            "row; cuts one node off half way, kills another (SIGKILL) and starts it again on its files, heals, and checks every",
            "value against the file."
        })
final class DemoCommand implements Callable<Integer> {
    private static final int MAX_NODES = 9;
    private static final long CONVERGE_NS = 60_000_000_000L;
    private static final long TURN_NS = 5_000_000L;
    private static final int DIGEST_CHARS = 12;

    @Option(
            names = "--input",
            paramLabel = "FILE",
            description = "CSV file with the columns of examples/contributions.csv (default).")
    private Path input = Path.of(System.getProperty("abelia.home", "."), "examples", "contributions.csv");

    @Option(
            names = "--nodes",
            paramLabel = "N",
            description = "Nodes, 1 to " + MAX_NODES + " (default ${DEFAULT-VALUE}).")
    private int nodes = 3;

    @Option(
            names = "--dir",
            paramLabel = "DIR",
            description = "Keep the nodes' data there (default: a temporary directory, removed).")
    private @Nullable Path dir;

    @Option(names = "--json", description = "Print nothing but the cells of the converged state, as one JSON array.")
    private boolean json;

    @Option(names = "--strict", description = "Stop at the first bad row.")
    private boolean strict;

    private int row;
    private PrintStream report = System.out;

    @Override
    public Integer call() throws IOException {
        if (nodes < 1 || nodes > MAX_NODES) {
            throw new UsageException("--nodes is " + nodes + "; allowed are 1 to " + MAX_NODES);
        }
        if (!Files.isRegularFile(input) || !Files.isReadable(input)) {
            throw new UsageException("cannot read " + input + "; give a CSV file with --input");
        }
        report = json ? new PrintStream(java.io.OutputStream.nullOutputStream()) : System.out;
        final ContributionFile file = ContributionFile.read(input, strict);
        file.problems().forEach(problem -> System.err.println("passed over: " + problem));
        final Directories.Scratch scratch = Directories.scratch(dir, "abelia-demo");
        final List<DemoNode> cluster = new ArrayList<>();
        final Thread interrupted = new Thread(() -> cluster.forEach(DemoNode::close), "end-nodes");
        Runtime.getRuntime().addShutdownHook(interrupted);
        try {
            final Path key = key(scratch.path().resolve("group.key"));
            final List<String> endpoints = endpoints();
            for (int i = 0; i < nodes; i++) {
                cluster.add(new DemoNode(i, scratch.path().resolve("node-" + i), endpoints, key));
            }
            for (final DemoNode node : cluster) {
                if (!node.awaitUp().equals("up 0")) {
                    throw new UsageException(
                            "the directory holds data of an earlier run; give an empty one with --dir");
                }
            }
            return run(cluster, file) ? 0 : 1;
        } finally {
            cluster.forEach(DemoNode::close);
            scratch.close();
        }
    }

    /** A key for this run alone. */
    private static Path key(final Path file) throws IOException {
        final byte[] key = new byte[KeyRing.KEY_BYTES];
        new SecureRandom().nextBytes(key);
        Files.deleteIfExists(file);
        Files.createFile(file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        return Files.writeString(file, "1 " + HexFormat.of().formatHex(key) + "\n");
    }

    /** Free ports of 127.0.0.1. */
    private List<String> endpoints() throws IOException {
        final List<DatagramSocket> sockets = new ArrayList<>();
        try {
            for (int i = 0; i < nodes; i++) {
                sockets.add(new DatagramSocket(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0)));
            }
            return sockets.stream()
                    .map(socket -> "127.0.0.1:" + socket.getLocalPort())
                    .toList();
        } finally {
            sockets.forEach(DatagramSocket::close);
        }
    }

    private boolean run(final List<DemoNode> cluster, final ContributionFile file) throws IOException {
        final int rows = file.rows().size();
        final int half = rows / 2;
        final int late = half + rows / 4;
        report.printf(
                "%,d rows (%d passed over) over %d nodes, by author, one transaction a row%n%n",
                rows, file.problems().size(), nodes);
        header(cluster);
        commit(cluster, file, half);
        table(cluster, "half of the rows committed");
        if (nodes > 1) {
            cluster.get(nodes - 1).tell("cut");
            table(cluster, "node " + (nodes - 1) + " is cut off");
        }
        commit(cluster, file, late);
        table(cluster, "both sides went on");
        final int victim = nodes > 2 ? 1 : 0; // another than the one that is cut off
        cluster.get(victim).killAndRestart();
        table(cluster, "node " + victim + " killed (SIGKILL), started again on its files");
        commit(cluster, file, rows);
        table(cluster, "all rows committed");
        cluster.get(nodes - 1).tell("heal");
        table(cluster, "healed");
        final long ms = converge(cluster);
        table(cluster, "converged " + ms + " ms later");
        return finish(cluster, new Totals(file.rows()), file);
    }

    private void commit(final List<DemoNode> cluster, final ContributionFile file, final int end) throws IOException {
        for (; row < end; row++) {
            final DemoNode node =
                    cluster.get(Math.floorMod(file.rows().get(row).author().hashCode(), nodes));
            final String result =
                    node.tell("row " + (row + 1) + " " + file.lines().get(row));
            if (!result.equals("COMMITTED")) {
                throw new CheckFailedException("row " + (row + 1) + " could not be committed: " + result);
            }
        }
    }

    private static long converge(final List<DemoNode> cluster) throws IOException {
        final long startNs = System.nanoTime();
        while (digests(cluster).stream().distinct().count() > 1) {
            if (System.nanoTime() - startNs > CONVERGE_NS) {
                throw new CheckFailedException("the nodes did not converge within a minute");
            }
            LockSupport.parkNanos(TURN_NS);
        }
        return (System.nanoTime() - startNs) / 1_000_000;
    }

    /** Digest and clock of each node. */
    private static List<String> digests(final List<DemoNode> cluster) throws IOException {
        final List<String> digests = new ArrayList<>();
        for (final DemoNode node : cluster) {
            digests.add(node.tell("digest"));
        }
        return digests;
    }

    private void header(final List<DemoNode> cluster) {
        report.printf(
                "%-62s %s%n",
                "",
                cluster.stream()
                        .map(node -> String.format("%-12s", "node " + node.number()))
                        .collect(Collectors.joining(" ")));
    }

    private void table(final List<DemoNode> cluster, final String what) throws IOException {
        final List<String> digests = digests(cluster).stream()
                .map(digest -> digest.substring(0, DIGEST_CHARS))
                .toList();
        report.printf(
                "%-62s %s  %s%n",
                what, String.join(" ", digests), digests.stream().distinct().count() == 1 ? "equal" : "differ");
        report.flush();
    }

    private boolean finish(final List<DemoNode> cluster, final Totals totals, final ContributionFile file)
            throws IOException {
        boolean right = true;
        for (final DemoNode node : cluster) {
            right &= node.tell("check " + input.toAbsolutePath()).equals("0");
        }
        report.printf(
                "%n%,d cells on each node %s what the file says.%n", totals.cells(), right ? "equal" : "DO NOT equal");
        if (!file.problems().isEmpty()) {
            report.printf(
                    "%d rows were passed over (see above).%n", file.problems().size());
        }
        if (dir != null) {
            report.println(
                    "The data is kept in " + dir + "; look at it with: ./abelia inspect --dir " + dir + "/node-0");
        }
        if (json) {
            System.out.print(cluster.get(0).tell("json").replace('\u0001', '\n'));
        }
        return right;
    }
}
