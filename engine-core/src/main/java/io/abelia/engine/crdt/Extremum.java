package io.abelia.engine.crdt;

import io.abelia.engine.codec.CellType;
import io.abelia.engine.codec.Hashing;
import io.abelia.engine.codec.Operation;
import io.abelia.engine.state.Block;
import org.agrona.UnsafeApi;

/**
 * MAX and MIN of longs, and of doubles in the order of {@link Double#compare} with one NaN (the greatest). A join semilattice.
 *
 * <p>State: 8 bytes; doubles as {@link #sortable} longs, so that one comparison serves both.
 */
public final class Extremum implements DataType {
    private static final int STATE_BYTES = 8;
    private final CellType type;
    private final boolean greatest;

    Extremum(final CellType type, final boolean greatest) {
        this.type = type;
        this.greatest = greatest;
    }

    /** The one that keeps the greatest; for folding. */
    public static Extremum greatest() {
        return new Extremum(CellType.MAX, true);
    }

    /** The one that keeps the least; for folding. */
    public static Extremum least() {
        return new Extremum(CellType.MIN, false);
    }

    @Override
    public void apply(final Operation op, final EffectContext context) {
        assert op.argumentLength() == Long.BYTES : op.argumentLength();
        if (!context.admits(op)) {
            return;
        }
        final long cell = context.acquireCell(op);
        final long state = cell + Block.HEADER_LENGTH;
        final long offered = UnsafeApi.getLong(op.argument());
        assert Block.isNew(cell) || Block.bodyLength(cell) == STATE_BYTES : Block.bodyLength(cell);
        if (Block.isNew(cell) || best(UnsafeApi.getLong(state), offered) != UnsafeApi.getLong(state)) {
            context.units().touch(cell);
            Block.bodyLength(cell, STATE_BYTES);
            UnsafeApi.putLong(state, offered);
        }
    }

    /** The one of two values that the cell keeps. */
    public long best(final long a, final long b) {
        return greatest ? Math.max(a, b) : Math.min(a, b);
    }

    /** A double as a long that is ordered as {@link Double#compare} orders doubles. */
    public static long sortable(final double value) {
        final long bits = Double.doubleToLongBits(value);
        return bits ^ bits >> 63 & Long.MAX_VALUE;
    }

    /** The double of a {@link #sortable} long. */
    public static double unsortable(final long sortable) {
        return Double.longBitsToDouble(sortable ^ sortable >> 63 & Long.MAX_VALUE);
    }

    @Override
    public long readable(final long body, final int bodyLength) {
        return Hashing.combine(type.code(), UnsafeApi.getLong(body));
    }
}
