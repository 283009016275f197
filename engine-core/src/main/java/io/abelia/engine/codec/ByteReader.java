package io.abelia.engine.codec;

import org.agrona.UnsafeApi;

/**
 * Cursor over off-heap bytes that never reads beyond its limit. Every read of bytes that came from a file or a peer goes
 * through this class; a read past the limit throws {@link MalformedRecordException}, never touches foreign memory.
 *
 * <p>Does not own the bytes. Not thread safe.
 */
public final class ByteReader {
    private long position;
    private long limit;

    /**
     * Points the cursor at a range of memory.
     *
     * @param address first byte
     * @param lengthBytes readable bytes from there
     * @return this
     */
    public ByteReader wrap(final long address, final int lengthBytes) {
        assert lengthBytes <= 0 || address != 0 : lengthBytes;
        position = address;
        limit = address + lengthBytes;
        return this;
    }

    /** Address of the next byte. */
    public long position() {
        return position;
    }

    /** Moves to an address within the wrapped range. */
    public void position(final long address) {
        assert address != 0;
        if (address > limit) {
            throw truncated(address - limit);
        }
        position = address;
    }

    /** Bytes left. */
    public int remaining() {
        return (int) (limit - position);
    }

    public boolean hasRemaining() {
        return position < limit;
    }

    public byte readByte() {
        require(1);
        return UnsafeApi.getByte(position++);
    }

    public int readUnsignedByte() {
        return readByte() & 0xFF;
    }

    public int readInt() {
        require(Integer.BYTES);
        final int value = UnsafeApi.getInt(position);
        position += Integer.BYTES;
        return value;
    }

    public long readLong() {
        require(Long.BYTES);
        final long value = UnsafeApi.getLong(position);
        position += Long.BYTES;
        return value;
    }

    /** Steps over bytes and returns the address at which they start. */
    public long skip(final int lengthBytes) {
        if (lengthBytes < 0) {
            throw new MalformedRecordException("negative length " + lengthBytes);
        }
        require(lengthBytes);
        final long start = position;
        position += lengthBytes;
        return start;
    }

    /** Reads an unsigned LEB128 number of at most 64 bits in its only (shortest) form. */
    public long readVarint() {
        long value = 0;
        for (int shift = 0; shift < Long.SIZE; shift += 7) {
            final byte b = readByte();
            if (shift == 63 && b != 1 && b != 0) {
                throw new MalformedRecordException("varint beyond 64 bits");
            }
            value |= (long) (b & 0x7F) << shift;
            if (b >= 0) {
                if (b == 0 && shift > 0) {
                    throw new MalformedRecordException("varint not in its shortest form");
                }
                return value;
            }
        }
        throw new MalformedRecordException("varint longer than 10 bytes");
    }

    /** Reads a varint that must lie in {@code 0..max}. */
    public int readVarintInt(final int max) {
        assert max >= 0 : max;
        final long value = readVarint();
        if (value < 0 || value > max) {
            throw new MalformedRecordException("value " + Long.toUnsignedString(value) + " beyond the limit " + max);
        }
        return (int) value;
    }

    private void require(final int lengthBytes) {
        assert lengthBytes >= 0 : lengthBytes;
        if (limit - position < lengthBytes) {
            throw truncated(lengthBytes - (limit - position));
        }
    }

    private static MalformedRecordException truncated(final long missing) {
        return new MalformedRecordException("bytes end " + missing + " too early");
    }
}
