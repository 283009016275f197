package io.abelia.coordination.state;

import io.abelia.engine.clock.HybridClock;
import io.abelia.engine.codec.Crc32c;
import io.abelia.engine.codec.Limits;
import io.abelia.engine.codec.RecordDescriptor;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Makes records of operations, as one origin's sequence: each has observed all before it and nothing else, which is what a serial order
 * means.
 */
final class RecordBuilder {
    private static final int CLOCK_BYTES = 1;

    private final long origin;
    private final ByteBuffer bytes =
            ByteBuffer.allocateDirect(Limits.RECORD_BYTES).order(ByteOrder.LITTLE_ENDIAN);
    private final UnsafeBuffer buffer = new UnsafeBuffer(bytes);
    private final Crc32c crc32c = new Crc32c().wrap(bytes);
    private int lengthBytes;
    private int crc;
    private long timestampMs;
    private final HybridClock hybridClock = new HybridClock(() -> Math.min(timestampMs, HybridClock.MAX_WALL_MS));
    private int appliedCrc;
    private long applied;

    RecordBuilder(final long origin) {
        this.origin = origin;
    }

    /** The record that follows what has been applied; valid until the next call. */
    DirectBuffer next(final long newTimestampMs, final DirectBuffer operations) {
        assert applied > 0 || appliedCrc == 0 : appliedCrc;
        timestampMs = newTimestampMs;
        final long record = buffer.addressOffset();
        RecordDescriptor.writeHeader(
                record, RecordDescriptor.KIND_TRANSACTION, 0, appliedCrc, origin, applied + 1, hybridClock.next());
        buffer.putByte(RecordDescriptor.HEADER_LENGTH, (byte) 0); // no clock entry moved: there is no other origin
        final int start = RecordDescriptor.HEADER_LENGTH + CLOCK_BYTES;
        buffer.putBytes(start, operations, 0, operations.capacity());
        lengthBytes = start + operations.capacity();
        assert lengthBytes <= buffer.capacity() : lengthBytes;
        crc = RecordDescriptor.seal(record, lengthBytes, crc32c);
        return buffer;
    }

    int lengthBytes() {
        return lengthBytes;
    }

    /** The record at hand has been applied. */
    void markApplied() {
        applied++;
        assert RecordDescriptor.seq(buffer.addressOffset()) == applied : applied;
        appliedCrc = crc;
    }

    /** Records applied so far. */
    long applied() {
        return applied;
    }

    void write(final DataOutputStream out) throws IOException {
        assert applied == 0 || hybridClock.last() > 0 : applied;
        out.writeLong(applied);
        out.writeInt(appliedCrc);
        out.writeLong(hybridClock.last());
    }

    void read(final DataInputStream in) throws IOException {
        applied = in.readLong();
        appliedCrc = in.readInt();
        hybridClock.observe(in.readLong());
    }
}
