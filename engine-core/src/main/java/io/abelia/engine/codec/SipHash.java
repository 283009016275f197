package io.abelia.engine.codec;

import org.agrona.UnsafeApi;

/**
 * SipHash-1-3 (Aumasson and Bernstein, "SipHash: a fast short-input PRF", 2012; one round a word and three at the end, as in the hash
 * tables of Rust, Python and Ruby): a keyed 64-bit hash. Who does not know the 128-bit key cannot find inputs that collide, nor inputs
 * that fall into one part of a table. For tables of this node only: what must be equal on all nodes is {@link Hashing}.
 */
public final class SipHash {
    private static final long V0 = 0x736f6d6570736575L;
    private static final long V1 = 0x646f72616e646f6dL;
    private static final long V2 = 0x6c7967656e657261L;
    private static final long V3 = 0x7465646279746573L;
    private static final int FINAL_ROUNDS = 3;
    private static final int FINAL_MARK = 0xff;
    private static final int GIVEN_WORDS = 2;

    private SipHash() {}

    /**
     * Hash of a message that begins with two given words, little-endian, and goes on with a byte range.
     *
     * @param key0 lower half of the key
     * @param key1 upper half of the key
     */
    public static long hash(
            final long key0,
            final long key1,
            final long first,
            final long second,
            final long address,
            final int lengthBytes) {
        assert lengthBytes >= 0 : lengthBytes;
        assert lengthBytes == 0 || address != 0 : lengthBytes;
        long v0 = key0 ^ V0;
        long v1 = key1 ^ V1;
        long v2 = key0 ^ V2;
        long v3 = key1 ^ V3;
        final int last = GIVEN_WORDS + (lengthBytes >>> 3);
        for (int i = 0; i <= last + FINAL_ROUNDS; i++) {
            final long word;
            if (i < GIVEN_WORDS) {
                word = i == 0 ? first : second;
            } else if (i <= last) {
                final long at = address + ((i - GIVEN_WORDS) << 3);
                word = i < last ? UnsafeApi.getLong(at) : lastWord(at, lengthBytes);
            } else {
                word = 0; // a round at the end is that of a word of zeros
                v2 ^= i == last + 1 ? FINAL_MARK : 0;
            }
            v3 ^= word;
            v0 += v1;
            v1 = Long.rotateLeft(v1, 13) ^ v0;
            v0 = Long.rotateLeft(v0, 32);
            v2 += v3;
            v3 = Long.rotateLeft(v3, 16) ^ v2;
            v0 += v3;
            v3 = Long.rotateLeft(v3, 21) ^ v0;
            v2 += v1;
            v1 = Long.rotateLeft(v1, 17) ^ v2;
            v2 = Long.rotateLeft(v2, 32);
            v0 ^= word;
        }
        return v0 ^ v1 ^ v2 ^ v3;
    }

    /** The bytes that fill no word, and the length of the message in the topmost byte. */
    private static long lastWord(final long address, final int lengthBytes) {
        long word = (long) (lengthBytes + GIVEN_WORDS * Long.BYTES) << 56;
        long at = address;
        int shift = 0;
        if ((lengthBytes & Integer.BYTES) != 0) {
            word |= UnsafeApi.getInt(at) & 0xFFFF_FFFFL;
            at += Integer.BYTES;
            shift = Integer.SIZE;
        }
        if ((lengthBytes & Short.BYTES) != 0) {
            word |= (UnsafeApi.getShort(at) & 0xFFFFL) << shift;
            at += Short.BYTES;
            shift += Short.SIZE;
        }
        if ((lengthBytes & 1) != 0) {
            word |= (UnsafeApi.getByte(at) & 0xFFL) << shift;
        }
        return word;
    }
}
