package io.abelia.engine;

import io.abelia.engine.codec.CellType;
import io.abelia.engine.codec.Operation;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.agrona.UnsafeApi;

/**
 * Names and elements that all have one canonical hash, made as anybody can make them: whatever the first eight bytes are, the next eight
 * bring the hash to the same state again.
 */
public final class CollidingNames {
    private static final long K0 = 0xa0761d6478bd642fL;
    private static final long K1 = 0xe7037ed1a0b428dbL;
    private static final long K2 = 0x8ebc6af09c88c6e3L;
    private static final long NAME_SEED = 0x4162656c6961L;
    private static final int LENGTH = 16;
    private static final byte KIND_BYTES = 3;

    private CollidingNames() {}

    private static long fold(final long a, final long b) {
        final long x = a ^ K2;
        final long h = x * b ^ Math.multiplyHigh(x, b);
        return (h ^ h >>> 32) * K1;
    }

    /** Printable names of tables, keys or columns, all different; another seed gives others. */
    public static List<String> names(final int count, final long seed) {
        final List<String> names = new ArrayList<>();
        for (long tried = seed << 24; names.size() < count; tried++) {
            final long first = letters(tried);
            final long second = fold(NAME_SEED ^ K0 ^ first, K1) ^ K2;
            if (isPrintable(second)) {
                names.add(new String(bytes(first, second), StandardCharsets.US_ASCII));
            }
        }
        return names;
    }

    private static long letters(final long number) {
        long word = 0;
        for (int i = 0; i < Long.BYTES; i++) {
            word |= ('a' + (number >>> (i << 2) & 0xF)) << (i << 3);
        }
        return word;
    }

    /** Values of a set's elements, all different. */
    public static List<byte[]> elements(
            final int count, final CellType type, final String table, final String key, final String column) {
        final long cell = Operation.cellHash(hash(table), hash(key), hash(column), type);
        final List<byte[]> elements = new ArrayList<>();
        for (long i = 0; i < count; i++) {
            final long first = i << 8 | KIND_BYTES;
            final byte[] canonical = bytes(first, fold(cell ^ K0 ^ first, K1) ^ K2);
            final byte[] value = new byte[LENGTH - 1];
            System.arraycopy(canonical, 1, value, 0, value.length);
            elements.add(value);
        }
        return elements;
    }

    /** Canonical hash of a name. */
    public static long hash(final String name) {
        final byte[] bytes = name.getBytes(StandardCharsets.UTF_8);
        final long copy = UnsafeApi.allocateMemory(bytes.length + 1L);
        try {
            for (int i = 0; i < bytes.length; i++) {
                UnsafeApi.putByte(copy + i, bytes[i]);
            }
            return Operation.nameHash(copy, bytes.length);
        } finally {
            UnsafeApi.freeMemory(copy);
        }
    }

    private static boolean isPrintable(final long word) {
        if ((word & 0x8080808080808080L) != 0) {
            return false;
        }
        boolean printable = true;
        for (int i = 0; i < Long.BYTES; i++) {
            final int c = (int) (word >>> (i << 3)) & 0xFF;
            printable &= c > ' ' && c < 0x7F;
        }
        return printable;
    }

    private static byte[] bytes(final long first, final long second) {
        final byte[] bytes = new byte[LENGTH];
        for (int i = 0; i < LENGTH; i++) {
            bytes[i] = (byte) ((i < Long.BYTES ? first : second) >>> ((i & 7) << 3));
        }
        return bytes;
    }
}
