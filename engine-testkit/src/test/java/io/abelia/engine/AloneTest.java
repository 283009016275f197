package io.abelia.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.abelia.engine.codec.CellType;
import io.abelia.engine.log.LogReader;
import io.abelia.engine.replicate.Replica;
import io.abelia.engine.replicate.ReplicaContext;
import io.abelia.engine.status.DeliveryResult;
import io.abelia.engine.transaction.Cell;
import io.abelia.engine.transaction.CommitResult;
import io.abelia.engine.transaction.Transaction;
import io.abelia.engine.transaction.TransactionMode;
import io.abelia.engine.transaction.Value;
import io.abelia.testkit.InProcessNetwork;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** An engine without others: everything is stable at once, until others come. */
class AloneTest {
    private static final Cell SET = Cell.of(CellType.REMOVE_WINS_SET, "t", "k", "set");
    private static final Cell SWITCH = Cell.of(CellType.DISABLE_WINS, "t", "k", "switch");
    private static final Cell FIRST = Cell.of(CellType.FIRST_WRITER_REGISTER, "t", "k", "first");
    private static final long SECOND_NS = 1_000_000_000L;
    private static final int STEPS = 2_000;

    @TempDir
    private Path root;

    private final Random ids = new Random(7);
    private long nowNs;

    private EngineContext context(final StoreKind store) {
        return new EngineContext()
                .store(store)
                .segmentBytes(2 << 20)
                .beforeImageBytes(1 << 20)
                .housekeepingThread(false)
                .closeGraceNs(0)
                .nanoClock(() -> nowNs)
                .idSource(ids::nextLong);
    }

    private Engine launch(final String name) throws IOException {
        return Engine.launch(context(StoreKind.MEMORY).directory(root.resolve(name)));
    }

    private Engine inMemory() throws IOException {
        return Engine.launch(context(StoreKind.MEMORY).durability(Durability.MEMORY));
    }

    private static void commit(final Engine engine, final Consumer<Transaction> operations) {
        try (Transaction tx = engine.transaction().mode(TransactionMode.COORDINATION_FREE)) {
            operations.accept(tx);
            assertEquals(CommitResult.COMMITTED, tx.commit());
        }
    }

    /** Lets housekeeping do all that it has to do. */
    private void settle(final Engine engine) {
        nowNs += 60 * SECOND_NS; // longer than any pause
        for (int i = 0; i < STEPS; i++) {
            nowNs += SECOND_NS / 10_000;
            engine.doWork();
        }
    }

    private static void addAndRemove(final Engine engine, final int from, final int to) {
        for (int i = from; i < to; i++) {
            final String element = "e" + i;
            commit(engine, tx -> tx.addToSet(SET, element).enable(SWITCH).set(FIRST, element));
            commit(engine, tx -> tx.removeFromSet(SET, element).disable(SWITCH).clear(FIRST));
        }
    }

    private static long elements(final Engine engine) {
        return engine.kernel().units().elements();
    }

    private static boolean contains(final Engine engine, final String element) {
        return engine.latest().contains(SET, new Value().set(element));
    }

    private static List<DeliveryResult> deliver(final Engine from, final Engine to) {
        final List<DeliveryResult> results = new ArrayList<>();
        try (LogReader reader = from.logReader()) {
            reader.poll(
                    (buffer, offset, length) -> results.add(to.onRemote(buffer, offset, length)), Integer.MAX_VALUE);
        }
        return results;
    }

    @ParameterizedTest
    @EnumSource(StoreKind.class)
    void shouldKeepNothingOfWhatIsRemoved(final StoreKind store) throws IOException {
        final Path directory = root.resolve("engine");
        try (Engine engine = Engine.launch(context(store).directory(directory))) {
            addAndRemove(engine, 0, 100);
            assertEquals(100, elements(engine));
            final String digest = engine.digest().toString();
            settle(engine);
            assertEquals(0, elements(engine));
            assertEquals(0, engine.kernel().units().cells(), "neither set, switch nor register is left");
            assertEquals(digest, engine.digest().toString());
            addAndRemove(engine, 0, 100);
            engine.abandon();
        }
        try (Engine engine = Engine.launch(context(store).directory(directory))) {
            settle(engine);
            assertEquals(0, elements(engine), "what recovery brought back");
            addAndRemove(engine, 0, 10);
        }
        try (Engine engine = Engine.launch(context(store).directory(directory))) {
            settle(engine);
            assertEquals(0, elements(engine), "what a clean stop left");
        }
        assertTrue(Verification.of(directory).isGood());
    }

    @Test
    void shouldKeepNothingInMemoryEither() throws IOException {
        try (Engine engine = inMemory()) {
            addAndRemove(engine, 0, 100);
            settle(engine);
            assertEquals(0, elements(engine));
        }
    }

    @Test
    void shouldKeepWhatAnOpenTransactionHasNotObserved() throws IOException {
        try (Engine engine = launch("engine")) {
            commit(engine, tx -> tx.addToSet(SET, "e"));
            try (Transaction open = engine.transaction().mode(TransactionMode.COORDINATION_FREE)) {
                assertTrue(open.reads().contains(SET, new Value().set("e")));
                open.addToSet(SET, "e");
                commit(engine, tx -> tx.removeFromSet(SET, "e"));
                settle(engine);
                assertEquals(1, elements(engine));
                assertEquals(CommitResult.COMMITTED, open.commit());
            }
            assertFalse(contains(engine, "e"), "the remove wins");
            settle(engine);
            assertEquals(0, elements(engine));
        }
    }

    @Test
    void shouldCollectNothingOnceAReplicaIsAttached() throws IOException {
        try (Engine engine = launch("engine");
                Replica replica = new Replica(
                        engine,
                        new ReplicaContext().node(1).members(1, 2).nanoClock(() -> nowNs),
                        new InProcessNetwork(1).connect(1))) {
            addAndRemove(engine, 0, 10);
            settle(engine);
            assertEquals(10, elements(engine));
            assertEquals(Set.of(1L, 2L), replica.epoch().members());
        }
        try (Engine engine = launch("engine")) {
            settle(engine);
            assertEquals(10, elements(engine), "nor without it, at a later launch");
        }
    }

    @Test
    void shouldCollectNothingOnceARecordWasTaken() throws IOException {
        try (Engine engine = launch("engine");
                Engine other = inMemory()) {
            commit(other, tx -> tx.addToSet(SET, "theirs"));
            assertEquals(List.of(DeliveryResult.APPLIED), deliver(other, engine));
            addAndRemove(engine, 0, 10);
            settle(engine);
            assertEquals(11, elements(engine));
            deliver(engine, other);
            assertEquals(engine.digest(), other.digest());
        }
    }

    @Test
    void shouldNotTakeAJoinerForAloneWhenItIsLaunchedAgain() throws IOException {
        try (Engine engine = Engine.launch(context(StoreKind.MEMORY)
                        .directory(root.resolve("engine"))
                        .joiner(true));
                Engine other = inMemory()) {
            addAndRemove(other, 0, 10);
            deliver(other, engine);
            engine.markJoined();
        }
        try (Engine engine = launch("engine")) {
            settle(engine);
            assertEquals(10, elements(engine));
        }
    }

    @Test
    void shouldRefuseAnEngineWithAPastOfItsOwnRatherThanDiverge() throws IOException {
        final List<DeliveryResult> results;
        try (Engine engine = launch("engine");
                Engine other = inMemory()) {
            addAndRemove(engine, 0, 3);
            settle(engine);
            assertEquals(0, elements(engine));
            commit(other, tx -> tx.addToSet(SET, "e1"));
            commit(other, tx -> tx.increment("t", "k", 1));
            results = deliver(other, engine);
            assertEquals(EnumSet.of(DeliveryResult.OUTSIDER), EnumSet.copyOf(results));
            deliver(engine, other);
            assertFalse(contains(other, "e1"), "there, the remove wins");
            assertFalse(contains(engine, "e1"));
            assertNotEquals(engine.clock(), other.clock());
            assertEquals(2, engine.status().values().get("records of outsiders refused"));
            final StringBuilder errors = new StringBuilder();
            engine.status()
                    .errors((count, first, last, text) -> errors.append(count).append(text));
            assertTrue(errors.toString().startsWith("1"), "told once: " + errors);
            assertTrue(errors.toString().contains("join with an empty directory"), errors.toString());
            engine.abandon();
            try (Engine again = launch("engine")) {
                assertEquals(results, deliver(other, again).subList(0, 2));
            }
        }
    }

    @Test
    void shouldRefuseATransactionThatBeganBeforeItsNodeHadTheLog() throws IOException {
        try (Engine engine = launch("engine");
                Engine other = inMemory()) {
            addAndRemove(engine, 0, 3);
            settle(engine);
            try (Transaction early = other.transaction().mode(TransactionMode.COORDINATION_FREE)) {
                assertFalse(early.reads().contains(SET, new Value().set("e1")));
                early.addToSet(SET, "e1");
                deliver(engine, other);
                commit(other, tx -> tx.addToSet(SET, "e2"));
                assertEquals(CommitResult.COMMITTED, early.commit());
            }
            deliver(other, engine);
            assertTrue(contains(engine, "e2"), "that one had observed the log");
            assertFalse(contains(engine, "e1"));
            assertEquals(1, engine.status().values().get("records of outsiders refused"));
        }
    }

    /** Whoever begins with the log that an engine wrote alone gets the same state, and is taken for good. */
    @Test
    void shouldConvergeWithWhoeverBeginsWithItsLog() throws IOException {
        for (int seed = 0; seed < 20; seed++) {
            final Random random = new Random(seed);
            try (Engine engine = launch("engine-" + seed);
                    Engine joiner = inMemory()) {
                for (int i = 0; i < 200; i++) {
                    operate(engine, random);
                    if (random.nextInt(40) == 0) {
                        settle(engine);
                    }
                }
                settle(engine);
                deliver(engine, joiner);
                assertEquals(engine.digest(), joiner.digest(), "seed " + seed);
                for (int i = 0; i < 100; i++) {
                    operate(random.nextBoolean() ? engine : joiner, random);
                    if (random.nextInt(20) == 0) {
                        deliver(engine, joiner);
                        deliver(joiner, engine);
                        settle(engine);
                    }
                }
                deliver(engine, joiner);
                deliver(joiner, engine);
                assertEquals(engine.digest(), joiner.digest(), "seed " + seed);
                assertEquals(0, engine.status().values().get("records of outsiders refused"));
            }
        }
    }

    private static void operate(final Engine engine, final Random random) {
        commit(engine, tx -> {
            final String element = "e" + random.nextInt(5);
            switch (random.nextInt(6)) {
                case 0 -> tx.addToSet(SET, element);
                case 1 -> tx.removeFromSet(SET, element);
                case 2 -> tx.enable(SWITCH);
                case 3 -> tx.disable(SWITCH);
                case 4 -> tx.set(FIRST, element);
                default -> tx.clear(FIRST);
            }
        });
    }

    @Test
    void shouldTakeOwnCommitsBackThatBeganBeforeItWasConnected() throws IOException {
        final Engine joined = inMemory();
        try (Engine engine = launch("engine")) {
            addAndRemove(engine, 0, 3);
            settle(engine);
            try (Transaction open = engine.transaction().mode(TransactionMode.COORDINATION_FREE)) {
                assertFalse(open.reads().contains(SET, new Value().set("late")));
                open.addToSet(SET, "late");
                addAndRemove(engine, 3, 5);
                settle(engine);
                deliver(engine, joined);
                commit(joined, tx -> tx.addToSet(SET, "theirs"));
                deliver(joined, engine);
                copy(root.resolve("engine"), root.resolve("lost"));
                assertEquals(CommitResult.COMMITTED, open.commit());
            }
            deliver(engine, joined);
            assertEquals(engine.digest(), joined.digest());
            assertTrue(contains(joined, "late"));
        }
        // as if a power loss had taken that commit from here: it comes back from the joiner, as a dead launch's
        try (Engine again = launch("lost")) {
            assertFalse(contains(again, "late"));
            deliver(joined, again);
            assertTrue(contains(again, "late"));
            assertEquals(again.digest(), joined.digest());
        }
        joined.close();
    }

    private static void copy(final Path from, final Path to) throws IOException {
        try (Stream<Path> files = Files.walk(from)) {
            for (final Path file : files.toList()) {
                Files.copy(file, to.resolve(from.relativize(file).toString()));
            }
        }
    }

    @Test
    void shouldStayAloneWhereReplicationIsRefused() throws IOException {
        try (Engine engine = launch("engine")) {
            addAndRemove(engine, 0, 3);
            settle(engine);
            final var network = new InProcessNetwork(1);
            assertThrows(
                    IllegalStateException.class,
                    () -> new Replica(engine, new ReplicaContext().node(1), network.connect(1)),
                    "neither found nor join nor members");
            addAndRemove(engine, 3, 6);
            settle(engine);
            assertEquals(0, elements(engine), "it still collects");
        }
        assertFalse(Files.exists(root.resolve("engine").resolve("SHARED")));
    }

    @Test
    void shouldRefuseToBeginAGroupOfFixedMembersWithAPastOfItsOwn() throws IOException {
        try (Engine engine = launch("engine")) {
            addAndRemove(engine, 0, 3);
            settle(engine);
            final var network = new InProcessNetwork(1);
            final var refused = assertThrows(
                    IllegalStateException.class,
                    () -> new Replica(engine, new ReplicaContext().node(1).members(1, 2), network.connect(1)));
            assertTrue(String.valueOf(refused.getMessage()).contains("found"), refused.getMessage());
            assertThrows(
                    IllegalStateException.class,
                    () -> new Replica(engine, new ReplicaContext().node(1).open(), network.connect(1)),
                    "an open group takes anybody");
            new Replica(engine, new ReplicaContext().node(1).found(5), network.connect(1)).close();
        }
    }

    @Test
    void shouldMergeWithAnybodyWhereItIsToldNotToCollect() throws IOException {
        try (Engine engine = Engine.launch(context(StoreKind.MEMORY)
                        .directory(root.resolve("engine"))
                        .collectAlone(false));
                Engine other = inMemory()) {
            addAndRemove(engine, 0, 3);
            settle(engine);
            assertEquals(3, elements(engine));
            commit(other, tx -> tx.addToSet(SET, "e1"));
            deliver(other, engine);
            deliver(engine, other);
            assertEquals(engine.digest(), other.digest());
        }
    }

    @Test
    void shouldMergeWithAnybodyWhereThereWasNothingToCollect() throws IOException {
        try (Engine engine = launch("engine");
                Engine other = inMemory()) {
            commit(engine, tx -> tx.addToSet(SET, "e").increment("t", "k", 1));
            settle(engine);
            commit(other, tx -> tx.removeFromSet(SET, "e").increment("t", "k", 1));
            deliver(other, engine);
            deliver(engine, other);
            assertEquals(engine.digest(), other.digest());
            assertFalse(contains(engine, "e"));
        }
    }
}
