package io.abelia.engine.log;

import io.abelia.engine.codec.Hashing;
import org.agrona.UnsafeApi;

/**
 * Layout of a log segment. Little-endian; positions are {@code index * stride + offset}. All segments of a log have one stride, and none is
 * longer: the first ones of a launch are shorter, so that a launch which commits little takes little.
 *
 * <pre>
 *   offset  size  field
 *        0     8  magic "ABELOG01"
 *        8     4  segment length in bytes
 *       12     4  check over the fields above and below
 *       16     8  segment index
 *       24     8  generation: 64 random bits drawn by the launch that created the segment
 *       32     4  stride in bytes, 0 where it is the length
 *       36    28  zero
 *       64        frames
 *
 *   frame
 *        0     4  length: bytes of the record, aligned to 8 and above 0; -1 ends the segment; 0 nothing written yet.
 *                 Stored last, with release order.
 *        4     4  check over generation, position and the record's CRC
 *        8        the record
 * </pre>
 *
 * The check tells a frame from one that a recycled page, a misdirected write or a truncated tail left behind.
 */
public final class SegmentDescriptor {
    public static final long MAGIC = 0x3130474f4c454241L;
    public static final int LENGTH_OFFSET = 8;
    public static final int CHECK_OFFSET = 12;
    public static final int INDEX_OFFSET = 16;
    public static final int GENERATION_OFFSET = 24;
    public static final int STRIDE_OFFSET = 32;
    public static final int HEADER_LENGTH = 64;
    public static final int FRAME_CHECK_OFFSET = 4;
    public static final int FRAME_HEADER_LENGTH = 8;
    /** Frame length that says: the log goes on in the next segment. */
    public static final int END_OF_SEGMENT = -1;

    private static final int END_CRC = 0x454e4421;

    private SegmentDescriptor() {}

    static void writeHeader(
            final long segment, final int lengthBytes, final int stride, final long index, final long generation) {
        assert lengthBytes <= stride : "a segment of " + lengthBytes + " bytes in a stride of " + stride;
        assert lengthBytes >= HEADER_LENGTH : lengthBytes;
        UnsafeApi.putLong(segment, MAGIC);
        UnsafeApi.putInt(segment + LENGTH_OFFSET, lengthBytes);
        UnsafeApi.putLong(segment + INDEX_OFFSET, index);
        UnsafeApi.putLong(segment + GENERATION_OFFSET, generation);
        UnsafeApi.putInt(segment + STRIDE_OFFSET, lengthBytes == stride ? 0 : stride);
        UnsafeApi.putInt(segment + CHECK_OFFSET, headerCheck(segment));
        assert isHeaderValid(segment, index, lengthBytes) : index;
    }

    /** Whether the header is one of this format, for a segment of that index and file length. */
    static boolean isHeaderValid(final long segment, final long index, final int fileLength) {
        return fileLength >= HEADER_LENGTH
                && UnsafeApi.getLong(segment) == MAGIC
                && UnsafeApi.getInt(segment + LENGTH_OFFSET) == fileLength
                && UnsafeApi.getLong(segment + INDEX_OFFSET) == index
                && stride(segment) >= fileLength
                && UnsafeApi.getInt(segment + CHECK_OFFSET) == headerCheck(segment);
    }

    static long generation(final long segment) {
        return UnsafeApi.getLong(segment + GENERATION_OFFSET);
    }

    /** Bytes of position space from one segment to the next. */
    static int stride(final long segment) {
        final int stride = UnsafeApi.getInt(segment + STRIDE_OFFSET);
        return stride == 0 ? UnsafeApi.getInt(segment + LENGTH_OFFSET) : stride;
    }

    private static int headerCheck(final long segment) {
        long hash = Hashing.combine(MAGIC, UnsafeApi.getInt(segment + LENGTH_OFFSET));
        hash = Hashing.combine(hash, UnsafeApi.getLong(segment + INDEX_OFFSET));
        hash = Hashing.combine(hash, UnsafeApi.getLong(segment + GENERATION_OFFSET));
        final int stride = UnsafeApi.getInt(segment + STRIDE_OFFSET);
        return (int) (stride == 0 ? hash : Hashing.combine(hash, stride)); // as it was before there were shorter ones
    }

    static int frameCheck(final long generation, final long position, final int recordCrc) {
        return (int) Hashing.combine(Hashing.combine(generation, position), recordCrc);
    }

    static int endCheck(final long generation, final long position) {
        return frameCheck(generation, position, END_CRC);
    }
}
