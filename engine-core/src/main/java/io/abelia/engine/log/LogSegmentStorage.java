package io.abelia.engine.log;

import java.io.IOException;
import java.nio.ByteBuffer;

/** The bytes of one segment. */
public interface LogSegmentStorage extends AutoCloseable {
    /** All bytes of the segment, direct and little-endian; valid until {@link #close}. */
    ByteBuffer buffer();

    /**
     * Returns once a range is on stable storage.
     *
     * @throws IOException when it may not be; the caller must never try again and then trust the answer
     */
    void force(int offset, int lengthBytes) throws IOException;

    @Override
    void close();
}
