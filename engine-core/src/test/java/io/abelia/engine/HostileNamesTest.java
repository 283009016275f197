package io.abelia.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.abelia.engine.codec.CellType;
import io.abelia.engine.log.FileForce;
import io.abelia.engine.schema.Schema;
import io.abelia.engine.snapshot.SnapshotWriter;
import io.abelia.engine.state.StateStore;
import io.abelia.engine.status.DeliveryResult;
import io.abelia.engine.transaction.Cell;
import io.abelia.engine.transaction.CommitResult;
import io.abelia.engine.transaction.Transaction;
import io.abelia.engine.transaction.TransactionMode;
import io.abelia.engine.transaction.Value;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Names that all have one canonical hash are names as others are, in every place that a name can be in. */
class HostileNamesTest {
    private static final int MANY = 1100;

    @TempDir
    private Path root;

    private Path directory() {
        return root.resolve("engine");
    }

    private EngineContext context(final StoreKind store) {
        return new EngineContext()
                .directory(directory())
                .store(store)
                .segmentBytes(2 << 20)
                .housekeepingThread(false);
    }

    private static void commit(final Engine engine, final Consumer<Transaction> operations) {
        try (Transaction tx = engine.transaction().mode(TransactionMode.COORDINATION_FREE)) {
            operations.accept(tx);
            assertEquals(CommitResult.COMMITTED, tx.commit());
        }
    }

    private static long count(final Engine engine, final String table, final String key) {
        return engine.latest().readLong(engine.cell(CellType.COUNTER, table, key, ""));
    }

    @ParameterizedTest
    @EnumSource(StoreKind.class)
    void shouldCommitAndRelaunchWithAnyNumberOfKeysOfOneHash(final StoreKind store) throws IOException {
        final List<String> keys = CollidingNames.names(MANY, 7);
        String digest = "";
        for (int launch = 0; launch < 4; launch++) {
            final Engine engine = Engine.launch(context(store));
            assertEquals(
                    launch > 0 ? digest : engine.digest().toString(),
                    engine.digest().toString());
            for (final String key : keys) {
                assertEquals(launch, count(engine, "t", key));
                commit(engine, tx -> tx.increment("t", key, 1));
            }
            if (launch == 1) {
                engine.writeSnapshot();
            }
            digest = engine.digest().toString();
            if (launch % 2 == 0) {
                engine.close();
            } else {
                engine.abandon();
            }
        }
    }

    @Test
    void shouldExchangeKeysOfOneHashBetweenEngines() throws IOException {
        final List<String> keys = CollidingNames.names(1200, 11);
        try (Cluster cluster = new Cluster(2, 11)) {
            for (int i = 0; i < keys.size(); i++) {
                final String key = keys.get(i);
                cluster.commit(i % 2, tx -> tx.increment("t", key, 1));
            }
            cluster.exchangeAll(new Random(11));
            for (int node = 0; node < 2; node++) {
                final Engine engine = cluster.engine(node);
                assertNull(engine.kernel().failure());
                for (final String key : keys) {
                    assertEquals(1, count(engine, "t", key));
                }
            }
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = CellType.class,
            names = {"GROW_SET", "ADD_WINS_SET", "REMOVE_WINS_SET"})
    void shouldTellElementsOfOneHashApart(final CellType type) throws IOException {
        final List<byte[]> elements = CollidingNames.elements(MANY, type, "t", "set", "c");
        try (Cluster cluster = new Cluster(2, 13)) {
            final Value value = new Value();
            final Cell set = cluster.engine(0).cell(type, "t", "set", "c");
            for (int i = 0; i < MANY; i++) {
                final byte[] element = elements.get(i);
                cluster.commit(i % 2, tx -> tx.addToSet(set, value.set(element)));
            }
            if (type != CellType.GROW_SET) {
                for (int i = 0; i < MANY; i += 2) {
                    final byte[] element = elements.get(i);
                    cluster.commit(0, tx -> tx.removeFromSet(set, value.set(element)));
                }
            }
            cluster.exchangeAll(new Random(13));
            for (int node = 0; node < 2; node++) {
                for (int i = 0; i < MANY; i++) {
                    assertEquals(
                            type == CellType.GROW_SET || i % 2 != 0,
                            cluster.engine(node).latest().contains(set, value.set(elements.get(i))));
                }
                assertEquals(
                        type == CellType.GROW_SET ? MANY : MANY / 2,
                        cluster.engine(node).latest().size(set));
            }
        }
    }

    @ParameterizedTest
    @EnumSource(StoreKind.class)
    void shouldTellTablesAndColumnsOfOneHashApart(final StoreKind store) throws IOException {
        final List<String> names = CollidingNames.names(MANY, 17);
        try (Engine engine = Engine.launch(context(store))) {
            for (int i = 0; i < MANY; i++) {
                final String name = names.get(i);
                final int amount = i;
                commit(engine, tx -> tx.increment(name, "k", amount).increment("rows", "k", name, amount));
            }
        }
        try (Engine engine = Engine.launch(context(store))) {
            for (int i = 0; i < MANY; i++) {
                assertEquals(i, count(engine, names.get(i), "k"));
                assertEquals(i, engine.latest().readLong(engine.cell(CellType.COUNTER, "rows", "k", names.get(i))));
                assertEquals(1, engine.latest().scan(names.get(i), "", cell -> {}));
            }
            assertEquals(MANY, engine.latest().scan("rows", "k", cell -> {}));
        }
    }

    @Test
    void shouldFindTheWholeRowWhereColumnsAndTypesShareHashes() throws IOException {
        final List<String> columns = CollidingNames.names(300, 19);
        try (Cluster cluster = new Cluster(1, 19)) {
            final Engine engine = cluster.engine(0);
            for (final String column : columns) {
                commit(
                        engine,
                        tx -> tx.set(tx.cell(CellType.LWW_REGISTER, "t", "k", column), column)
                                .set(tx.cell(CellType.MV_REGISTER, "t", "k", column), 1)
                                .set(tx.cell(CellType.LWW_REGISTER, "t", "other", column), column));
            }
            assertEquals(900, engine.latest().scan("t", "", cell -> {}));
            commit(engine, tx -> tx.removeRow("t", "k"));
            assertEquals(300, engine.latest().scan("t", "", cell -> {}));
        }
    }

    @Test
    void shouldCommitAsManyNamesOfOneHashAsATransactionMayHaveAndAPeerTakesThem() throws IOException {
        final List<String> keys = CollidingNames.names(4096, 23);
        try (Cluster cluster = new Cluster(2, 23)) {
            cluster.commit(0, tx -> {
                for (int round = 0; round < 2; round++) {
                    for (final String key : keys.subList(0, 4095)) {
                        tx.increment("t", key, 1 + round);
                    }
                }
                tx.increment("t", keys.get(4095), 3);
                assertEquals(3, tx.reads().readLong(tx.cell(CellType.COUNTER, "t", keys.get(4095), "")));
            });
            assertEquals(
                    DeliveryResult.APPLIED, cluster.deliver(1, cluster.records().get(0)));
            for (final String key : keys) {
                assertEquals(3, count(cluster.engine(1), "t", key));
            }
            assertEquals(cluster.engine(0).digest(), cluster.engine(1).digest());
        }
    }

    @Test
    void shouldFoldEachElementAndClearOfOneHashAlone() throws IOException {
        final List<byte[]> elements = CollidingNames.elements(1000, CellType.ADD_WINS_SET, "t", "set", "c");
        final List<String> keys = CollidingNames.names(1000, 29);
        try (Cluster cluster = new Cluster(2, 29)) {
            final Engine author = cluster.engine(0);
            final Cell set = author.cell(CellType.ADD_WINS_SET, "t", "set", "c");
            final Value value = new Value();
            cluster.commit(0, tx -> {
                for (final byte[] element : elements) {
                    tx.addToSet(set, value.set(element));
                }
                for (int i = 0; i < 1000; i += 3) {
                    tx.removeFromSet(set, value.set(elements.get(i)));
                }
                assertEquals(666, tx.reads().size(set));
                assertEquals(666, tx.reads().forEach(set, element -> {}));
                for (final String key : keys) {
                    tx.set(tx.cell(CellType.LWW_REGISTER, "t", key, "r"), key);
                }
                for (int i = 0; i < 1000; i += 2) {
                    tx.clear(tx.cell(CellType.LWW_REGISTER, "t", keys.get(i), "r"));
                }
            });
            assertEquals(
                    DeliveryResult.APPLIED, cluster.deliver(1, cluster.records().get(0)));
            for (int node = 0; node < 2; node++) {
                final Engine engine = cluster.engine(node);
                assertEquals(666, engine.latest().size(set));
                for (int i = 0; i < 1000; i++) {
                    final Cell register = engine.cell(CellType.LWW_REGISTER, "t", keys.get(i), "r");
                    assertEquals(i % 2 != 0, engine.latest().read(register, value));
                    assertTrue(i % 2 == 0 || keys.get(i).equals(value.asString()));
                }
            }
        }
    }

    @Test
    void shouldCountTheSameDigestUnderDifferentKeys() throws IOException {
        final HashSet<Digest> digests = new HashSet<>();
        for (int run = 0; run < 3; run++) {
            final Random ids = new Random(31);
            final long key = run;
            try (Engine engine = Engine.launch(Cluster.small(ids, () -> 1).keySource(() -> key))) {
                work(engine, new Random(31), 200);
                digests.add(engine.digest());
            }
        }
        assertEquals(1, digests.size());
    }

    private static void work(final Engine engine, final Random random, final int transactions) {
        for (int i = 0; i < transactions; i++) {
            commit(engine, tx -> {
                final String key = "key" + random.nextInt(12);
                tx.increment("t", key, random.nextInt());
                tx.set(tx.cell(CellType.LWW_REGISTER, "t", key, "l"), "v" + random.nextInt(200));
                tx.addToSet(tx.cell(CellType.GROW_SET, "t", "all", "g"), random.nextInt(100));
                tx.addToSet(tx.cell(CellType.ADD_WINS_SET, "t", key, "a"), random.nextInt(9));
                tx.removeFromSet(tx.cell(CellType.ADD_WINS_SET, "t", key, "a"), random.nextInt(9));
                tx.addToSet(tx.cell(CellType.REMOVE_WINS_SET, "t", key, "r"), random.nextInt(9));
                tx.removeFromSet(tx.cell(CellType.REMOVE_WINS_SET, "t", key, "r"), random.nextInt(9));
                if (random.nextInt(6) == 0) {
                    tx.clearSet(tx.cell(CellType.ADD_WINS_SET, "t", key, "a"));
                }
            });
        }
    }

    @ParameterizedTest
    @EnumSource(StoreKind.class)
    void shouldLoadASnapshotThatAStoreOfAnotherKeyWroteUnderLoad(final StoreKind store) throws IOException {
        final Random random = new Random(37);
        final String digest;
        try (Engine engine = Engine.launch(context(store))) {
            work(engine, random, 60);
            try (SnapshotWriter writer = new SnapshotWriter(
                    engine.kernel(), Files.createDirectories(root.resolve("out")), FileForce.SYSTEM)) {
                while (writer.doWork()) {
                    if (writer.slices() < StateStore.SLICES) {
                        work(engine, random, 1);
                    }
                }
            }
            digest = engine.digest().toString();
        }
        final Path file;
        try (Stream<Path> files = Files.list(root.resolve("out"))) {
            file = files.findAny().orElseThrow();
        }
        try (Engine loaded = Engine.inspectSnapshot(file)) {
            assertEquals(StateStore.SLICES, loaded.recovery().replayedRecords(), "one commit between any two slices");
            assertEquals(digest, loaded.digest().toString());
        }
    }

    @Test
    void shouldPlaceNamesByTheSameKeyAfterACleanStopAndByAnotherOneInANewStore() throws IOException {
        final Engine first = Engine.launch(context(StoreKind.CHRONICLE));
        final var key = first.kernel().units().names().key();
        commit(first, tx -> tx.increment("t", "k", 1));
        first.close();
        final Engine second = Engine.launch(context(StoreKind.CHRONICLE));
        assertTrue(second.recovery().clean());
        assertEquals(key, second.kernel().units().names().key());
        second.abandon();
        try (Engine third = Engine.launch(context(StoreKind.CHRONICLE))) {
            assertNotEquals(key, third.kernel().units().names().key());
            assertEquals(1, count(third, "t", "k"));
        }
    }

    @Test
    void shouldNotTakeATableForADeclaredOneOfTheSameHash() throws IOException {
        final List<String> names = CollidingNames.names(4, 41);
        final Schema schema = Schema.builder()
                .declare(names.get(0), "c", CellType.MAX)
                .declare(names.get(1), "c", CellType.MIN)
                .coordinated(names.get(2))
                .build();
        try (Engine engine =
                Engine.launch(Cluster.small(new Random(41), () -> 1).schema(schema))) {
            commit(
                    engine,
                    tx -> tx.max(tx.cell(CellType.MAX, names.get(0), "k", "c"), 1)
                            .min(tx.cell(CellType.MIN, names.get(1), "k", "c"), 1)
                            .increment(names.get(3), "k", "c", 1));
            assertEquals(1, engine.latest().scan(names.get(3), "", cell -> {}));
            assertEquals(0, count(engine, names.get(3), "nothing"));
        }
    }
}
