package io.abelia.engine.replicate;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.abelia.engine.Durability;
import io.abelia.engine.Engine;
import io.abelia.engine.EngineContext;
import io.abelia.engine.StoreKind;
import io.abelia.engine.apply.Kernel;
import io.abelia.engine.clock.VectorClock;
import io.abelia.engine.codec.CellType;
import io.abelia.engine.codec.Crc32c;
import io.abelia.engine.codec.RecordDescriptor;
import io.abelia.engine.observe.Change;
import io.abelia.engine.observe.Subscription;
import io.abelia.engine.observe.TransactionHandler;
import io.abelia.engine.status.DeliveryResult;
import io.abelia.engine.transaction.Cell;
import io.abelia.engine.transaction.CommitResult;
import io.abelia.engine.transaction.Snapshot;
import io.abelia.engine.transaction.SnapshotTooOldException;
import io.abelia.engine.transaction.Transaction;
import io.abelia.engine.transaction.TransactionMode;
import io.abelia.testkit.InProcessNetwork;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.function.Consumer;
import java.util.zip.CRC32C;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ReplicaTest {
    private static final int MAX_ROUNDS = 5000;
    private static final long ROUND_NS = 1_000_000;

    @TempDir
    private Path directory;

    private final List<Engine> engines = new ArrayList<>();
    private final List<Replica> replicas = new ArrayList<>();
    private final InProcessNetwork network = new InProcessNetwork(7);
    private final Random ids = new Random(11);
    private long[] members = {0, 1, 2};
    private long nowNs;

    private Engine start(final int node, final boolean joiner) throws IOException {
        final Engine engine = Engine.launch(new EngineContext()
                .directory(directory.resolve("node-" + node))
                .store(StoreKind.MEMORY)
                .segmentBytes(2 << 20)
                .beforeImageBytes(1 << 20)
                .housekeepingThread(false)
                .joiner(joiner)
                .forceIntervalMs(5)
                .nanoClock(() -> nowNs)
                .idSource(ids::nextLong));
        final ReplicaContext context = new ReplicaContext().node(node).nanoClock(() -> nowNs);
        final Replica replica = new Replica(
                engine, members.length == 0 ? context.open() : context.members(members), network.connect(node));
        while (engines.size() <= node) {
            engines.add(engine);
            replicas.add(replica);
        }
        engines.set(node, engine);
        replicas.set(node, replica);
        return engine;
    }

    private void startThree() throws IOException {
        for (int node = 0; node < 3; node++) {
            start(node, false);
        }
    }

    private void round() {
        nowNs += ROUND_NS;
        for (int node = 0; node < engines.size(); node++) {
            engines.get(node).doWork();
            network.deliver(node, replicas.get(node)::onMessage);
            replicas.get(node).doWork();
        }
    }

    private void rounds(final int count) {
        for (int i = 0; i < count; i++) {
            round();
        }
    }

    private boolean isConverged() {
        return engines.stream()
                .allMatch(engine -> engine.clock().equals(engines.get(0).clock()));
    }

    private int converge() {
        int rounds = 0;
        while (!isConverged()) {
            round();
            assertTrue(
                    ++rounds < MAX_ROUNDS,
                    () -> "no convergence: "
                            + engines.stream()
                                    .map(engine -> engine.clock() + " "
                                            + engine.status().values())
                                    .toList());
        }
        engines.forEach(engine -> assertEquals(engines.get(0).digest(), engine.digest()));
        return rounds;
    }

    private CommitResult commit(final int node, final Consumer<Transaction> operations) {
        try (Transaction tx = engines.get(node).transaction().mode(TransactionMode.COORDINATION_FREE)) {
            operations.accept(tx);
            return tx.commit();
        }
    }

    private void workload(final Random random, final int transactions) {
        for (int i = 0; i < transactions; i++) {
            final String user = "user-" + random.nextInt(10);
            commit(
                    random.nextInt(engines.size()),
                    tx -> tx.increment("counters", "views", 1)
                            .addToSet("users", user, "tags", "tag-" + random.nextInt(5))
                            .set(tx.cell(CellType.LWW_REGISTER, "users", user, "name"), "name" + random.nextInt()));
            if (random.nextInt(3) == 0) {
                commit(random.nextInt(engines.size()), tx -> tx.removeFromSet("users", user, "tags", "tag-1"));
            }
            if (i % 7 == 0) {
                round();
            }
        }
    }

    @Test
    void shouldConvergeWithoutRepairWhenNothingIsLost() throws IOException {
        startThree();
        rounds(5);
        workload(new Random(1), 200);
        assertTrue(converge() < 10);
        final Cell views = engines.get(0).cell(CellType.COUNTER, "counters", "views");
        engines.forEach(engine -> assertEquals(200, engine.latest().readLong(views)));
    }

    @ParameterizedTest
    @ValueSource(doubles = {0.01, 0.1, 0.5})
    void shouldConvergeWhenMessagesAreLostDuplicatedAndReordered(final double loss) throws IOException {
        startThree();
        network.lose(loss);
        network.duplicate(0.2);
        network.reorder(0.3);
        workload(new Random(2), 500);
        converge();
    }

    @Test
    void shouldCatchUpThroughAnyPeerWhenTheAuthorIsGone() throws IOException {
        startThree();
        network.cut(2);
        workload(new Random(3), 300);
        rounds(100);
        engines.get(0).close();
        replicas.get(0).close();
        network.disconnect(0);
        engines.remove(0);
        replicas.remove(0);
        network.heal();
        assertFalse(isConverged());
        for (int i = 0; i < MAX_ROUNDS && !isConverged(); i++) {
            nowNs += ROUND_NS;
            for (int node = 0; node < 2; node++) {
                network.deliver(node + 1, replicas.get(node)::onMessage);
                replicas.get(node).doWork();
            }
        }
        assertEquals(engines.get(0).digest(), engines.get(1).digest());
        assertTrue(isConverged());
    }

    @Test
    void shouldInstallASnapshotBeforeTheFirstCommitWhenTheLogNoLongerReachesBack() throws IOException {
        members = new long[0];
        start(0, false);
        start(1, false);
        workload(new Random(4), 500);
        converge();
        dropLog(0, 1);
        final Engine late = start(2, true);
        assertEquals(CommitResult.NOT_JOINED, commit(2, tx -> tx.increment("counters", "views", 1)));
        network.lose(0.2);
        converge();
        rounds(50);
        assertTrue(late.isJoined());
        assertEquals(CommitResult.COMMITTED, commit(2, tx -> tx.increment("counters", "views", 1)));
        converge();
        final Cell views = late.cell(CellType.COUNTER, "counters", "views");
        assertEquals(501, engines.get(0).latest().readLong(views));
        late.abandon();
        replicas.get(2).close();
        assertEquals(501, start(2, false).latest().readLong(views));
        converge();
    }

    /** Has nodes write snapshots until their logs no longer reach back. */
    private void dropLog(final int... nodes) throws IOException {
        for (int i = 0; i < 3; i++) {
            for (final int node : nodes) {
                final Kernel kernel = engines.get(node).kernel();
                kernel.lock().acquire();
                kernel.log().beginSegment();
                kernel.lock().release();
                rounds(200);
                engines.get(node).writeSnapshot();
            }
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void shouldKeepItsOwnCommitsWhenANodeThatWasAwayInstallsASnapshot(final boolean killed) throws IOException {
        members = new long[0]; // nobody keeps log for a node that is away
        startThree();
        workload(new Random(8), 100);
        converge();
        network.cut(2);
        workload(new Random(9), 300);
        dropLog(0, 1);
        final List<Long> resets = new ArrayList<>();
        final Set<Long> seen = new HashSet<>();
        final Engine away = engines.get(2);
        final Subscription subscription = away.subscribe("counters", "", VectorClock.empty(), new TransactionHandler() {
            @Override
            public void onTransaction(
                    final long origin, final long seq, final long hybridTime, final List<Change> changes) {
                if (origin == away.origin()) {
                    assertTrue(seen.add(seq));
                }
            }

            @Override
            public void onReset(final VectorClock clock) {
                resets.add(clock.get(away.origin()));
            }
        });
        subscription.poll(10);
        final Cell views = away.cell(CellType.COUNTER, "counters", "views");
        final Snapshot before = away.snapshot();
        network.heal();
        converge();
        assertEquals(400, away.latest().readLong(views));
        assertThrows(SnapshotTooOldException.class, () -> before.readLong(views));
        before.close();
        commit(2, tx -> tx.increment("counters", "views", 1));
        while (subscription.poll(100) > 0) {}
        subscription.poll(100);
        assertEquals(1, resets.size());
        assertEquals(away.clock().get(away.origin()), subscription.clock().get(away.origin()));
        subscription.close();
        if (killed) {
            away.abandon();
        } else {
            away.close();
        }
        replicas.get(2).close();
        assertEquals(401, start(2, false).latest().readLong(views));
        workload(new Random(10), 50);
        converge();
        assertEquals(451, engines.get(0).latest().readLong(views));
    }

    @Test
    void shouldKeepTheLogForAMemberThatIsAwayAndLetGoOfItWhenAllHaveIt() throws IOException {
        startThree();
        converge();
        network.cut(2);
        workload(new Random(13), 100);
        dropLog(0, 1);
        final long[] positions = engines.get(0).kernel().log().segmentPositions();
        assertTrue(positions.length > 3, "nothing goes while one lacks it");
        network.heal();
        converge();
        rounds(200);
        engines.get(0).writeSnapshot();
        assertTrue(engines.get(0).kernel().log().segmentPositions().length < positions.length);
    }

    @Test
    void shouldDropRemovesOnceTheyAreCausallyStable() throws IOException {
        startThree();
        final Cell set = engines.get(0).cell(CellType.REMOVE_WINS_SET, "carts", "a", "items");
        for (int i = 0; i < 50; i++) {
            final long item = i;
            commit(i % 3, tx -> tx.addToSet(set, item));
            commit((i + 1) % 3, tx -> tx.removeFromSet(set, item));
        }
        converge();
        final Transaction open = engines.get(1).transaction();
        final long before = engines.get(1).kernel().units().elements();
        assertTrue(before > 0);
        open.close();
        for (int i = 0;
                i < MAX_ROUNDS
                        && engines.stream().anyMatch(e -> e.kernel().units().elements() > 0);
                i++) {
            round();
        }
        engines.forEach(engine -> assertEquals(0, engine.kernel().units().elements()));
        engines.forEach(engine -> assertEquals(0, engine.kernel().units().cells()));
        converge();
    }

    @Test
    void shouldHoldStabilityBackAsLongAsATransactionIsOpen() throws IOException {
        startThree();
        final Cell set = engines.get(0).cell(CellType.REMOVE_WINS_SET, "carts", "a", "items");
        commit(0, tx -> tx.addToSet(set, 1));
        converge();
        try (Transaction open = engines.get(1).transaction().mode(TransactionMode.COORDINATION_FREE)) {
            commit(0, tx -> tx.removeFromSet(set, 1));
            converge();
            rounds(1500);
            engines.forEach(engine -> assertEquals(1, engine.kernel().units().elements()));
            open.addToSet(set, 1);
            open.commitOrThrow();
        }
        converge();
        engines.forEach(engine -> assertEquals(0, engine.latest().size(set), "the remove was concurrent and wins"));
        rounds(1500);
        engines.forEach(engine -> assertEquals(0, engine.kernel().units().elements()));
    }

    /** A record as a later version may write it: the next of a foreign origin, with a version that this build does not know. */
    private static byte[] ofLaterVersion(final long origin, final long seq) {
        final UnsafeBuffer record = new UnsafeBuffer(ByteBuffer.allocateDirect(RecordDescriptor.HEADER_LENGTH + 8));
        RecordDescriptor.writeHeader(
                record.addressOffset(), RecordDescriptor.KIND_TRANSACTION, 0, 0, origin, seq, 1 << 16);
        record.putByte(RecordDescriptor.VERSION_OFFSET, (byte) (RecordDescriptor.VERSION + 1));
        RecordDescriptor.seal(
                record.addressOffset(),
                record.capacity(),
                new Crc32c().wrap(Objects.requireNonNull(record.byteBuffer())));
        final byte[] bytes = new byte[record.capacity()];
        record.getBytes(0, bytes);
        return bytes;
    }

    @Test
    void shouldPassOnTheRecordsOfLaterVersionsThatItDoesNotUnderstand() throws IOException {
        startThree();
        network.cut(2);
        final List<byte[]> records = List.of(ofLaterVersion(99, 1), ofLaterVersion(99, 2));
        for (final byte[] record : records) {
            assertEquals(
                    DeliveryResult.UNKNOWN_VERSION,
                    engines.get(0).onRemote(new UnsafeBuffer(record), 0, record.length));
        }
        workload(new Random(12), 50);
        network.heal();
        converge();
        rounds(200);
        for (final Engine engine : engines) {
            final List<byte[]> kept = engine.kernel().unknown().all();
            assertEquals(2, kept.size());
            assertArrayEquals(records.get(0), kept.get(0));
            assertArrayEquals(records.get(1), kept.get(1));
        }
        final long sent = network.sent();
        rounds(100);
        assertTrue(network.sent() - sent < 100 * 6, "nobody asks any more");
    }

    @Test
    void shouldCountMessagesThatAreNoneAndGoOn() throws IOException {
        startThree();
        final Random random = new Random(5);
        for (int i = 0; i < 2000; i++) {
            final byte[] junk = new byte[1 + random.nextInt(200)];
            random.nextBytes(junk);
            if (junk.length > Message.HEADER_BYTES) {
                junk[4] = 1;
                junk[5] = (byte) (1 + random.nextInt(8));
                final CRC32C crc = new CRC32C();
                crc.update(junk, Integer.BYTES, junk.length - Integer.BYTES);
                new UnsafeBuffer(junk).putInt(0, random.nextInt(4) == 0 ? 0 : (int) crc.getValue());
            }
            replicas.get(0).onMessage(new UnsafeBuffer(junk), 0, junk.length);
        }
        workload(new Random(6), 50);
        converge();
    }

    @AfterEach
    void close() throws IOException {
        replicas.forEach(Replica::close);
        for (final Engine engine : engines) {
            engine.close();
        }
        assertEquals(Durability.PROCESS, engines.get(0).durability());
    }
}
