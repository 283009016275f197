package io.abelia.engine.transaction;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.abelia.engine.Cluster;
import io.abelia.engine.Engine;
import io.abelia.engine.EngineContext;
import io.abelia.engine.codec.CellType;
import java.io.IOException;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** What stays open is named, and a transaction that stays open beyond the limit holds back nothing any more. */
class LongTransactionTest {
    private static final long NS_PER_MS = 1_000_000;
    private static final long WARN_MS = 1_000;
    private static final long LIMIT_MS = 5_000;

    private final AtomicLong nowNs = new AtomicLong(1);

    private EngineContext context() {
        return Cluster.small(new Random(1), () -> 1)
                .nanoClock(nowNs::get)
                .transactionWarnMs(WARN_MS)
                .transactionLimitMs(LIMIT_MS);
    }

    /** Lets housekeeping look at what is open, and again after a while. */
    private void pass(final Engine engine, final long ms) {
        nowNs.addAndGet(100 * NS_PER_MS);
        engine.doWork();
        nowNs.addAndGet(ms * NS_PER_MS);
        engine.doWork();
    }

    private static String errors(final Engine engine) {
        final StringBuilder text = new StringBuilder();
        engine.status().errors((count, first, last, error) -> text.append(error));
        return text.toString();
    }

    private static long counter(final Engine engine, final String label) {
        return engine.status().values().get(label);
    }

    private static void commit(final Engine engine) {
        try (Transaction tx = engine.transaction()) {
            tx.increment("t", "k", 1).commitOrThrow();
        }
    }

    private static long[] lowered(final Engine engine) {
        engine.kernel().lock().acquire();
        try {
            return engine.lowerToOpenTransactions(new long[] {1_000});
        } finally {
            engine.kernel().lock().release();
        }
    }

    @Test
    void shouldNameWhatIsOpenForLongOnce() throws IOException {
        try (Engine engine = Engine.launch(context())) {
            final Transaction tx = engine.transaction();
            final Snapshot snapshot = engine.snapshot();
            pass(engine, WARN_MS - 200);
            assertEquals(List.of(), engine.status().longOpen());
            pass(engine, 500);
            pass(engine, 100);
            final String thread = Thread.currentThread().getName();
            final List<String> named = engine.status().longOpen();
            assertEquals(2, named.size(), named.toString());
            assertEquals("a transaction that thread " + thread + " began has been open for 1 s", named.get(0));
            assertEquals("a snapshot that thread " + thread + " began has been open for 1 s", named.get(1));
            assertEquals(2, counter(engine, "transactions and snapshots open for long, now"));
            assertEquals(2, counter(engine, "errors"), "each once");
            assertTrue(errors(engine).contains(thread + " began stays open"), errors(engine));
            tx.close();
            snapshot.close();
            pass(engine, 500);
            assertEquals(List.of(), engine.status().longOpen());
            assertEquals(0, counter(engine, "transactions and snapshots open for long, now"));
        }
    }

    @Test
    void shouldTellWhereItWasBegunIfItWasToldToRemember() throws IOException {
        try (Engine engine = Engine.launch(context().debugTransactions(true));
                Transaction tx = engine.transaction()) {
            pass(engine, WARN_MS);
            assertTrue(errors(engine).contains("shouldTellWhereItWasBegunIfItWasToldToRemember"), errors(engine));
            assertEquals(CommitResult.EMPTY, tx.commit());
        }
    }

    @Test
    void shouldGiveUpATransactionThatIsOpenBeyondTheLimit() throws IOException {
        try (Engine engine = Engine.launch(context())) {
            final Cell cell = engine.cell(CellType.COUNTER, "t", "k");
            commit(engine);
            final Transaction tx = engine.transaction();
            final ReadView reads = tx.reads();
            assertEquals(1, reads.readLong(cell));
            tx.increment(cell, 10);
            commit(engine);
            assertEquals(1, lowered(engine)[0], "it holds back what is stable");
            pass(engine, LIMIT_MS);
            assertEquals(1_000, lowered(engine)[0], "it holds back nothing");
            assertEquals(0, engine.kernel().units().images().openCount());
            final var refused = assertThrows(IllegalStateException.class, () -> reads.readLong(cell));
            assertTrue(refused.getMessage().contains("transactionLimitMs"), refused.getMessage());
            assertThrows(IllegalStateException.class, tx::reads);
            assertEquals(CommitResult.EXPIRED, tx.commit());
            final var thrown = assertThrows(TransactionNotCommittedException.class, tx::commitOrThrow);
            assertEquals(CommitResult.EXPIRED, thrown.result());
            assertTrue(thrown.getMessage().contains("begin again"), thrown.getMessage());
            tx.close();
            assertEquals(1, counter(engine, "transactions given up, open for too long"));
            assertTrue(errors(engine).contains("has been given up"), errors(engine));
            assertEquals(2, engine.latest().readLong(cell));
            commit(engine);
            assertEquals(3, engine.latest().readLong(cell));
        }
    }

    @Test
    void shouldHoldNothingForAThreadThatHasDied() throws IOException, InterruptedException {
        try (Engine engine = Engine.launch(context())) {
            commit(engine);
            for (int i = 0; i < 100; i++) {
                final Thread dying = new Thread(() -> {
                    final Transaction tx = engine.transaction();
                    tx.reads().exists(engine.cell(CellType.COUNTER, "t", "k"));
                    throw new IllegalStateException("it dies with its transaction open");
                });
                dying.setUncaughtExceptionHandler((thread, e) -> {});
                dying.start();
                dying.join();
            }
            assertEquals(100, engine.kernel().units().images().openCount());
            pass(engine, LIMIT_MS);
            assertEquals(0, engine.kernel().units().images().openCount());
            assertEquals(1_000, lowered(engine)[0]);
            assertEquals(100, counter(engine, "transactions given up, open for too long"));
        }
    }

    @Test
    void shouldNeverGiveUpWhereThereIsNoLimitNorWhatHasBeenClosedInTime() throws IOException {
        try (Engine engine = Engine.launch(context().transactionLimitMs(0));
                Transaction tx = engine.transaction()) {
            pass(engine, 1_000 * LIMIT_MS);
            assertEquals(CommitResult.COMMITTED, tx.increment("t", "k", 1).commit());
        }
        try (Engine engine = Engine.launch(context())) {
            for (int i = 0; i < 100; i++) {
                try (Transaction tx = engine.transaction()) {
                    pass(engine, LIMIT_MS / 10);
                    assertEquals(
                            CommitResult.COMMITTED, tx.increment("t", "k", 1).commit());
                }
            }
            assertEquals(0, counter(engine, "transactions given up, open for too long"));
        }
    }

    @Test
    void shouldKeepTheOutcomeOfATransactionThatWasCommittedInTime() throws IOException {
        try (Engine engine = Engine.launch(context());
                Transaction tx = engine.transaction()) {
            tx.increment("t", "k", 1).commitOrThrow();
            pass(engine, LIMIT_MS);
            assertEquals(1, tx.seq());
            assertNull(tx.shortage());
            assertEquals(1, engine.latest().readLong(engine.cell(CellType.COUNTER, "t", "k")));
        }
    }

    @Test
    void shouldEitherCommitOrGiveUpWhenBothHappenAtOnce() throws IOException, InterruptedException {
        try (Engine engine = Engine.launch(context())) {
            final AtomicLong committed = new AtomicLong();
            final AtomicLong expired = new AtomicLong();
            final AtomicLong others = new AtomicLong();
            final Thread committer = new Thread(() -> {
                for (int i = 0; i < 20_000; i++) {
                    try (Transaction tx = engine.transaction()) {
                        switch (tx.increment("t", "k", 1).commit()) {
                            case COMMITTED -> committed.incrementAndGet();
                            case EXPIRED -> expired.incrementAndGet();
                            default -> others.incrementAndGet();
                        }
                    }
                }
            });
            committer.start();
            while (committer.isAlive()) {
                nowNs.addAndGet(2 * LIMIT_MS * NS_PER_MS);
                engine.doWork();
            }
            committer.join();
            assertEquals(0, others.get());
            assertEquals(20_000, committed.get() + expired.get());
            assertEquals(committed.get(), engine.latest().readLong(engine.cell(CellType.COUNTER, "t", "k")));
            assertEquals(committed.get(), engine.clock().get(engine.origin()));
        }
    }
}
