package io.abelia.engine.replicate;

import io.abelia.engine.clock.VectorClock;
import io.abelia.engine.codec.ByteWriter;
import io.abelia.engine.codec.Crc32c;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.agrona.BufferUtil;
import org.agrona.concurrent.UnsafeBuffer;

/** Builds messages in one reusable buffer. */
final class MessageWriter {
    private final UnsafeBuffer buffer;
    private final ByteWriter writer = new ByteWriter();
    private final Crc32c crc;
    private final long node;
    private final View view;
    private long group;

    MessageWriter(final long node, final View view, final int maxBytes) {
        assert maxBytes >= Replica.MIN_MESSAGE_BYTES : maxBytes;
        this.view = view;
        this.node = node;
        final ByteBuffer bytes = ByteBuffer.allocateDirect(maxBytes);
        this.buffer = new UnsafeBuffer(bytes);
        this.crc = new Crc32c().wrap(bytes);
    }

    /** Sets the group that messages are of. */
    void group(final long newGroup) {
        group = newGroup;
    }

    ByteWriter begin(final int kind) {
        assert kind >= Message.RECORDS && kind <= Message.RIGHTS : kind;
        writer.wrap(buffer.addressOffset(), buffer.capacity());
        writer.writeInt(0);
        writer.writeByte(Message.VERSION);
        writer.writeByte(kind);
        writer.writeLong(group);
        writer.writeLong(node);
        writer.writeLong(view.own().origin());
        writer.writeLong(view.own().time());
        assert writer.length() == Message.HEADER_BYTES : writer.length();
        return writer;
    }

    void view() {
        writer.writeVarint(view.launches().size());
        view.launches().forEach((member, launch) -> {
            writer.writeLong(member);
            writer.writeLong(launch.origin());
            writer.writeLong(launch.time());
        });
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
        assert to != node : to;
        seal();
        return transport.send(to, buffer, 0, writer.length());
    }

    boolean broadcast(final Transport transport) {
        seal();
        return transport.broadcast(buffer, 0, writer.length());
    }

    private void seal() {
        assert writer.length() >= Message.HEADER_BYTES && writer.length() <= buffer.capacity() : writer.length();
        buffer.putInt(
                0,
                crc.compute(buffer.addressOffset() + Integer.BYTES, writer.length() - Integer.BYTES),
                ByteOrder.LITTLE_ENDIAN);
    }

    void close() {
        BufferUtil.free(buffer);
    }
}
