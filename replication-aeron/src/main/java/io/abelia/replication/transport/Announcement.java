package io.abelia.replication.transport;

import java.nio.ByteOrder;
import java.util.Map;
import java.util.function.BiConsumer;
import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;

/**
 * Where nodes can be reached, as each tells all: count (4 bytes), then for each node 8 bytes number, 2 bytes length, the ASCII text
 * {@code address:port}. The sender comes first.
 */
final class Announcement {
    static final int MAX_NODES = 256;
    private static final int MAX_ENDPOINT_BYTES = 128;

    private Announcement() {}

    static int write(
            final MutableDirectBuffer buffer, final long node, final String endpoint, final Map<Long, String> others) {
        assert !others.containsKey(node) : node;
        int at = put(buffer, Integer.BYTES, node, endpoint);
        int count = 1;
        for (final Map.Entry<Long, String> other : others.entrySet()) {
            if (count < MAX_NODES) {
                at = put(buffer, at, other.getKey(), other.getValue());
                count++;
            }
        }
        buffer.putInt(0, count, ByteOrder.LITTLE_ENDIAN);
        return at;
    }

    private static int put(final MutableDirectBuffer buffer, final int at, final long node, final String endpoint) {
        buffer.putLong(at, node, ByteOrder.LITTLE_ENDIAN);
        final int length = buffer.putStringWithoutLengthAscii(at + Long.BYTES + Short.BYTES, endpoint);
        assert length <= MAX_ENDPOINT_BYTES : length;
        buffer.putShort(at + Long.BYTES, (short) length, ByteOrder.LITTLE_ENDIAN);
        return at + Long.BYTES + Short.BYTES + length;
    }

    /** Hands out what an announcement tells; false if it is none. */
    static boolean read(final DirectBuffer buffer, final int lengthBytes, final BiConsumer<Long, String> handler) {
        if (lengthBytes < Integer.BYTES) {
            return false;
        }
        final int count = buffer.getInt(0, ByteOrder.LITTLE_ENDIAN);
        int at = Integer.BYTES;
        for (int i = 0; i < count && i < MAX_NODES; i++) {
            if (lengthBytes - at < Long.BYTES + Short.BYTES) {
                return false;
            }
            final int length = Short.toUnsignedInt(buffer.getShort(at + Long.BYTES, ByteOrder.LITTLE_ENDIAN));
            final int text = at + Long.BYTES + Short.BYTES;
            if (length > MAX_ENDPOINT_BYTES || length > lengthBytes - text) {
                return false;
            }
            handler.accept(
                    buffer.getLong(at, ByteOrder.LITTLE_ENDIAN), buffer.getStringWithoutLengthAscii(text, length));
            at = text + length;
            assert at <= lengthBytes : at;
        }
        return true;
    }
}
