package io.abelia.engine.codec;

import org.agrona.UnsafeApi;

/**
 * The canonical 64-bit hash of names and states. Deterministic and equal on all nodes, since digests are built from it. Multiply-and-fold
 * over 8-byte words, after wyhash (Wang Yi); not secret, and names that share a hash are found at once by whoever looks for them. So the bytes
 * decide wherever two hashes are equal, and tables are placed by {@link SipHash}.
 */
public final class Hashing {
    private static final long K0 = 0xa0761d6478bd642fL;
    private static final long K1 = 0xe7037ed1a0b428dbL;
    private static final long K2 = 0x8ebc6af09c88c6e3L;

    private Hashing() {}

    /** Hash of a byte range. */
    public static long hash(final long seed, final long address, final int lengthBytes) {
        assert lengthBytes <= 0 || address != 0 : lengthBytes;
        long h = seed ^ K0;
        long p = address;
        int left = lengthBytes;
        while (left >= Long.BYTES) {
            h = fold(h ^ UnsafeApi.getLong(p), K1);
            p += Long.BYTES;
            left -= Long.BYTES;
        }
        long tail = 0;
        for (int i = 0; i < left; i++) {
            tail |= (UnsafeApi.getByte(p + i) & 0xFFL) << (i << 3);
        }
        return fold(h ^ tail, K2 ^ lengthBytes);
    }

    /** Mixes one word into a hash. */
    public static long combine(final long hash, final long word) {
        return fold(hash ^ word, K1) ^ Long.rotateLeft(hash, 23);
    }

    private static long fold(final long a, final long b) {
        final long x = a ^ K2;
        final long low = x * b;
        final long high = Math.multiplyHigh(x, b);
        final long h = low ^ high;
        return (h ^ (h >>> 32)) * K1;
    }
}
