package io.abelia.engine;

import io.abelia.engine.file.Uninterrupted;
import io.abelia.engine.log.FileForce;
import io.abelia.engine.snapshot.SnapshotFormat;
import io.abelia.engine.snapshot.SnapshotLoader;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** Makes an engine directory of a backup. */
public final class Restore {
    private Restore() {}

    /**
     * Restores a backup into a directory that is empty or does not exist. The directory becomes that of a joiner: peers may know more
     * than the backup, so it commits only when it has caught up with one, unless it founds a group of its own.
     *
     * @param founder whether nobody else has the data, so that the directory may commit at once
     * @throws io.abelia.engine.snapshot.SnapshotCorruptedException if the backup is damaged; the directory is not touched then
     */
    public static SnapshotLoader.Summary restore(final Path backup, final Path target, final boolean founder)
            throws IOException {
        JvmFlags.require(StoreKind.MEMORY);
        return Uninterrupted.call(() -> restoreNow(backup, target, founder));
    }

    private static SnapshotLoader.Summary restoreNow(final Path backup, final Path target, final boolean founder)
            throws IOException {
        final SnapshotLoader.Summary summary = SnapshotLoader.check(backup);
        if (Files.exists(target.resolve("FORMAT"))) {
            throw new IOException(target + " holds an engine already; restore into an empty directory");
        }
        try (EngineDirectory directory = EngineDirectory.open(target)) {
            // position 1 lies before every log, so the whole log that the directory will have is replayed on top
            final Path file = directory.snapshots().resolve(SnapshotFormat.fileName(1));
            Files.copy(backup, file);
            try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
                FileForce.SYSTEM.force(channel, file);
            }
            FileForce.SYSTEM.forceDirectory(directory.snapshots());
            directory.markJoiner(!founder);
        }
        return summary;
    }
}
