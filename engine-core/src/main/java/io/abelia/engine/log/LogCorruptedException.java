package io.abelia.engine.log;

/** Records that were once durable cannot be read. The log is left exactly as it was found. */
public final class LogCorruptedException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public LogCorruptedException(final String file, final long offset, final String what) {
        super("log file " + file + " is corrupted at byte " + offset + ": " + what
                + ". Nothing was changed. Restore a backup (abelia restore), or set the directory aside and let this node"
                + " join its group again as an empty one");
    }
}
