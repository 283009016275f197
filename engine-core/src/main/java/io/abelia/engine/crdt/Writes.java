package io.abelia.engine.crdt;

import io.abelia.engine.codec.Operation;
import io.abelia.engine.state.Block;
import io.abelia.engine.state.Units;
import org.agrona.UnsafeApi;

/**
 * The state of a register: an antichain of writes, nearly always one, and for first-writer registers the ghosts of cleared
 * writes.
 *
 * <pre>
 *   offset  size  field
 *        0     4  count of writes
 *        4     4  count of ghosts
 *        8        writes: 8 origin, 8 seq, 8 hybrid time, 4 length of the value, 4 zero, canonical value padded to 8
 *                 ghosts: 8 origin, 8 seq of a cleared write, 8 origin, 8 seq of the clear
 * </pre>
 */
public final class Writes {
    static final int HEADER = 8;
    static final int WRITE_HEADER = 32;
    static final int GHOST = 32;
    private static final int HYBRID_TIME = 16;
    private static final int VALUE_LENGTH = 24;

    private Writes() {}

    /** Number of writes kept. */
    public static int count(final long body, final int bodyLength) {
        return bodyLength == 0 ? 0 : UnsafeApi.getInt(body);
    }

    static int ghosts(final long body, final int bodyLength) {
        return bodyLength == 0 ? 0 : UnsafeApi.getInt(body + Integer.BYTES);
    }

    static void counts(final long body, final int writes, final int ghosts) {
        assert writes >= 0 && ghosts >= 0 : writes;
        UnsafeApi.putInt(body, writes);
        UnsafeApi.putInt(body + Integer.BYTES, ghosts);
    }

    /** Address of the first write. */
    public static long first(final long body) {
        return body + HEADER;
    }

    /** Address behind a write. */
    public static long next(final long write) {
        return write + size(valueLength(write));
    }

    static int size(final int valueLength) {
        return WRITE_HEADER + (valueLength + 7 & -8);
    }

    public static long origin(final long write) {
        return UnsafeApi.getLong(write);
    }

    public static long seq(final long write) {
        return UnsafeApi.getLong(write + Long.BYTES);
    }

    public static long hybridTime(final long write) {
        return UnsafeApi.getLong(write + HYBRID_TIME);
    }

    public static int valueLength(final long write) {
        return UnsafeApi.getInt(write + VALUE_LENGTH);
    }

    /** Address of the canonical value. */
    public static long value(final long write) {
        return write + WRITE_HEADER;
    }

    /** Order of two writes by (hybrid time, origin, seq), a total order that extends causality. */
    public static int compare(final long a, final long b) {
        final int byTime = Long.compare(hybridTime(a), hybridTime(b));
        if (byTime != 0) {
            return byTime;
        }
        final int byOrigin = Long.compare(origin(a), origin(b));
        return byOrigin != 0 ? byOrigin : Long.compare(seq(a), seq(b));
    }

    /** Of the writes in a body the greatest, or the least. */
    public static long select(final long body, final int bodyLength, final boolean greatest) {
        final int count = count(body, bodyLength);
        long best = 0;
        long write = body + HEADER;
        for (int i = 0; i < count; i++) {
            if (best == 0 || compare(write, best) > 0 == greatest) {
                best = write;
            }
            write = next(write);
        }
        return best;
    }

    /** Drops covered writes in place; returns the new length of the part that holds writes, and sets the count. */
    static int dropCovered(final EffectContext context, final long body, final int bodyLength) {
        final int count = count(body, bodyLength);
        long from = body + HEADER;
        long to = from;
        int kept = 0;
        for (int i = 0; i < count; i++) {
            final long next = next(from);
            if (!context.covers(origin(from), seq(from))) {
                UnsafeApi.copyMemory(from, to, next - from);
                to += next - from;
                kept++;
            }
            from = next;
        }
        assert to <= from && from <= body + Math.max(HEADER, bodyLength) : kept;
        if (bodyLength > 0) {
            counts(body, kept, 0);
        }
        return (int) (to - body);
    }

    /** Adds the operation's write behind those that the body holds; ghosts must have been taken care of. */
    static void append(final EffectContext context, final long cell, final int writesLength, final Operation op) {
        final Units units = context.units();
        final int length = Math.max(HEADER, writesLength);
        assert (length & Long.BYTES - 1) == 0 : length;
        final int count = count(units.body(cell), Block.bodyLength(cell));
        final long body = units.resizeBody(cell, length + size(op.argumentLength()));
        counts(body, count + 1, 0);
        write(body + length, context, op);
    }

    static void write(final long at, final EffectContext context, final Operation op) {
        assert op.argumentLength() > 0 : op.argumentLength();
        UnsafeApi.putLong(at, context.origin());
        UnsafeApi.putLong(at + Long.BYTES, context.seq());
        UnsafeApi.putLong(at + HYBRID_TIME, context.hybridTime());
        UnsafeApi.putInt(at + VALUE_LENGTH, op.argumentLength());
        UnsafeApi.putInt(at + VALUE_LENGTH + Integer.BYTES, 0);
        UnsafeApi.putLong(at + size(op.argumentLength()) - Long.BYTES, 0);
        UnsafeApi.copyMemory(op.argument(), at + WRITE_HEADER, op.argumentLength());
    }
}
