package io.abelia.engine.crdt;

import io.abelia.engine.codec.ByteReader;
import io.abelia.engine.codec.CanonicalOrder;
import io.abelia.engine.codec.CellType;
import io.abelia.engine.codec.FactorArgument;
import io.abelia.engine.codec.Limits;
import java.math.BigInteger;
import org.agrona.UnsafeApi;

/** What the state of a cell means to a reader. All methods read state with the commit lock held and change nothing. */
public final class CellValues {
    private static final int SET_COUNT_OFFSET = 8;

    private CellValues() {}

    /** Receives canonical bytes. */
    @FunctionalInterface
    public interface BytesHandler {
        void onBytes(long address, int lengthBytes);
    }

    /** Whether there is anything to read of a cell whose state has been found. */
    public static boolean exists(final CellType type, final long body, final int length) {
        return switch (type) {
            case ENABLE_WINS, DISABLE_WINS -> Dots.isPresent(body, length);
            case GROW_SET, ADD_WINS_SET, REMOVE_WINS_SET -> UnsafeApi.getLong(body + SET_COUNT_OFFSET) > 0;
            case MV_REGISTER, LWW_REGISTER, FIRST_WRITER_REGISTER -> Writes.count(body, length) > 0;
            default -> true;
        };
    }

    /** Elements of a set. */
    public static long size(final CellType type, final long body) {
        assert type.isSet() || type == CellType.INTERSECT_SET : type;
        return type == CellType.INTERSECT_SET ? UnsafeApi.getLong(body) : UnsafeApi.getLong(body + SET_COUNT_OFFSET);
    }

    /** Whether an element's state says that it is in its set. */
    public static boolean isElementPresent(final CellType type, final long body, final int length) {
        return type == CellType.GROW_SET ? length > 0 : Dots.isPresent(body, length);
    }

    /** Whether a switch is enabled. */
    public static boolean isEnabled(final long body, final int length) {
        return Dots.isPresent(body, length);
    }

    /** A 128-bit number as a long. */
    public static long toLong(final long low, final long high) {
        if (high != low >> 63) {
            throw new ArithmeticException("the counter is beyond a long: " + exact(low, high) + "; read it exactly");
        }
        return low;
    }

    /** A 128-bit number. */
    public static BigInteger exact(final long low, final long high) {
        return BigInteger.valueOf(high).shiftLeft(Long.SIZE).add(new BigInteger(Long.toUnsignedString(low)));
    }

    /** A product as a long. */
    public static long productAsLong(final long magnitude, final int flags) {
        if ((flags & FactorArgument.OVERFLOW) != 0) {
            throw overflow();
        }
        final boolean negative = (flags & FactorArgument.NEGATIVE) != 0;
        if (magnitude < 0 && !(negative && magnitude == Long.MIN_VALUE)) {
            throw new ArithmeticException(
                    "the product is beyond a long: " + exactProduct(magnitude, flags) + "; read it exactly");
        }
        return negative ? -magnitude : magnitude;
    }

    /** A product. */
    public static BigInteger exactProduct(final long magnitude, final int flags) {
        if ((flags & FactorArgument.OVERFLOW) != 0) {
            throw overflow();
        }
        final BigInteger value = new BigInteger(Long.toUnsignedString(magnitude));
        return (flags & FactorArgument.NEGATIVE) != 0 ? value.negate() : value;
    }

    private static ArithmeticException overflow() {
        return new ArithmeticException("the product's magnitude has reached 2^64 and is not kept beyond");
    }

    /** Visits the elements of an INTERSECT_SET. */
    public static void forEachOfList(final long body, final int length, final BytesHandler handler) {
        forEachOfArgument(body + IntersectSet.HEADER, length - IntersectSet.HEADER, handler);
    }

    /** Visits the elements of an INTERSECT argument. */
    public static void forEachOfArgument(final long list, final int length, final BytesHandler handler) {
        final ByteReader reader = new ByteReader().wrap(list, length);
        while (reader.hasRemaining()) {
            final int bytes = reader.readVarintInt(1 + Limits.VALUE_BYTES);
            handler.onBytes(reader.skip(bytes), bytes);
        }
    }

    /** Whether an INTERSECT_SET holds an element. */
    public static boolean listContains(
            final long body, final int length, final long canonical, final int canonicalLength) {
        final boolean[] found = new boolean[1];
        forEachOfList(
                body,
                length,
                (address, bytes) ->
                        found[0] |= bytes == canonicalLength && CanonicalOrder.same(address, canonical, bytes));
        return found[0];
    }
}
