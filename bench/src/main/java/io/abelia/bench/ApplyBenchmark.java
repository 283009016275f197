package io.abelia.bench;

import io.abelia.engine.Durability;
import io.abelia.engine.Engine;
import io.abelia.engine.EngineContext;
import io.abelia.engine.StoreKind;
import io.abelia.engine.codec.CellType;
import io.abelia.engine.log.LogReader;
import io.abelia.engine.status.DeliveryResult;
import io.abelia.engine.transaction.Cell;
import io.abelia.engine.transaction.Transaction;
import io.abelia.engine.transaction.TransactionMode;
import java.io.IOException;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.agrona.ExpandableDirectByteBuffer;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/** Delivery of another engine's one-operation transactions to a fresh engine, a batch for each invocation. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.SingleShotTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 8)
@Measurement(iterations = 10)
public class ApplyBenchmark {
    private static final int RECORDS = 200_000;

    @Param({"100000"})
    public int cells;

    @Param({"MEMORY", "CHRONICLE"})
    public StoreKind store;

    private final ExpandableDirectByteBuffer records = new ExpandableDirectByteBuffer(1 << 24);
    private final int[] offsets = new int[RECORDS + 1];
    private Engine engine;

    private EngineContext context() {
        return new EngineContext()
                .durability(Durability.MEMORY)
                .store(store)
                .expectedCells(cells)
                .segmentBytes(64 << 20);
    }

    @Setup(Level.Trial)
    public void setUpRecords() throws IOException {
        final SplittableRandom random = new SplittableRandom(1);
        try (Engine author = Engine.launch(context());
                LogReader reader = author.logReader()) {
            final Cell[] prepared = new Cell[cells];
            for (int i = 0; i < cells; i++) {
                prepared[i] = author.cell(CellType.COUNTER, "counters", "key_" + i);
            }
            final int[] count = new int[1];
            for (int i = 0; i < RECORDS; i++) {
                try (Transaction tx = author.transaction().mode(TransactionMode.COORDINATION_FREE)) {
                    tx.increment(prepared[random.nextInt(cells)], 1).commitOrThrow();
                }
            }
            reader.poll(
                    (buffer, offset, length) -> {
                        final int at = offsets[count[0]];
                        records.putBytes(at, buffer, offset, length);
                        offsets[++count[0]] = at + length;
                    },
                    RECORDS);
        }
    }

    @Setup(Level.Iteration)
    public void setUp() throws IOException {
        engine = Engine.launch(context());
    }

    @TearDown(Level.Iteration)
    public void tearDown() throws IOException {
        engine.close();
    }

    @Benchmark
    @OperationsPerInvocation(RECORDS)
    public void deliver() {
        for (int i = 0; i < RECORDS; i++) {
            final DeliveryResult result = engine.onRemote(records, offsets[i], offsets[i + 1] - offsets[i]);
            if (result != DeliveryResult.APPLIED) {
                throw new IllegalStateException("record " + i + ": " + result);
            }
        }
    }
}
