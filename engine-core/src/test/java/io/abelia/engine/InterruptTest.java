package io.abelia.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.abelia.engine.clock.SessionToken;
import io.abelia.engine.codec.CellType;
import io.abelia.engine.log.LogReader;
import io.abelia.engine.log.LogSegmentStorage;
import io.abelia.engine.log.LogStorage;
import io.abelia.engine.log.MemoryLogStorage;
import io.abelia.engine.transaction.Cell;
import io.abelia.engine.transaction.CommitResult;
import io.abelia.engine.transaction.Snapshot;
import io.abelia.engine.transaction.Transaction;
import io.abelia.engine.transaction.Value;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** An interrupt of a thread that uses the engine is that thread's affair: it changes no outcome, is kept, and reaches nobody else. */
class InterruptTest {
    private static final long DEADLINE_MS = 30_000;

    @TempDir
    private Path root;

    static Stream<EngineContext> engines() {
        return Stream.of(StoreKind.values())
                .flatMap(store -> Stream.of(Durability.PROCESS, Durability.POWER)
                        .map(durability -> new EngineContext().store(store).durability(durability)));
    }

    private EngineContext files(final StoreKind store, final Durability durability) {
        return new EngineContext()
                .directory(root.resolve("engine"))
                .store(store)
                .durability(durability)
                .segmentBytes(2 << 20)
                .housekeepingThread(false);
    }

    @AfterEach
    void clearFlag() {
        Thread.interrupted();
    }

    private static void interruptSelf() {
        Thread.currentThread().interrupt();
    }

    private static void requireFlag() {
        assertTrue(Thread.currentThread().isInterrupted(), "the interrupt is kept");
    }

    private static CommitResult count(final Engine engine, final String key) {
        try (Transaction tx = engine.transaction()) {
            return tx.increment("t", key, 1).commit();
        }
    }

    private static long counted(final Engine engine, final String key) {
        return engine.latest().readLong(engine.cell(CellType.COUNTER, "t", key));
    }

    /** Commits that need a new map for each of many sizes, and new segments. */
    private static void commitLarge(final Engine engine) {
        final String text = "x".repeat(30_000);
        for (int i = 0; i < 200; i++) {
            try (Transaction tx = engine.transaction()) {
                tx.set(tx.cell(CellType.LWW_REGISTER, "t", "k" + i, "text"), text.substring(0, 1 + i * 150));
                tx.addToSet(tx.cell(CellType.ADD_WINS_SET, "t", "k", "tags"), text.substring(0, 1 + i * 10));
                assertEquals(CommitResult.COMMITTED, tx.commit(), "commit " + i);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("engines")
    void shouldCommitInAnInterruptedThreadWhateverHasToBeMadeForIt(final EngineContext kind)
            throws IOException, InterruptedException {
        final String digest;
        try (Engine engine = Engine.launch(files(kind.store(), kind.durability()))) {
            assertEquals(CommitResult.COMMITTED, count(engine, "before"));
            final long segments = engine.kernel().log().segmentPositions().length;
            interruptSelf();
            commitLarge(engine);
            requireFlag();
            assertTrue(engine.kernel().log().segmentPositions().length > segments, "new segments were needed");
            assertNull(engine.kernel().failure());
            assertEquals(1, counted(engine, "before"));
            requireFlag();
            final AtomicReference<CommitResult> other = new AtomicReference<>();
            final Thread thread = new Thread(() -> other.set(count(engine, "after")));
            assertTrue(Thread.interrupted());
            thread.start();
            thread.join();
            assertEquals(CommitResult.COMMITTED, other.get());
            digest = engine.digest().toString();
            interruptSelf();
        }
        requireFlag();
        try (Engine engine = Engine.launch(files(kind.store(), kind.durability()))) {
            requireFlag();
            assertEquals(1, counted(engine, "after"));
            assertEquals(digest, engine.digest().toString());
        }
    }

    @ParameterizedTest
    @EnumSource(StoreKind.class)
    void shouldGoOnWhileCommittingThreadsAreInterruptedAtAnyMoment(final StoreKind store)
            throws IOException, InterruptedException {
        try (Engine engine = Engine.launch(files(store, Durability.PROCESS).housekeepingThread(true))) {
            final AtomicReference<Throwable> failed = new AtomicReference<>();
            final Thread committer = new Thread(() -> commitLarge(engine));
            committer.setUncaughtExceptionHandler((thread, e) -> failed.set(e));
            committer.start();
            while (committer.isAlive()) {
                committer.interrupt();
                assertEquals(CommitResult.COMMITTED, count(engine, "other"));
            }
            assertNull(failed.get());
            assertNull(engine.kernel().failure());
            assertEquals(200, engine.latest().size(engine.cell(CellType.ADD_WINS_SET, "t", "k", "tags")));
        }
    }

    @ParameterizedTest
    @EnumSource(StoreKind.class)
    void shouldLaunchReadSnapshotBackUpAndCloseInAnInterruptedThread(final StoreKind store) throws IOException {
        interruptSelf();
        final Path backup = root.resolve("backup");
        final String digest;
        try (Engine engine = Engine.launch(files(store, Durability.PROCESS))) {
            assertEquals(CommitResult.COMMITTED, count(engine, "k"));
            commitLarge(engine);
            final Cell register = engine.cell(CellType.LWW_REGISTER, "t", "k7", "text");
            final Cell set = engine.cell(CellType.ADD_WINS_SET, "t", "k", "tags");
            final Value value = new Value();
            assertTrue(engine.latest().read(register, value));
            assertEquals(1, engine.tables().size());
            try (Snapshot snapshot = engine.snapshot()) {
                assertEquals(200, snapshot.forEach(set, element -> {}));
                assertEquals(202, snapshot.scan("t", "k", cell -> {}));
            }
            assertTrue(Files.exists(engine.writeSnapshot()));
            requireFlag();
            assertEquals(backup, engine.backup(backup));
            requireFlag();
            engine.saveMembership("nobody");
            assertEquals("nobody", engine.membership());
            engine.markJoined();
            engine.doWork();
            digest = engine.digest().toString();
            assertNull(engine.kernel().failure());
            assertEquals(0, engine.status().values().get("errors"));
        }
        requireFlag();
        Restore.restore(backup, root.resolve("restored"), true);
        final Verification verification = Verification.of(root.resolve("engine"));
        assertTrue(verification.isGood(), () -> verification.findings().toString());
        try (Engine engine = Engine.inspect(root.resolve("restored"))) {
            assertEquals(digest, engine.digest().toString());
        }
        try (Engine engine = Engine.inspect(root.resolve("engine"))) {
            assertEquals(digest, engine.digest().toString());
        }
        try (Stream<Path> files = Files.walk(root)) {
            assertFalse(
                    files.anyMatch(file -> file.getFileName().toString().endsWith(".partial")),
                    "nothing is left half written");
        }
        requireFlag();
    }

    @Test
    void shouldDeliverAndInstallInAnInterruptedThread() throws IOException {
        final Path file;
        final String digest;
        try (Engine author = Engine.launch(files(StoreKind.CHRONICLE, Durability.PROCESS))) {
            commitLarge(author);
            interruptSelf();
            try (Engine peer = Engine.launch(new EngineContext()
                            .directory(root.resolve("peer"))
                            .segmentBytes(2 << 20)
                            .housekeepingThread(false));
                    LogReader reader = author.logReader()) {
                reader.poll((buffer, offset, length) -> peer.onRemote(buffer, offset, length), Integer.MAX_VALUE);
                assertEquals(author.digest(), peer.digest());
                assertNull(peer.kernel().failure());
            }
            requireFlag();
            file = author.backup(root.resolve("snapshot"));
            digest = author.digest().toString();
        }
        try (Engine joiner = Engine.launch(new EngineContext()
                .directory(root.resolve("joiner"))
                .joiner(true)
                .housekeepingThread(false))) {
            Files.move(file, joiner.incomingSnapshot());
            joiner.install(joiner.incomingSnapshot());
            requireFlag();
            assertEquals(digest, joiner.digest().toString());
        }
        requireFlag();
    }

    private static void awaitParked(final Thread thread) {
        final long endMs = System.currentTimeMillis() + DEADLINE_MS;
        for (int parked = 0; parked < 3; ) {
            parked += thread.getState() == Thread.State.TIMED_WAITING ? 1 : 0;
            assertTrue(System.currentTimeMillis() < endMs, "it never parks");
            Thread.onSpinWait();
        }
    }

    @Test
    void shouldParkWhileItWaitsForTheCommitLockThoughInterrupted() throws IOException, InterruptedException {
        try (Engine engine = Engine.launch(Cluster.small(new Random(1), () -> 1))) {
            final AtomicReference<String> outcome = new AtomicReference<>();
            final Thread waiting = new Thread(() -> {
                interruptSelf();
                final CommitResult result = count(engine, "k");
                outcome.set(result + " " + Thread.currentThread().isInterrupted());
            });
            engine.kernel().lock().acquire();
            try {
                waiting.start();
                awaitParked(waiting);
                waiting.interrupt();
                awaitParked(waiting);
            } finally {
                engine.kernel().lock().release();
            }
            waiting.join();
            assertEquals("COMMITTED true", outcome.get());
        }
    }

    /** A log whose forces wait for a test. */
    private static final class SlowForce implements LogStorage {
        private final MemoryLogStorage storage = new MemoryLogStorage();
        private volatile CountDownLatch gate = new CountDownLatch(0);

        @Override
        public LogSegmentStorage create(final long index, final int lengthBytes) throws IOException {
            final LogSegmentStorage segment = storage.create(index, lengthBytes);
            return new LogSegmentStorage() {
                @Override
                public ByteBuffer buffer() {
                    return segment.buffer();
                }

                @Override
                public void force(final int offset, final int length) throws IOException {
                    while (gate.getCount() > 0) {
                        Thread.onSpinWait();
                    }
                    segment.force(offset, length);
                }

                @Override
                public void close() {
                    segment.close();
                }
            };
        }

        @Override
        public LogSegmentStorage open(final long index) {
            return storage.open(index);
        }

        @Override
        public long[] indexes() {
            return storage.indexes();
        }

        @Override
        public void delete(final long index) {
            storage.delete(index);
        }

        @Override
        public void forceDirectory() {
            storage.forceDirectory();
        }

        @Override
        public long durableMark() {
            return storage.durableMark();
        }

        @Override
        public void durableMark(final long position) {
            storage.durableMark(position);
        }

        @Override
        public void close() {
            storage.close();
        }
    }

    @Test
    void shouldParkWhileAnotherThreadForcesThoughInterrupted() throws IOException, InterruptedException {
        final SlowForce disk = new SlowForce();
        try (Engine engine =
                Engine.launch(files(StoreKind.MEMORY, Durability.POWER).logStorage(disk))) {
            disk.gate = new CountDownLatch(1);
            final Thread forcing = new Thread(() -> count(engine, "first"));
            forcing.start();
            final long endMs = System.currentTimeMillis() + DEADLINE_MS;
            while (counted(engine, "first") == 0) {
                assertTrue(System.currentTimeMillis() < endMs);
            }
            final AtomicReference<String> outcome = new AtomicReference<>();
            final Thread waiting = new Thread(() -> {
                interruptSelf();
                final CommitResult result = count(engine, "second");
                outcome.set(result + " " + Thread.currentThread().isInterrupted());
            });
            waiting.start();
            awaitParked(waiting);
            disk.gate.countDown();
            waiting.join();
            forcing.join();
            assertEquals("COMMITTED true", outcome.get());
        }
    }

    @Test
    void shouldEndTheWaitForATokenByAnInterrupt() throws IOException, InterruptedException {
        try (Engine engine = Engine.launch(Cluster.small(new Random(1), () -> 1))) {
            final AtomicReference<Throwable> thrown = new AtomicReference<>();
            final SessionToken token = SessionToken.of(1, 7);
            final Thread waiting = new Thread(() -> {
                try {
                    engine.await(token, java.time.Duration.ofMinutes(5));
                } catch (final InterruptedException e) {
                    thrown.set(e);
                }
            });
            waiting.start();
            awaitParked(waiting);
            waiting.interrupt();
            waiting.join();
            assertTrue(thrown.get() instanceof InterruptedException);
        }
    }
}
