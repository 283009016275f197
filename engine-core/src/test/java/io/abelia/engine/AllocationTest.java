package io.abelia.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.sun.management.ThreadMXBean;
import io.abelia.engine.codec.CellType;
import io.abelia.engine.log.LogReader;
import io.abelia.engine.status.DeliveryResult;
import io.abelia.engine.transaction.Cell;
import io.abelia.engine.transaction.Value;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.IntConsumer;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** In steady state nothing on the way of a commit, a delivery or a read allocates: 0 bytes, for every type and both stores. */
class AllocationTest {
    private static final int WARM = 12_000;
    private static final int MEASURED = 4_000;
    private static final int MOST_ROUNDS = 400;
    private static final int CELLS = 8;
    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    @TempDir
    private Path directory;

    private static long allocated(final int rounds, final IntConsumer action) {
        for (int i = 0; i < WARM; i++) {
            action.accept(i);
        }
        long least = Long.MAX_VALUE;
        // until the compiler has come to it, which takes as long as it takes: what a transaction's handle costs goes
        // with that
        for (int round = 0; round < rounds && least > 0; round++) {
            final long before = THREADS.getCurrentThreadAllocatedBytes();
            for (int i = 0; i < MEASURED; i++) {
                action.accept(i);
            }
            least = Math.min(least, THREADS.getCurrentThreadAllocatedBytes() - before);
        }
        return least;
    }

    private Engine launch(final StoreKind store) throws IOException {
        return Engine.launch(new EngineContext()
                .directory(directory.resolve(store.name()))
                .store(store)
                .segmentBytes(64 << 20)
                .snapshotIntervalBytes(1L << 40)
                .housekeepingThread(false));
    }

    private static Cell[] cells(final Engine engine, final CellType type) {
        final Cell[] cells = new Cell[CELLS];
        for (int i = 0; i < CELLS; i++) {
            cells[i] = engine.cell(type, "table", "key-" + i, "column");
        }
        return cells;
    }

    @ParameterizedTest
    @EnumSource(CellType.class)
    void shouldCommitWithoutAllocating(final CellType type) throws IOException {
        final Value value = new Value();
        final UsualForm form = UsualForm.of(type);
        for (final StoreKind store : StoreKind.values()) {
            try (Engine engine = launch(store)) {
                final Cell[] cells = cells(engine, type);
                assertEquals(
                        0,
                        allocated(MOST_ROUNDS, i -> form.commit(engine, cells, 1, i, value)),
                        "one operation, " + store);
                assertEquals(
                        0,
                        allocated(MOST_ROUNDS, i -> form.commit(engine, cells, CELLS, i, value)),
                        "eight operations, " + store);
            }
        }
    }

    @ParameterizedTest
    @EnumSource(CellType.class)
    void shouldDeliverWithoutAllocating(final CellType type) throws IOException {
        final Random ids = new Random(3);
        final List<UnsafeBuffer> records = new ArrayList<>();
        try (Engine author = Engine.launch(Cluster.small(ids, () -> 1).segmentBytes(64 << 20))) {
            final Cell[] cells = cells(author, type);
            final Value value = new Value();
            for (int i = 0; i < WARM + 3 * MEASURED; i++) {
                UsualForm.of(type).commit(author, cells, 1 + (i & 7), i, value);
            }
            try (LogReader reader = author.logReader()) {
                reader.poll(
                        (buffer, offset, length) -> {
                            final UnsafeBuffer copy = new UnsafeBuffer(new byte[length]);
                            buffer.getBytes(offset, copy, 0, length);
                            records.add(copy);
                        },
                        Integer.MAX_VALUE);
            }
        }
        for (final StoreKind store : StoreKind.values()) {
            try (Engine engine = launch(store)) {
                final int[] next = new int[1];
                assertEquals(
                        0,
                        allocated(3, i -> {
                            final UnsafeBuffer record = records.get(next[0]++);
                            final DeliveryResult result = engine.onRemote(record, 0, record.capacity());
                            if (result != DeliveryResult.APPLIED) {
                                throw new AssertionError(result);
                            }
                        }),
                        store.name());
            }
        }
    }

    @Test
    void shouldReadWithoutAllocating() throws IOException {
        final Value value = new Value();
        for (final StoreKind store : StoreKind.values()) {
            try (Engine engine = launch(store)) {
                final Cell counter = engine.cell(CellType.COUNTER, "table", "key", "counter");
                final Cell flag = engine.cell(CellType.ENABLE_WINS, "table", "key", "flag");
                final Cell sum = engine.cell(CellType.DOUBLE_SUM, "table", "key", "sum");
                final Cell set = engine.cell(CellType.ADD_WINS_SET, "table", "key", "set");
                final Cell register = engine.cell(CellType.LWW_REGISTER, "table", "key", "register");
                for (final Cell cell : new Cell[] {counter, flag, sum, set, register}) {
                    UsualForm.of(cell.type()).commit(engine, new Cell[] {cell}, 1, 2, value);
                }
                final Value element = new Value().set(2);
                final Value into = new Value();
                assertEquals(0, allocated(MOST_ROUNDS, i -> {
                    engine.latest().readLong(counter);
                    engine.latest().readFlag(flag);
                    engine.latest().readDouble(sum);
                    engine.latest().contains(set, element);
                    engine.latest().size(set);
                    engine.latest().read(register, into);
                }));
            }
        }
    }
}
