package io.abelia.engine.clock;

import org.agrona.UnsafeApi;

/**
 * A growable array of longs outside the heap; new entries are 0. Arrays outgrown stay mapped until {@link #close}, so that an
 * optimistic reader may still copy from one while the writer grows it (its version check then discards the copy).
 */
public final class OffHeapLongs implements AutoCloseable {
    private static final int HEADER_BYTES = Long.BYTES;
    private volatile long address;
    private int capacity;

    public OffHeapLongs(final int initialCapacity) {
        assert initialCapacity > 0 : initialCapacity;
        address = allocate(initialCapacity, 0);
        capacity = initialCapacity;
    }

    public long get(final int index) {
        assert index >= 0 : index;
        return index < capacity ? UnsafeApi.getLong(address + ((long) index << 3)) : 0;
    }

    public void set(final int index, final long value) {
        assert index >= 0 : index;
        if (index >= capacity) {
            grow(index);
        }
        UnsafeApi.putLong(address + ((long) index << 3), value);
    }

    /** Address of entry 0; entries up to {@link #capacity()} may be read. */
    public long address() {
        return address;
    }

    public int capacity() {
        return capacity;
    }

    /** Makes room for {@code count} entries. */
    public void ensureCapacity(final int count) {
        if (count > capacity) {
            grow(count - 1);
        }
    }

    private void grow(final int index) {
        final int newCapacity = Math.max(index + 1, capacity << 1);
        assert newCapacity > capacity : newCapacity;
        final long newAddress = allocate(newCapacity, address);
        UnsafeApi.copyMemory(address, newAddress, (long) capacity << 3);
        address = newAddress;
        capacity = newCapacity;
    }

    private static long allocate(final int capacity, final long outgrown) {
        final long bytes = HEADER_BYTES + ((long) capacity << 3);
        final long base = UnsafeApi.allocateMemory(bytes);
        assert (base & Long.BYTES - 1) == 0 : base;
        UnsafeApi.setMemory(base, bytes, (byte) 0);
        UnsafeApi.putLong(base, outgrown);
        return base + HEADER_BYTES;
    }

    @Override
    public void close() {
        long next = address;
        address = 0;
        capacity = 0;
        while (next != 0) {
            final long base = next - HEADER_BYTES;
            next = UnsafeApi.getLong(base);
            UnsafeApi.freeMemory(base);
        }
    }
}
