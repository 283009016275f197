package io.abelia.engine.transaction;

/** So much has changed since the snapshot was opened that its before-images have been overwritten. Commits were never held up. */
public final class SnapshotTooOldException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    SnapshotTooOldException() {
        super(
                "SNAPSHOT_TOO_OLD: the before-images of this snapshot have been overwritten."
                        + " Open a new snapshot, keep snapshots open for a shorter time, or raise EngineContext.beforeImageBytes");
    }
}
