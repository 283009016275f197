package io.abelia.engine.apply;

import io.abelia.engine.clock.VectorClock;
import io.abelia.engine.codec.RecordDescriptor;
import io.abelia.engine.lock.CommitLock;
import io.abelia.engine.status.DeliveryResult;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.agrona.UnsafeApi;

/**
 * Records that only a later version understands, and what their origins wrote behind them. Those origins stop here, outside apply order
 * and clocks; the bytes are kept, within a bound, and passed on to whoever lacks them. With the commit lock.
 */
public final class UnknownRecords {
    private final CommitLock lock;
    private final SortedMap<Long, SortedMap<Long, byte[]>> byOrigin = new TreeMap<>();
    private final long maxBytes;
    private long bytes;

    public UnknownRecords(final long maxBytes, final CommitLock lock) {
        this.lock = lock;
        this.maxBytes = maxBytes;
    }

    DeliveryResult add(final long record) {
        assert lock.isHeld();
        final int length = RecordDescriptor.length(record);
        assert length >= RecordDescriptor.HEADER_LENGTH : length;
        final SortedMap<Long, byte[]> known = byOrigin.get(RecordDescriptor.origin(record));
        final SortedMap<Long, byte[]> records = known == null ? new TreeMap<>() : known;
        if (!records.containsKey(RecordDescriptor.seq(record))) {
            if (bytes + length > maxBytes) {
                return DeliveryResult.DROPPED;
            }
            byOrigin.put(RecordDescriptor.origin(record), records);
            final byte[] copy = new byte[length];
            UnsafeApi.copyMemory(null, record, copy, UnsafeApi.arrayBaseOffset(byte[].class), length);
            records.put(RecordDescriptor.seq(record), copy);
            bytes += length;
        }
        return DeliveryResult.UNKNOWN_VERSION;
    }

    /** Whether an origin has stopped at a record that is kept here. */
    boolean holds(final long origin) {
        assert lock.isHeld();
        return !byOrigin.isEmpty() && byOrigin.containsKey(origin);
    }

    /**
     * What is known here together with what is kept: who has that needs nothing of this node.
     *
     * @param applied the applied clock
     */
    public VectorClock reach(final VectorClock applied) {
        assert lock.isHeld();
        final VectorClock.Builder clock = VectorClock.builder();
        byOrigin.forEach((origin, records) -> {
            long seq = applied.get(origin);
            while (records.containsKey(seq + 1)) {
                seq++;
            }
            clock.put(origin, seq);
        });
        return applied.merge(clock.build());
    }

    /** Records kept. */
    public int count() {
        return byOrigin.values().stream().mapToInt(Map::size).sum();
    }

    /** Copies of all records. Takes the commit lock. */
    public List<byte[]> all() {
        lock.acquire();
        try {
            return byOrigin.values().stream()
                    .flatMap(records -> records.values().stream())
                    .toList();
        } finally {
            lock.release();
        }
    }
}
