package io.abelia.engine;

import io.abelia.engine.apply.Applier;
import io.abelia.engine.apply.CausalBuffer;
import io.abelia.engine.apply.Kernel;
import io.abelia.engine.apply.LaunchRecord;
import io.abelia.engine.apply.UnknownRecords;
import io.abelia.engine.clock.HybridClock;
import io.abelia.engine.clock.OriginTable;
import io.abelia.engine.clock.VectorClock;
import io.abelia.engine.codec.RecordDescriptor;
import io.abelia.engine.crdt.DataTypes;
import io.abelia.engine.lock.CommitLock;
import io.abelia.engine.lock.Seqlock;
import io.abelia.engine.log.CommitLog;
import io.abelia.engine.log.FileLogStorage;
import io.abelia.engine.log.LogRecovery;
import io.abelia.engine.log.LogStorage;
import io.abelia.engine.log.MemoryLogStorage;
import io.abelia.engine.snapshot.CleanMark;
import io.abelia.engine.snapshot.SnapshotCorruptedException;
import io.abelia.engine.snapshot.SnapshotFormat;
import io.abelia.engine.snapshot.SnapshotLoader;
import io.abelia.engine.state.BeforeImages;
import io.abelia.engine.state.ChronicleStateStore;
import io.abelia.engine.state.MemoryStateStore;
import io.abelia.engine.state.StateDigest;
import io.abelia.engine.state.StateStore;
import io.abelia.engine.state.Units;
import io.abelia.engine.status.EngineStatus;
import io.abelia.engine.status.RecoveryEvent;
import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Builds an engine's kernel: recovers state from the persisted store (after a clean stop) or from the newest whole snapshot and the
 * log behind it, then begins a new origin. Every launch is a new origin.
 */
final class EngineLauncher {
    private final EngineContext context;
    private final @Nullable EngineDirectory directory;
    private final EngineStatus status;
    private final CommitLock lock = new CommitLock();
    private final Seqlock version = new Seqlock();
    private final OriginTable origins = new OriginTable(lock);
    private final DataTypes types = new DataTypes();
    private final HybridClock hybridClock;
    private @Nullable Units units;
    private @Nullable StateStore store;
    private RecoveryReport report = RecoveryReport.EMPTY;

    EngineLauncher(final EngineContext context, final @Nullable EngineDirectory directory, final EngineStatus status) {
        this.context = context;
        this.directory = directory;
        this.status = status;
        this.hybridClock = new HybridClock(context.epochClock());
    }

    /** What recovery found. */
    RecoveryReport report() {
        return report;
    }

    Kernel launch() throws IOException {
        final RecoveryEvent event = new RecoveryEvent();
        event.begin();
        final LogRecovery recovery = new LogRecovery(logStorage(), context.segmentBytes(), context.firstSegmentBytes());
        final Applier applier;
        try {
            final long cleanEnd = directory == null ? 0 : CleanMark.logEnd(directory.root());
            recovery.scan(cleanEnd);
            final boolean clean =
                    cleanEnd != 0 && cleanEnd == recovery.endPosition() && context.store() == StoreKind.CHRONICLE;
            applier = openState(clean);
            if (directory != null) {
                if (clean) {
                    CleanMark.load(directory.root(), origins, hybridClock).restore(requireUnits());
                    applier.mayHaveTraces();
                    report = new RecoveryReport(true, missingSnapshot(directory, recovery), 0, 0, recovery.tornBytes());
                } else {
                    recover(directory, 0, recovery, applier);
                }
                CleanMark.remove(directory.root(), directory.fileForce());
            }
        } catch (final IOException | RuntimeException | Error e) {
            recovery.abandon();
            closeState();
            throw e;
        }
        final Kernel kernel;
        try {
            kernel = start(recovery, applier);
            final VectorClock unused =
                    kernel.origins().heads(); // the first call takes long where there are many origins
        } catch (final IOException | RuntimeException | Error e) {
            recovery.abandon();
            closeState();
            throw e;
        }
        event.finish(report.clean(), report.snapshotUnits(), report.replayedRecords(), report.tornBytes());
        return kernel;
    }

    /** Rebuilds state from snapshot and log without changing the directory; the kernel's own log is in memory and refuses commits. */
    Kernel inspect(final EngineDirectory from, final int newestPassedOver) throws IOException {
        final LogRecovery recovery = new LogRecovery(FileLogStorage.toLookAt(from.log()));
        try {
            recovery.scan(CleanMark.logEnd(from.root()));
            final Applier applier = openState(true);
            recover(from, newestPassedOver, recovery, applier);
            return kernel(new LogRecovery(new MemoryLogStorage()), applier, true);
        } catch (final IOException | RuntimeException | Error e) {
            closeState();
            throw e;
        } finally {
            recovery.abandon();
        }
    }

    /** State of one snapshot file alone. */
    Kernel inspectSnapshot(final Path file) throws IOException {
        final SnapshotLoader.Summary summary = SnapshotLoader.check(file);
        try {
            final Applier applier = openState(true);
            new SnapshotLoader(origins, applier, hybridClock).load(file);
            report = new RecoveryReport(false, "", summary.units(), summary.tailRecords(), 0);
            return kernel(new LogRecovery(new MemoryLogStorage()), applier, true);
        } catch (final IOException | RuntimeException | Error e) {
            closeState();
            throw e;
        }
    }

    private Kernel start(final LogRecovery recovery, final Applier applier) throws IOException {
        final boolean joiner =
                directory == null ? context.joiner() : directory.isJoiner() || context.joiner() && origins.count() == 0;
        if (directory != null && joiner) {
            directory.markJoiner(true);
        }
        return kernel(recovery, applier, joiner);
    }

    private Kernel kernel(final LogRecovery recovery, final Applier applier, final boolean joiner) throws IOException {
        final long origin = newOrigin();
        final CommitLog log =
                recovery.start(context.idSource().getAsLong(), new LaunchRecord(origins, hybridClock, origin), lock);
        return new Kernel(
                lock,
                version,
                origins,
                requireUnits(),
                types,
                hybridClock,
                applier,
                log,
                new CausalBuffer(context.causalBufferBytes(), lock),
                new UnknownRecords(context.causalBufferBytes(), lock),
                status,
                origin,
                !joiner);
    }

    private long newOrigin() {
        long origin;
        do {
            origin = context.idSource().getAsLong();
        } while (origin == 0 || origins.indexOf(origin) != OriginTable.UNKNOWN);
        return origin;
    }

    private LogStorage logStorage() throws IOException {
        final LogStorage given = context.logStorage();
        if (given != null) {
            return given;
        }
        return directory == null ? new MemoryLogStorage() : new FileLogStorage(directory.log());
    }

    private Applier openState(final boolean clean) throws IOException {
        final Path path = directory == null ? null : directory.state();
        if (path != null && !clean) {
            ChronicleStateStore.discard(path);
        }
        final StateStore opened = context.store() == StoreKind.MEMORY
                ? new MemoryStateStore()
                : new ChronicleStateStore(path, context.expectedCells());
        store = opened;
        final Units[] holder = new Units[1];
        final StateDigest digest = new StateDigest(block -> types.readable(holder[0], block));
        final Units made =
                new Units(opened, new BeforeImages(context.beforeImageBytes()), digest, context.keySource(), lock);
        holder[0] = made;
        units = made;
        return new Applier(
                origins,
                made,
                types,
                hybridClock,
                version,
                context.recordClock().apply(origins));
    }

    private Units requireUnits() {
        if (units == null) {
            throw new IllegalStateException("state has not been opened");
        }
        return units;
    }

    private void recover(
            final EngineDirectory from, final int newestPassedOver, final LogRecovery recovery, final Applier applier)
            throws IOException {
        final SnapshotLoader loader = new SnapshotLoader(origins, applier, hybridClock);
        long position = 0;
        long snapshotUnits = 0;
        String damaged = "";
        for (final Path file :
                from.snapshotFiles().stream().skip(newestPassedOver).toList()) {
            try {
                final SnapshotLoader.Summary summary = SnapshotLoader.check(file);
                loader.load(file);
                position = SnapshotFormat.position(file);
                snapshotUnits = summary.units();
                break;
            } catch (final SnapshotCorruptedException e) {
                status.error(e);
                damaged = damaged + e.getMessage() + "; ";
            }
        }
        recovery.dropBeforeSegmentAt(position); // a peer's snapshot: what this log held before does not lead to it
        requireContinuous(recovery, damaged);
        final long[] replayed = new long[1];
        recovery.replay(position, (record, lengthBytes, at) -> {
            loader.replay(record, at);
            replayed[0]++;
            return true;
        });
        report = new RecoveryReport(false, damaged, snapshotUnits, replayed[0], recovery.tornBytes());
    }

    /** Says if a store that is whole has no snapshot to fall back to, though its log does not reach back to the beginning. */
    private static String missingSnapshot(final EngineDirectory from, final LogRecovery recovery) throws IOException {
        return from.snapshotFiles().isEmpty() && beginning(recovery).size() > 0
                ? "no snapshot reaches the beginning of the log; one is written now"
                : "";
    }

    private static VectorClock beginning(final LogRecovery recovery) {
        final VectorClock[] begins = {VectorClock.empty()};
        recovery.replay(0, (record, lengthBytes, at) -> {
            if (RecordDescriptor.kind(record) == RecordDescriptor.KIND_LAUNCH) {
                begins[0] = LaunchRecord.clock(record);
            }
            return false;
        });
        return begins[0];
    }

    /** What the log begins with must be contained in the snapshot that was loaded, or be nothing. */
    private void requireContinuous(final LogRecovery recovery, final String damaged) {
        final VectorClock begins = beginning(recovery);
        if (!origins.toVectorClock().covers(begins)) {
            throw new IllegalStateException("the log begins behind " + begins
                    + ", and no whole snapshot reaches it (" + (damaged.isEmpty() ? "there is none" : damaged)
                    + "). Restore a backup, or join the group again with an empty directory");
        }
    }

    private void closeState() {
        if (units != null) {
            units.close();
        }
        if (store != null) {
            store.close();
        }
        origins.close();
    }
}
