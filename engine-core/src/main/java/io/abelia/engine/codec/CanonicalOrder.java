package io.abelia.engine.codec;

import org.agrona.UnsafeApi;

/** Byte equality and the total order of canonical bytes: unsigned lexicographic, shorter first. */
public final class CanonicalOrder {
    private CanonicalOrder() {}

    /** Negative, zero or positive, as the first range is before, equal to or after the second. */
    public static int compare(final long a, final int aLength, final long b, final int bLength) {
        assert aLength >= 0 && bLength >= 0 : aLength + " and " + bLength;
        final int shared = Math.min(aLength, bLength);
        for (int i = 0; i < shared; i++) {
            final int difference = (UnsafeApi.getByte(a + i) & 0xFF) - (UnsafeApi.getByte(b + i) & 0xFF);
            if (difference != 0) {
                return difference;
            }
        }
        return aLength - bLength;
    }

    /** Whether two ranges of one length hold the same bytes. */
    public static boolean same(final long a, final long b, final int lengthBytes) {
        assert lengthBytes >= 0 : lengthBytes;
        assert lengthBytes == 0 || a != 0 && b != 0 : lengthBytes;
        int i = 0;
        for (; i + Long.BYTES <= lengthBytes; i += Long.BYTES) {
            if (UnsafeApi.getLong(a + i) != UnsafeApi.getLong(b + i)) {
                return false;
            }
        }
        for (; i < lengthBytes; i++) {
            if (UnsafeApi.getByte(a + i) != UnsafeApi.getByte(b + i)) {
                return false;
            }
        }
        return true;
    }
}
