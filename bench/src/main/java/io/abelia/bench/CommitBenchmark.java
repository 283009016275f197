package io.abelia.bench;

import io.abelia.engine.Durability;
import io.abelia.engine.Engine;
import io.abelia.engine.EngineContext;
import io.abelia.engine.StoreKind;
import io.abelia.engine.codec.CellType;
import io.abelia.engine.codec.RightsArgument;
import io.abelia.engine.transaction.Cell;
import io.abelia.engine.transaction.CommitResult;
import io.abelia.engine.transaction.Transaction;
import io.abelia.engine.transaction.TransactionMode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;
import org.openjdk.jmh.infra.Blackhole;

/** Commits of increments on prepared cells and by name, and reads; to be read beside {@link FloorBenchmark} of the same run. */
@State(Scope.Benchmark)
@BenchmarkMode({Mode.AverageTime, Mode.SampleTime})
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 5, time = 2)
public class CommitBenchmark {
    private static final int INDEXES = 1 << 16;
    private static final int SEGMENT_BYTES = 64 << 20;

    /** Cells to spread over. */
    @Param({"1000", "100000"})
    public int cells;

    /** What a commit survives. */
    @Param({"PROCESS"})
    public Durability durability;

    /** Where cells live. */
    @Param({"CHRONICLE"})
    public StoreKind store;

    private Path directory;
    private Engine engine;
    private Cell[] prepared;
    private Cell[] bounded;
    private Cell[] sketches;
    private String[] keys;
    private int[] order;

    /** One position in the order for each thread. */
    @State(Scope.Thread)
    public static class Cursor {
        private int next = (int) Thread.currentThread().getId() * 7919;

        int advance() {
            return next++ & INDEXES - 1;
        }
    }

    @Setup(Level.Trial)
    public void setUp() throws IOException {
        directory = Files.createTempDirectory("abelia-bench");
        engine = Engine.launch(new EngineContext()
                .directory(directory.resolve("engine"))
                .durability(durability)
                .store(store)
                .expectedCells(cells)
                .segmentBytes(SEGMENT_BYTES)
                .snapshotIntervalBytes(1L << 30));
        prepared = new Cell[cells];
        keys = new String[cells];
        for (int i = 0; i < cells; i++) {
            keys[i] = "key_" + i;
            prepared[i] = engine.cell(CellType.COUNTER, "counters", keys[i]);
            if (i % 1000 == 999 || i == cells - 1) {
                try (Transaction tx = engine.transaction().mode(TransactionMode.COORDINATION_FREE)) {
                    for (int j = i - i % 1000; j <= i; j++) {
                        tx.increment(prepared[j], 1);
                    }
                    tx.commitOrThrow();
                }
            }
        }
        bounded = new Cell[Math.min(cells, 1000)];
        sketches = new Cell[bounded.length];
        for (int i = 0; i < bounded.length; i++) {
            bounded[i] = engine.cell(CellType.BOUNDED_COUNTER, "stock", keys[i]);
            sketches[i] = engine.cell(CellType.SKETCH, "visitors", keys[i]);
            try (Transaction tx = engine.transaction().mode(TransactionMode.COORDINATION_FREE)) {
                tx.release(bounded[i], RightsArgument.MAX_AMOUNT).commitOrThrow();
            }
        }
        final SplittableRandom random = new SplittableRandom(1);
        order = random.ints(INDEXES, 0, cells).toArray();
    }

    @TearDown(Level.Trial)
    public void tearDown() throws IOException {
        engine.close();
        try (Stream<Path> files = Files.walk(directory)) {
            files.sorted(Comparator.reverseOrder())
                    .forEach(file -> file.toFile().delete());
        }
    }

    private CommitResult commit(final Cursor cursor, final int operations) {
        try (Transaction tx = engine.transaction().mode(TransactionMode.COORDINATION_FREE)) {
            for (int i = 0; i < operations; i++) {
                tx.increment(prepared[order[cursor.advance()]], 1);
            }
            return tx.commit();
        }
    }

    @Benchmark
    public CommitResult commit1(final Cursor cursor) {
        return commit(cursor, 1);
    }

    @Benchmark
    public CommitResult commit5(final Cursor cursor) {
        return commit(cursor, 5);
    }

    @Benchmark
    public CommitResult commit10(final Cursor cursor) {
        return commit(cursor, 10);
    }

    @Benchmark
    public CommitResult commit100(final Cursor cursor) {
        return commit(cursor, 100);
    }

    @Benchmark
    public CommitResult commit1ByName(final Cursor cursor) {
        try (Transaction tx = engine.transaction().mode(TransactionMode.COORDINATION_FREE)) {
            tx.increment("counters", keys[order[cursor.advance()]], 1);
            return tx.commit();
        }
    }

    /** Spends a right of a bounded counter, of which there are plenty. */
    @Benchmark
    public CommitResult acquire(final Cursor cursor) {
        try (Transaction tx = engine.transaction().mode(TransactionMode.COORDINATION_FREE)) {
            return tx.acquire(bounded[order[cursor.advance()] % bounded.length], 1)
                    .commit();
        }
    }

    /** Adds an element to a sketch. */
    @Benchmark
    public CommitResult addToSketch(final Cursor cursor) {
        try (Transaction tx = engine.transaction().mode(TransactionMode.COORDINATION_FREE)) {
            final int at = cursor.advance();
            return tx.addToSketch(sketches[at % sketches.length], order[at]).commit();
        }
    }

    @Benchmark
    public long readLatest(final Cursor cursor) {
        return engine.latest().readLong(prepared[order[cursor.advance()]]);
    }

    /** The cost of the harness itself: the order and a cell's name. */
    @Benchmark
    public void nothing(final Cursor cursor, final Blackhole blackhole) {
        blackhole.consume(prepared[order[cursor.advance()]]);
    }
}
