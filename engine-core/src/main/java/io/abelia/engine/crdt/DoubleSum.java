package io.abelia.engine.crdt;

import io.abelia.engine.codec.CellType;
import io.abelia.engine.codec.Hashing;
import io.abelia.engine.codec.Operation;
import io.abelia.engine.state.Block;
import org.agrona.UnsafeApi;

/**
 * DOUBLE_SUM: the exact sum of doubles, kept as a fixed-point number wide enough for every finite double (Kulisch's long
 * accumulator) and rounded once, to nearest even, at the read. NaN and infinities are counted apart.
 *
 * <p>State: 8 bytes each for how many NaN, positive and negative infinities; then 34 longs, little-endian two's complement, in
 * units of 2^-1074. 78 bits above the largest double leave room for 2^77 additions.
 */
public final class DoubleSum implements DataType {
    private static final int COUNTS_BYTES = 3 * Long.BYTES;
    private static final int LIMBS = 34;
    /** Bytes of state. */
    public static final int STATE_BYTES = COUNTS_BYTES + LIMBS * Long.BYTES;

    private static final int MANTISSA_BITS = 52;
    private static final int EXPONENT_MASK = 0x7FF;
    private static final int MAX_EXPONENT_FIELD = 0x7FE;
    private static final long IMPLICIT_ONE = 1L << MANTISSA_BITS;

    @Override
    public void apply(final Operation op, final EffectContext context) {
        assert op.argumentLength() > 0 && op.argumentLength() % Double.BYTES == 0 : op.argumentLength();
        if (!context.admits(op)) {
            return;
        }
        final long cell = context.acquireCell(op);
        context.units().touch(cell);
        final long state = cell + Block.HEADER_LENGTH;
        if (Block.isNew(cell)) {
            Block.bodyLength(cell, STATE_BYTES);
            UnsafeApi.setMemory(state, STATE_BYTES, (byte) 0);
        }
        assert Block.bodyLength(cell) == STATE_BYTES : Block.bodyLength(cell);
        for (int i = 0; i < op.argumentLength(); i += Double.BYTES) {
            add(state, UnsafeApi.getLong(op.argument() + i));
        }
    }

    /** Adds a double, given as its bits, to the state at an address. */
    public static void add(final long state, final long bits) {
        final int exponent = (int) (bits >>> MANTISSA_BITS) & EXPONENT_MASK;
        final long fraction = bits & IMPLICIT_ONE - 1;
        if (exponent > MAX_EXPONENT_FIELD) {
            final int which = fraction != 0 ? 0 : bits > 0 ? 1 : 2;
            final long counter = state + ((long) which << 3);
            UnsafeApi.putLong(counter, UnsafeApi.getLong(counter) + 1);
            return;
        }
        final long mantissa = exponent == 0 ? fraction : fraction | IMPLICIT_ONE;
        final int shift = exponent == 0 ? 0 : exponent - 1;
        final int limb = shift >>> 6;
        assert limb < LIMBS - 1 : limb;
        final int bit = shift & 63;
        final long low = mantissa << bit;
        final long high = bit == 0 ? 0 : mantissa >>> Long.SIZE - bit;
        final long limbs = state + COUNTS_BYTES;
        if (bits >= 0) {
            addLimbs(limbs, limb, low, high);
        } else {
            subtractLimbs(limbs, limb, low, high);
        }
    }

    private static void addLimbs(final long limbs, final int limb, final long low, final long high) {
        long carry = low;
        long next = high;
        for (int i = limb; i < LIMBS && (carry != 0 || next != 0); i++) {
            final long at = limbs + ((long) i << 3);
            final long sum = UnsafeApi.getLong(at) + carry;
            UnsafeApi.putLong(at, sum);
            // high has at most 52 bits, so adding the carry to it cannot overflow
            carry = next + (Long.compareUnsigned(sum, carry) < 0 ? 1 : 0);
            next = 0;
        }
    }

    private static void subtractLimbs(final long limbs, final int limb, final long low, final long high) {
        long borrow = low;
        long next = high;
        for (int i = limb; i < LIMBS && (borrow != 0 || next != 0); i++) {
            final long at = limbs + ((long) i << 3);
            final long old = UnsafeApi.getLong(at);
            UnsafeApi.putLong(at, old - borrow);
            borrow = next + (Long.compareUnsigned(old, borrow) < 0 ? 1 : 0);
            next = 0;
        }
    }

    /** The sum at an address, rounded to the nearest double, ties to even. */
    public static double read(final long state) {
        final long nans = UnsafeApi.getLong(state);
        final long positive = UnsafeApi.getLong(state + Long.BYTES);
        final long negative = UnsafeApi.getLong(state + 2 * Long.BYTES);
        if (nans != 0 || positive != 0 && negative != 0) {
            return Double.NaN;
        }
        if (positive != 0 || negative != 0) {
            return positive != 0 ? Double.POSITIVE_INFINITY : Double.NEGATIVE_INFINITY;
        }
        final long limbs = state + COUNTS_BYTES;
        return UnsafeApi.getLong(limbs + ((LIMBS - 1L) << 3)) < 0 ? -magnitude(limbs, true) : magnitude(limbs, false);
    }

    private static double magnitude(final long limbs, final boolean negate) {
        int top = LIMBS - 1;
        while (top >= 0 && limb(limbs, top, negate) == 0) {
            top--;
        }
        if (top < 0) {
            return 0.0;
        }
        final int highestBit = (top << 6) + 63 - Long.numberOfLeadingZeros(limb(limbs, top, negate));
        assert highestBit >= 0 && highestBit < LIMBS << 6 : highestBit;
        if (highestBit <= MANTISSA_BITS) {
            return Double.longBitsToDouble(limb(limbs, 0, negate));
        }
        final int shift = highestBit - MANTISSA_BITS;
        long mantissa = bits(limbs, shift, negate) & (IMPLICIT_ONE << 1) - 1;
        assert mantissa >>> MANTISSA_BITS == 1 : mantissa;
        final boolean half = (bits(limbs, shift - 1, negate) & 1) != 0;
        if (half && ((mantissa & 1) != 0 || anyBelow(limbs, shift - 1, negate))) {
            mantissa++;
        }
        // a mantissa that rounds up to 2^53 carries into the exponent, and the largest exponent into infinity
        final long exponent = shift + 1L;
        return exponent > MAX_EXPONENT_FIELD
                ? Double.POSITIVE_INFINITY
                : Double.longBitsToDouble((exponent << MANTISSA_BITS) + (mantissa - IMPLICIT_ONE));
    }

    /** A limb of the absolute value. */
    private static long limb(final long limbs, final int index, final boolean negate) {
        assert index >= 0 && index < LIMBS : index;
        final long value = UnsafeApi.getLong(limbs + ((long) index << 3));
        if (!negate) {
            return value;
        }
        for (int i = 0; i < index; i++) {
            if (UnsafeApi.getLong(limbs + ((long) i << 3)) != 0) {
                return ~value;
            }
        }
        return -value;
    }

    private static long bits(final long limbs, final int from, final boolean negate) {
        assert from >= 0 && from < LIMBS << 6 : from;
        final int index = from >>> 6;
        final int bit = from & 63;
        final long low = limb(limbs, index, negate) >>> bit;
        return bit == 0 || index + 1 == LIMBS ? low : low | limb(limbs, index + 1, negate) << Long.SIZE - bit;
    }

    private static boolean anyBelow(final long limbs, final int bit, final boolean negate) {
        final int index = bit >>> 6;
        for (int i = 0; i < index; i++) {
            if (UnsafeApi.getLong(limbs + ((long) i << 3)) != 0) {
                return true;
            }
        }
        return (bit & 63) != 0 && limb(limbs, index, negate) << Long.SIZE - (bit & 63) != 0;
    }

    @Override
    public long readable(final long body, final int bodyLength) {
        return Hashing.hash(CellType.DOUBLE_SUM.code(), body, STATE_BYTES) | 1;
    }
}
