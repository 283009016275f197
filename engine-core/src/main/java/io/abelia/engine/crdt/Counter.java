package io.abelia.engine.crdt;

import io.abelia.engine.codec.ByteWriter;
import io.abelia.engine.codec.CellType;
import io.abelia.engine.codec.Hashing;
import io.abelia.engine.codec.Operation;
import io.abelia.engine.state.Block;
import org.agrona.UnsafeApi;

/**
 * COUNTER: the 128-bit two's complement sum of all increments. Beyond 128 bits it wraps (an abelian group stays one), which
 * takes 2^64 increments of the largest long.
 *
 * <p>State: 8 bytes low, 8 bytes high.
 */
public final class Counter implements DataType {
    static final int STATE_BYTES = 16;

    @Override
    public void apply(final Operation op, final EffectContext context) {
        if (!context.admits(op)) {
            return;
        }
        final long cell = context.acquireCell(op);
        context.units().touch(cell);
        assert Block.isNew(cell) || Block.bodyLength(cell) == STATE_BYTES : Block.bodyLength(cell);
        Block.bodyLength(cell, STATE_BYTES);
        add(
                cell + Block.HEADER_LENGTH,
                low(op.argument(), op.argumentLength()),
                high(op.argument(), op.argumentLength()));
    }

    /** Adds a 128-bit number to the one at an address. */
    private static void add(final long state, final long low, final long high) {
        final long oldLow = UnsafeApi.getLong(state);
        final long sum = oldLow + low;
        final long carry = Long.compareUnsigned(sum, oldLow) < 0 ? 1 : 0;
        UnsafeApi.putLong(state, sum);
        UnsafeApi.putLong(state + Long.BYTES, UnsafeApi.getLong(state + Long.BYTES) + high + carry);
    }

    /** Lower half of an encoded increment of 1 to 16 bytes. */
    public static long low(final long argument, final int length) {
        assert length > 0 && length <= STATE_BYTES : length;
        if (length >= Long.BYTES) {
            return UnsafeApi.getLong(argument);
        }
        return signed(argument, length);
    }

    /** Upper half of an encoded increment of 1 to 16 bytes. */
    public static long high(final long argument, final int length) {
        assert length > 0 && length <= STATE_BYTES : length;
        if (length <= Long.BYTES) {
            return low(argument, length) >> 63;
        }
        return signed(argument + Long.BYTES, length - Long.BYTES);
    }

    private static long signed(final long address, final int length) {
        assert length > 0 && length <= Long.BYTES : length;
        if (length == 1) {
            return UnsafeApi.getByte(address);
        }
        long value = 0;
        for (int i = 0; i < length; i++) {
            value |= (UnsafeApi.getByte(address + i) & 0xFFL) << (i << 3);
        }
        final int unused = Long.SIZE - (length << 3);
        return value << unused >> unused;
    }

    /** Writes an increment in its shortest form: a length byte and 1 to 16 bytes. */
    public static void write(final ByteWriter writer, final long low, final long high) {
        int length = STATE_BYTES;
        while (length > 1 && fits(low, high, length - 1)) {
            length--;
        }
        writer.writeByte(length);
        for (int i = 0; i < length; i++) {
            writer.writeByte((int) (i < Long.BYTES ? low >> (i << 3) : high >> (i - Long.BYTES << 3)));
        }
    }

    private static boolean fits(final long low, final long high, final int length) {
        if (length <= Long.BYTES) {
            final int unused = Long.SIZE - (length << 3);
            return high == low >> 63 && low << unused >> unused == low;
        }
        final int unused = 2 * Long.SIZE - (length << 3);
        return high << unused >> unused == high;
    }

    @Override
    public long readable(final long body, final int bodyLength) {
        return Hashing.combine(
                Hashing.combine(CellType.COUNTER.code(), UnsafeApi.getLong(body)),
                UnsafeApi.getLong(body + Long.BYTES));
    }
}
