package io.abelia.engine;

import io.abelia.engine.apply.Kernel;
import io.abelia.engine.apply.LaunchRecord;
import io.abelia.engine.clock.OriginTable;
import io.abelia.engine.clock.VectorClock;
import io.abelia.engine.snapshot.SnapshotFormat;
import io.abelia.engine.snapshot.SnapshotLoader;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.List;

/**
 * Replaces an engine's state by a peer's snapshot and what its own log holds beyond that. The order of the steps is what makes a stop
 * between any two of them harmless: the log's new segment, with all that the peer lacks, is forced before the snapshot that it goes
 * on from gets its name, and what came before both is removed last.
 */
final class Installation {
    private final Kernel kernel;
    private final EngineDirectory directory;
    private final Housekeeping housekeeping;

    Installation(final Kernel kernel, final EngineDirectory directory, final Housekeeping housekeeping) {
        this.kernel = kernel;
        this.directory = directory;
        this.housekeeping = housekeeping;
    }

    void install(final Path file) throws IOException {
        final SnapshotLoader.Summary summary = SnapshotLoader.check(file);
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            directory.fileForce().force(channel, file);
        }
        housekeeping.betweenSnapshots(() -> {
            try {
                keep(file, replace(file, summary));
            } finally {
                kernel.gate().open();
            }
        });
    }

    /** Replaces the state; nothing is appended to it before the gate opens. Returns the position from which the log goes on. */
    private long replace(final Path file, final SnapshotLoader.Summary summary) throws IOException {
        kernel.lock().acquire();
        try {
            if (!kernel.isOpen()) {
                throw new IOException("the engine has failed or is closed", kernel.failure());
            }
            requireReach(summary.clock());
            requireEnds(summary.clock(), summary.ended());
            kernel.gate().close();
            try {
                return kernel.install((origins, applier, hybridClock) ->
                        new SnapshotLoader(origins, applier, hybridClock).load(file));
            } catch (final IOException | RuntimeException | Error e) {
                kernel.fail(e); // neither the old state nor the new one is whole
                throw e;
            }
        } finally {
            kernel.lock().release();
        }
    }

    private void requireReach(final VectorClock contained) throws IOException {
        final VectorClock floor =
                LaunchRecord.clockAt(kernel.log(), kernel.log().oldestPosition());
        if (!contained.covers(floor)) {
            throw new IOException("the snapshot ends at " + contained + ", and the log here begins only behind " + floor
                    + "; another peer's snapshot is needed");
        }
    }

    /** What a launch committed behind its end, as one side knows it, must not come in through the other. */
    private void requireEnds(final VectorClock contained, final VectorClock ended) throws IOException {
        final OriginTable here = kernel.origins();
        for (int i = 0; i < here.count(); i++) {
            final long origin = here.origin(i);
            final boolean beyondEnd = here.isClosed(i) && contained.get(origin) > here.applied(i);
            if (beyondEnd || ended.get(origin) > 0 && here.applied(i) > ended.get(origin)) {
                throw new IOException("the snapshot and this node know different ends of origin "
                        + VectorClock.originName(origin)
                        + ": one of them holds what the group has given up. Export it (abelia"
                        + " unseen), and let the node join anew with an empty directory");
            }
        }
    }

    /** Makes what was installed what a launch finds. */
    private void keep(final Path file, final long start) throws IOException {
        try {
            if (!kernel.log().force()) {
                throw new IOException(
                        "the log could not be forced", kernel.log().failure());
            }
            final List<Path> older = directory.snapshotFiles();
            Files.move(
                    file,
                    directory.snapshots().resolve(SnapshotFormat.fileName(start)),
                    StandardCopyOption.ATOMIC_MOVE);
            directory.fileForce().forceDirectory(directory.snapshots());
            for (final Path old : older) {
                Files.delete(old); // the log behind it does not lead to the state that was installed
            }
            kernel.lock().acquire();
            try {
                kernel.log().dropBefore(start);
            } finally {
                kernel.lock().release();
            }
            kernel.log().deleteDropped();
        } catch (final IOException | RuntimeException | Error e) {
            kernel.fail(e);
            throw e;
        }
    }
}
