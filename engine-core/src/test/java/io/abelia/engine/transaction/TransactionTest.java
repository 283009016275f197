package io.abelia.engine.transaction;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.abelia.engine.Cluster;
import io.abelia.engine.Engine;
import io.abelia.engine.clock.SessionToken;
import io.abelia.engine.codec.CellType;
import io.abelia.engine.schema.Schema;
import io.abelia.engine.status.DeliveryResult;
import java.io.IOException;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicLong;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class TransactionTest {
    private final Engine engine;

    TransactionTest() throws IOException {
        engine = Engine.launch(Cluster.small(new Random(1), () -> 1));
    }

    @AfterEach
    void close() throws IOException {
        engine.close();
    }

    private Transaction begin() {
        return engine.transaction().mode(TransactionMode.COORDINATION_FREE);
    }

    private Cell cell(final CellType type, final String column) {
        return engine.cell(type, "table", "key", column);
    }

    @Test
    void shouldCommitLocallyUnlessToldOtherwiseWithoutACoordinator() {
        try (Transaction tx = engine.transaction()) {
            assertEquals(
                    CommitResult.COMMITTED, tx.increment("counters", "views", 1).commit());
        }
        assertEquals(1, engine.latest().readLong(engine.cell(CellType.COUNTER, "counters", "views")));
    }

    @Test
    void shouldRefuseConsensusWithoutACoordinatorAndNameTheRemedy() {
        try (Transaction tx = engine.transaction().mode(TransactionMode.COORDINATED)) {
            tx.increment("counters", "views", 1);
            final var refused = assertThrows(TransactionRefusedException.class, tx::commit);
            assertTrue(refused.remedy().contains("COORDINATION_FREE"));
            assertEquals(
                    CommitResult.COMMITTED,
                    tx.mode(TransactionMode.COORDINATION_FREE).commit());
            assertEquals(1, tx.seq());
        }
    }

    @Test
    void shouldNameWhatNeedsCoordinationAndBurnNoDot() {
        try (Transaction tx = begin()) {
            tx.increment("counters", "views", 1).overwrite("accounts", "a", "owner", new Value().set("me"));
            assertFalse(tx.canCommitLocally().possible());
            assertTrue(tx.canCommitLocally().needCoordination().get(0).contains("accounts/a/owner"));
            assertThrows(TransactionRefusedException.class, tx::commit);
        }
        try (Transaction tx = begin()) {
            assertTrue(tx.canCommitLocally().possible());
            tx.increment("counters", "views", 1).commitOrThrow();
            assertEquals(1, tx.seq());
        }
    }

    @Test
    void shouldDropWhatWasNotCommitted() {
        try (Transaction tx = begin()) {
            tx.increment("counters", "views", 1);
        }
        begin().increment("counters", "views", 1).abort();
        assertEquals(0, engine.latest().readLong(engine.cell(CellType.COUNTER, "counters", "views")));
        assertEquals(0, engine.clock().size());
    }

    @Test
    void shouldCommitNothingWhenThereIsNothing() {
        try (Transaction tx = begin()) {
            assertEquals(CommitResult.EMPTY, tx.commit());
            assertEquals(0, tx.seq());
        }
    }

    @Test
    void shouldRefuseWrongTypesLimitsAndTextThatIsNone() {
        try (Transaction tx = begin()) {
            assertThrows(TransactionRefusedException.class, () -> tx.increment(cell(CellType.MAX, "a"), 1));
            assertThrows(
                    TransactionRefusedException.class,
                    () -> tx.set(cell(CellType.LWW_REGISTER, "a"), "x".repeat(40_000)));
            assertThrows(TransactionRefusedException.class, () -> tx.increment("t".repeat(300), "key", 1));
            assertThrows(TransactionRefusedException.class, () -> tx.increment("", "key", 1));
            assertThrows(TransactionRefusedException.class, () -> tx.increment("table", "\ud800", 1));
            assertThrows(
                    TransactionRefusedException.class,
                    () -> tx.addToSet(cell(CellType.GROW_SET, "a"), new Value().set(1.5)));
        }
    }

    @Test
    void shouldRefuseMoreOperationsThanATransactionMayHave() {
        try (Transaction tx = begin()) {
            for (int i = 0; i < 4096; i++) {
                tx.increment("table", "key" + i, 1);
            }
            assertThrows(TransactionRefusedException.class, () -> tx.increment("table", "one more", 1));
            assertEquals(CommitResult.COMMITTED, tx.commit());
        }
        assertEquals(4096, engine.kernel().units().cells());
    }

    @Test
    void shouldFoldOperationsInProgramOrder() {
        final Cell counter = cell(CellType.COUNTER, "counter");
        final Cell set = cell(CellType.ADD_WINS_SET, "set");
        final Cell last = cell(CellType.LWW_REGISTER, "last");
        final Cell first = cell(CellType.FIRST_WRITER_REGISTER, "first");
        final Cell sum = cell(CellType.DOUBLE_SUM, "sum");
        final Cell product = cell(CellType.PRODUCT, "product");
        try (Transaction tx = begin()) {
            tx.increment(counter, Long.MAX_VALUE)
                    .increment(counter, Long.MAX_VALUE)
                    .decrement(counter, Long.MIN_VALUE);
            tx.addToSet(set, "gone")
                    .clearSet(set)
                    .addToSet(set, "a")
                    .addToSet(set, "b")
                    .removeFromSet(set, "b");
            tx.set(last, "one").set(last, "two");
            tx.set(first, "one").set(first, "two");
            tx.addDouble(sum, 1e308)
                    .addDouble(sum, 1e308)
                    .addDouble(sum, -1e308)
                    .addDouble(sum, 0.5);
            tx.multiply(product, 1L << 40).multiply(product, 1L << 40).multiply(product, 0);
            tx.commitOrThrow();
        }
        assertEquals(
                BigInteger.ONE.shiftLeft(63).multiply(BigInteger.valueOf(3)).subtract(BigInteger.TWO),
                engine.latest().readExact(counter));
        assertThrows(ArithmeticException.class, () -> engine.latest().readLong(counter));
        assertEquals(Set.of("a"), elements(engine.latest(), set));
        final Value value = new Value();
        assertTrue(engine.latest().read(last, value));
        assertEquals("two", value.asString());
        assertTrue(engine.latest().read(first, value));
        assertEquals("one", value.asString());
        assertEquals(1e308, engine.latest().readDouble(sum));
        assertEquals(0, engine.latest().readLong(product));
    }

    private static Set<String> elements(final ReadView view, final Cell set) {
        final Set<String> elements = new TreeSet<>();
        view.forEach(set, value -> elements.add(value.toString()));
        return elements;
    }

    @Test
    void shouldReadItsSnapshotAndItsOwnOperations() {
        final Cell counter = cell(CellType.COUNTER, "counter");
        final Cell set = cell(CellType.ADD_WINS_SET, "set");
        final Cell register = cell(CellType.MV_REGISTER, "register");
        try (Transaction tx = begin()) {
            tx.increment(counter, 5)
                    .addToSet(set, "a")
                    .addToSet(set, "b")
                    .set(register, "old")
                    .commitOrThrow();
        }
        try (Transaction tx = begin()) {
            assertEquals(5, tx.reads().readLong(counter));
            try (Transaction other = begin()) {
                other.increment(counter, 100)
                        .addToSet(set, "later")
                        .set(register, "other")
                        .commitOrThrow();
            }
            tx.increment(counter, 1).removeFromSet(set, "a").addToSet(set, "c").set(register, "new");
            assertEquals(6, tx.reads().readLong(counter));
            assertEquals(Set.of("b", "c"), elements(tx.reads(), set));
            assertEquals(2, tx.reads().size(set));
            assertTrue(tx.reads().contains(set, new Value().set("c")));
            final List<String> writes = new ArrayList<>();
            tx.reads().readAll(register, value -> writes.add(value.asString()));
            assertEquals(List.of("new"), writes);
            final List<String> scanned = new ArrayList<>();
            tx.reads().scan("table", "k", found -> scanned.add(found.column()));
            assertEquals(Set.of("counter", "set", "register"), Set.copyOf(scanned));
            tx.commitOrThrow();
        }
        assertEquals(106, engine.latest().readLong(counter));
        assertEquals(Set.of("b", "c", "later"), elements(engine.latest(), set));
        final List<String> writes = new ArrayList<>();
        engine.latest().readAll(register, value -> writes.add(value.asString()));
        assertEquals(2, writes.size(), "the other write was not observed, so both stand");
    }

    @Test
    void shouldNotRemoveWhatArrivedBetweenBeginAndCommit() {
        final Cell set = cell(CellType.ADD_WINS_SET, "set");
        try (Transaction tx = begin()) {
            tx.addToSet(set, "x").commitOrThrow();
        }
        try (Transaction remover = begin()) {
            try (Transaction adder = begin()) {
                adder.addToSet(set, "x").commitOrThrow();
            }
            remover.removeFromSet(set, "x").commitOrThrow();
        }
        assertEquals(Set.of("x"), elements(engine.latest(), set));
    }

    @Test
    void shouldSeeOneCutInASnapshotWhileCommitsGoOn() {
        final Cell set = cell(CellType.ADD_WINS_SET, "set");
        final Cell counter = cell(CellType.COUNTER, "counter");
        for (int i = 0; i < 1000; i++) {
            try (Transaction tx = begin()) {
                tx.addToSet(set, i).increment(counter, 1).commitOrThrow();
            }
        }
        try (Snapshot snapshot = engine.snapshot()) {
            for (int i = 0; i < 1000; i++) {
                try (Transaction tx = begin()) {
                    tx.removeFromSet(set, i)
                            .addToSet(set, i + 5000)
                            .increment(counter, 1)
                            .commitOrThrow();
                }
            }
            final Set<String> elements = elements(snapshot, set);
            assertEquals(1000, elements.size());
            assertTrue(elements.contains("0") && !elements.contains("5000"));
            assertEquals(1000, snapshot.size(set));
            assertEquals(1000, snapshot.readLong(counter));
            assertTrue(snapshot.contains(set, new Value().set(7)));
            assertFalse(snapshot.contains(set, new Value().set(5007)));
            assertEquals(1000, snapshot.clock().get(engine.origin()));
        }
        assertEquals(2000, engine.latest().readLong(counter));
        assertEquals(1000, engine.latest().size(set));
        assertEquals(1000, engine.kernel().units().elements(), "removed elements are freed once no snapshot sees them");
    }

    @Test
    void shouldFailReadsOfASnapshotThatWasOutrunAndNeverCommits() {
        final Cell register = cell(CellType.LWW_REGISTER, "register");
        try (Snapshot snapshot = engine.snapshot()) {
            for (int i = 0; i < 200; i++) {
                for (int j = 0; j < 5; j++) {
                    try (Transaction tx = begin();
                            Snapshot newer = engine.snapshot()) {
                        tx.set(engine.cell(CellType.LWW_REGISTER, "table", "key" + j), "x".repeat(3000));
                        assertEquals(CommitResult.COMMITTED, tx.commit());
                        assertEquals(i * 5L + j, newer.clock().get(engine.origin()));
                    }
                }
            }
            assertThrows(SnapshotTooOldException.class, () -> snapshot.exists(register));
        }
    }

    @Test
    void shouldFreeARowAndRefuseWhatHasNoDots() {
        try (Transaction tx = begin()) {
            tx.addToSet("users", "u", "tags", "a").addToSet("users", "u", "tags", "b");
            tx.set(tx.cell(CellType.LWW_REGISTER, "users", "u", "name"), "n");
            tx.enable(tx.cell(CellType.ENABLE_WINS, "users", "u", "active"));
            tx.increment("users", "counted", "visits", 1);
            tx.commitOrThrow();
        }
        try (Transaction tx = begin()) {
            assertEquals(CommitResult.COMMITTED, tx.removeRow("users", "u").commit());
        }
        assertEquals(1, engine.kernel().units().cells());
        assertEquals(0, engine.kernel().units().elements());
        try (Transaction tx = begin()) {
            final var refused = assertThrows(TransactionRefusedException.class, () -> tx.removeRow("users", "counted"));
            assertTrue(refused.getMessage().contains("COUNTER")
                    && refused.getMessage().contains("windowed"));
        }
    }

    @Test
    void shouldRefuseAtCommitWhatTheSchemaDeclaresOtherwise() throws IOException {
        final Schema schema = Schema.builder()
                .declare("users", "tags", CellType.ADD_WINS_SET)
                .declare("counters", "", CellType.COUNTER)
                .build();
        try (Engine declared =
                        Engine.launch(Cluster.small(new Random(2), () -> 1).schema(schema));
                Transaction tx = declared.transaction().mode(TransactionMode.COORDINATION_FREE)) {
            tx.increment("counters", "views", 1);
            tx.addToSet(tx.cell(CellType.GROW_SET, "users", "u", "tags"), "a");
            final var refused = assertThrows(TransactionRefusedException.class, tx::commit);
            assertTrue(refused.getMessage().contains("users.tags")
                    && refused.getMessage().contains("ADD_WINS_SET"));
            assertEquals(0, declared.clock().size());
        }
    }

    @Test
    void shouldRefuseARecordWhoseOperationsWereLeftUnfolded() throws IOException {
        final byte[] record;
        try (Cluster cluster = new Cluster(1, 3)) {
            cluster.commit(0, tx -> tx.increment("t", "a", 1).increment("t", "b", 1));
            record = cluster.records().get(0);
        }
        assertEquals(DeliveryResult.APPLIED, engine.onRemote(new UnsafeBuffer(record), 0, record.length));
        for (int i = 40; i < record.length; i++) {
            if (record[i] == 'b') {
                record[i] = 'a';
            }
        }
        record[24] = 2;
        final UnsafeBuffer forged = new UnsafeBuffer(record);
        forged.putInt(12, forged.getInt(4));
        final java.util.zip.CRC32C crc = new java.util.zip.CRC32C();
        crc.update(record, 8, record.length - 8);
        forged.putInt(4, (int) crc.getValue());
        assertEquals(DeliveryResult.MALFORMED, engine.onRemote(forged, 0, record.length));
    }

    @Test
    void shouldCommitFromManyThreadsAndLoseNothing() throws InterruptedException {
        final Cell counter = cell(CellType.COUNTER, "counter");
        final Cell set = cell(CellType.GROW_SET, "set");
        final AtomicLong failures = new AtomicLong();
        final List<Thread> threads = new ArrayList<>();
        for (int t = 0; t < 4; t++) {
            final int thread = t;
            threads.add(new Thread(() -> {
                for (int i = 0; i < 5000; i++) {
                    try (Transaction tx = begin()) {
                        tx.increment(counter, 1).addToSet(set, thread * 5000L + i);
                        if (tx.commit() != CommitResult.COMMITTED) {
                            failures.incrementAndGet();
                        }
                    }
                    if (i % 100 == 0) {
                        try (Snapshot snapshot = engine.snapshot()) {
                            if (snapshot.readLong(counter) != snapshot.size(set)) {
                                failures.incrementAndGet();
                            }
                        }
                    }
                }
            }));
        }
        threads.forEach(Thread::start);
        for (final Thread thread : threads) {
            thread.join();
        }
        assertEquals(0, failures.get());
        assertEquals(20_000, engine.latest().readLong(counter));
        assertEquals(20_000, engine.latest().size(set));
    }

    @Test
    void shouldGiveATokenThatTellsWhetherAnEngineHasTheTransaction() throws IOException {
        final UnsafeBuffer bytes = new UnsafeBuffer(new byte[SessionToken.TRANSACTION_BYTES]);
        try (Transaction tx = begin()) {
            assertThrows(IllegalStateException.class, () -> tx.copyToken(bytes, 0));
            tx.increment("counters", "views", 1).commitOrThrow();
            assertEquals(SessionToken.TRANSACTION_BYTES, tx.copyToken(bytes, 0));
            assertEquals(tx.token(), SessionToken.read(bytes, 0));
        }
        final SessionToken token = SessionToken.read(bytes, 0);
        assertTrue(engine.hasApplied(token));
        try (Engine other = Engine.launch(Cluster.small(new Random(9), () -> 1))) {
            assertFalse(other.hasApplied(token));
        }
    }

    @Test
    void shouldNotGiveAnAbortedTransactionToSomebodyElseBeforeItIsClosed() {
        final Transaction aborted = begin();
        aborted.abort();
        try (Transaction other = begin()) {
            assertTrue(aborted != other);
            other.increment("t", "k", 5);
            aborted.close();
            assertThrows(IllegalStateException.class, () -> aborted.increment("t", "k", 1));
            assertEquals(CommitResult.COMMITTED, other.commit());
        }
        assertEquals(5, engine.latest().readLong(engine.cell(CellType.COUNTER, "t", "k")));
    }

    @Test
    void shouldFoldAnyNumberOfOperationsOnOneCellWithoutDroppingOne() {
        final Cell counter = cell(CellType.COUNTER, "counter");
        final Cell sum = cell(CellType.DOUBLE_SUM, "sum");
        final Cell register = cell(CellType.LWW_REGISTER, "register");
        final Cell set = cell(CellType.ADD_WINS_SET, "set");
        try (Transaction tx = begin()) {
            for (int i = 0; i < 20_000; i++) {
                tx.increment(counter, 1).set(register, "value " + i).addToSet(set, i % 7);
                if (i < 1024) {
                    tx.addDouble(sum, 0.5);
                }
            }
            assertThrows(TransactionRefusedException.class, () -> tx.addDouble(sum, 0.5));
            assertEquals(20_000, tx.reads().readLong(counter));
            assertEquals(CommitResult.COMMITTED, tx.commit());
        }
        assertEquals(20_000, engine.latest().readLong(counter));
        assertEquals(512, engine.latest().readDouble(sum));
        assertEquals(7, engine.latest().size(set));
        final Value value = new Value();
        assertTrue(engine.latest().read(register, value));
        assertEquals("value 19999", value.asString());
    }

    @Test
    void shouldClearASetWholeHoweverManyRemovedElementsASnapshotHolds() {
        final Cell set = cell(CellType.ADD_WINS_SET, "set");
        for (int i = 0; i < 20; i++) {
            final int batch = i;
            try (Transaction tx = begin()) {
                for (int j = 0; j < 1000; j++) {
                    tx.addToSet(set, batch * 1000L + j);
                }
                tx.commitOrThrow();
            }
        }
        try (Snapshot snapshot = engine.snapshot();
                Transaction tx = begin()) {
            assertEquals(CommitResult.COMMITTED, tx.clearSet(set).commit());
            assertEquals(0, engine.latest().size(set));
            assertThrows(SnapshotTooOldException.class, () -> snapshot.size(set));
        }
        try (Transaction tx = begin()) {
            tx.increment("t", "k", 1).commitOrThrow();
        }
        assertEquals(0, engine.kernel().units().elements());
        assertEquals(1, engine.kernel().units().cells());
    }

    @Test
    void shouldLetSnapshotsAndTransactionsBeClosedAfterTheEngine() throws IOException {
        final Engine closing = Engine.launch(Cluster.small(new Random(5), () -> 1));
        final Cell set = closing.cell(CellType.ADD_WINS_SET, "t", "k", "s");
        try (Transaction tx = closing.transaction().mode(TransactionMode.COORDINATION_FREE)) {
            tx.addToSet(set, 1).commitOrThrow();
        }
        final Snapshot snapshot = closing.snapshot();
        final Transaction reading = closing.transaction().mode(TransactionMode.COORDINATION_FREE);
        assertEquals(1, reading.reads().size(set));
        try (Transaction tx = closing.transaction().mode(TransactionMode.COORDINATION_FREE)) {
            tx.removeFromSet(set, 1).commitOrThrow();
        }
        closing.close();
        snapshot.close();
        reading.close();
        assertThrows(IllegalStateException.class, closing::digest);
        assertThrows(IllegalStateException.class, () -> closing.latest().size(set));
        try (Transaction tx = closing.transaction().mode(TransactionMode.COORDINATION_FREE)) {
            assertEquals(CommitResult.CLOSED, tx.increment("t", "k", 1).commit());
        }
    }

    @Test
    void shouldKeepHundredsOfConcurrentLargeWritesOfOneRegister() throws IOException {
        for (final io.abelia.engine.StoreKind store : io.abelia.engine.StoreKind.values()) {
            try (Engine large =
                    Engine.launch(Cluster.small(new Random(6), () -> 1).store(store))) {
                final Cell register = large.cell(CellType.MV_REGISTER, "t", "k", "r");
                final List<Transaction> open = new ArrayList<>();
                for (int i = 0; i < 600; i++) {
                    open.add(large.transaction().mode(TransactionMode.COORDINATION_FREE));
                }
                final String text = "x".repeat(32_000);
                for (final Transaction tx : open) {
                    tx.set(register, text);
                    assertEquals(CommitResult.COMMITTED, tx.commit());
                    tx.close();
                }
                assertEquals(600, large.latest().readAll(register, value -> {}));
            }
        }
    }

    @Test
    void shouldRefuseAValueOfBytesThatAreNotThere() {
        final Value value = new Value();
        final UnsafeBuffer source = new UnsafeBuffer(new byte[8]);
        for (final int length : new int[] {-1, Integer.MIN_VALUE, 9}) {
            assertThrows(IndexOutOfBoundsException.class, () -> value.set(source, 0, length));
        }
        assertThrows(IndexOutOfBoundsException.class, () -> value.set(source, -1, 2));
    }
}
