package io.abelia.engine;

import io.abelia.engine.clock.HybridClock;
import io.abelia.engine.clock.OriginTable;
import io.abelia.engine.codec.CellType;
import io.abelia.engine.crdt.DataTypes;
import io.abelia.engine.file.Uninterrupted;
import io.abelia.engine.lock.CommitLock;
import io.abelia.engine.log.LogCorruptedException;
import io.abelia.engine.snapshot.CleanMark;
import io.abelia.engine.snapshot.SnapshotCorruptedException;
import io.abelia.engine.snapshot.SnapshotLoader;
import io.abelia.engine.state.BeforeImages;
import io.abelia.engine.state.Block;
import io.abelia.engine.state.ChronicleStateStore;
import io.abelia.engine.state.StateDigest;
import io.abelia.engine.state.StateStore;
import io.abelia.engine.state.Units;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A check of a directory that no engine has open: every checksum of log and snapshots, and the digests of the states that each whole
 * snapshot and the log behind it lead to, which must all be equal, and of the persisted store after a clean stop.
 */
public final class Verification {
    private final List<String> findings = new ArrayList<>();
    private boolean good = true;

    private Verification() {}

    /** Checks a directory. */
    public static Verification of(final Path path) throws IOException {
        JvmFlags.require(StoreKind.MEMORY);
        final Verification verification = new Verification();
        Uninterrupted.run(() -> verification.run(path));
        return verification;
    }

    /** What was checked and found, one line each. */
    public List<String> findings() {
        return List.copyOf(findings);
    }

    public boolean isGood() {
        return good;
    }

    private void run(final Path path) throws IOException {
        final List<Path> snapshots;
        try (EngineDirectory directory = EngineDirectory.openExisting(path)) {
            snapshots = directory.snapshotFiles();
            for (final Path snapshot : snapshots) {
                checkSnapshot(snapshot);
            }
            final boolean clean = CleanMark.logEnd(directory.root()) != 0;
            if (CleanMark.isOfOtherLayout(directory.root())) {
                findings.add("clean.mark: of a build that lays the state out otherwise; the next launch rebuilds it");
            } else if (!clean && CleanMark.exists(directory.root())) {
                good = false;
                findings.add("clean.mark: does not match its checksums; the next launch rebuilds the state");
            }
            if (clean && directory.isLocked()) {
                checkMaps(directory);
            } else if (clean) {
                findings.add("state maps: not looked at, as the medium cannot be written");
            }
            findings.add(clean ? "the engine was stopped clean" : "the engine was not stopped clean");
        }
        try {
            String expected = null;
            for (int newestPassedOver = 0; newestPassedOver <= snapshots.size(); newestPassedOver++) {
                expected = checkState(path, newestPassedOver, snapshots.size(), expected);
            }
        } catch (final LogCorruptedException e) {
            good = false;
            findings.add("log: " + e.getMessage());
        }
    }

    /** Counts the blocks of the persisted store anew, against the digest that the clean stop noted. */
    private void checkMaps(final EngineDirectory directory) throws IOException {
        JvmFlags.require(StoreKind.CHRONICLE);
        final DataTypes types = new DataTypes();
        final Units[] holder = new Units[1];
        final StateDigest digest = new StateDigest(block -> types.readable(holder[0], block));
        try (OriginTable origins = new OriginTable(new CommitLock());
                ChronicleStateStore store = new ChronicleStateStore(directory.state(), 0);
                Units units = new Units(store, new BeforeImages(1 << 20), digest, () -> 0, new CommitLock())) {
            holder[0] = units;
            for (int slice = 0; slice < StateStore.SLICES; slice++) {
                final StateStore.SliceParts parts = store.parts(slice);
                for (int part = 0; part < parts.count(); part++) {
                    parts.forEach(part, block -> {
                        if (CellType.ofCode(Block.typeCode(block)) != null && !Block.isSetHead(block)) {
                            digest.add(block);
                        }
                    });
                }
            }
            final int[] differing = CleanMark.load(directory.root(), origins, new HybridClock(() -> 0))
                    .differing(digest);
            good &= differing.length == 0;
            findings.add(
                    differing.length == 0
                            ? "state maps: the digest is the one that the clean stop noted"
                            : "state maps: damaged in slices " + Arrays.toString(differing)
                                    + "; remove clean.mark, and the next launch rebuilds them from snapshot and log");
        }
    }

    private void checkSnapshot(final Path snapshot) throws IOException {
        try {
            final SnapshotLoader.Summary summary = SnapshotLoader.check(snapshot);
            findings.add(snapshot.getFileName() + ": whole, " + summary.units() + " units, " + summary.tailRecords()
                    + " records behind them");
        } catch (final SnapshotCorruptedException e) {
            good = false;
            findings.add(e.getMessage());
        }
    }

    /** Rebuilds the state without the newest snapshots; returns its digest, or the expected one where that is not possible. */
    private @Nullable String checkState(
            final Path path, final int newestPassedOver, final int snapshots, final @Nullable String expected)
            throws IOException {
        final String from = newestPassedOver == snapshots
                ? "from the log alone"
                : "from snapshot " + (newestPassedOver + 1) + " of " + snapshots + " (newest first) and the log";
        try (Engine engine = Engine.inspect(path, newestPassedOver)) {
            if (newestPassedOver == snapshots
                    && snapshots > 0
                    && engine.recovery().replayedRecords() == 0) {
                findings.add("the log holds nothing yet: the directory was restored, or is as its snapshots left it");
                return expected;
            }
            final String digest = engine.digest().toString();
            findings.add("state " + from + ": " + engine.recovery().replayedRecords() + " records replayed, digest "
                    + digest);
            if (expected != null && !expected.equals(digest)) {
                good = false;
                findings.add("the digests differ");
            }
            return digest;
        } catch (final IllegalStateException e) {
            // older snapshots, or none, may not reach the retained log; the newest way must work
            if (newestPassedOver == 0) {
                good = false;
                findings.add("state " + from + ": " + e.getMessage());
            }
            return expected;
        }
    }
}
