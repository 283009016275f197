package io.abelia.engine.crdt;

import io.abelia.engine.codec.CellType;
import io.abelia.engine.codec.FactorArgument;
import io.abelia.engine.codec.Hashing;
import io.abelia.engine.codec.Operation;
import io.abelia.engine.state.Block;
import org.agrona.UnsafeApi;

/**
 * PRODUCT: product of longs as sign, unsigned 64-bit magnitude, a sticky "the magnitude reached 2^64", and zero, which absorbs
 * both. A commutative monoid: every order of the same factors ends in the same state.
 *
 * <p>State and argument: 1 byte flags (1 negative, 2 overflow, 4 zero; in the state at offset 8), 8 bytes magnitude, which is 0
 * with overflow and with zero.
 */
public final class Product implements DataType {
    private static final int STATE_BYTES = 16;
    private static final int FLAGS_OFFSET = 8;

    @Override
    public void apply(final Operation op, final EffectContext context) {
        assert op.argumentLength() == Byte.BYTES + Long.BYTES : op.argumentLength();
        if (!context.admits(op)) {
            return;
        }
        final long cell = context.acquireCell(op);
        final long state = cell + Block.HEADER_LENGTH;
        context.units().touch(cell);
        if (Block.isNew(cell)) {
            Block.bodyLength(cell, STATE_BYTES);
            UnsafeApi.putLong(state, 1);
            UnsafeApi.putLong(state + FLAGS_OFFSET, 0);
        }
        assert Block.bodyLength(cell) == STATE_BYTES : Block.bodyLength(cell);
        final int flags = (int) UnsafeApi.getLong(state + FLAGS_OFFSET);
        final long magnitude = UnsafeApi.getLong(state);
        final int factorFlags = FactorArgument.flags(op.argument());
        final long factor = FactorArgument.magnitude(op.argument());
        assert factorFlags > FactorArgument.NEGATIVE == (factor == 0) : factorFlags;
        final int newFlags = flags(flags, magnitude, factorFlags, factor);
        UnsafeApi.putLong(state, magnitude(newFlags, magnitude, factor));
        UnsafeApi.putLong(state + FLAGS_OFFSET, newFlags);
        assert newFlags > FactorArgument.NEGATIVE == (UnsafeApi.getLong(state) == 0) : newFlags;
    }

    /** Flags of the product of two (flags, magnitude) pairs. */
    public static int flags(final int flagsA, final long magnitudeA, final int flagsB, final long magnitudeB) {
        if (((flagsA | flagsB) & FactorArgument.ZERO) != 0) {
            return FactorArgument.ZERO;
        }
        final int sign = (flagsA ^ flagsB) & FactorArgument.NEGATIVE;
        final boolean overflow =
                ((flagsA | flagsB) & FactorArgument.OVERFLOW) != 0 || unsignedHigh(magnitudeA, magnitudeB) != 0;
        return overflow ? sign | FactorArgument.OVERFLOW : sign;
    }

    /** Magnitude of a product that has the given flags. */
    public static long magnitude(final int flags, final long magnitudeA, final long magnitudeB) {
        return (flags & (FactorArgument.ZERO | FactorArgument.OVERFLOW)) != 0 ? 0 : magnitudeA * magnitudeB;
    }

    private static long unsignedHigh(final long a, final long b) {
        return Math.multiplyHigh(a, b) + (a >> 63 & b) + (b >> 63 & a);
    }

    /** Flags of one factor. */
    public static int flagsOf(final long factor) {
        return factor == 0 ? FactorArgument.ZERO : factor < 0 ? FactorArgument.NEGATIVE : 0;
    }

    /** Magnitude of one factor. */
    public static long magnitudeOf(final long factor) {
        return factor < 0 ? -factor : factor;
    }

    @Override
    public long readable(final long body, final int bodyLength) {
        return Hashing.combine(
                Hashing.combine(CellType.PRODUCT.code(), UnsafeApi.getLong(body)),
                UnsafeApi.getLong(body + FLAGS_OFFSET));
    }
}
