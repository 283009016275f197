package io.abelia.coordination;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.abelia.coordination.client.CoordinationClient;
import io.abelia.engine.Durability;
import io.abelia.engine.Engine;
import io.abelia.engine.EngineContext;
import io.abelia.engine.StoreKind;
import io.abelia.engine.codec.CellType;
import io.abelia.engine.schema.Schema;
import io.abelia.engine.transaction.Cell;
import io.abelia.engine.transaction.CommitResult;
import io.abelia.engine.transaction.CoordinationException;
import io.abelia.engine.transaction.Transaction;
import io.abelia.engine.transaction.TransactionMode;
import io.abelia.engine.transaction.TransactionRefusedException;
import io.abelia.engine.transaction.Value;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;

/** Transactions of mode COORDINATED of an embedded engine against three members. */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class CoordinationTest {
    private static final Schema SCHEMA = Schema.builder()
            .coordinated("accounts")
            .declare("accounts", "limit", CellType.COUNTER)
            .build();

    @TempDir
    static Path directory;

    private static Group group;
    private static CoordinationClient client;
    private static Engine engine;

    @BeforeAll
    static void start() throws IOException {
        group = new Group(directory, 3, 1 << 20);
        client = group.client(Duration.ofSeconds(30));
        engine = engine(client);
    }

    private static Engine engine(final CoordinationClient coordinator) throws IOException {
        return Engine.launch(new EngineContext()
                .durability(Durability.MEMORY)
                .store(StoreKind.MEMORY)
                .segmentBytes(2 << 20)
                .schema(SCHEMA)
                .coordinator(coordinator));
    }

    @AfterAll
    static void stop() throws IOException {
        engine.close();
        client.close();
        group.close();
    }

    private static Cell balance(final String key) {
        return Cell.of(CellType.COUNTER, "accounts", key, "balance");
    }

    private static CommitResult deposit(final String key, final long amount) {
        try (Transaction tx = engine.transaction()) {
            tx.increment(balance(key), amount);
            return tx.commit();
        }
    }

    private static long read(final Cell cell) {
        try (Transaction tx = engine.transaction()) {
            return tx.reads().readLong(cell);
        }
    }

    @Test
    void shouldReturnWhatATransactionLeftBehind() {
        try (Transaction tx = engine.transaction()) {
            final Cell cell = balance("returning");
            tx.increment(cell, 7).returning(cell);
            assertEquals(CommitResult.COMMITTED, tx.commit());
            assertEquals(7, tx.results().readLong(cell));
            assertTrue(tx.coordinatedPosition() > 0);
        }
    }

    @Test
    void shouldMoveMoneyOnlyWhereThereIsEnough() {
        assertEquals(CommitResult.COMMITTED, deposit("from", 10));
        assertEquals(CommitResult.COMMITTED, transfer("from", "to", 6));
        assertEquals(CommitResult.CONDITION_FAILED, transfer("from", "to", 6));
        assertEquals(4, read(balance("from")));
        assertEquals(6, read(balance("to")));
    }

    private static CommitResult transfer(final String from, final String to, final long amount) {
        try (Transaction tx = engine.transaction()) {
            tx.requireAtLeast(balance(from), amount);
            tx.decrement(balance(from), amount);
            tx.increment(balance(to), amount);
            final CommitResult result = tx.commit();
            if (result == CommitResult.CONDITION_FAILED) {
                assertEquals("accounts/" + from + "/balance at least " + amount, tx.failedCondition());
            }
            return result;
        }
    }

    @Test
    void shouldGiveANameToOneOnly() {
        assertEquals(CommitResult.COMMITTED, claim("ann@example.org", "1"));
        assertEquals(CommitResult.CONDITION_FAILED, claim("ann@example.org", "2"));
        try (Transaction tx = engine.transaction()) {
            final Value owner = new Value();
            assertTrue(tx.reads().read(Cell.of(CellType.LWW_REGISTER, "accounts", "ann@example.org", "owner"), owner));
            assertEquals("1", owner.asString());
        }
    }

    private static CommitResult claim(final String name, final String owner) {
        try (Transaction tx = engine.transaction()) {
            tx.setIfAbsent("accounts", name, "owner", new Value().set(owner));
            return tx.commit();
        }
    }

    @Test
    void shouldCompareAndSetOnceAmongMany() throws InterruptedException {
        final Value zero = new Value().set(0);
        try (Transaction tx = engine.transaction()) {
            tx.overwrite("accounts", "cas", "version", zero);
            assertEquals(CommitResult.COMMITTED, tx.commit());
        }
        final AtomicInteger won = new AtomicInteger();
        final List<Thread> threads = new ArrayList<>();
        for (int i = 1; i <= 4; i++) {
            final long value = i;
            threads.add(new Thread(() -> {
                try (Transaction tx = engine.transaction()) {
                    tx.compareAndSet("accounts", "cas", "version", new Value().set(0), new Value().set(value));
                    won.addAndGet(tx.commit() == CommitResult.COMMITTED ? 1 : 0);
                }
            }));
        }
        threads.forEach(Thread::start);
        for (final Thread thread : threads) {
            thread.join();
        }
        assertEquals(1, won.get());
    }

    @Test
    void shouldConflictWhenWhatWasReadHasChanged() {
        final Cell cell = balance("optimistic");
        deposit("optimistic", 1);
        try (Transaction tx = engine.transaction()) {
            final long before = tx.reads().readLong(cell);
            deposit("optimistic", 1);
            tx.increment(cell, before);
            assertEquals(CommitResult.CONFLICT, tx.commit());
            assertEquals("accounts/optimistic/balance as it was read", tx.failedCondition());
        }
        assertEquals(2, read(cell));
    }

    @Test
    void shouldFailWhenTheReaderOfAnEmptyScanIsOvertaken() {
        try (Transaction tx = engine.transaction()) {
            assertEquals(0, tx.reads().scan("accounts", "phantom", found -> {}));
            deposit("phantom-1", 1);
            tx.increment(balance("phantom-0"), 1);
            assertEquals(CommitResult.CONFLICT, tx.commit());
        }
    }

    @Test
    void shouldReadEveryTypeAsItWasWritten() {
        final Cell set = Cell.of(CellType.ADD_WINS_SET, "accounts", "types", "tags");
        final Cell sum = Cell.of(CellType.DOUBLE_SUM, "accounts", "types", "sum");
        final Cell greatest = Cell.of(CellType.MAX, "accounts", "types", "greatest");
        final Cell flag = Cell.of(CellType.ENABLE_WINS, "accounts", "types", "flag");
        try (Transaction tx = engine.transaction()) {
            tx.addToSet(set, "a").addToSet(set, "b").removeFromSet(set, "c");
            tx.addDouble(sum, 0.5);
            tx.max(greatest, 9);
            tx.enable(flag);
            assertEquals(CommitResult.COMMITTED, tx.commit());
        }
        try (Transaction tx = engine.transaction()) {
            tx.removeFromSet(set, "a");
            assertEquals(CommitResult.COMMITTED, tx.commit());
        }
        try (Transaction tx = engine.transaction()) {
            final List<String> found = new ArrayList<>();
            assertEquals(1, tx.reads().forEach(set, value -> found.add(value.asString())));
            assertEquals(List.of("b"), found);
            assertTrue(tx.reads().contains(set, new Value().set("b")));
            assertFalse(tx.reads().contains(set, new Value().set("a")));
            assertEquals(0.5, tx.reads().readDouble(sum));
            assertEquals(9, tx.reads().readLong(greatest));
            assertTrue(tx.reads().readFlag(flag));
            assertFalse(tx.reads().exists(balance("nobody")));
        }
    }

    @Test
    void shouldKeepModesAndTablesApart() {
        final Cell free = Cell.of(CellType.COUNTER, "views", "page", "");
        try (Transaction tx = engine.transaction().mode(TransactionMode.COORDINATION_FREE)) {
            tx.increment(balance("apart"), 1);
            final var refused = assertThrows(TransactionRefusedException.class, tx::commit);
            assertEquals("accounts/apart/balance", refused.key());
            assertTrue(refused.remedy().contains("mode COORDINATED"));
        }
        try (Transaction tx = engine.transaction()) {
            tx.increment(free, 1);
            assertTrue(assertThrows(TransactionRefusedException.class, tx::commit)
                    .remedy()
                    .contains("COORDINATION_FREE"));
            assertThrows(TransactionRefusedException.class, () -> tx.reads().readLong(free));
        }
        try (Transaction tx = engine.transaction().mode(TransactionMode.COORDINATION_FREE)) {
            assertThrows(TransactionRefusedException.class, () -> tx.reads().readLong(balance("apart")));
            tx.setIfAbsent("views", "page", "owner", new Value().set(1));
            assertThrows(TransactionRefusedException.class, tx::commit);
        }
        assertThrows(TransactionRefusedException.class, () -> engine.latest().readLong(balance("apart")));
    }

    @Test
    void shouldNotLetAModeBeChangedBehindAnOperationOrRead() {
        try (Transaction tx = engine.transaction().mode(TransactionMode.COORDINATION_FREE)) {
            tx.increment("views", "switched", 1);
            assertThrows(IllegalStateException.class, () -> tx.mode(TransactionMode.COORDINATED));
        }
        try (Transaction tx = engine.transaction()) {
            tx.reads();
            assertThrows(IllegalStateException.class, () -> tx.mode(TransactionMode.COORDINATION_FREE));
        }
    }

    @Test
    void shouldNotReadCoordinatedSetsAsIfTheyWereEmpty() {
        final Cell set = Cell.of(CellType.ADD_WINS_SET, "accounts", "nowhere", "tags");
        assertThrows(TransactionRefusedException.class, () -> engine.latest().contains(set, new Value().set(1)));
        assertThrows(TransactionRefusedException.class, () -> engine.latest().forEach(set, value -> {}));
    }

    @Test
    void shouldRemoveARowOfACoordinatedTable() {
        try (Transaction tx = engine.transaction()) {
            tx.addToSet("accounts", "row", "tags", "a").overwrite("accounts", "row", "owner", new Value().set(1));
            assertEquals(CommitResult.COMMITTED, tx.commit());
        }
        try (Transaction tx = engine.transaction()) {
            tx.removeRow("accounts", "row");
            assertEquals(CommitResult.COMMITTED, tx.commit());
        }
        try (Transaction tx = engine.transaction()) {
            assertEquals(0, tx.reads().scan("accounts", "row", cell -> {}));
        }
        try (Transaction tx = engine.transaction().mode(TransactionMode.COORDINATION_FREE)) {
            assertThrows(TransactionRefusedException.class, () -> tx.removeRow("accounts", "row"));
        }
    }

    @Test
    void shouldRefuseWhatNoMessageHoldsAndGoOn() {
        try (Transaction tx = engine.transaction()) {
            for (int i = 0; i < 40; i++) {
                tx.requireValue(
                        Cell.of(CellType.LWW_REGISTER, "accounts", "large-" + i, ""),
                        new Value().set("x".repeat(30_000)));
            }
            assertTrue(assertThrows(TransactionRefusedException.class, tx::commit)
                    .getMessage()
                    .contains("bytes"));
        }
        assertEquals(CommitResult.COMMITTED, deposit("after-large", 1));
    }

    @Test
    void shouldAnswerTheSameWhenTheSameTransactionIsCommittedAgain() {
        deposit("again", 1);
        try (Transaction tx = engine.transaction()) {
            tx.requireAtLeast(balance("again"), 2).increment(balance("again"), 1);
            assertEquals(CommitResult.CONDITION_FAILED, tx.commit());
            deposit("again", 5);
            assertEquals(CommitResult.CONDITION_FAILED, tx.commit());
        }
        assertEquals(6, read(balance("again")));
    }

    @Test
    void shouldRefuseConditionsOnAnotherTypeThanIsDeclared() {
        try (Transaction tx = engine.transaction()) {
            tx.requireAbsent(Cell.of(CellType.LWW_REGISTER, "accounts", "ann", "limit"));
            tx.increment(balance("declared"), 1);
            assertTrue(assertThrows(TransactionRefusedException.class, tx::commit)
                    .getMessage()
                    .contains("COUNTER"));
        }
    }

    @Test
    void shouldRefuseTypesThatNeedNoCoordination() {
        try (Transaction tx = engine.transaction()) {
            tx.release(Cell.of(CellType.BOUNDED_COUNTER, "accounts", "rights", ""), 5);
            assertTrue(assertThrows(TransactionRefusedException.class, tx::commit)
                    .getMessage()
                    .contains("requireAtLeast"));
        }
    }

    @Test
    @Order(Order.DEFAULT + 1)
    void shouldGoOnWhenTheLeaderStopsAndAgreeOnceItIsBack() throws IOException, InterruptedException {
        final int leader = client.leader();
        deposit("failover", 1);
        group.stop(leader);
        assertEquals(CommitResult.COMMITTED, deposit("failover", 1));
        assertEquals(2, read(balance("failover")));
        assertTrue(client.leader() != leader);
        group.start(leader);
        Group.await(
                "all members have applied the same",
                () -> group.running().values().stream()
                                .map(member -> member.position())
                                .distinct()
                                .count()
                        == 1);
        assertEquals(
                1,
                group.running().values().stream()
                        .map(member -> String.valueOf(member.digest()))
                        .distinct()
                        .count());
    }

    @Test
    @Order(Order.DEFAULT + 2)
    void shouldRefuseWithoutAMajorityAndLeaveNothingHalfDone() throws IOException, InterruptedException {
        deposit("minority", 5);
        final List<Integer> stopped = group.running().keySet().stream()
                .filter(member -> member != client.leader())
                .toList();
        for (final int member : stopped) {
            group.stop(member);
        }
        Group.await("the leader has stepped down", () -> client.leader() < 0);
        try (CoordinationClient impatient = group.client(Duration.ofMillis(500));
                Engine other = engine(impatient);
                Transaction tx = other.transaction()) {
            tx.decrement(balance("minority"), 1).increment(balance("minority-2"), 1);
            assertEquals(CommitResult.NO_MAJORITY, tx.commit());
            assertNotNull(tx.failedCondition());
            try (Transaction reader = other.transaction()) {
                assertThrows(CoordinationException.class, () -> reader.reads().readLong(balance("minority")));
            }
            for (final int member : stopped) {
                group.start(member);
            }
            Group.await("the same transaction commits", () -> tx.commit() == CommitResult.COMMITTED);
        }
        assertEquals(4, read(balance("minority")));
        assertEquals(1, read(balance("minority-2")));
    }

    @Test
    @Order(Order.DEFAULT + 3)
    void shouldComeBackFromASnapshotAndTheLogBehindIt() throws IOException, InterruptedException {
        for (int i = 0; i < 50; i++) {
            deposit("snapshot-" + i, i);
        }
        final int leader = client.leader();
        Group.await("a snapshot is asked for", () -> group.member(leader).snapshot());
        Group.await("it is written", () -> group.member(leader).snapshots() > 0);
        deposit("snapshot-0", 100);
        for (int member = 0; member < 3; member++) {
            group.stop(member);
        }
        for (int member = 0; member < 3; member++) {
            group.start(member);
        }
        assertEquals(100, read(balance("snapshot-0")));
        assertEquals(49, read(balance("snapshot-49")));
    }
}
