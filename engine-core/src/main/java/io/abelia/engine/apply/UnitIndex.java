package io.abelia.engine.apply;

import io.abelia.engine.codec.Hashing;
import io.abelia.engine.codec.Limits;

/**
 * A set of up to {@link Limits#OPERATIONS} numbered hashes that empties in constant time: which unit of a transaction which
 * operation changes.
 */
public final class UnitIndex {
    /** {@link #find} for a hash that is not there. */
    public static final int NONE = -1;

    private static final int SLOTS = Limits.OPERATIONS << 2;
    private static final long CLEAR_SALT = 0x636c656172L;
    private static final long CELL_SALT = 0x63656c6cL;

    private final long[] hashes = new long[SLOTS];
    private final long[] stamps = new long[SLOTS];
    private long round = 1;

    /** Empties the set. */
    public void clear() {
        round++;
    }

    /** Number under which a hash was put, or {@link #NONE}. */
    public int find(final long hash) {
        for (int i = slot(hash); stamps[i] >>> 16 == round; i = i + 1 & SLOTS - 1) {
            if (hashes[i] == hash) {
                return (int) stamps[i] & 0xFFFF;
            }
        }
        return NONE;
    }

    /** Puts a hash under a number, in the place of an earlier one. */
    public void put(final long hash, final int number) {
        int i = slot(hash);
        while (stamps[i] >>> 16 == round && hashes[i] != hash) {
            i = i + 1 & SLOTS - 1;
        }
        hashes[i] = hash;
        stamps[i] = round << 16 | number;
    }

    private static int slot(final long hash) {
        return (int) (hash >>> 20) & SLOTS - 1;
    }

    /** Hash under which the clear of a cell goes. */
    public static long clearOf(final long cellHash) {
        return Hashing.combine(CLEAR_SALT, cellHash);
    }

    /** Hash under which goes that a cell occurs at all. */
    public static long anyOf(final long cellHash) {
        return Hashing.combine(CELL_SALT, cellHash);
    }
}
