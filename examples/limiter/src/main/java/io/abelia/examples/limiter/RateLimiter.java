package io.abelia.examples.limiter;

import io.abelia.engine.Engine;
import io.abelia.engine.codec.CellType;
import io.abelia.engine.transaction.Cell;
import io.abelia.engine.transaction.CommitResult;
import io.abelia.engine.transaction.Transaction;
import io.abelia.engine.transaction.TransactionMode;
import java.util.function.LongSupplier;

/**
 * Lets every user make so many requests in a window of time, on all nodes together. Each node decides from what it knows, in under a
 * microsecond and without asking anybody, so a user who is quick may overshoot by what the nodes have not told each other yet: at most the
 * limit on each node of a cut-off part. Where that must not happen, a limit needs coordination.
 */
public final class RateLimiter {
    private final Engine engine;
    private final long limit;
    private final long windowMs;
    private final LongSupplier nowMs;

    /** A limiter on one node's engine. */
    public RateLimiter(final Engine engine, final long limit, final long windowMs, final LongSupplier nowMs) {
        this.engine = engine;
        this.limit = limit;
        this.windowMs = windowMs;
        this.nowMs = nowMs;
    }

    private long window() {
        return nowMs.getAsLong() / windowMs;
    }

    private Cell count(final String user, final long window) {
        return engine.cell(CellType.COUNTER, "requests", user, Long.toString(window));
    }

    /**
     * Whether a user may make one more request; counts it if so. What could not be counted is refused.
     *
     * @throws IllegalStateException if the node's engine takes no commits any more
     */
    public boolean allow(final String user) {
        final long window = window();
        final Cell cell = count(user, window);
        if (engine.latest().readLong(cell) >= limit) {
            return false;
        }
        try (Transaction tx = engine.transaction().mode(TransactionMode.COORDINATION_FREE)) {
            tx.increment(cell, 1);
            tx.addToSet(engine.cell(CellType.ADD_WINS_SET, "windows", "seen", user), window);
            return counted(tx.commit());
        }
    }

    /** What passes by itself is refused meanwhile; what does not is for whoever runs the node. */
    private static boolean counted(final CommitResult result) {
        return switch (result) {
            case COMMITTED -> true;
            case DISK_FULL, NOT_JOINED, EXPIRED -> false;
            default -> throw new IllegalStateException("this node cannot count requests any more: " + result);
        };
    }

    /** Requests of a user in this window, as far as this node knows. */
    public long used(final String user) {
        return engine.latest().readLong(count(user, window()));
    }
}
