package io.abelia.bench.suite;

import io.abelia.engine.Durability;
import io.abelia.engine.Engine;
import io.abelia.engine.EngineContext;
import io.abelia.engine.StoreKind;
import io.abelia.engine.codec.CellType;
import io.abelia.engine.log.LogReader;
import io.abelia.engine.transaction.Cell;
import io.abelia.engine.transaction.Transaction;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Bytes that state takes: by type, against the number of nodes that write, and against churn. */
final class MemoryBenchmark implements Benchmark {
    private static final int PER_TRANSACTION = 1000;

    @Override
    public void run(final Options options, final Results results) throws IOException {
        results.method(
                "Cells in memory; bytes that the store has reserved (slabs of 1 MiB), divided by cells. Keys are key_0, key_1 ...");
        final int cells = options.choose(100_000, 1_000_000);
        for (final CellType type : List.of(
                CellType.COUNTER,
                CellType.MAX,
                CellType.FLAG_OR,
                CellType.DOUBLE_SUM,
                CellType.LWW_REGISTER,
                CellType.ADD_WINS_SET,
                CellType.BOUNDED_COUNTER)) {
            byType(type, cells, results);
        }
        nodes(options, results);
        churn(options, results);
    }

    private static Engine engine() throws IOException {
        return Engine.launch(new EngineContext()
                .durability(Durability.MEMORY)
                .store(StoreKind.MEMORY)
                .segmentBytes(2 << 20)
                .memoryLogBytes(8L << 20)
                .closeGraceNs(0)
                .housekeepingThread(false));
    }

    private static long bytes(final Engine engine) {
        return engine.kernel().units().store().sizeBytes();
    }

    private static void write(final Transaction tx, final Cell cell) {
        switch (cell.type()) {
            case COUNTER -> tx.increment(cell, 1);
            case MAX -> tx.max(cell, 1);
            case FLAG_OR -> tx.setFlag(cell, true);
            case DOUBLE_SUM -> tx.addDouble(cell, 0.5);
            case LWW_REGISTER -> tx.set(cell, 1);
            case ADD_WINS_SET -> tx.addToSet(cell, 1);
            case BOUNDED_COUNTER -> tx.release(cell, 1);
            default -> throw new IllegalArgumentException("no operation for " + cell.type());
        }
    }

    private static void byType(final CellType type, final int cells, final Results results) throws IOException {
        try (Engine engine = engine()) {
            final long before = bytes(engine);
            for (int i = 0; i < cells; i += PER_TRANSACTION) {
                try (Transaction tx = Work.begin(engine)) {
                    for (int j = i; j < i + PER_TRANSACTION; j++) {
                        write(tx, tx.cell(type, "table", "key_" + j, ""));
                    }
                    Work.require(tx.commit());
                }
                engine.doWork();
            }
            results.fact(
                    "type." + type.name().toLowerCase(Locale.ROOT),
                    type + (type == CellType.ADD_WINS_SET ? " with one element" : ""),
                    "bytes a cell",
                    (bytes(engine) - before) / (double) cells);
        }
    }

    /** The same counters, written by more and more nodes: their state must not grow. */
    private static void nodes(final Options options, final Results results) throws IOException {
        final Results.Series series = new Results.Series("counters");
        final int cells = options.choose(10_000, 50_000);
        for (final int writers : new int[] {1, 2, 4, 8, 16, 32}) {
            try (Engine target = engine()) {
                final long before = bytes(target);
                for (int writer = 0; writer < writers; writer++) {
                    try (Engine author = engine()) {
                        fillAndDeliver(author, target, cells);
                    }
                }
                final double each = (bytes(target) - before) / (double) cells;
                results.fact("nodes." + writers, "a counter that " + writers + " nodes have written", "bytes", each);
                series.add(writers, new Estimate(each, each, each, 1));
            }
        }
        results.plot(
                "nodes", "Bytes of a counter against nodes that write it", "nodes", "bytes", false, List.of(series));
    }

    private static void fillAndDeliver(final Engine author, final Engine target, final int cells) throws IOException {
        try (LogReader reader = author.logReader()) {
            for (int i = 0; i < cells; i += PER_TRANSACTION) {
                try (Transaction tx = Work.begin(author)) {
                    for (int j = i; j < i + PER_TRANSACTION; j++) {
                        tx.increment("table", "key_" + j, 1);
                    }
                    Work.require(tx.commit());
                }
                reader.poll((buffer, offset, length) -> target.onRemote(buffer, offset, length), Integer.MAX_VALUE);
                author.doWork();
                target.doWork();
            }
        }
    }

    /** A set of which elements come and go: what is gone must leave nothing behind. */
    private static void churn(final Options options, final Results results) throws IOException {
        final Results.Series series = new Results.Series("a set of 1,000 elements");
        final int turns = options.choose(20, 100);
        final List<Double> sizes = new ArrayList<>();
        try (Engine engine = engine()) {
            final Cell set = engine.cell(CellType.ADD_WINS_SET, "sets", "churn", "");
            for (int turn = 0; turn <= turns; turn++) {
                for (int i = 0; i < PER_TRANSACTION; i++) {
                    try (Transaction tx = Work.begin(engine)) {
                        if (turn > 0) {
                            tx.removeFromSet(set, (turn - 1L) * PER_TRANSACTION + i);
                        }
                        tx.addToSet(set, (long) turn * PER_TRANSACTION + i);
                        Work.require(tx.commit());
                    }
                }
                engine.doWork();
                final double bytes = bytes(engine);
                sizes.add(bytes);
                series.add((double) turn * PER_TRANSACTION, new Estimate(bytes, bytes, bytes, 1));
            }
        }
        results.fact("churn.first", "a set of 1,000 elements before any was replaced", "bytes reserved", sizes.get(0));
        results.fact("churn.last", "after each was replaced " + turns + " times", "bytes reserved", sizes.get(turns));
        results.plot(
                "churn",
                "Bytes of a set against elements replaced",
                "elements replaced",
                "bytes reserved",
                false,
                List.of(series));
    }
}
