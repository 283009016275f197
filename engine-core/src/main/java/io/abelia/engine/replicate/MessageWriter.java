package io.abelia.engine.replicate;

import io.abelia.engine.clock.VectorClock;
import io.abelia.engine.codec.ByteWriter;
import java.nio.ByteBuffer;
import org.agrona.concurrent.UnsafeBuffer;

/** Builds messages in one reusable buffer. */
final class MessageWriter {
    private final UnsafeBuffer buffer;
    private final ByteWriter writer = new ByteWriter();
    private final long node;

    MessageWriter(final long node, final int maxBytes) {
        this.node = node;
        this.buffer = new UnsafeBuffer(ByteBuffer.allocateDirect(maxBytes));
    }

    ByteWriter begin(final int kind) {
        writer.wrap(buffer.addressOffset(), buffer.capacity());
        writer.writeByte(Message.VERSION);
        writer.writeByte(kind);
        writer.writeLong(node);
        return writer;
    }

    void clock(final VectorClock clock) {
        writer.writeVarint(clock.size());
        clock.forEach((origin, seq) -> {
            writer.writeLong(origin);
            writer.writeVarint(seq);
        });
    }

    int length() {
        return writer.length();
    }

    boolean send(final Transport transport, final long to) {
        return transport.send(to, buffer, 0, writer.length());
    }

    boolean broadcast(final Transport transport) {
        return transport.broadcast(buffer, 0, writer.length());
    }
}
