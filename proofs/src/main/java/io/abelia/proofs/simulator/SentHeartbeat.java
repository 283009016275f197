package io.abelia.proofs.simulator;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What a heartbeat under way says of stability, read as the format document tells it.
 *
 * @param epoch number of the epoch that its sender knows
 * @param view origins of the current launches, by node, as its sender knows
 * @param stable what it reports as stable
 * @param applied what it had applied when it took that
 */
record SentHeartbeat(long epoch, Map<Long, Long> view, Map<Long, Long> stable, Map<Long, Long> applied) {
    private static final int KIND_OFFSET = 5;
    private static final int HEARTBEAT = 2;
    private static final int HEADER_BYTES = 38;
    private static final int EPOCH_MAPS = 4;

    /** A message that is a heartbeat; null for any other. */
    static @Nullable SentHeartbeat of(final byte[] message) {
        if (message[KIND_OFFSET] != HEARTBEAT) {
            return null;
        }
        final ByteBuffer in = ByteBuffer.wrap(message).order(ByteOrder.LITTLE_ENDIAN);
        in.position(HEADER_BYTES);
        final long epoch = varint(in);
        for (int i = 0; i < EPOCH_MAPS; i++) {
            skip(in, (int) varint(in) * 2 * Long.BYTES);
        }
        skip(in, Long.BYTES); // schema
        final Map<Long, Long> view = new TreeMap<>();
        for (long left = varint(in); left > 0; left--) {
            view.put(in.getLong(), in.getLong());
            skip(in, Long.BYTES); // time of the launch
        }
        skip(in, 1 + Long.BYTES); // flags, incarnation
        clock(in); // applied
        clock(in); // what can be had
        final Map<Long, Long> stable = clock(in);
        return new SentHeartbeat(epoch, view, stable, clock(in));
    }

    private static void skip(final ByteBuffer in, final int bytes) {
        in.position(in.position() + bytes);
    }

    private static Map<Long, Long> clock(final ByteBuffer in) {
        final Map<Long, Long> clock = new TreeMap<>();
        for (long left = varint(in); left > 0; left--) {
            final long origin = in.getLong();
            final long seq = varint(in);
            if (seq > 0) {
                clock.put(origin, seq);
            }
        }
        return clock;
    }

    private static long varint(final ByteBuffer in) {
        long value = 0;
        int shift = 0;
        byte next;
        do {
            next = in.get();
            value |= (long) (next & 0x7F) << shift;
            shift += 7;
        } while (next < 0);
        return value;
    }
}
