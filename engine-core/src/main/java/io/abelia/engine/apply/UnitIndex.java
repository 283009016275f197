package io.abelia.engine.apply;

import io.abelia.engine.codec.Hashing;
import io.abelia.engine.codec.Limits;

/**
 * Up to {@link Limits#OPERATIONS} numbered hashes, emptied in constant time: which unit of a transaction which operation changes. Two
 * units may have one hash: the caller walks all entries of a hash ({@link #first}, {@link #next}) and compares names. When a walk has
 * become long, hashes were chosen to collide: {@link #isCrowded} says so, and the caller goes over to keyed hashes.
 */
public final class UnitIndex {
    /** In place of a number, for a unit that no operation changes. */
    public static final int NONE = -1;

    private static final int SLOTS = Limits.OPERATIONS << 2;
    /** Entries that a walk passes at most, by far, when the index is half full of hashes that nobody chose. */
    private static final int LONG_WALK = 128;

    private static final int NUMBER_MASK = 0xFFFF;
    private static final int ROUND_SHIFT = 16;
    private static final long CLEAR_SALT = 0x636c656172L;
    private static final long CELL_SALT = 0x63656c6cL;

    private final long[] hashes = new long[SLOTS];
    private final long[] stamps = new long[SLOTS];
    private long round = 1;
    private int walked;
    private boolean crowded;

    /** Empties the set. */
    public void clear() {
        round++;
        crowded = false;
    }

    /** Whether a walk since the last {@link #clear} has passed more entries than it should. */
    public boolean isCrowded() {
        return crowded;
    }

    /** First slot that holds a hash; if none does, {@code ~slot} of the one where it belongs. */
    public int first(final long hash) {
        walked = 0;
        return from((int) (hash >>> 20) & SLOTS - 1, hash);
    }

    /** Slot behind another one that holds the same hash, as {@link #first}. */
    public int next(final int slot, final long hash) {
        assert hashes[slot] == hash : slot;
        walked++;
        return from(slot + 1 & SLOTS - 1, hash);
    }

    private int from(final int start, final long hash) {
        int slot = start;
        while (stamps[slot] >>> ROUND_SHIFT == round && hashes[slot] != hash) {
            slot = slot + 1 & SLOTS - 1;
            walked++;
        }
        crowded |= walked > LONG_WALK;
        return stamps[slot] >>> ROUND_SHIFT == round ? slot : ~slot;
    }

    /** Number in a slot. */
    public int number(final int slot) {
        assert stamps[slot] >>> ROUND_SHIFT == round : slot;
        return (int) stamps[slot] & NUMBER_MASK;
    }

    /** Puts a hash under a number into a slot, which is free or holds the same hash. */
    public void put(final int slot, final long hash, final int number) {
        assert stamps[slot] >>> ROUND_SHIFT != round || hashes[slot] == hash : "the slot of another hash";
        assert number >= 0 && number <= NUMBER_MASK : number;
        hashes[slot] = hash;
        stamps[slot] = round << ROUND_SHIFT | number;
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
