package io.abelia.engine.codec;

import org.agrona.UnsafeApi;

/**
 * Cursor that appends to an off-heap range. The caller has checked capacity with {@link #remaining()} against the named
 * sizes of {@link Limits}; an overrun is a broken invariant and throws.
 *
 * <p>Does not own the bytes. Not thread safe.
 */
public final class ByteWriter {
    private long start;
    private long position;
    private long limit;

    /** Points the cursor at a range of memory. */
    public ByteWriter wrap(final long address, final int capacityBytes) {
        assert address != 0;
        assert capacityBytes >= 0 : capacityBytes;
        start = address;
        position = address;
        limit = address + capacityBytes;
        return this;
    }

    public long start() {
        return start;
    }

    public long position() {
        return position;
    }

    public void position(final long address) {
        assert address >= start && address <= limit : address - start;
        position = address;
    }

    /** Bytes written since {@link #wrap}. */
    public int length() {
        assert position >= start : position - start;
        return (int) (position - start);
    }

    public int remaining() {
        assert position <= limit : position - limit;
        return (int) (limit - position);
    }

    public void writeByte(final int value) {
        require(1);
        UnsafeApi.putByte(position++, (byte) value);
    }

    public void writeInt(final int value) {
        require(Integer.BYTES);
        UnsafeApi.putInt(position, value);
        position += Integer.BYTES;
    }

    public void writeLong(final long value) {
        require(Long.BYTES);
        UnsafeApi.putLong(position, value);
        position += Long.BYTES;
    }

    public void writeBytes(final long address, final int lengthBytes) {
        assert lengthBytes == 0 || address != 0 : lengthBytes;
        require(lengthBytes);
        UnsafeApi.copyMemory(address, position, lengthBytes);
        position += lengthBytes;
    }

    public void writeBytes(final byte[] bytes) {
        require(bytes.length);
        UnsafeApi.copyMemory(bytes, UnsafeApi.arrayBaseOffset(byte[].class), null, position, bytes.length);
        position += bytes.length;
    }

    /** Writes an unsigned LEB128 number in its shortest form, 1 to 10 bytes. */
    public void writeVarint(final long value) {
        long rest = value;
        while ((rest & ~0x7FL) != 0) {
            writeByte((int) (rest | 0x80));
            rest >>>= 7;
        }
        writeByte((int) rest);
    }

    private void require(final int lengthBytes) {
        assert lengthBytes >= 0 : lengthBytes;
        if (limit - position < lengthBytes) {
            throw new IllegalStateException(
                    "encoder needs " + lengthBytes + " bytes where " + (limit - position) + " are left");
        }
    }
}
