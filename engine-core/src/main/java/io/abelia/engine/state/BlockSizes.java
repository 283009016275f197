package io.abelia.engine.state;

/**
 * The size classes of blocks, and {@code meta}: class index (1 or more) in the upper 6 bits of 16, number among blocks of
 * equal scope, placement and class in the lower 10. Placements are keyed hashes: two that are equal by chance are rare beyond
 * seeing (2^32 names of one scope for the first), and a third one is not to be expected anywhere.
 */
public final class BlockSizes {
    private static final int[] BYTES = {
        0, 96, 112, 128, 144, 160, 192, 224, 256, 320, 384, 512, 768, 1024, 1536, 2048, 4096, 8192, 16384, 32768, 65536,
        1 << 17, 1 << 18, 1 << 19, 1 << 20, 1 << 21, 1 << 22, 1 << 23, 1 << 24, 1 << 25, 1 << 26, 1 << 27, 1 << 28,
        1 << 29, 1 << 30
    };
    private static final int NUMBER_BITS = 10;
    /** Most blocks of one scope, placement and class. */
    public static final int MAX_NUMBER = (1 << NUMBER_BITS) - 1;

    private static final int SMALL_STEP = 16;
    private static final byte[] SMALL = new byte[(1024 / SMALL_STEP) + 1];

    static {
        assert BYTES.length <= 1 << Short.SIZE - NUMBER_BITS : BYTES.length;
        for (int i = 0; i < SMALL.length; i++) {
            SMALL[i] = (byte) search(i * SMALL_STEP);
            assert BYTES[SMALL[i]] >= i * SMALL_STEP : i;
        }
    }

    private BlockSizes() {}

    /** Number of classes; indexes run from 1 below it. */
    public static int count() {
        return BYTES.length;
    }

    /** Bytes of a class. */
    public static int bytes(final int classIndex) {
        return BYTES[classIndex];
    }

    /** Least class that holds so many bytes. */
    public static int classOf(final int lengthBytes) {
        final int step = (lengthBytes + SMALL_STEP - 1) / SMALL_STEP;
        return step < SMALL.length ? SMALL[step] : search(lengthBytes);
    }

    private static int search(final int lengthBytes) {
        for (int i = 1; i < BYTES.length; i++) {
            assert BYTES[i] > BYTES[i - 1] && (BYTES[i] & Long.BYTES - 1) == 0 : i;
            if (BYTES[i] >= lengthBytes) {
                return i;
            }
        }
        throw new IllegalStateException("a cell's state of " + lengthBytes + " bytes exceeds the largest block of "
                + BYTES[BYTES.length - 1] + " bytes");
    }

    public static int meta(final int classIndex, final int number) {
        assert classIndex > 0 && classIndex < BYTES.length : classIndex;
        assert number >= 0 && number <= MAX_NUMBER : number;
        return classIndex << NUMBER_BITS | number;
    }

    public static int classIndex(final int meta) {
        return meta >>> NUMBER_BITS;
    }

    public static int number(final int meta) {
        return meta & MAX_NUMBER;
    }
}
