package io.abelia.engine;

import io.abelia.engine.file.Uninterrupted;
import io.abelia.engine.log.FileForce;
import io.abelia.engine.snapshot.SnapshotFormat;
import io.abelia.engine.snapshot.SnapshotLoader;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;

/** Makes an engine directory of a backup. */
public final class Restore {
    private Restore() {}

    /**
     * Restores a backup into a directory that is empty or does not exist. The directory becomes that of a joiner: peers may know more
     * than the backup, so it commits only when it has caught up with one, unless it founds a group of its own. A restore that did not end leaves
     * a directory that nothing opens but another restore.
     *
     * @param founder whether nobody else has the data, so that the directory may commit at once
     * @throws io.abelia.engine.snapshot.SnapshotCorruptedException if the backup is damaged; the directory is not touched then
     */
    public static SnapshotLoader.Summary restore(final Path backup, final Path target, final boolean founder)
            throws IOException {
        JvmFlags.require(StoreKind.MEMORY);
        return Uninterrupted.call(() -> restoreNow(backup, target, founder));
    }

    /** Copies a file to a new one, which is there whole and forced, or not at all. */
    static Path copyWhole(final Path from, final Path to) throws IOException {
        if (Files.exists(to)) {
            throw new FileAlreadyExistsException(to.toString());
        }
        final Path part = to.resolveSibling(to.getFileName() + ".part");
        try {
            Files.copy(from, part, StandardCopyOption.COPY_ATTRIBUTES, StandardCopyOption.REPLACE_EXISTING);
            try (FileChannel channel = FileChannel.open(part, StandardOpenOption.WRITE)) {
                FileForce.SYSTEM.force(channel, part);
            }
            Files.move(part, to, StandardCopyOption.ATOMIC_MOVE);
        } catch (final IOException | RuntimeException e) {
            Files.deleteIfExists(part);
            throw e;
        }
        final Path parent = to.toAbsolutePath().getParent();
        if (parent != null) {
            FileForce.SYSTEM.forceDirectory(parent);
        }
        return to;
    }

    private static SnapshotLoader.Summary restoreNow(final Path backup, final Path target, final boolean founder)
            throws IOException {
        final SnapshotLoader.Summary summary = SnapshotLoader.check(backup);
        try (EngineDirectory directory = EngineDirectory.openForRestore(target)) {
            // position 1 lies before every log, so the whole log that the directory will have is replayed on top
            final Path file = directory.snapshots().resolve(SnapshotFormat.fileName(1));
            Files.copy(backup, file);
            try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
                FileForce.SYSTEM.force(channel, file);
            }
            FileForce.SYSTEM.forceDirectory(directory.snapshots());
            directory.markJoiner(!founder);
            directory.restored();
        }
        return summary;
    }
}
