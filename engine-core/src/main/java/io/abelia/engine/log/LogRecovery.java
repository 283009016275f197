package io.abelia.engine.log;

import io.abelia.engine.codec.Crc32c;
import io.abelia.engine.codec.RecordDescriptor;
import io.abelia.engine.lock.CommitLock;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * Opens the log that an earlier run left: checks every frame, tells a torn tail (cut off, reported) from corruption (refused),
 * and hands the records to whoever rebuilds state.
 *
 * <p>A bad frame below the durable mark is corruption, since what lies there was forced once. A bad frame above it is the tail
 * of a run that ended before it could force; everything from there on was never acknowledged as durable.
 */
public final class LogRecovery {
    private static final int SHORT_STRIDE = 2 << 20;
    private static final int FIRST_LENGTH = 256 << 10;

    private final LogStorage storage;
    private final int firstLength;
    private int stride;
    private final List<LogSegment> segments = new ArrayList<>();
    private final List<LogSegment> dropped = new ArrayList<>();
    private long endPosition;
    private long tornBytes;

    /**
     * A log to be read and gone on with.
     *
     * @param stride length of a whole segment, in bytes, where there is no log yet; one that is there keeps its own
     * @param firstLength length of a launch's first segment, or 0 for 256 KiB, and a whole one where that has no more than 2 MiB
     */
    public LogRecovery(final LogStorage storage, final int stride, final int firstLength) {
        this.storage = storage;
        this.stride = stride;
        this.firstLength = firstLength;
    }

    /** A log to be read. */
    public LogRecovery(final LogStorage storage) {
        this(storage, SHORT_STRIDE, 0);
    }

    /**
     * Opens all segments and finds the end of the log; the tail behind it is cleared when {@link #start} runs.
     *
     * @param knownDurable position below which all is known to have been forced, beside what the durable mark tells
     * @throws LogCorruptedException when records that were once durable cannot be read
     */
    public void scan(final long knownDurable) throws IOException {
        final long mark = Math.max(knownDurable, storage.durableMark());
        final long[] indexes = storage.indexes();
        stride = strideOf(indexes);
        assert stride >= SegmentDescriptor.HEADER_LENGTH : stride;
        boolean ended = false;
        for (int i = 0; i < indexes.length && !ended; i++) {
            final LogSegment segment = LogSegment.open(storage, indexes[i]);
            final long start = indexes[i] * stride;
            final boolean gap = i > 0 && indexes[i] != indexes[i - 1] + 1;
            if (segment == null || gap) {
                if (segment != null) {
                    segment.retire();
                }
                if (start + SegmentDescriptor.HEADER_LENGTH < mark) {
                    throw new LogCorruptedException(
                            FileLogStorage.fileName(indexes[i]),
                            0,
                            gap ? "the segment before it is missing" : "its header is damaged");
                }
                ended = true;
            } else {
                if (segment.stride() != stride) {
                    segment.retire();
                    throw new IOException(
                            "segment " + FileLogStorage.fileName(indexes[i]) + " belongs to a log of whole segments of "
                                    + segment.stride() + " bytes, and others here to one of " + stride
                                    + ": the files of two directories have been mixed");
                }
                assert segments.isEmpty() || segments.get(segments.size() - 1).index() + 1 == segment.index()
                        : indexes[i];
                segments.add(segment);
                ended = !scan(segment, mark);
            }
        }
        if (endPosition < mark) {
            throw new LogCorruptedException(
                    FileLogStorage.fileName(mark / stride),
                    mark % stride,
                    "the log ends before it, at position " + endPosition);
        }
    }

    /** What the first whole header tells; where none is, nothing was logged, or the mark tells that it is lost. */
    private int strideOf(final long[] indexes) throws IOException {
        for (final long index : indexes) {
            final LogSegment segment = LogSegment.open(storage, index);
            if (segment != null) {
                segment.retire();
                return segment.stride();
            }
        }
        return stride;
    }

    /** Returns whether the segment ends with its end mark, so that the log goes on. */
    private boolean scan(final LogSegment segment, final long mark) {
        final Crc32c crc = segment.newCrc();
        int offset = SegmentDescriptor.HEADER_LENGTH;
        while (offset <= segment.lengthBytes() - SegmentDescriptor.FRAME_HEADER_LENGTH) {
            final int length = segment.frameLength(offset);
            if (!segment.isFrameIntact(offset, crc)) {
                if (segment.position(offset) < mark) {
                    throw new LogCorruptedException(
                            FileLogStorage.fileName(segment.index()), offset, "the frame does not match its checksums");
                }
                if (length != 0) {
                    tornBytes += segment.lengthBytes() - offset;
                }
                break;
            }
            if (length == SegmentDescriptor.END_OF_SEGMENT) {
                endPosition = segment.nextPosition();
                return true;
            }
            offset += SegmentDescriptor.FRAME_HEADER_LENGTH + length;
            assert offset <= segment.lengthBytes() : offset;
        }
        endPosition = segment.position(offset);
        return false;
    }

    /** Position behind the last good frame. */
    public long endPosition() {
        return endPosition;
    }

    /** Bytes behind the end that were written and will be cut off. */
    public long tornBytes() {
        return tornBytes;
    }

    /** Visits the records from a position to the end, launch records included, in log order. */
    public void replay(final long fromPosition, final LogReader.RecordHandler handler) {
        for (final LogSegment segment : segments) {
            int offset = SegmentDescriptor.HEADER_LENGTH;
            while (segment.position(offset) < endPosition
                    && offset <= segment.lengthBytes() - SegmentDescriptor.FRAME_HEADER_LENGTH) {
                final int length = segment.frameLength(offset);
                if (length <= 0) {
                    break;
                }
                if (segment.position(offset) >= fromPosition) {
                    final long record = segment.address(offset + SegmentDescriptor.FRAME_HEADER_LENGTH);
                    assert RecordDescriptor.aligned(RecordDescriptor.length(record)) == length : length;
                    if (!handler.onRecord(record, RecordDescriptor.length(record), segment.position(offset))) {
                        return;
                    }
                }
                offset += SegmentDescriptor.FRAME_HEADER_LENGTH + length;
            }
        }
    }

    /** Leaves out the segments before the one that begins at a position; if none begins there, none. */
    public void dropBeforeSegmentAt(final long position) {
        final boolean begins =
                segments.stream().anyMatch(segment -> segment.position(SegmentDescriptor.HEADER_LENGTH) == position);
        while (begins && segments.get(0).position(0) < position - SegmentDescriptor.HEADER_LENGTH) {
            dropped.add(segments.remove(0));
        }
        assert !begins || segments.get(0).position(SegmentDescriptor.HEADER_LENGTH) == position : position;
    }

    /**
     * Cuts the torn tail off and begins a segment of a new generation behind it.
     *
     * @param generation 64 random bits
     * @param prologue writes the launch record
     * @param lock held by whoever appends
     */
    public CommitLog start(final long generation, final CommitLog.SegmentPrologue prologue, final CommitLock lock)
            throws IOException {
        final long last =
                segments.isEmpty() ? 0 : segments.get(segments.size() - 1).index();
        for (final long index : storage.indexes()) {
            if (index > last || segments.isEmpty()) {
                storage.delete(index);
            }
        }
        for (final LogSegment segment : dropped) {
            segment.retire();
            storage.delete(segment.index());
        }
        dropped.clear();
        // what lies behind the tail goes first: a crash in between must not make it follow a tail that looks ended
        storage.forceDirectory();
        if (!segments.isEmpty()) {
            cutTail(segments.get(segments.size() - 1));
        }
        forceWhatIsNot();
        return new CommitLog(storage, stride, first(), generation, prologue, segments.toArray(new LogSegment[0]), lock);
    }

    private int first() {
        if (firstLength == 0) {
            return stride <= SHORT_STRIDE ? stride : FIRST_LENGTH;
        }
        return Math.min(firstLength, stride);
    }

    /** A kill leaves what was never forced in the page cache: the new launch's durable mark will lie above it. */
    private void forceWhatIsNot() throws IOException {
        final long mark = storage.durableMark();
        for (final LogSegment segment : segments) {
            if (segment.nextPosition() > mark && segment.position(0) < endPosition) {
                segment.force(0, segment.lengthBytes());
            }
        }
    }

    private void cutTail(final LogSegment last) throws IOException {
        final int offset = (int) (endPosition - last.position(0));
        assert offset >= SegmentDescriptor.HEADER_LENGTH : offset;
        if (offset <= last.lengthBytes() - SegmentDescriptor.FRAME_HEADER_LENGTH) {
            last.clearFrom(offset);
            last.publishEnd(offset);
            last.force(0, last.lengthBytes());
        }
    }

    /** Releases segments and storage without starting. */
    public void abandon() {
        dropped.forEach(LogSegment::retire);
        dropped.clear();
        segments.forEach(LogSegment::retire);
        segments.clear();
        storage.close();
    }
}
