package io.abelia.engine.codec;

import java.nio.ByteBuffer;
import java.util.zip.CRC32C;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * CRC-32C over off-heap bytes through the JDK's intrinsic, without allocating. The bytes must lie within the buffer given
 * to {@link #wrap}. Not thread safe; one instance a thread.
 */
public final class Crc32c {
    private final CRC32C crc = new CRC32C();
    private ByteBuffer buffer = ByteBuffer.allocateDirect(0);
    private long base;

    /** Selects the direct buffer whose bytes are summed; keeps a duplicate, so the caller's position is untouched. */
    public Crc32c wrap(final ByteBuffer directBuffer) {
        assert directBuffer.isDirect() : directBuffer;
        buffer = directBuffer.duplicate();
        base = new UnsafeBuffer(directBuffer).addressOffset();
        return this;
    }

    /** CRC-32C of {@code lengthBytes} bytes at {@code address}, which lies within the wrapped buffer. */
    public int compute(final long address, final int lengthBytes) {
        assert lengthBytes >= 0 : lengthBytes;
        assert address >= base && address - base <= buffer.capacity() - lengthBytes : address - base;
        crc.reset();
        final int offset = (int) (address - base);
        buffer.limit(offset + lengthBytes).position(offset);
        crc.update(buffer);
        return (int) crc.getValue();
    }
}
