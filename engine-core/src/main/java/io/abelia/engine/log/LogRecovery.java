package io.abelia.engine.log;

import io.abelia.engine.codec.Crc32c;
import io.abelia.engine.codec.RecordDescriptor;
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
    private final LogStorage storage;
    private final int segmentLength;
    private final List<LogSegment> segments = new ArrayList<>();
    private final List<LogSegment> dropped = new ArrayList<>();
    private long endPosition;
    private long tornBytes;

    public LogRecovery(final LogStorage storage, final int segmentLength) {
        this.storage = storage;
        this.segmentLength = segmentLength;
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
        boolean ended = false;
        for (int i = 0; i < indexes.length && !ended; i++) {
            final LogSegment segment = LogSegment.open(storage, indexes[i]);
            final long start = indexes[i] * segmentLength;
            final boolean gap = i > 0 && indexes[i] != indexes[i - 1] + 1;
            if (segment == null || gap) {
                if (start + SegmentDescriptor.HEADER_LENGTH < mark) {
                    throw new LogCorruptedException(
                            FileLogStorage.fileName(indexes[i]),
                            0,
                            gap ? "the segment before it is missing" : "its header is damaged");
                }
                ended = true;
            } else {
                if (segment.lengthBytes() != segmentLength) {
                    segment.retire();
                    throw new IOException("segment " + FileLogStorage.fileName(indexes[i]) + " has "
                            + segment.lengthBytes() + " bytes, configured are " + segmentLength
                            + ": open it with the segment length it was written with");
                }
                segments.add(segment);
                ended = !scan(segment, mark);
            }
        }
        if (endPosition < mark) {
            throw new LogCorruptedException(
                    FileLogStorage.fileName(mark / segmentLength),
                    mark % segmentLength,
                    "the log ends before it, at position " + endPosition);
        }
    }

    /** Returns whether the segment ends with its end mark, so that the log goes on. */
    private boolean scan(final LogSegment segment, final long mark) {
        final Crc32c crc = segment.newCrc();
        int offset = SegmentDescriptor.HEADER_LENGTH;
        while (offset <= segmentLength - SegmentDescriptor.FRAME_HEADER_LENGTH) {
            final int length = segment.frameLength(offset);
            if (!segment.isFrameIntact(offset, crc)) {
                if (segment.position(offset) < mark) {
                    throw new LogCorruptedException(
                            FileLogStorage.fileName(segment.index()), offset, "the frame does not match its checksums");
                }
                if (length != 0) {
                    tornBytes += segmentLength - offset;
                }
                break;
            }
            if (length == SegmentDescriptor.END_OF_SEGMENT) {
                endPosition = segment.position(segmentLength);
                return true;
            }
            offset += SegmentDescriptor.FRAME_HEADER_LENGTH + length;
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
                    && offset <= segmentLength - SegmentDescriptor.FRAME_HEADER_LENGTH) {
                final int length = segment.frameLength(offset);
                if (length <= 0) {
                    break;
                }
                if (segment.position(offset) >= fromPosition) {
                    final long record = segment.address(offset + SegmentDescriptor.FRAME_HEADER_LENGTH);
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
    }

    /**
     * Cuts the torn tail off and begins a segment of a new generation behind it.
     *
     * @param generation 64 random bits
     * @param prologue writes the launch record
     */
    public CommitLog start(final long generation, final CommitLog.SegmentPrologue prologue) throws IOException {
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
        return new CommitLog(storage, segmentLength, generation, prologue, segments.toArray(new LogSegment[0]));
    }

    /** A kill leaves what was never forced in the page cache: the new launch's durable mark will lie above it. */
    private void forceWhatIsNot() throws IOException {
        final long mark = storage.durableMark();
        for (final LogSegment segment : segments) {
            if (segment.position(segmentLength) > mark && segment.position(0) < endPosition) {
                segment.force(0, segmentLength);
            }
        }
    }

    private void cutTail(final LogSegment last) throws IOException {
        final int offset = (int) (endPosition - last.position(0));
        if (offset <= segmentLength - SegmentDescriptor.FRAME_HEADER_LENGTH) {
            last.clearFrom(offset);
            last.publishEnd(offset);
            last.force(0, segmentLength);
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
