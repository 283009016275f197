package io.abelia.engine.codec;

import org.agrona.UnsafeApi;

/**
 * Layout of a record: one transaction, the same bytes in every node's log and on the wire. Little-endian.
 *
 * <pre>
 *   offset  size  field
 *        0     4  length: header, clocks and operations, without the zero padding to the next multiple of 8
 *        4     4  CRC-32C of bytes 8 to length
 *        8     1  version (1)
 *        9     1  kind: 1 transaction, 2 closing record of an origin, 16 launch (local to a log, seq 0)
 *       10     2  flags: bit 0 the record lists observed entries
 *       12     4  link: CRC field of the same origin's previous record (0 for seq 1)
 *       16     8  origin
 *       24     8  seq, 1, 2, 3 ...
 *       32     8  hybrid time: milliseconds since 1970 in the upper 48 bits, a counter in the lower 16
 *       40        delivery clock, as the entries that changed since the origin's previous record:
 *                 varint count, then per entry: varint (slot * 2 + new), 8 bytes origin if new, varint advance
 *                 observed clock, only with flag bit 0, its entries below the delivery clock:
 *                 varint count, then per entry: varint slot + 1 (0 = the author itself), varint lag
 *                 operations, to the end
 * </pre>
 *
 * A slot is the author's own numbering of the origins that it has delivered from, introduced by the record that first uses it.
 */
public final class RecordDescriptor {
    public static final int LENGTH_OFFSET = 0;
    public static final int CRC_OFFSET = LENGTH_OFFSET + Integer.BYTES;
    public static final int VERSION_OFFSET = CRC_OFFSET + Integer.BYTES;
    public static final int KIND_OFFSET = VERSION_OFFSET + Byte.BYTES;
    public static final int FLAGS_OFFSET = KIND_OFFSET + Byte.BYTES;
    public static final int LINK_OFFSET = FLAGS_OFFSET + Short.BYTES;
    public static final int ORIGIN_OFFSET = LINK_OFFSET + Integer.BYTES;
    public static final int SEQ_OFFSET = ORIGIN_OFFSET + Long.BYTES;
    public static final int HYBRID_TIME_OFFSET = SEQ_OFFSET + Long.BYTES;
    public static final int HEADER_LENGTH = HYBRID_TIME_OFFSET + Long.BYTES;

    /** Version of the record format that this build writes. */
    public static final int VERSION = 1;

    public static final int KIND_TRANSACTION = 1;
    public static final int KIND_CLOSE = 2;
    public static final int KIND_LAUNCH = 16;

    /** Flag: the record lists entries of its observed clock that are lower than its delivery clock. */
    public static final int FLAG_OBSERVED = 1;

    /** Records start at multiples of this. */
    public static final int ALIGNMENT = 8;

    private RecordDescriptor() {}

    public static int length(final long record) {
        assert record != 0;
        return UnsafeApi.getInt(record + LENGTH_OFFSET);
    }

    public static int crc(final long record) {
        return UnsafeApi.getInt(record + CRC_OFFSET);
    }

    public static int version(final long record) {
        return UnsafeApi.getByte(record + VERSION_OFFSET) & 0xFF;
    }

    public static int kind(final long record) {
        return UnsafeApi.getByte(record + KIND_OFFSET) & 0xFF;
    }

    public static int flags(final long record) {
        return UnsafeApi.getShort(record + FLAGS_OFFSET) & 0xFFFF;
    }

    public static int link(final long record) {
        return UnsafeApi.getInt(record + LINK_OFFSET);
    }

    public static long origin(final long record) {
        return UnsafeApi.getLong(record + ORIGIN_OFFSET);
    }

    public static long seq(final long record) {
        return UnsafeApi.getLong(record + SEQ_OFFSET);
    }

    public static long hybridTime(final long record) {
        return UnsafeApi.getLong(record + HYBRID_TIME_OFFSET);
    }

    /** Length rounded up to the record alignment. */
    public static int aligned(final int lengthBytes) {
        return (lengthBytes + (ALIGNMENT - 1)) & -ALIGNMENT;
    }

    /** Copies a record to where it is aligned, and zeroes the padding. */
    public static void copy(final long record, final long target) {
        final int length = length(record);
        assert length >= HEADER_LENGTH : length;
        assert target != 0 && (target & ALIGNMENT - 1) == 0 : target;
        UnsafeApi.copyMemory(record, target, length);
        for (int i = length; i < aligned(length); i++) {
            UnsafeApi.putByte(target + i, (byte) 0);
        }
    }

    /** Writes all header fields but length and CRC, which need the whole record. */
    public static void writeHeader(
            final long record,
            final int kind,
            final int flags,
            final int link,
            final long origin,
            final long seq,
            final long hybridTime) {
        assert record != 0 && (record & ALIGNMENT - 1) == 0 : record;
        assert kind == KIND_TRANSACTION || kind == KIND_CLOSE || kind == KIND_LAUNCH : kind;
        assert (flags & ~FLAG_OBSERVED) == 0 : flags;
        UnsafeApi.putByte(record + VERSION_OFFSET, (byte) VERSION);
        UnsafeApi.putByte(record + KIND_OFFSET, (byte) kind);
        UnsafeApi.putShort(record + FLAGS_OFFSET, (short) flags);
        UnsafeApi.putInt(record + LINK_OFFSET, link);
        UnsafeApi.putLong(record + ORIGIN_OFFSET, origin);
        UnsafeApi.putLong(record + SEQ_OFFSET, seq);
        UnsafeApi.putLong(record + HYBRID_TIME_OFFSET, hybridTime);
    }

    /** Writes length and CRC, zeroes the padding; returns the CRC. */
    public static int seal(final long record, final int lengthBytes, final Crc32c crc32c) {
        assert record != 0 && (record & ALIGNMENT - 1) == 0 : record;
        assert lengthBytes >= HEADER_LENGTH : lengthBytes;
        assert version(record) >= VERSION : "the header comes first";
        for (int i = lengthBytes; i < aligned(lengthBytes); i++) {
            UnsafeApi.putByte(record + i, (byte) 0);
        }
        UnsafeApi.putInt(record + LENGTH_OFFSET, lengthBytes);
        final int crc = crc32c.compute(record + VERSION_OFFSET, lengthBytes - VERSION_OFFSET);
        UnsafeApi.putInt(record + CRC_OFFSET, crc);
        return crc;
    }

    /** Whether the bytes sum to the record's CRC; the length has been checked against the bytes at hand. */
    public static boolean isIntact(final long record, final Crc32c crc32c) {
        assert length(record) >= HEADER_LENGTH : length(record);
        return crc(record) == crc32c.compute(record + VERSION_OFFSET, length(record) - VERSION_OFFSET);
    }
}
