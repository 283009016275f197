package io.abelia.engine.replicate;

import io.abelia.engine.clock.VectorClock;
import io.abelia.engine.codec.ByteReader;
import io.abelia.engine.codec.Crc32c;
import io.abelia.engine.codec.MalformedRecordException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.SortedMap;
import java.util.TreeMap;
import org.agrona.BufferUtil;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

/** Copies a message to where it can be read, and reads what messages are made of. */
final class MessageReader {
    private final ByteReader reader = new ByteReader();
    private final UnsafeBuffer inbound;
    private final Crc32c crc;

    MessageReader(final int maxBytes) {
        assert maxBytes >= Replica.MIN_MESSAGE_BYTES : maxBytes;
        final ByteBuffer bytes = ByteBuffer.allocateDirect(maxBytes);
        this.inbound = new UnsafeBuffer(bytes);
        this.crc = new Crc32c().wrap(bytes);
    }

    /** Copies a message and stands behind its checksum; false if it is none, or damaged. */
    boolean wrap(final DirectBuffer buffer, final int offset, final int lengthBytes) {
        if (lengthBytes < Message.HEADER_BYTES || lengthBytes > inbound.capacity()) {
            return false;
        }
        assert offset >= 0 && lengthBytes <= buffer.capacity() - offset : offset + " and " + lengthBytes;
        inbound.putBytes(0, buffer, offset, lengthBytes);
        reader.wrap(inbound.addressOffset() + Integer.BYTES, lengthBytes - Integer.BYTES);
        return inbound.getInt(0, ByteOrder.LITTLE_ENDIAN)
                == crc.compute(inbound.addressOffset() + Integer.BYTES, lengthBytes - Integer.BYTES);
    }

    ByteReader bytes() {
        return reader;
    }

    SortedMap<Long, View.Launch> view() {
        final SortedMap<Long, View.Launch> launches = new TreeMap<>();
        final int entries = reader.readVarintInt(Epoch.MAX_NODES);
        for (int i = 0; i < entries; i++) {
            launches.put(reader.readLong(), new View.Launch(reader.readLong(), reader.readLong()));
        }
        return launches;
    }

    VectorClock clock() {
        final VectorClock.Builder clock = VectorClock.builder();
        final int entries = reader.readVarintInt(Message.MAX_CLOCK_ENTRIES);
        for (int i = 0; i < entries; i++) {
            final long origin = reader.readLong();
            final long seq = reader.readVarint();
            if (seq < 0) {
                throw new MalformedRecordException("seq " + seq);
            }
            clock.put(origin, seq);
        }
        return clock.build();
    }

    void free() {
        BufferUtil.free(inbound);
    }
}
