package io.abelia.bench;

import io.abelia.engine.Engine;
import io.abelia.engine.EngineContext;
import io.abelia.engine.StoreKind;
import io.abelia.engine.codec.CellType;
import io.abelia.engine.transaction.Cell;
import io.abelia.engine.transaction.Transaction;
import io.abelia.engine.transaction.TransactionMode;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.Locale;
import java.util.stream.Stream;

/**
 * Sizes and long operations that are no JMH benchmarks: bytes of many counters, inserts into a large set, and launches after a clean
 * stop and after none. One line each; launches are those of this warm JVM, and of the first launch of a fresh one by
 * {@code reopen DIR}.
 */
public final class StateReport {
    private static final int BATCH = 1000;
    private static final double NS_PER_MS = 1e6;
    private static final double BYTES_PER_MB = 1e6;
    private final PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);

    private StateReport() {}

    public static void main(final String[] args) throws IOException {
        final StateReport report = new StateReport();
        if (args.length == 2 && args[0].equals("reopen")) {
            report.launch("launch in a fresh JVM", context(Path.of(args[1]), StoreKind.CHRONICLE))
                    .close();
            return;
        }
        final Path directory = Files.createTempDirectory("abelia-state");
        try {
            for (final StoreKind store : StoreKind.values()) {
                report.counters(directory, store, 5_000_000);
                report.set(directory, store, 1_000_000);
                report.reopen(directory, store, 1_000_000);
            }
        } finally {
            try (Stream<Path> files = Files.walk(directory)) {
                files.sorted(Comparator.reverseOrder())
                        .forEach(file -> file.toFile().delete());
            }
        }
    }

    private static EngineContext context(final Path directory, final StoreKind store) {
        return new EngineContext().directory(directory).store(store).snapshotIntervalBytes(1L << 40);
    }

    private void line(final String what, final StoreKind store, final double value, final String unit) {
        out.println(String.format(Locale.ROOT, "%-58s %-10s %,12.1f %s", what, store, value, unit));
    }

    private static void fill(final Engine engine, final int cells) {
        for (int i = 0; i < cells; i += BATCH) {
            try (Transaction tx = engine.transaction().mode(TransactionMode.COORDINATION_FREE)) {
                for (int j = i; j < Math.min(cells, i + BATCH); j++) {
                    tx.increment("counters", "key_" + j, 1);
                }
                tx.commitOrThrow();
            }
        }
    }

    private void counters(final Path root, final StoreKind store, final int cells) throws IOException {
        try (Engine engine =
                Engine.launch(context(root.resolve("counters-" + store), store).expectedCells(cells))) {
            final long start = System.nanoTime();
            fill(engine, cells);
            final double elapsed = System.nanoTime() - start;
            final double bytes = engine.kernel().units().store().sizeBytes();
            line(cells + " counters, reserved", store, bytes / BYTES_PER_MB, "MB");
            line("  of which for each counter", store, bytes / cells, "bytes");
            line("  making one, 1,000 a transaction", store, elapsed / cells, "ns");
        }
    }

    private void set(final Path root, final StoreKind store, final int elements) throws IOException {
        try (Engine engine =
                Engine.launch(context(root.resolve("set-" + store), store).expectedCells(2L * elements))) {
            final Cell set = engine.cell(CellType.ADD_WINS_SET, "sets", "large", "elements");
            insert(engine, set, 0, elements);
            final long start = System.nanoTime();
            final int more = elements / 10;
            insert(engine, set, elements, elements + more);
            line(
                    "insert into a set of " + elements + ", one a transaction",
                    store,
                    (System.nanoTime() - start) / (double) more,
                    "ns");
        }
    }

    private static void insert(final Engine engine, final Cell set, final int from, final int to) {
        for (int i = from; i < to; i++) {
            try (Transaction tx = engine.transaction().mode(TransactionMode.COORDINATION_FREE)) {
                tx.addToSet(set, i * 0x9E3779B97F4A7C15L).commitOrThrow();
            }
        }
    }

    private void reopen(final Path root, final StoreKind store, final int cells) throws IOException {
        final Path directory = root.resolve("reopen-" + store);
        try (Engine engine = Engine.launch(context(directory, store).expectedCells(cells))) {
            fill(engine, cells);
            engine.writeSnapshot();
        }
        launch(
                        "launch with " + cells + " cells after a clean stop",
                        context(directory, store).expectedCells(cells))
                .abandon();
        launch(
                        "launch with " + cells + " cells after a kill",
                        context(directory, store).expectedCells(cells))
                .close();
    }

    private Engine launch(final String what, final EngineContext context) throws IOException {
        final StoreKind store = context.store();
        final long start = System.nanoTime();
        final Engine engine = Engine.launch(context);
        line(what, store, (System.nanoTime() - start) / NS_PER_MS, "ms");
        return engine;
    }
}
