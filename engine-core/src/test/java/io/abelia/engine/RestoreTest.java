package io.abelia.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.abelia.engine.codec.CellType;
import io.abelia.engine.snapshot.SnapshotCorruptedException;
import io.abelia.engine.transaction.Transaction;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A backup and a restore are whole, or nothing. */
class RestoreTest {
    @TempDir
    private Path root;

    private Engine launch(final Path directory) throws IOException {
        return Engine.launch(new EngineContext()
                .directory(directory)
                .store(StoreKind.MEMORY)
                .segmentBytes(2 << 20)
                .housekeepingThread(true));
    }

    private Path backup() throws IOException {
        try (Engine engine = launch(root.resolve("origin"));
                Transaction tx = engine.transaction()) {
            tx.increment("t", "k", 7).commitOrThrow();
            return engine.backup(root.resolve("backup"));
        }
    }

    @Test
    void aRestoreThatDidNotEndIsOpenedByNobodyAndCanBeRunAgain() throws IOException {
        final Path backup = backup();
        final Path target = root.resolve("target");
        Restore.restore(backup, target, true);
        // as it is in the middle: the engine's files are there, and what they hold is not whole
        Files.writeString(target.resolve("RESTORING"), "begun");
        try (Stream<Path> snapshots = Files.list(target.resolve("snapshots"))) {
            Files.write(snapshots.findFirst().orElseThrow(), new byte[100]);
        }
        final String said =
                assertThrows(IOException.class, () -> launch(target).close()).getMessage();
        assertTrue(said.contains("has begun and not ended: run it again"), said);
        assertThrows(IOException.class, () -> Engine.inspect(target).close());
        Restore.restore(backup, target, true);
        assertFalse(Files.exists(target.resolve("RESTORING")));
        try (Engine engine = launch(target)) {
            assertEquals(7, engine.latest().readLong(engine.cell(CellType.COUNTER, "t", "k")));
        }
        assertTrue(Verification.of(target).isGood());
        assertThrows(IOException.class, () -> Restore.restore(backup, target, true), "it holds an engine");
    }

    @Test
    void aDamagedBackupTouchesNothing() throws IOException {
        final Path backup = backup();
        final byte[] bytes = Files.readAllBytes(backup);
        bytes[bytes.length / 2] ^= 1;
        final Path damaged = Files.write(root.resolve("damaged"), bytes);
        assertThrows(SnapshotCorruptedException.class, () -> Restore.restore(damaged, root.resolve("none"), true));
        assertFalse(Files.exists(root.resolve("none")));
    }

    @Test
    void aBackupNeverReplacesAFileAndLeavesNoPartOfOne() throws IOException {
        final Path backup = backup();
        assertThrows(FileAlreadyExistsException.class, () -> Restore.copyWhole(root.resolve("origin/FORMAT"), backup));
        assertThrows(
                IOException.class,
                () -> Restore.copyWhole(root.resolve("origin/FORMAT"), root.resolve("no/such/file")));
        assertThrows(IOException.class, () -> Restore.copyWhole(root.resolve("none"), root.resolve("new")));
        try (Stream<Path> files = Files.list(root)) {
            assertEquals(
                    0, files.filter(file -> file.toString().endsWith(".part")).count());
        }
    }
}
