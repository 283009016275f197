package io.abelia.engine.log;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.TreeMap;
import org.agrona.BufferUtil;

/** Segments in direct memory, for durability MEMORY. Gone with the process. */
public final class MemoryLogStorage implements LogStorage {
    private final TreeMap<Long, Segment> segments = new TreeMap<>();

    @Override
    public LogSegmentStorage create(final long index, final int lengthBytes) {
        assert lengthBytes > SegmentDescriptor.HEADER_LENGTH : lengthBytes;
        final Segment segment =
                new Segment(ByteBuffer.allocateDirect(lengthBytes).order(ByteOrder.LITTLE_ENDIAN));
        synchronized (segments) {
            segments.put(index, segment);
        }
        return segment;
    }

    @Override
    public LogSegmentStorage open(final long index) {
        throw new IllegalStateException("segments in memory are created, not reopened: " + index);
    }

    @Override
    public long[] indexes() {
        return new long[0];
    }

    @Override
    public void delete(final long index) {
        synchronized (segments) {
            segments.remove(index);
        }
    }

    @Override
    public void forceDirectory() {
        // memory has no directory
    }

    @Override
    public long durableMark() {
        return 0;
    }

    @Override
    public void durableMark(final long position) {
        // nothing in memory is durable
    }

    @Override
    public void close() {
        synchronized (segments) {
            segments.clear();
        }
    }

    private record Segment(ByteBuffer buffer) implements LogSegmentStorage {
        @Override
        public void force(final int offset, final int lengthBytes) {
            assert offset >= 0 && lengthBytes <= buffer.capacity() - offset : offset;
            // nothing in memory is durable
        }

        @Override
        public void close() {
            BufferUtil.free(buffer);
        }
    }
}
