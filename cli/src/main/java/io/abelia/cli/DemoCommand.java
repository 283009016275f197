package io.abelia.cli;

import io.abelia.engine.Digest;
import io.abelia.engine.Engine;
import io.abelia.engine.replicate.InProcessNetwork;
import io.abelia.engine.transaction.CommitResult;
import io.abelia.engine.transaction.Snapshot;
import io.abelia.engine.transaction.Transaction;
import io.abelia.engine.transaction.TransactionMode;
import io.abelia.node.CellJson;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Runs embedded nodes on real data: they diverge, one is cut off, one is dropped and recovered, and all converge. */
@Command(
        name = "demo",
        mixinStandardHelpOptions = true,
        description = {
            "Spreads contributions over embedded nodes, one transaction a row; cuts one node off half way,",
            "drops another and reopens it from its files, heals, and checks every value against the file."
        })
final class DemoCommand implements Callable<Integer> {
    private static final long NS_PER_ROW = 20_000;
    private static final int ROWS_PER_TURN = 16;
    private static final int MAX_TURNS = 1_000_000;
    private static final long NS_PER_TURN = 1_000_000;

    @Option(
            names = "--input",
            paramLabel = "FILE",
            description = "CSV file with the columns of examples/contributions.csv (default).")
    private Path input = Path.of(System.getProperty("abelia.home", "."), "examples", "contributions.csv");

    @Option(names = "--nodes", paramLabel = "N", description = "Nodes, 1 to 16 (default ${DEFAULT-VALUE}).")
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

    private long row;
    private long nowNs;
    private PrintStream report = System.out;
    private final InProcessNetwork network = new InProcessNetwork(1);

    @Override
    public Integer call() throws IOException {
        if (nodes < 1 || nodes > 16) {
            throw new UsageException("--nodes is " + nodes + "; allowed are 1 to 16");
        }
        if (!Files.isRegularFile(input) || !Files.isReadable(input)) {
            throw new UsageException("cannot read " + input + "; give a CSV file with --input");
        }
        report = json ? new PrintStream(java.io.OutputStream.nullOutputStream()) : System.out;
        final ContributionFile file = ContributionFile.read(input, strict);
        file.problems().forEach(problem -> System.err.println("passed over: " + problem));
        final Directories.Scratch scratch = Directories.scratch(dir, "abelia-demo");
        final List<DemoNode> cluster = new ArrayList<>();
        try {
            for (int i = 0; i < nodes; i++) {
                cluster.add(
                        new DemoNode(i, nodes, scratch.path().resolve("node-" + i), network, () -> row, () -> nowNs));
            }
            requireEmpty(cluster.get(0).engine());
            return run(cluster, file) ? 0 : 1;
        } finally {
            for (final DemoNode node : cluster) {
                node.close();
            }
            scratch.close();
        }
    }

    private static void requireEmpty(final Engine engine) {
        if (engine.clock().size() > 0) {
            throw new UsageException("the directory holds data of an earlier run; give an empty one with --dir");
        }
    }

    private boolean run(final List<DemoNode> cluster, final ContributionFile file) throws IOException {
        final List<Contribution> rows = file.rows();
        final int half = rows.size() / 2;
        final int late = half + rows.size() / 4;
        report.printf(
                "%,d rows (%d passed over) over %d nodes, by author, one transaction a row%n%n",
                rows.size(), file.problems().size(), nodes);
        header(cluster);
        commit(cluster, rows.subList(0, half));
        table(cluster, "half of the rows committed");
        if (nodes > 1) {
            network.cut(nodes - 1);
            table(cluster, "node " + (nodes - 1) + " is cut off");
        }
        commit(cluster, rows.subList(half, late));
        table(cluster, "both sides went on");
        final int victim = nodes > 2 ? 1 : 0; // another than the one that is cut off
        cluster.get(victim).abandonAndReopen();
        table(cluster, "node " + victim + " dropped without close, reopened from its files");
        commit(cluster, rows.subList(late, rows.size()));
        table(cluster, "all rows committed");
        network.heal();
        table(cluster, "healed");
        final int turns = converge(cluster);
        table(cluster, "converged after " + turns + " ms of protocol time");
        return finish(cluster, new Totals(rows), file);
    }

    private void commit(final List<DemoNode> cluster, final List<Contribution> rows) {
        for (final Contribution contribution : rows) {
            row++;
            nowNs += NS_PER_ROW;
            final Engine engine = cluster.get(
                            Math.floorMod(contribution.author().hashCode(), nodes))
                    .engine();
            try (Transaction tx = engine.transaction().mode(TransactionMode.COORDINATION_FREE)) {
                contribution.apply(tx);
                final CommitResult result = tx.commit();
                if (result != CommitResult.COMMITTED) {
                    throw new CheckFailedException("row " + row + " could not be committed: " + result);
                }
            }
            if (row % ROWS_PER_TURN == 0) {
                cluster.forEach(DemoNode::doWork);
            }
        }
    }

    private int converge(final List<DemoNode> cluster) {
        int turns = 0;
        while (!isConverged(cluster)) {
            nowNs += NS_PER_TURN;
            cluster.forEach(DemoNode::doWork);
            if (++turns > MAX_TURNS) {
                throw new CheckFailedException("the nodes did not converge within " + MAX_TURNS + " turns");
            }
        }
        return turns;
    }

    private static boolean isConverged(final List<DemoNode> cluster) {
        return cluster.stream()
                .allMatch(node ->
                        node.engine().clock().equals(cluster.get(0).engine().clock()));
    }

    private void header(final List<DemoNode> cluster) {
        report.printf(
                "%-62s %s%n",
                "",
                cluster.stream()
                        .map(node -> String.format("%-12s", "node " + node.number()))
                        .collect(Collectors.joining(" ")));
    }

    private void table(final List<DemoNode> cluster, final String what) {
        final List<String> digests = cluster.stream()
                .map(node -> node.engine().digest().toString().substring(0, 12))
                .toList();
        report.printf(
                "%-62s %s  %s%n",
                what, String.join(" ", digests), digests.stream().distinct().count() == 1 ? "equal" : "differ");
        report.flush();
    }

    private boolean finish(final List<DemoNode> cluster, final Totals totals, final ContributionFile file)
            throws IOException {
        boolean right = true;
        final Digest digest = cluster.get(0).engine().digest();
        for (final DemoNode node : cluster) {
            final List<String> differences = totals.differences(node.engine());
            differences.stream()
                    .limit(5)
                    .forEach(difference -> System.err.println("node " + node.number() + ": " + difference));
            right &= differences.isEmpty() && node.engine().digest().equals(digest);
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
            try (Snapshot snapshot = cluster.get(0).engine().snapshot()) {
                CellJson.writeArray(
                        System.out, snapshot, CellJson.cells(snapshot, List.of("authors", "calendar", "modules")));
            }
        }
        return right;
    }
}
