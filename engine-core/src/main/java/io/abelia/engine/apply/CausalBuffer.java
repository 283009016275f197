package io.abelia.engine.apply;

import io.abelia.engine.clock.OriginTable;
import io.abelia.engine.codec.Limits;
import io.abelia.engine.codec.RecordDescriptor;
import io.abelia.engine.lock.CommitLock;
import io.abelia.engine.status.DeliveryResult;
import java.util.TreeMap;
import org.agrona.UnsafeApi;
import org.agrona.collections.Long2ObjectHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Records that arrived before their causes. Bounded in bytes, for each origin and in all; what does not fit is dropped and
 * fetched again, never applied out of order. A record that can be applied at once never comes here, so a full buffer cannot
 * hold up the record that drains it. With the commit lock.
 */
public final class CausalBuffer implements AutoCloseable {
    private final CommitLock lock;
    private final Long2ObjectHashMap<TreeMap<Long, Long>> byOrigin = new Long2ObjectHashMap<>();
    private final Long2ObjectHashMap<long[]> bytesByOrigin = new Long2ObjectHashMap<>();
    private final long maxBytes;
    private final long maxBytesPerOrigin;
    private long bytes;
    private int records;

    /** A buffer of so many bytes, of which one origin may take half. */
    public CausalBuffer(final long maxBytes, final CommitLock lock) {
        this.lock = lock;
        this.maxBytes = maxBytes;
        this.maxBytesPerOrigin = maxBytes / 2;
    }

    /** Keeps a copy of a record; false if it does not fit. */
    boolean add(final long record) {
        assert lock.isHeld();
        final long origin = RecordDescriptor.origin(record);
        final long seq = RecordDescriptor.seq(record);
        final int length = RecordDescriptor.length(record);
        assert seq > 0 : seq;
        assert length >= RecordDescriptor.HEADER_LENGTH && length <= Limits.RECORD_BYTES : length;
        TreeMap<Long, Long> records = byOrigin.get(origin);
        if (records != null && records.containsKey(seq)) {
            return true;
        }
        final long[] known = bytesByOrigin.get(origin);
        final long[] used = known == null ? new long[1] : known;
        if (bytes + length > maxBytes || used[0] + length > maxBytesPerOrigin) {
            return false;
        }
        bytesByOrigin.put(origin, used);
        if (records == null) {
            records = new TreeMap<>();
            byOrigin.put(origin, records);
        }
        final long copy = UnsafeApi.allocateMemory(length);
        UnsafeApi.copyMemory(record, copy, length);
        records.put(seq, copy);
        used[0] += length;
        bytes += length;
        this.records++;
        return true;
    }

    /** Address of a kept record, or 0. */
    long find(final long origin, final long seq) {
        assert lock.isHeld();
        final TreeMap<Long, Long> records = byOrigin.get(origin);
        final Long address = records == null ? null : records.get(seq);
        return address == null ? 0 : address;
    }

    /** Frees all kept records of an origin up to a seq. */
    void removeUpTo(final long origin, final long seq) {
        assert lock.isHeld();
        final TreeMap<Long, Long> records = byOrigin.get(origin);
        while (records != null && !records.isEmpty() && records.firstKey() <= seq) {
            free(origin, records.remove(records.firstKey()));
        }
        if (records != null && records.isEmpty()) {
            byOrigin.remove(origin);
            bytesByOrigin.remove(origin);
        }
    }

    private void free(final long origin, final @Nullable Long record) {
        if (record != null) {
            final int length = RecordDescriptor.length(record);
            final long[] used = bytesByOrigin.get(origin);
            assert used != null && used[0] >= length : length;
            if (used != null) {
                used[0] -= length;
            }
            bytes -= length;
            records--;
            assert bytes >= 0 && records >= 0 : bytes;
            UnsafeApi.freeMemory(record);
        }
    }

    /** Delivers a record of this buffer. */
    @FunctionalInterface
    interface Delivery {
        DeliveryResult deliver(long record);
    }

    /** Delivers what has become deliverable, in whatever order that takes. */
    void drain(final OriginTable table, final Delivery delivery) {
        assert lock.isHeld();
        boolean progress = true;
        while (progress && !isEmpty()) {
            progress = false;
            for (final long origin : origins()) {
                removeUpTo(origin, table.appliedOf(origin));
                long record = find(origin, table.appliedOf(origin) + 1);
                while (record != 0 && !table.isFrozen(origin)) {
                    final long seq = RecordDescriptor.seq(record); // what cannot be delivered may be gone afterwards
                    assert RecordDescriptor.origin(record) == origin && seq == table.appliedOf(origin) + 1 : seq;
                    final DeliveryResult result = delivery.deliver(record);
                    if (result == DeliveryResult.BUFFERED || result == DeliveryResult.DISK_FULL) {
                        break;
                    }
                    progress |= result == DeliveryResult.APPLIED;
                    removeUpTo(origin, seq);
                    record = find(origin, table.appliedOf(origin) + 1);
                }
            }
        }
    }

    /** Origins that have records here (allocates). */
    long[] origins() {
        return byOrigin.keySet().stream().mapToLong(Long::longValue).sorted().toArray();
    }

    public int records() {
        return records;
    }

    public long bytes() {
        return bytes;
    }

    public boolean isEmpty() {
        assert records > 0 || bytes == 0 : bytes;
        return records == 0;
    }

    /** Drops everything; it can be fetched again. */
    public void clear() {
        assert lock.isHeld();
        for (final long origin : origins()) {
            removeUpTo(origin, Long.MAX_VALUE);
        }
        assert records == 0 && bytes == 0 : bytes;
    }

    @Override
    public void close() {
        clear();
    }
}
