package io.abelia.engine.log;

import io.abelia.engine.codec.Crc32c;
import io.abelia.engine.codec.RecordDescriptor;
import java.io.IOException;
import java.util.concurrent.atomic.AtomicInteger;
import org.agrona.UnsafeApi;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * One segment with its addresses. Readers pin it while they read, so that retention removes the file at once but unmaps the
 * bytes only when the last reader has gone.
 */
final class LogSegment {
    private static final int RETIRED = Integer.MIN_VALUE / 2;

    private final LogSegmentStorage storage;
    private final long index;
    private final int lengthBytes;
    private final int stride;
    private final long address;
    private final long generation;
    private final AtomicInteger pins = new AtomicInteger();

    private LogSegment(final LogSegmentStorage storage, final long index, final long generation) {
        this.storage = storage;
        this.index = index;
        this.lengthBytes = storage.buffer().capacity();
        this.address = new UnsafeBuffer(storage.buffer()).addressOffset();
        this.stride = SegmentDescriptor.stride(address);
        this.generation = generation;
        assert (address & RecordDescriptor.ALIGNMENT - 1) == 0 : address;
        assert lengthBytes >= SegmentDescriptor.HEADER_LENGTH && lengthBytes <= stride : lengthBytes;
    }

    static LogSegment create(
            final LogStorage storage, final long index, final int lengthBytes, final int stride, final long generation)
            throws IOException {
        assert index > 0 : index;
        assert (lengthBytes & RecordDescriptor.ALIGNMENT - 1) == 0 : lengthBytes;
        final LogSegmentStorage bytes = storage.create(index, lengthBytes);
        SegmentDescriptor.writeHeader(
                new UnsafeBuffer(bytes.buffer()).addressOffset(), lengthBytes, stride, index, generation);
        return new LogSegment(bytes, index, generation);
    }

    /** Opens an existing segment; null where its header is not one. */
    static @org.jspecify.annotations.Nullable LogSegment open(final LogStorage storage, final long index)
            throws IOException {
        final LogSegmentStorage bytes = storage.open(index);
        final int fileLength = bytes.buffer().capacity();
        final long address = new UnsafeBuffer(bytes.buffer()).addressOffset();
        if (!SegmentDescriptor.isHeaderValid(address, index, fileLength)) {
            bytes.close();
            return null;
        }
        return new LogSegment(bytes, index, SegmentDescriptor.generation(address));
    }

    long index() {
        return index;
    }

    int lengthBytes() {
        return lengthBytes;
    }

    long address(final int offset) {
        assert offset >= SegmentDescriptor.HEADER_LENGTH && offset < lengthBytes : offset;
        return address + offset;
    }

    int stride() {
        return stride;
    }

    long position(final int offset) {
        assert offset >= 0 && offset <= stride : offset;
        return index * stride + offset;
    }

    /** Position at which the next segment begins, however short this one is. */
    long nextPosition() {
        return position(stride);
    }

    long generation() {
        return generation;
    }

    Crc32c newCrc() {
        return new Crc32c().wrap(storage.buffer());
    }

    void force(final int offset, final int length) throws IOException {
        assert offset >= 0 && length >= 0 && length <= lengthBytes - offset : offset;
        storage.force(offset, length);
    }

    /** Seals the record that was written behind the frame header at an offset, and publishes the frame. */
    void publish(final int offset, final int recordLength) {
        final long frame = address + offset;
        final int crc = RecordDescriptor.crc(frame + SegmentDescriptor.FRAME_HEADER_LENGTH);
        assert RecordDescriptor.length(frame + SegmentDescriptor.FRAME_HEADER_LENGTH) == recordLength : recordLength;
        assert RecordDescriptor.aligned(recordLength)
                        <= lengthBytes - offset - 2 * SegmentDescriptor.FRAME_HEADER_LENGTH
                : recordLength;
        assert (offset & RecordDescriptor.ALIGNMENT - 1) == 0 && frameLength(offset) == 0 : offset;
        UnsafeApi.putInt(
                frame + SegmentDescriptor.FRAME_CHECK_OFFSET,
                SegmentDescriptor.frameCheck(generation, position(offset), crc));
        UnsafeApi.putIntRelease(null, frame, RecordDescriptor.aligned(recordLength));
    }

    /** Writes the mark that the log goes on in the next segment. */
    void publishEnd(final int offset) {
        assert (offset & RecordDescriptor.ALIGNMENT - 1) == 0 && frameLength(offset) == 0 : offset;
        final long frame = address + offset;
        UnsafeApi.putInt(
                frame + SegmentDescriptor.FRAME_CHECK_OFFSET, SegmentDescriptor.endCheck(generation, position(offset)));
        UnsafeApi.putIntRelease(null, frame, SegmentDescriptor.END_OF_SEGMENT);
    }

    /** Length field of the frame at an offset. */
    int frameLength(final int offset) {
        assert offset >= SegmentDescriptor.HEADER_LENGTH
                        && offset <= lengthBytes - SegmentDescriptor.FRAME_HEADER_LENGTH
                : offset;
        return UnsafeApi.getIntVolatile(null, address + offset);
    }

    /** Whether the frame at an offset is whole: length in bounds, check and record CRC right. */
    boolean isFrameIntact(final int offset, final Crc32c crc) {
        final long frame = address + offset;
        final int length = frameLength(offset);
        final int check = UnsafeApi.getInt(frame + SegmentDescriptor.FRAME_CHECK_OFFSET);
        if (length == SegmentDescriptor.END_OF_SEGMENT) {
            return check == SegmentDescriptor.endCheck(generation, position(offset));
        }
        final long record = frame + SegmentDescriptor.FRAME_HEADER_LENGTH;
        if (length < RecordDescriptor.HEADER_LENGTH
                || length > lengthBytes - offset - SegmentDescriptor.FRAME_HEADER_LENGTH
                || RecordDescriptor.aligned(RecordDescriptor.length(record)) != length
                || RecordDescriptor.length(record) < RecordDescriptor.HEADER_LENGTH) {
            return false;
        }
        return check == SegmentDescriptor.frameCheck(generation, position(offset), RecordDescriptor.crc(record))
                && RecordDescriptor.isIntact(record, crc);
    }

    /** Zeroes from an offset to the end. */
    void clearFrom(final int offset) {
        assert offset >= SegmentDescriptor.HEADER_LENGTH && offset <= lengthBytes : offset;
        UnsafeApi.setMemory(address + offset, lengthBytes - offset, (byte) 0);
    }

    /** Keeps the bytes mapped until {@link #unpin}; false where the segment is already retired. */
    boolean pin() {
        if (pins.incrementAndGet() > 0) {
            return true;
        }
        unpin();
        return false;
    }

    void unpin() {
        if (pins.decrementAndGet() == RETIRED) {
            storage.close();
        }
    }

    /** Unmaps the bytes as soon as nobody reads them. */
    void retire() {
        if (pins.addAndGet(RETIRED) == RETIRED) {
            storage.close();
        }
    }
}
