package io.abelia.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.abelia.engine.clock.SessionToken;
import io.abelia.engine.clock.VectorClock;
import io.abelia.engine.transaction.CommitResult;
import io.abelia.engine.transaction.Snapshot;
import io.abelia.engine.transaction.Transaction;
import io.abelia.engine.transaction.TransactionMode;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.function.Function;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SessionTokenTest {
    private final Cluster cluster;

    @TempDir
    Path directory;

    SessionTokenTest() throws IOException {
        cluster = new Cluster(3, 21);
    }

    @AfterEach
    void close() throws IOException {
        cluster.close();
    }

    private void commit(final int node) {
        cluster.commit(node, tx -> tx.increment("t", "k", 1));
    }

    private byte[] last() {
        final List<byte[]> records = cluster.records();
        return records.get(records.size() - 1);
    }

    private SessionToken read(final Function<Engine, SessionToken> token) {
        commit(0);
        cluster.deliver(1, last());
        commit(1);
        cluster.deliver(2, last()); // it waits for what node 0 wrote
        return token.apply(cluster.engine(1));
    }

    private void requireToWaitForBoth(final SessionToken token) throws InterruptedException {
        assertEquals(AwaitResult.TIMED_OUT, cluster.engine(2).await(token, Duration.ZERO));
        cluster.deliver(2, cluster.records().get(0));
        assertEquals(AwaitResult.APPLIED, cluster.engine(2).await(token, Duration.ZERO));
        assertEquals(1, token.dots().size(), "what node 0 wrote is a cause of what node 1 wrote");
    }

    @Test
    void shouldNameWhatASnapshotContains() throws InterruptedException {
        requireToWaitForBoth(read(engine -> {
            try (Snapshot snapshot = engine.snapshot()) {
                commit(1); // later than the snapshot
                return snapshot.token();
            }
        }));
    }

    @Test
    void shouldNameWhatAReadOnlyTransactionHasRead() throws InterruptedException {
        requireToWaitForBoth(read(engine -> {
            try (Transaction tx = engine.transaction().mode(TransactionMode.COORDINATION_FREE)) {
                tx.reads();
                assertEquals(CommitResult.EMPTY, tx.commit());
                final UnsafeBuffer bytes = new UnsafeBuffer(new byte[SessionToken.TRANSACTION_BYTES]);
                assertEquals(bytes.capacity(), tx.copyToken(bytes, 0));
                assertEquals(tx.token(), SessionToken.read(bytes, 0));
                return tx.token();
            }
        }));
    }

    @Test
    void shouldNameEverythingThatIsApplied() throws InterruptedException {
        requireToWaitForBoth(read(Engine::token));
    }

    @Test
    void shouldNameEveryTransactionThatNoOtherHasObserved() {
        commit(0);
        commit(1);
        cluster.deliver(0, cluster.records().get(1));
        assertEquals(2, cluster.engine(0).token().dots().size(), "they are concurrent");
        commit(0);
        assertEquals(
                VectorClock.builder().put(cluster.engine(0).origin(), 2).build(),
                cluster.engine(0).token().dots());
    }

    @Test
    void shouldNameTheSameAfterALaunchFromASnapshotAsFromTheLog() throws IOException {
        final Random ids = new Random(3);
        final SessionToken before;
        try (Engine engine = launch(ids)) {
            commit(0);
            commit(1);
            cluster.records().forEach(record -> engine.onRemote(new UnsafeBuffer(record), 0, record.length));
            try (Transaction tx = engine.transaction().mode(TransactionMode.COORDINATION_FREE)) {
                tx.increment("t", "own", 1).commitOrThrow();
            }
            commit(2);
            final byte[] concurrent = last();
            engine.onRemote(new UnsafeBuffer(concurrent), 0, concurrent.length);
            before = engine.token();
            engine.writeSnapshot();
            engine.abandon();
        }
        assertEquals(2, before.dots().size());
        try (Engine engine = launch(ids)) {
            assertEquals(before, engine.token());
        }
    }

    private Engine launch(final Random ids) throws IOException {
        return Engine.launch(new EngineContext()
                .directory(directory)
                .store(StoreKind.MEMORY)
                .segmentBytes(2 << 20)
                .housekeepingThread(false)
                .idSource(ids::nextLong));
    }

    @Test
    void shouldReadBackItsText() {
        final SessionToken token = SessionToken.of(VectorClock.builder()
                .put(-5, 7)
                .put(Long.MAX_VALUE, Long.MAX_VALUE)
                .build());
        assertEquals(token, SessionToken.parse(token.toString()));
        assertEquals(
                SessionToken.empty(), SessionToken.parse(SessionToken.empty().toString()));
        assertEquals(token.merge(SessionToken.of(3, 4)).dots().size(), 3);
    }

    @Test
    void shouldRefuseWhatIsNoToken() {
        final String text = SessionToken.of(-5, 7).toString();
        for (final String none : List.of("", "x", "%%%", text + "AAAA", text.substring(4), "0".repeat(32))) {
            assertThrows(IllegalArgumentException.class, () -> SessionToken.parse(none), none);
        }
        for (int i = 0; i < text.length() - 1; i++) {
            final char other = text.charAt(i) == 'A' ? 'B' : 'A';
            final String wrong = text.substring(0, i) + other + text.substring(i + 1);
            assertThrows(IllegalArgumentException.class, () -> SessionToken.parse(wrong), wrong);
        }
    }

    @Test
    void shouldTellThatAnEmptyTokenIsAlwaysApplied() {
        assertTrue(cluster.engine(0).hasApplied(SessionToken.empty()));
        assertFalse(cluster.engine(0).hasApplied(SessionToken.of(99, 1)));
    }
}
