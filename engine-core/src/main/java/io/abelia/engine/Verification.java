package io.abelia.engine;

import io.abelia.engine.log.LogCorruptedException;
import io.abelia.engine.snapshot.CleanMark;
import io.abelia.engine.snapshot.SnapshotCorruptedException;
import io.abelia.engine.snapshot.SnapshotLoader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A check of a directory that no engine has open: every checksum of log and snapshots, and the digests of the states that each whole
 * snapshot and the log behind it lead to, which must all be equal.
 */
public final class Verification {
    private final List<String> findings = new ArrayList<>();
    private boolean good = true;

    private Verification() {}

    /** Checks a directory. */
    public static Verification of(final Path path) throws IOException {
        JvmFlags.require(StoreKind.MEMORY);
        final Verification verification = new Verification();
        verification.run(path);
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
            if (!clean && CleanMark.exists(directory.root())) {
                good = false;
                findings.add("clean.mark: does not match its checksums; the next launch rebuilds the state");
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
