package io.abelia.engine.transaction;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.abelia.engine.Cluster;
import io.abelia.engine.Engine;
import io.abelia.engine.codec.CellType;
import io.abelia.engine.log.LogReader;
import io.abelia.engine.status.DeliveryResult;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A handle reaches its own transaction, on its own thread, until it is closed, and nothing else ever. */
class TransactionHandleTest {
    private final Engine engine;

    TransactionHandleTest() throws IOException {
        engine = Engine.launch(Cluster.small(new Random(1), () -> 1));
    }

    @AfterEach
    void close() throws IOException {
        engine.close();
    }

    private Transaction begin() {
        return engine.transaction().mode(TransactionMode.COORDINATION_FREE);
    }

    private long counted(final String key) {
        return engine.latest().readLong(engine.cell(CellType.COUNTER, "t", key));
    }

    /** Runs something on another thread and returns what it threw, or null. */
    private static Throwable onAnotherThread(final Runnable action) throws InterruptedException {
        final AtomicReference<Throwable> thrown = new AtomicReference<>();
        final Thread thread = new Thread(
                () -> {
                    try {
                        action.run();
                    } catch (final RuntimeException | Error e) {
                        thrown.set(e);
                    }
                },
                "a stranger");
        thread.start();
        thread.join();
        return thrown.get();
    }

    private static Object anyOf(final Class<?> type) {
        if (type == long.class) {
            return 1L;
        }
        if (type == int.class) {
            return 1;
        }
        if (type == double.class) {
            return 1.0;
        }
        if (type == boolean.class) {
            return true;
        }
        if (type == Cell.class) {
            return Cell.of(CellType.COUNTER, "t", "k", "");
        }
        if (type == Value.class) {
            return new Value().set(1);
        }
        if (type == CharSequence.class) {
            return "t";
        }
        if (type == CellType.class) {
            return CellType.COUNTER;
        }
        if (type == TransactionMode.class) {
            return TransactionMode.COORDINATION_FREE;
        }
        return type == ElementList.class ? new ElementList().add(1) : new UnsafeBuffer(new byte[32]);
    }

    private static Throwable thrownBy(final Transaction tx, final Method method) throws IllegalAccessException {
        try {
            method.invoke(
                    tx,
                    Arrays.stream(method.getParameterTypes())
                            .map(TransactionHandleTest::anyOf)
                            .toArray());
            return null;
        } catch (final InvocationTargetException e) {
            return e.getCause();
        }
    }

    @Test
    void shouldRefuseEveryCallOfAClosedHandleAndTouchNobody() throws IllegalAccessException {
        final Transaction old = begin();
        old.close();
        try (Transaction other = begin()) {
            other.increment("t", "k", 1);
            int refused = 0;
            for (final Method method : Transaction.class.getMethods()) {
                if (method.getDeclaringClass() != Object.class
                        && !method.getName().equals("close")) {
                    final Throwable thrown = thrownBy(old, method);
                    assertInstanceOf(IllegalStateException.class, thrown, method.toString());
                    assertTrue(thrown.getMessage().contains("was closed; take a new one"), thrown.getMessage());
                    refused++;
                }
            }
            assertTrue(refused > 50, refused + " methods");
            assertEquals(CommitResult.COMMITTED, other.commit());
        }
        assertEquals(1, counted("k"));
        assertEquals(1, engine.clock().get(engine.origin()));
    }

    @Test
    void shouldCloseNobodyElseWhenItIsClosedAgain() {
        final Transaction old = begin();
        old.increment("t", "k", 1);
        old.close();
        try (Transaction other = begin()) {
            other.increment("t", "other", 1);
            old.close();
            try (Transaction third = begin()) {
                third.increment("t", "third", 1);
                other.increment("t", "other", 1);
                assertEquals(CommitResult.COMMITTED, third.commit());
                assertEquals(CommitResult.COMMITTED, other.commit());
            }
        }
        assertEquals(2, counted("other"));
        assertEquals(1, counted("third"));
    }

    @Test
    void shouldRefuseAnotherThreadAndNameBoth() throws InterruptedException, IllegalAccessException {
        try (Transaction tx = begin()) {
            tx.increment("t", "k", 1);
            final String owner = Thread.currentThread().getName();
            for (final Method method : Transaction.class.getMethods()) {
                if (method.getDeclaringClass() != Object.class) {
                    final Throwable thrown = onAnotherThread(() -> {
                        try {
                            final Throwable inside = thrownBy(tx, method);
                            if (inside instanceof RuntimeException e) {
                                throw e;
                            }
                        } catch (final IllegalAccessException e) {
                            throw new AssertionError(e);
                        }
                    });
                    assertInstanceOf(IllegalStateException.class, thrown, method.toString());
                    assertTrue(
                            thrown.getMessage().contains(owner)
                                    && thrown.getMessage().contains("a stranger"),
                            thrown.getMessage());
                }
            }
            assertEquals(CommitResult.COMMITTED, tx.commit());
        }
        assertEquals(1, counted("k"));
    }

    @Test
    void shouldLetAnotherThreadCloseWhatIsClosed() throws InterruptedException {
        final Transaction tx = begin();
        tx.close();
        assertEquals(null, onAnotherThread(tx::close));
    }

    @Test
    void shouldLogNothingDamagedWhenTwoThreadsUseOneTransaction() throws InterruptedException, IOException {
        for (int round = 0; round < 50; round++) {
            try (Transaction tx = begin()) {
                final Runnable strangers = () -> {
                    for (int i = 0; i < 50; i++) {
                        final int element = i;
                        assertThrows(
                                IllegalStateException.class,
                                () -> tx.increment("t", "k", 1).addToSet("t", "s", "c", "e" + element));
                    }
                };
                final CompletableFuture<Throwable> stranger = CompletableFuture.supplyAsync(() -> {
                    strangers.run();
                    return null;
                });
                for (int i = 0; i < 50; i++) {
                    tx.increment("t", "k", 1);
                }
                stranger.join();
                assertEquals(CommitResult.COMMITTED, tx.commit());
            }
        }
        assertEquals(2500, counted("k"));
        try (Engine peer = Engine.launch(Cluster.small(new Random(2), () -> 1));
                LogReader reader = engine.logReader()) {
            reader.poll(
                    (buffer, offset, length) ->
                            assertEquals(DeliveryResult.APPLIED, peer.onRemote(buffer, offset, length)),
                    Integer.MAX_VALUE);
            assertEquals(engine.digest(), peer.digest());
        }
    }

    @Test
    void shouldRefuseReadsThroughAViewOfATransactionThatHasEnded() throws InterruptedException {
        final Cell cell = engine.cell(CellType.COUNTER, "t", "k");
        final Transaction tx = begin();
        final ReadView reads = tx.reads();
        assertEquals(0, reads.readLong(cell));
        final Throwable stranger = onAnotherThread(() -> reads.readLong(cell));
        assertInstanceOf(IllegalStateException.class, stranger);
        tx.close();
        try (Transaction other = begin()) {
            other.increment(cell, 7);
            assertEquals(7, other.reads().readLong(cell));
            assertThrows(IllegalStateException.class, () -> reads.readLong(cell));
        }
        final Transaction aborted = begin();
        final ReadView before = aborted.reads();
        aborted.abort();
        assertThrows(IllegalStateException.class, () -> before.readLong(cell));
        aborted.close();
    }

    @Test
    void shouldRefuseReadsOfAClosedSnapshotAlsoWhileAnotherThreadReads() throws InterruptedException {
        final Cell set = engine.cell(CellType.GROW_SET, "t", "k", "set");
        for (int i = 0; i < 50; i++) {
            try (Transaction tx = begin()) {
                for (int j = 0; j < 100; j++) {
                    tx.addToSet(set, i * 100L + j);
                }
                assertEquals(CommitResult.COMMITTED, tx.commit());
            }
        }
        for (int round = 0; round < 20; round++) {
            final Snapshot snapshot = engine.snapshot();
            final CompletableFuture<Void> reading = new CompletableFuture<>();
            final Thread reader = new Thread(() -> {
                try {
                    while (true) {
                        assertEquals(5000, snapshot.forEach(set, value -> reading.complete(null)));
                    }
                } catch (final IllegalStateException e) {
                    assertEquals("the snapshot is closed", e.getMessage());
                }
            });
            final AtomicReference<Throwable> failed = new AtomicReference<>();
            reader.setUncaughtExceptionHandler((thread, e) -> failed.set(e));
            reader.start();
            reading.join();
            snapshot.close();
            snapshot.close();
            reader.join();
            assertEquals(null, failed.get());
            assertThrows(IllegalStateException.class, () -> snapshot.size(set));
        }
    }

    @Test
    void shouldChangeTheNamedCellWhoeverPointsAReferenceElsewhereMeanwhile() throws IOException {
        try (Transaction tx = begin()) {
            assertEquals(
                    CommitResult.COMMITTED,
                    tx.increment("t", "mine", 1).increment("t", "other", 1).commit());
        }
        try (Transaction first = begin();
                Transaction second = begin()) {
            final Cell reference = first.cell(CellType.COUNTER, "t", "mine", "");
            second.increment(reference, 5);
            assertNotNull(first.cell(CellType.COUNTER, "t", "other", ""));
            assertEquals(CommitResult.COMMITTED, second.commit());
        }
        assertEquals(6, counted("mine"));
        assertEquals(1, counted("other"));
    }
}
