package io.abelia.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.abelia.engine.codec.CellType;
import io.abelia.engine.log.LogSegmentStorage;
import io.abelia.engine.log.LogStorage;
import io.abelia.engine.log.MemoryLogStorage;
import io.abelia.engine.transaction.Cell;
import io.abelia.engine.transaction.CommitResult;
import io.abelia.engine.transaction.Transaction;
import io.abelia.engine.transaction.TransactionMode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What an engine does when its disk has no room, or lies. */
class DiskTest {
    private static final int MAX_COMMITS = 2_000_000;

    @TempDir
    private Path root;

    /** A log storage of which a test decides whether it has room and whether forces succeed. */
    private static final class Faulty implements LogStorage {
        private final MemoryLogStorage storage = new MemoryLogStorage();
        private boolean full;
        private boolean failForce;

        @Override
        public LogSegmentStorage create(final long index, final int lengthBytes) throws IOException {
            if (full) {
                throw new IOException("No space left on device");
            }
            final LogSegmentStorage segment = storage.create(index, lengthBytes);
            return new LogSegmentStorage() {
                @Override
                public ByteBuffer buffer() {
                    return segment.buffer();
                }

                @Override
                public void force(final int offset, final int length) throws IOException {
                    if (failForce) {
                        failForce = false; // a second force would succeed over lost pages
                        throw new IOException("Input/output error");
                    }
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
            return 0;
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

    private static CommitResult commit(final Engine engine, final Cell cell) {
        try (Transaction tx = engine.transaction().mode(TransactionMode.COORDINATION_FREE)) {
            return tx.increment(cell, 1).commit();
        }
    }

    @Test
    void shouldRefuseCommitsWhileTheLogHasNoRoomAndResumeByItself() throws IOException {
        final Faulty disk = new Faulty();
        try (Engine engine = Engine.launch(Cluster.small(new Random(1), () -> 1).logStorage(disk))) {
            final Cell cell = engine.cell(CellType.COUNTER, "t", "k");
            disk.full = true;
            long committed = 0;
            while (commit(engine, cell) == CommitResult.COMMITTED) {
                assertTrue(++committed < MAX_COMMITS);
            }
            assertEquals(CommitResult.DISK_FULL, commit(engine, cell));
            assertEquals(committed, engine.latest().readLong(cell));
            assertEquals(committed, engine.clock().get(engine.origin()));
            disk.full = false;
            engine.doWork();
            assertEquals(CommitResult.COMMITTED, commit(engine, cell));
            assertEquals(committed + 1, engine.latest().readLong(cell));
        }
    }

    @Test
    void shouldFailForGoodAfterTheFirstFailedForce() throws IOException {
        final Faulty disk = new Faulty();
        final EngineContext context = Cluster.small(new Random(2), () -> 1).logStorage(disk);
        context.durability(Durability.POWER).directory(root.resolve("engine"));
        try (Engine engine = Engine.launch(context)) {
            final Cell cell = engine.cell(CellType.COUNTER, "t", "k");
            assertEquals(CommitResult.COMMITTED, commit(engine, cell));
            disk.failForce = true;
            assertEquals(CommitResult.FAILED, commit(engine, cell));
            assertEquals(CommitResult.FAILED, commit(engine, cell));
            assertTrue(engine.status().values().get("errors") > 0);
            final StringBuilder errors = new StringBuilder();
            engine.status().errors((count, first, last, text) -> errors.append(text));
            assertTrue(errors.toString().contains("forcing the log failed"), errors.toString());
        }
    }

    private static int mount(final String... command) throws IOException, InterruptedException {
        try {
            return new ProcessBuilder(command).inheritIO().start().waitFor();
        } catch (final IOException e) {
            return -1;
        }
    }

    /** On a real, small file system: the process must not die, refuse while there is no room, and go on by itself. */
    @ParameterizedTest
    @EnumSource(StoreKind.class)
    void shouldSurviveAFullFileSystem(final StoreKind store) throws IOException, InterruptedException {
        final Path disk = Files.createDirectory(root.resolve("disk"));
        Assumptions.assumeTrue(
                mount("mount", "-t", "tmpfs", "-o", "size=52m", "tmpfs", disk.toString()) == 0,
                "SKIPPED: no permission to mount a small file system");
        try {
            final Path ballast = disk.resolve("ballast");
            Files.write(ballast, new byte[6 << 20]);
            final String digest;
            try (Engine engine = Engine.launch(new EngineContext()
                    .directory(disk.resolve("engine"))
                    .store(store)
                    .segmentBytes(2 << 20)
                    .snapshotIntervalBytes(1L << 40)
                    .housekeepingThread(false))) {
                long committed = 0;
                CommitResult result;
                do {
                    try (Transaction tx = engine.transaction().mode(TransactionMode.COORDINATION_FREE)) {
                        result = tx.increment("t", "key " + committed, 1).commit();
                    }
                    if (++committed % 64 == 0) {
                        engine.doWork();
                    }
                } while (result == CommitResult.COMMITTED && committed < MAX_COMMITS);
                assertEquals(CommitResult.DISK_FULL, result);
                assertEquals(1, engine.latest().readLong(engine.cell(CellType.COUNTER, "t", "key 0")));
                Files.delete(ballast);
                engine.doWork();
                try (Transaction tx = engine.transaction().mode(TransactionMode.COORDINATION_FREE)) {
                    assertEquals(
                            CommitResult.COMMITTED,
                            tx.increment("t", "key 0", 1).commit());
                }
                digest = engine.digest().toString();
            }
            try (Engine engine = Engine.inspect(disk.resolve("engine"))) {
                assertEquals(digest, engine.digest().toString());
            }
        } finally {
            assertEquals(0, mount("umount", disk.toString()));
        }
    }
}
