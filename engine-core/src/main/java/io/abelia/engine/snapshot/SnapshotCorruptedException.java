package io.abelia.engine.snapshot;

/** A snapshot file that is not whole. Recovery falls back to the one before it. */
public final class SnapshotCorruptedException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    SnapshotCorruptedException(final String file, final long offset, final String what) {
        super("snapshot " + file + " is damaged at byte " + offset + ": " + what);
    }
}
