package io.abelia.engine.snapshot;

import io.abelia.engine.codec.ByteWriter;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.agrona.BufferUtil;
import org.agrona.concurrent.UnsafeBuffer;

/** A growing off-heap buffer for one chunk of a snapshot file. */
final class ChunkBuffer implements AutoCloseable {
    private static final int INITIAL_BYTES = 1 << 16;
    private ByteBuffer bytes = ByteBuffer.allocateDirect(INITIAL_BYTES).order(ByteOrder.LITTLE_ENDIAN);
    private final ByteWriter writer = new ByteWriter();

    ChunkBuffer() {
        clear();
    }

    void clear() {
        writer.wrap(address(), bytes.capacity());
    }

    private long address() {
        return new UnsafeBuffer(bytes).addressOffset();
    }

    /** Cursor with room for so many bytes more. */
    ByteWriter reserve(final int moreBytes) {
        assert moreBytes >= 0 : moreBytes;
        if (writer.remaining() < moreBytes) {
            final int used = writer.length();
            final long wanted = Math.max((long) bytes.capacity() << 1, (long) used + moreBytes);
            if (wanted > Integer.MAX_VALUE - 8) {
                throw new IllegalStateException("a slice of the state exceeds 2 GB in its snapshot");
            }
            final ByteBuffer grown = ByteBuffer.allocateDirect((int) wanted).order(ByteOrder.LITTLE_ENDIAN);
            grown.put(0, bytes, 0, used);
            BufferUtil.free(bytes);
            bytes = grown;
            writer.wrap(address(), bytes.capacity());
            writer.position(address() + used);
        }
        assert writer.remaining() >= moreBytes : writer.remaining();
        return writer;
    }

    int length() {
        return writer.length();
    }

    /** What has been written, from position 0 to limit. */
    ByteBuffer written() {
        assert writer.length() >= 0 && writer.length() <= bytes.capacity() : writer.length();
        return bytes.duplicate().order(ByteOrder.LITTLE_ENDIAN).position(0).limit(writer.length());
    }

    @Override
    public void close() {
        BufferUtil.free(bytes);
    }
}
