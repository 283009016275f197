package io.abelia.cli;

import io.abelia.engine.Durability;
import io.abelia.engine.Engine;
import io.abelia.engine.EngineContext;
import io.abelia.engine.transaction.CommitResult;
import io.abelia.engine.transaction.Snapshot;
import io.abelia.engine.transaction.Transaction;
import io.abelia.engine.transaction.TransactionMode;
import io.abelia.node.CellJson;
import io.abelia.replication.Replicator;
import io.abelia.replication.ReplicatorContext;
import io.abelia.replication.security.KeyRing;
import io.abelia.replication.security.Protection;
import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.stream.LongStream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * A node of the demo, told what to do line by line: {@code row NUMBER CSV}, {@code cut}, {@code heal}, {@code digest}, {@code check FILE},
 * {@code json}. Its wall clock is the number of the row, so that "last" means the file's order on every run.
 */
@Command(name = "demo-node", hidden = true, mixinStandardHelpOptions = true, description = "A node of the demo.")
final class DemoNodeCommand implements Callable<Integer> {
    private static final int SEGMENT_BYTES = 8 << 20;
    private static final int SHOWN_DIFFERENCES = 5;

    @Option(names = "--id", required = true)
    private int id;

    @Option(names = "--dir", required = true)
    private Path dir = Path.of("");

    @Option(names = "--key-file", required = true)
    private Path keyFile = Path.of("");

    @Option(names = "--endpoints", required = true, split = ",")
    private List<String> endpoints = List.of();

    private volatile long row;

    @Override
    public Integer call() throws IOException {
        final Map<Long, String> peers = new TreeMap<>();
        for (int i = 0; i < endpoints.size(); i++) {
            if (i != id) {
                peers.put((long) i, endpoints.get(i));
            }
        }
        try (Engine engine = Engine.launch(new EngineContext()
                .directory(dir)
                .durability(Durability.PROCESS)
                .segmentBytes(SEGMENT_BYTES)
                .epochClock(() -> row))) {
            final ReplicatorContext context = new ReplicatorContext()
                    .engine(engine)
                    .cluster("demo")
                    .unicast(endpoints.get(id), peers)
                    .driverDirectory(
                            dir.resolveSibling(dir.getFileName() + "-aeron").toString())
                    .keys(KeyRing.read(keyFile), Protection.AUTH);
            context.replica()
                    .node(id)
                    .members(LongStream.range(0, endpoints.size()).toArray());
            try (Replicator replicator = Replicator.launch(context);
                    BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8))) {
                System.out.println("up " + engine.clock().size());
                for (String line = in.readLine(); line != null; line = in.readLine()) {
                    System.out.println(obey(engine, replicator, line));
                }
            }
        }
        return 0;
    }

    private String obey(final Engine engine, final Replicator replicator, final String line) throws IOException {
        final int space = line.indexOf(' ');
        final String word = space < 0 ? line : line.substring(0, space);
        final String rest = line.substring(space + 1);
        return switch (word) {
            case "row" -> commit(engine, rest);
            case "cut" -> String.valueOf(replicator.isolate(true).join());
            case "heal" -> String.valueOf(replicator.isolate(false).join());
            case "digest" -> engine.digest() + " " + engine.clock();
            case "check" -> check(engine, Path.of(rest));
            case "json" -> json(engine);
            default -> throw new IllegalArgumentException("no such word: " + word);
        };
    }

    private String commit(final Engine engine, final String numbered) {
        final int space = numbered.indexOf(' ');
        row = Long.parseLong(numbered.substring(0, space));
        try (Transaction tx = engine.transaction().mode(TransactionMode.COORDINATION_FREE)) {
            ContributionFile.row(numbered.substring(space + 1)).apply(tx);
            final CommitResult result = tx.commit();
            return result.name();
        }
    }

    private static String check(final Engine engine, final Path file) throws IOException {
        final Totals totals = new Totals(ContributionFile.read(file, false).rows());
        final List<String> differences = totals.differences(engine);
        differences.stream().limit(SHOWN_DIFFERENCES).forEach(System.err::println);
        return String.valueOf(differences.size());
    }

    /** All cells on one line, without line ends. */
    private static String json(final Engine engine) throws IOException {
        final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (Snapshot snapshot = engine.snapshot();
                PrintStream out = new PrintStream(bytes, false, StandardCharsets.UTF_8)) {
            CellJson.writeArray(out, snapshot, CellJson.cells(snapshot, List.of("authors", "calendar", "modules")));
        }
        return bytes.toString(StandardCharsets.UTF_8).replace('\n', '\u0001');
    }
}
