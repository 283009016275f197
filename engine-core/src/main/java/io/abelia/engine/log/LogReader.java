package io.abelia.engine.log;

import io.abelia.engine.codec.RecordDescriptor;
import org.agrona.concurrent.UnsafeBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Reads the log from a position onward, in apply order, up to a bound given on each poll. One reader for each thread. A
 * reader never holds retention up: when its position has been removed it says so.
 */
public final class LogReader implements AutoCloseable {
    /** {@link #poll} when the records at the reader's position have been removed. */
    public static final int TRUNCATED = -1;

    /** Receives records. The buffer is valid during the call only. */
    @FunctionalInterface
    public interface RecordHandler {
        /**
         * One record.
         *
         * @param record address of the record
         * @param lengthBytes its exact length
         * @param position log position of its frame
         * @return false to stop before this record; it is handed out again by the next poll
         */
        boolean onRecord(long record, int lengthBytes, long position);
    }

    /** Receives records as Agrona buffers. */
    @FunctionalInterface
    public interface BufferHandler {
        /** One record at an offset of a buffer, valid during the call only. */
        void onRecord(org.agrona.DirectBuffer buffer, int offset, int lengthBytes);
    }

    private final CommitLog log;
    private final UnsafeBuffer view = new UnsafeBuffer(0, 0);
    private @Nullable LogSegment segment;
    private long position;

    LogReader(final CommitLog log, final long position) {
        this.log = log;
        this.position = position;
    }

    /** Position of the next frame. */
    public long position() {
        return position;
    }

    /** Goes on from another position. */
    public void seek(final long newPosition) {
        release();
        position = newPosition;
    }

    /**
     * Hands out records, transactions and closings alike, below a position.
     *
     * @param handler receives them
     * @param limitPosition first position not to read, at most {@link CommitLog#appendPosition()}
     * @param maxRecords most records of this poll
     * @return records handed out, or {@link #TRUNCATED}
     * @throws IllegalStateException if the engine has been closed
     */
    public int poll(final RecordHandler handler, final long limitPosition, final int maxRecords) {
        return poll(handler, limitPosition, maxRecords, false);
    }

    /** As {@link #poll(RecordHandler, long, int)}, with the launch records that begin segments if asked for. */
    public int poll(
            final RecordHandler handler, final long limitPosition, final int maxRecords, final boolean withLaunches) {
        log.requireOpen();
        int records = 0;
        while (records < maxRecords && position < limitPosition) {
            if (segment == null) {
                segment = log.pinAtOrAfter(position);
                if (segment == null || segment.position(SegmentDescriptor.HEADER_LENGTH) > position) {
                    return position < log.oldestPosition() || segment != null ? truncated() : records;
                }
            }
            final int offset = (int) (position - segment.position(0));
            assert position < segment.nextPosition() : position;
            final int length = segment.frameLength(offset);
            if (length == SegmentDescriptor.END_OF_SEGMENT) {
                final long next = segment.nextPosition() + SegmentDescriptor.HEADER_LENGTH;
                release();
                position = next;
                continue;
            }
            if (length <= 0) {
                return records;
            }
            final long record = segment.address(offset + SegmentDescriptor.FRAME_HEADER_LENGTH);
            assert RecordDescriptor.aligned(RecordDescriptor.length(record)) == length : length;
            final boolean launch = RecordDescriptor.kind(record) >= RecordDescriptor.KIND_LAUNCH;
            if (!launch || withLaunches) {
                if (!handler.onRecord(record, RecordDescriptor.length(record), position)) {
                    return records;
                }
                records++;
            }
            position += SegmentDescriptor.FRAME_HEADER_LENGTH + length;
        }
        return records;
    }

    /** Hands out records as buffers, up to what is appended. */
    public int poll(final BufferHandler handler, final int maxRecords) {
        return poll(
                (record, lengthBytes, at) -> {
                    view.wrap(record, lengthBytes);
                    handler.onRecord(view, 0, lengthBytes);
                    return true;
                },
                log.appendPosition(),
                maxRecords);
    }

    private int truncated() {
        release();
        return TRUNCATED;
    }

    private void release() {
        if (segment != null) {
            segment.unpin();
            segment = null;
        }
    }

    @Override
    public void close() {
        release();
    }
}
