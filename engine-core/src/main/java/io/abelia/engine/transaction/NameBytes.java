package io.abelia.engine.transaction;

import java.nio.ByteBuffer;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Off-heap bytes for the names of a cell, cut from chunks that many cells share: names lie side by side, and a chunk is freed when no
 * cell of it is reachable any more.
 */
final class NameBytes {
    private static final int CHUNK_BYTES = 1 << 16;
    private static ByteBuffer chunk = ByteBuffer.allocateDirect(CHUNK_BYTES);

    private final ByteBuffer owner;
    private final long address;

    private NameBytes(final ByteBuffer owner, final long address) {
        this.owner = owner;
        this.address = address;
    }

    static synchronized NameBytes reserve(final int lengthBytes) {
        if (chunk.remaining() < lengthBytes) {
            chunk = ByteBuffer.allocateDirect(CHUNK_BYTES);
        }
        final long address = new UnsafeBuffer(chunk).addressOffset() + chunk.position();
        final NameBytes bytes = new NameBytes(chunk, address);
        chunk.position(chunk.position() + lengthBytes);
        return bytes;
    }

    long address() {
        return address;
    }

    /** The chunk, which lives as long as somebody holds this object. */
    ByteBuffer owner() {
        return owner;
    }
}
