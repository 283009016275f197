package io.abelia.engine.codec;

import org.agrona.UnsafeApi;

/**
 * Argument of {@link OperationCode#MULTIPLY}, and state of a PRODUCT: a factor as flags and an unsigned magnitude, which is 0 where the factor
 * is zero or has overflowed, and nowhere else.
 *
 * <pre>
 *   0  flags, 1 byte
 *   1  magnitude, 8 bytes
 * </pre>
 */
public final class FactorArgument {
    public static final int NEGATIVE = 1;
    /** The magnitude has reached 2^64. */
    public static final int OVERFLOW = 2;

    public static final int ZERO = 4;

    static final int LENGTH = 1 + Long.BYTES;

    private static final int MAGNITUDE_OFFSET = 1;

    private FactorArgument() {}

    public static int flags(final long argument) {
        assert argument != 0;
        return UnsafeApi.getByte(argument);
    }

    public static long magnitude(final long argument) {
        return UnsafeApi.getLong(argument + MAGNITUDE_OFFSET);
    }

    /** Whether flags and magnitude are the only form of a factor, or of a product. */
    public static boolean isCanonical(final int flags, final long magnitude) {
        return flags >= 0 && flags <= ZERO && (magnitude == 0) == flags > NEGATIVE;
    }

    /**
     * Checks an argument from elsewhere.
     *
     * @throws MalformedRecordException if it is not in its only form
     */
    static void check(final long argument) {
        if (!isCanonical(flags(argument), magnitude(argument))) {
            throw new MalformedRecordException("factor that is not canonical");
        }
    }
}
