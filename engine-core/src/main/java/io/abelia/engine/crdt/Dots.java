package io.abelia.engine.crdt;

import io.abelia.engine.codec.CellType;
import io.abelia.engine.codec.Hashing;
import io.abelia.engine.state.Block;
import io.abelia.engine.state.Units;
import org.agrona.UnsafeApi;

/**
 * The adds and removes of one unit that no later operation covers: the state of a switch or of a set element (pure
 * operation-based CRDTs, Baquero, Almeida and Shoker 2014). Add-wins units keep no removes.
 *
 * <p>State: 4 bytes count of adds, 4 bytes count of removes, then the dots, adds first: 8 bytes origin, 8 bytes seq.
 */
final class Dots {
    static final int HEADER = 8;
    static final int DOT = 16;

    /** What an operation leaves behind in the unit. */
    enum Trace {
        NOTHING,
        ADD,
        REMOVE
    }

    private Dots() {}

    static int adds(final long body) {
        return UnsafeApi.getInt(body);
    }

    static int removes(final long body) {
        return UnsafeApi.getInt(body + Integer.BYTES);
    }

    /** Whether the element or switch is there: somebody added it, and no remove stands against that. */
    static boolean isPresent(final long body, final int bodyLength) {
        return bodyLength > 0 && adds(body) > 0 && removes(body) == 0;
    }

    /** Whether nothing has to be kept. */
    static boolean isEmpty(final long body, final int bodyLength) {
        assert bodyLength == 0 || bodyLength == HEADER + (adds(body) + removes(body)) * DOT : bodyLength;
        return bodyLength == 0 || adds(body) == 0 && removes(body) == 0;
    }

    static long readable(final CellType type, final long body, final int bodyLength) {
        return isPresent(body, bodyLength) ? Hashing.combine(type.code(), 1) : 0;
    }

    /** Drops every dot that the transaction covers, then leaves its trace. */
    static void update(final EffectContext context, final long block, final Trace trace) {
        final Units units = context.units();
        units.touch(block);
        long body = units.body(block);
        int adds = 0;
        int removes = 0;
        if (!Block.isNew(block)) {
            final int oldAdds = adds(body);
            final int total = oldAdds + removes(body);
            assert Block.bodyLength(block) == HEADER + total * DOT : total;
            long to = body + HEADER;
            for (int i = 0; i < total; i++) {
                final long from = body + HEADER + (long) i * DOT;
                final long origin = UnsafeApi.getLong(from);
                final long seq = UnsafeApi.getLong(from + Long.BYTES);
                if (!context.covers(origin, seq)) {
                    putDot(to, origin, seq);
                    to += DOT;
                    if (i < oldAdds) {
                        adds++;
                    } else {
                        removes++;
                    }
                }
            }
        }
        final int grown = trace == Trace.NOTHING ? 0 : 1;
        body = units.resizeBody(block, HEADER + (adds + removes + grown) * DOT);
        if (trace == Trace.ADD) {
            final long firstRemove = body + HEADER + (long) adds * DOT;
            UnsafeApi.copyMemory(firstRemove, firstRemove + DOT, (long) removes * DOT);
            putDot(firstRemove, context.origin(), context.seq());
            adds++;
        } else if (trace == Trace.REMOVE) {
            context.leaveTrace();
            putDot(body + HEADER + (long) (adds + removes) * DOT, context.origin(), context.seq());
            removes++;
        }
        assert Block.bodyLength(block) == HEADER + (adds + removes) * DOT : Block.bodyLength(block);
        putCounts(body, adds, removes);
    }

    /** Drops the stable removes of a unit; returns whether any was dropped. */
    static boolean dropStableRemoves(final Units units, final long block, final StableDots stable) {
        long body = units.body(block);
        final int adds = adds(body);
        final int removes = removes(body);
        assert Block.bodyLength(block) == HEADER + (adds + removes) * DOT : Block.bodyLength(block);
        int kept = 0;
        for (int i = 0; i < removes; i++) {
            final long dot = body + HEADER + (long) (adds + i) * DOT;
            if (!stable.isStable(UnsafeApi.getLong(dot), UnsafeApi.getLong(dot + Long.BYTES))) {
                kept++;
            }
        }
        if (kept == removes) {
            return false;
        }
        units.touch(block);
        // every add here is concurrent with that stable remove or older, hence beaten for good
        long to = body + HEADER;
        for (int i = 0; i < removes; i++) {
            final long dot = body + HEADER + (long) (adds + i) * DOT;
            final long origin = UnsafeApi.getLong(dot);
            final long seq = UnsafeApi.getLong(dot + Long.BYTES);
            if (!stable.isStable(origin, seq)) {
                putDot(to, origin, seq);
                to += DOT;
            }
        }
        assert to == body + HEADER + (long) kept * DOT : kept;
        body = units.resizeBody(block, (int) (to - body));
        putCounts(body, 0, kept);
        return true;
    }

    private static void putDot(final long at, final long origin, final long seq) {
        UnsafeApi.putLong(at, origin);
        UnsafeApi.putLong(at + Long.BYTES, seq);
    }

    private static void putCounts(final long body, final int adds, final int removes) {
        UnsafeApi.putInt(body, adds);
        UnsafeApi.putInt(body + Integer.BYTES, removes);
    }
}
