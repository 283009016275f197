package io.abelia.engine.transaction;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.abelia.engine.Cluster;
import io.abelia.engine.Engine;
import io.abelia.engine.clock.VectorClock;
import io.abelia.engine.codec.CellType;
import io.abelia.engine.codec.RecordDescriptor;
import io.abelia.engine.codec.RightsArgument;
import io.abelia.engine.observe.Change;
import io.abelia.engine.observe.Subscription;
import io.abelia.engine.observe.TransactionHandler;
import io.abelia.engine.status.DeliveryResult;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.zip.CRC32C;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class BoundedCounterTest {
    private static final Cell STOCK = Cell.of(CellType.BOUNDED_COUNTER, "stock", "item", "");
    private final Cluster cluster;

    BoundedCounterTest() throws IOException {
        cluster = new Cluster(2, 5);
    }

    @AfterEach
    void close() throws IOException {
        cluster.close();
    }

    private Transaction begin() {
        return cluster.engine(0).transaction().mode(TransactionMode.COORDINATION_FREE);
    }

    private long value() {
        return cluster.engine(0).latest().readLong(STOCK);
    }

    @Test
    void shouldFoldWhatATransactionReleasesAndAcquires() {
        try (Transaction tx = begin()) {
            tx.acquire(STOCK, 3).release(STOCK, 5).acquire(STOCK, 2);
            assertEquals(0, tx.reads().readLong(STOCK), "a transaction sees its own operations");
            assertEquals(CommitResult.COMMITTED, tx.commit(), "what counts is what is left");
        }
        assertEquals(0, value());
        try (Transaction tx = begin()) {
            tx.acquire(STOCK, 3).release(STOCK, 2);
            assertEquals(CommitResult.INSUFFICIENT_RIGHTS, tx.commit());
            assertEquals(0, tx.seq(), "no dot is burnt");
            assertEquals(1, tx.shortage().missing());
        }
    }

    @Test
    void shouldRefuseAmountsThatNoTransactionMayMove() {
        try (Transaction tx = begin()) {
            for (final long amount : new long[] {0, -1, Long.MIN_VALUE, RightsArgument.MAX_AMOUNT + 1}) {
                assertThrows(TransactionRefusedException.class, () -> tx.release(STOCK, amount));
                assertThrows(TransactionRefusedException.class, () -> tx.acquire(STOCK, amount));
            }
            tx.release(STOCK, RightsArgument.MAX_AMOUNT);
            assertThrows(TransactionRefusedException.class, () -> tx.release(STOCK, 1));
            final Cell counter = Cell.of(CellType.COUNTER, "stock", "item", "");
            assertThrows(TransactionRefusedException.class, () -> tx.acquire(counter, 1));
            assertEquals(CommitResult.COMMITTED, tx.commit());
        }
        assertEquals(RightsArgument.MAX_AMOUNT, value());
    }

    @Test
    void shouldSellEachItemOnceHoweverManyThreadsSell() throws InterruptedException {
        try (Transaction tx = begin()) {
            tx.release(STOCK, 1000).commitOrThrow();
        }
        final AtomicLong sold = new AtomicLong();
        final List<Thread> sellers = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            final Thread seller = new Thread(() -> {
                for (int j = 0; j < 1000; j++) {
                    try (Transaction tx = begin()) {
                        if (tx.acquire(STOCK, 1).commit() == CommitResult.COMMITTED) {
                            sold.incrementAndGet();
                        }
                    }
                }
            });
            sellers.add(seller);
            seller.start();
        }
        for (final Thread seller : sellers) {
            seller.join();
        }
        assertEquals(1000, sold.get());
        assertEquals(0, value());
    }

    @Test
    void shouldMoveRightsToSeveralNodesInOneTransaction() {
        final Engine engine = cluster.engine(0);
        engine.kernel().rights().launches(Map.of(1L, cluster.engine(1).origin(), 2L, 99L));
        cluster.commit(0, tx -> tx.release(STOCK, 10));
        cluster.commit(
                0,
                tx -> tx.transfer(STOCK, 1, 2)
                        .transfer(STOCK, 2, 3)
                        .acquire(STOCK, 1)
                        .transfer(STOCK, 1, 1));
        cluster.exchangeAll(new Random(1));
        final List<Long> held = new ArrayList<>();
        cluster.engine(1).latest().forEachHolder(STOCK, (origin, node, rights) -> held.add(rights));
        assertEquals(List.of(3L, 3L, 3L), held);
        assertEquals(3, cluster.engine(1).latest().readRights(STOCK));
        try (Transaction tx = begin()) {
            tx.transfer(STOCK, 1, 2).transfer(STOCK, 2, 2);
            assertEquals(CommitResult.INSUFFICIENT_RIGHTS, tx.commit());
        }
    }

    @Test
    void shouldTakeNothingMoreOfALaunchWhoseRightsHaveBeenTakenOver() throws IOException {
        final long dead = cluster.engine(0).origin();
        cluster.commit(0, tx -> tx.release(STOCK, 10));
        cluster.commit(0, tx -> tx.acquire(STOCK, 7));
        final byte[] release = cluster.records().get(0);
        final byte[] acquire = cluster.records().get(1);
        cluster.deliver(1, release);
        try (Transaction tx = cluster.engine(1).transaction().mode(TransactionMode.COORDINATION_FREE)) {
            assertEquals(
                    CommitResult.INSUFFICIENT_RIGHTS,
                    tx.takeOver(STOCK, dead, 10).commit(),
                    "without leave");
        }
        cluster.engine(1).kernel().rights().inherit(Set.of(dead));
        cluster.commit(1, tx -> tx.takeOver(STOCK, dead, 10));
        cluster.commit(1, tx -> tx.acquire(STOCK, 10));
        final byte[] takeOver = cluster.records().get(2);
        assertEquals(DeliveryResult.FORKED, cluster.deliver(1, acquire), "behind the end of that launch");
        assertEquals(0, cluster.engine(1).latest().readLong(STOCK));

        assertEquals(DeliveryResult.REPLACED, cluster.deliver(0, takeOver), "it is told that it has been given up");
        assertEquals(3, value());
        try (Transaction tx = begin()) {
            assertEquals(CommitResult.FENCED, tx.acquire(STOCK, 1).commit(), "and spends no more");
        }
        assertEquals(3, value());

        try (Engine third = Engine.launch(Cluster.small(new Random(9), () -> 1))) {
            for (final byte[] record : List.of(release, acquire)) {
                assertEquals(DeliveryResult.APPLIED, third.onRemote(new UnsafeBuffer(record), 0, record.length));
            }
            assertEquals(DeliveryResult.REPLACED, third.onRemote(new UnsafeBuffer(takeOver), 0, takeOver.length));
            assertEquals(3, third.latest().readLong(STOCK), "whoever knows more than the heir stays as it is");
            assertNotNull(third.fenced());
        }
    }

    @Test
    void shouldTellSubscribersWhatWasReleasedAndAcquired() {
        cluster.engine(0).kernel().rights().launches(Map.of(1L, 99L));
        final List<String> told = new ArrayList<>();
        try (Subscription subscription = cluster.engine(0)
                .subscribe("stock", "", cluster.engine(0).clock(), new TransactionHandler() {
                    @Override
                    public void onTransaction(
                            final long origin, final long seq, final long time, final List<Change> changes) {
                        changes.forEach(change -> told.add(change.operation() + " " + change.number()));
                    }

                    @Override
                    public void onReset(final VectorClock clock) {
                        throw new AssertionError(clock);
                    }
                })) {
            cluster.commit(0, tx -> tx.release(STOCK, 10));
            cluster.commit(0, tx -> tx.acquire(STOCK, 4));
            cluster.commit(0, tx -> tx.transfer(STOCK, 1, 2));
            subscription.poll(Integer.MAX_VALUE);
        }
        assertEquals(List.of("release 10", "acquire 4", "transfer 2"), told);
    }

    @Test
    void shouldRefuseARecordThatMovesNothingOrMoreThanATransactionMay() {
        cluster.engine(0).kernel().rights().launches(Map.of(1L, 99L));
        cluster.commit(0, tx -> tx.release(STOCK, 10).transfer(STOCK, 1, 2));
        final byte[] record = cluster.records().get(0);
        final int amount = record.length - Long.BYTES;
        for (final long forged : new long[] {0, -2, Long.MAX_VALUE}) {
            final byte[] bytes = record.clone();
            new UnsafeBuffer(bytes).putLong(amount, forged);
            final CRC32C crc = new CRC32C();
            crc.update(bytes, Long.BYTES, bytes.length - Long.BYTES);
            new UnsafeBuffer(bytes).putInt(RecordDescriptor.CRC_OFFSET, (int) crc.getValue());
            assertEquals(DeliveryResult.MALFORMED, cluster.deliver(1, bytes));
        }
        assertEquals(DeliveryResult.APPLIED, cluster.deliver(1, record));
    }
}
