package io.abelia.engine.observe;

import io.abelia.engine.apply.Kernel;
import io.abelia.engine.apply.LaunchRecord;
import io.abelia.engine.clock.VectorClock;
import io.abelia.engine.codec.Operation;
import io.abelia.engine.codec.OperationReader;
import io.abelia.engine.codec.RecordDescriptor;
import io.abelia.engine.codec.RecordLayout;
import io.abelia.engine.log.LogReader;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;

/**
 * Follows the log for one handler. It runs on whatever thread calls {@link #poll}, reads behind the engine and never slows it: a
 * slow handler lags, and when the log that it needs has been removed it gets {@link TransactionHandler#onReset} and goes on. One
 * thread at a time.
 */
public final class Subscription implements AutoCloseable {
    private final Kernel kernel;
    private final boolean forcedOnly;
    private final String table;
    private final String keyPrefix;
    private final TransactionHandler handler;
    private final OperationReader operations = new OperationReader();
    private final LogReader reader;
    private final TreeMap<Long, Long> seen = new TreeMap<>();

    /** A subscription; {@code forcedOnly} hands out only what has been forced. */
    public Subscription(
            final Kernel kernel,
            final boolean forcedOnly,
            final String table,
            final String keyPrefix,
            final VectorClock from,
            final TransactionHandler handler) {
        this.kernel = kernel;
        this.forcedOnly = forcedOnly;
        this.table = table;
        this.keyPrefix = keyPrefix;
        this.handler = handler;
        this.reader = kernel.log().newReader();
        from.forEach(seen::put);
    }

    /**
     * Hands out transactions that are there.
     *
     * @param maxTransactions most of them
     * @return how many were handed out
     * @throws IllegalStateException if the engine has been closed
     */
    public int poll(final int maxTransactions) {
        final long limit =
                forcedOnly ? kernel.log().forcedPosition() : kernel.log().appendPosition();
        final int[] delivered = new int[1];
        final int polled = reader.poll(
                (record, lengthBytes, position) -> {
                    if (RecordDescriptor.kind(record) == RecordDescriptor.KIND_LAUNCH) {
                        checkFloor(LaunchRecord.clock(record));
                        return true;
                    }
                    if (delivered[0] == maxTransactions) {
                        return false;
                    }
                    delivered[0] += onRecord(record);
                    return true;
                },
                limit,
                Integer.MAX_VALUE,
                true);
        if (polled == LogReader.TRUNCATED) {
            reader.seek(kernel.log().oldestPosition());
        }
        return delivered[0];
    }

    /** What a segment begins with must have been seen, else it was removed, or installed with a peer's snapshot. */
    private void checkFloor(final VectorClock floor) {
        if (!clock().covers(floor)) {
            floor.forEach((origin, seq) -> seen.merge(origin, seq, Math::max));
            handler.onReset(clock());
        }
    }

    private int onRecord(final long record) {
        final long origin = RecordDescriptor.origin(record);
        final long seq = RecordDescriptor.seq(record);
        if (seen.getOrDefault(origin, 0L) >= seq) {
            return 0;
        }
        final List<Change> changes = new ArrayList<>();
        final long start = RecordLayout.operations(record);
        assert start >= record + RecordDescriptor.HEADER_LENGTH && start <= record + RecordDescriptor.length(record);
        operations.wrap(start, (int) (record + RecordDescriptor.length(record) - start));
        while (operations.hasNext()) {
            final Operation op = operations.next();
            if ((table.isEmpty() || Changes.text(op.table()).equals(table))
                    && (keyPrefix.isEmpty() || Changes.text(op.key()).startsWith(keyPrefix))) {
                changes.add(Changes.of(op));
            }
        }
        if (!changes.isEmpty()) {
            handler.onTransaction(origin, seq, RecordDescriptor.hybridTime(record), changes);
        }
        seen.put(origin, seq);
        return changes.isEmpty() ? 0 : 1;
    }

    /** What has been handed out or passed over; give it to a later subscription to go on from here. */
    public VectorClock clock() {
        final VectorClock.Builder clock = VectorClock.builder();
        seen.forEach(clock::put);
        return clock.build();
    }

    @Override
    public void close() {
        reader.close();
    }
}
