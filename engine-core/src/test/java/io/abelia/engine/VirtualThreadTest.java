package io.abelia.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.abelia.engine.codec.CellType;
import io.abelia.engine.transaction.CommitResult;
import io.abelia.engine.transaction.Transaction;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Thousands of virtual threads on a few processors: none spins on the processor that another one needs. JDK 21 and newer. */
class VirtualThreadTest {
    private static final int THREADS = 1_000;
    private static final int KEYS = 20;

    @TempDir
    private Path root;

    private static ExecutorService virtualThreads() {
        try {
            return (ExecutorService)
                    Executors.class.getMethod("newVirtualThreadPerTaskExecutor").invoke(null);
        } catch (final ReflectiveOperationException e) {
            return Assumptions.abort("SKIPPED: no virtual threads in this JDK");
        }
    }

    private static void commit(final Engine engine, final int number, final AtomicLong committed) {
        try (Transaction tx = engine.transaction()) {
            tx.increment("t", "k" + number % KEYS, 1);
            tx.addToSet("t", "s", "c", "x".repeat(1 + number * 13 % 4000)); // many sizes, so many maps are made
            if (tx.commit() == CommitResult.COMMITTED) {
                committed.incrementAndGet();
            }
        }
    }

    @ParameterizedTest
    @EnumSource(StoreKind.class)
    void shouldCommitFromVirtualThreadsOfWhichSomeAreInterrupted(final StoreKind store)
            throws IOException, InterruptedException {
        final ExecutorService threads = virtualThreads();
        try (Engine engine = Engine.launch(new EngineContext()
                .directory(root.resolve(store.name()))
                .store(store)
                .segmentBytes(2 << 20))) {
            final AtomicLong committed = new AtomicLong();
            final AtomicLong begun = new AtomicLong();
            final List<Future<?>> tasks = new ArrayList<>();
            for (int i = 0; i < THREADS; i++) {
                final int number = i;
                tasks.add(threads.submit(() -> {
                    begun.incrementAndGet();
                    commit(engine, number, committed);
                }));
            }
            for (int i = 0; i < THREADS; i += 3) {
                tasks.get(i).cancel(true);
            }
            threads.shutdown();
            assertTrue(threads.awaitTermination(2, TimeUnit.MINUTES), "they stand still");
            assertNull(engine.kernel().failure());
            assertEquals(begun.get(), committed.get());
            long counted = 0;
            for (int i = 0; i < KEYS; i++) {
                counted += engine.latest().readLong(engine.cell(CellType.COUNTER, "t", "k" + i));
            }
            assertEquals(committed.get(), counted);
        }
    }
}
