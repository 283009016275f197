package io.abelia.replication.transport;

/** What a node takes of shared memory, and how it is told that there is too little. */
final class SharedMemory {
    private static final int TERMS = 3;
    /** The driver's own files: commands, counters, errors. */
    private static final long DRIVER_BYTES = 10L << 20;

    private static final String TOO_LITTLE = "insufficient usable storage";
    private static final int EXAMPLE_NODES = 3;

    private SharedMemory() {}

    /** Bytes for a group of so many nodes: a stream to all and one from each, and as many again each way to and from single ones. */
    static long neededBytes(final int termBytes, final int nodes) {
        assert termBytes > 0 && nodes > 0 : nodes;
        return DRIVER_BYTES + (long) TERMS * termBytes * (1 + 3L * (nodes - 1));
    }

    /** A problem of Aeron's, in words that say what to do. */
    static Throwable explained(final Throwable problem, final TransportContext context) {
        final String message = String.valueOf(problem.getMessage());
        if (!message.contains(TOO_LITTLE)) {
            return problem;
        }
        return new IllegalStateException(
                "shared memory is too small, so a stream cannot be made: one node takes "
                        + mebibytes(neededBytes(context.termBytes(), 1)) + " MiB of it, each of " + EXAMPLE_NODES
                        + " nodes up to "
                        + mebibytes(neededBytes(context.termBytes(), EXAMPLE_NODES))
                        + " MiB. Give a container --shm-size="
                        + mebibytes(neededBytes(context.termBytes(), EXAMPLE_NODES)) + "m (" + message + ")",
                problem);
    }

    private static long mebibytes(final long bytes) {
        return (bytes + (1 << 20) - 1) >> 20;
    }
}
