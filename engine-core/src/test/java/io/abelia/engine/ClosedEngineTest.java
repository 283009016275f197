package io.abelia.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.abelia.engine.clock.SessionToken;
import io.abelia.engine.clock.VectorClock;
import io.abelia.engine.codec.CellType;
import io.abelia.engine.log.LogReader;
import io.abelia.engine.observe.Change;
import io.abelia.engine.observe.Subscription;
import io.abelia.engine.observe.TransactionHandler;
import io.abelia.engine.status.DeliveryResult;
import io.abelia.engine.transaction.Cell;
import io.abelia.engine.transaction.CellVersion;
import io.abelia.engine.transaction.CommitResult;
import io.abelia.engine.transaction.ReadView;
import io.abelia.engine.transaction.Snapshot;
import io.abelia.engine.transaction.Transaction;
import io.abelia.engine.transaction.TransactionNotCommittedException;
import io.abelia.engine.transaction.Value;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A closed engine says that it is closed, whatever it is asked, instead of finding nothing. */
class ClosedEngineTest {
    @TempDir
    private Path root;

    private static final TransactionHandler NOBODY = new TransactionHandler() {
        @Override
        public void onTransaction(
                final long origin, final long seq, final long hybridTime, final List<Change> changes) {}

        @Override
        public void onReset(final VectorClock clock) {}
    };

    private static void requireClosed(final String what, final Executable action) {
        final var refused = assertThrows(IllegalStateException.class, action, what);
        assertEquals("the engine is closed", refused.getMessage(), what);
    }

    @ParameterizedTest
    @EnumSource(StoreKind.class)
    void shouldSaySoToEveryReader(final StoreKind store) throws IOException {
        final Engine engine = Engine.launch(new EngineContext()
                .directory(root.resolve(store.name()))
                .store(store)
                .segmentBytes(2 << 20)
                .housekeepingThread(false));
        final Cell counter = engine.cell(CellType.COUNTER, "t", "k");
        final Cell set = engine.cell(CellType.ADD_WINS_SET, "t", "k", "s");
        final Cell register = engine.cell(CellType.LWW_REGISTER, "t", "k", "r");
        try (Transaction tx = engine.transaction()) {
            tx.increment(counter, 1).addToSet(set, 1).set(register, 1).commitOrThrow();
        }
        assertEquals(1, engine.latest().readLong(counter));
        final Transaction open = engine.transaction();
        final ReadView reads = open.reads();
        final Snapshot snapshot = engine.snapshot();
        final LogReader reader = engine.logReader();
        final Subscription subscription = engine.subscribe("", "", VectorClock.empty(), NOBODY);
        final SessionToken token = SessionToken.of(1, 1);
        final ReadView latest = engine.latest();
        engine.close();

        final Map<String, Executable> actions = new TreeMap<>();
        actions.put("latest number", () -> latest.readLong(counter));
        actions.put("latest register", () -> latest.read(register, new Value()));
        actions.put("latest set", () -> latest.forEach(set, value -> {}));
        actions.put("latest scan", () -> latest.scan("t", "", cell -> {}));
        actions.put("snapshot", engine::snapshot);
        actions.put("open snapshot", () -> snapshot.readLong(counter));
        actions.put("reads", () -> reads.readLong(counter));
        actions.put("removal of a row", () -> open.removeRow("t", "k"));
        actions.put("versions", () -> CellVersion.of(engine.kernel(), register));
        actions.put("tables", engine::tables);
        actions.put("digest", engine::digest);
        actions.put("clock", engine::clock);
        actions.put("await", () -> engine.await(token, Duration.ofSeconds(1)));
        actions.put("token", engine::token);
        actions.put("has applied", () -> engine.hasApplied(token));
        actions.put("subscribe", () -> engine.subscribe("", "", VectorClock.empty(), NOBODY));
        actions.put("poll", () -> subscription.poll(10));
        actions.put("log reader", engine::logReader);
        actions.put("log reader's poll", () -> reader.poll((buffer, offset, length) -> {}, 10));
        actions.put("membership", () -> engine.saveMembership("x"));
        actions.put("joined", engine::markJoined);
        actions.put("write snapshot", engine::writeSnapshot);
        actions.put("request snapshot", engine::requestSnapshot);
        actions.put("backup", () -> engine.backup(root.resolve("backup-" + store)));
        actions.forEach(ClosedEngineTest::requireClosed);

        assertEquals(CommitResult.CLOSED, open.increment(counter, 1).commit());
        final var thrown = assertThrows(TransactionNotCommittedException.class, open::commitOrThrow);
        assertEquals(CommitResult.CLOSED, thrown.result());
        assertEquals(DeliveryResult.CLOSED, engine.onRemote(new UnsafeBuffer(new byte[200]), 0, 200));
        open.close();
        snapshot.close();
        subscription.close();
        reader.close();
        engine.close();
    }

    @Test
    void shouldSaySoAfterAFailureToo() throws IOException {
        final Engine engine = Engine.launch(new EngineContext()
                .directory(root.resolve("failed"))
                .segmentBytes(2 << 20)
                .housekeepingThread(false));
        final Cell counter = engine.cell(CellType.COUNTER, "t", "k");
        try (Transaction tx = engine.transaction()) {
            tx.increment(counter, 1).commitOrThrow();
        }
        engine.kernel().fail(new IllegalStateException("planted"));
        assertEquals(1, engine.latest().readLong(counter), "what has failed can be read until it is closed");
        try (Transaction tx = engine.transaction()) {
            final var thrown = assertThrows(
                    TransactionNotCommittedException.class,
                    () -> tx.increment(counter, 1).commitOrThrow());
            assertEquals(CommitResult.FAILED, thrown.result());
        }
        engine.close();
        requireClosed("latest", () -> engine.latest().readLong(counter));
    }
}
