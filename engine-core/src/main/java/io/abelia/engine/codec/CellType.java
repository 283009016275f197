package io.abelia.engine.codec;

import org.jspecify.annotations.Nullable;

/**
 * The data types of coordination-free cells. The type is part of a cell's identity: the same table, key and column with two
 * types are two cells, which is why concurrent first uses with different types still converge.
 */
public enum CellType {
    /** 128-bit signed sum; an abelian group. */
    COUNTER(1, 16, Kind.NUMERIC),
    /** Exact sum of doubles, rounded once, at the read. */
    DOUBLE_SUM(2, 37 * Long.BYTES, Kind.NUMERIC),
    /** Product of longs with an unsigned 64-bit magnitude; beyond it the overflow is remembered. */
    PRODUCT(3, 16, Kind.NUMERIC),
    /** Greatest long. */
    MAX(4, 8, Kind.NUMERIC),
    /** Greatest double by {@link Double#compare}; one NaN. */
    MAX_DOUBLE(5, 8, Kind.NUMERIC),
    /** Least long. */
    MIN(6, 8, Kind.NUMERIC),
    /** Least double by {@link Double#compare}; one NaN. */
    MIN_DOUBLE(7, 8, Kind.NUMERIC),
    /** True once anyone said true. */
    FLAG_OR(8, 8, Kind.NUMERIC),
    /** False once anyone said false. */
    FLAG_AND(9, 8, Kind.NUMERIC),
    /** A switch where a concurrent enable beats a disable. */
    ENABLE_WINS(10, 24, Kind.SWITCH),
    /** A switch where a concurrent disable beats an enable. */
    DISABLE_WINS(11, 24, Kind.SWITCH),
    /** Union only. */
    GROW_SET(12, 40, Kind.SET),
    /** Intersection only; begins as the universe. */
    INTERSECT_SET(13, 32, Kind.NUMERIC),
    /** A set where a concurrent add beats a remove. */
    ADD_WINS_SET(14, 40, Kind.SET),
    /** A set where a concurrent remove beats an add. */
    REMOVE_WINS_SET(15, 40, Kind.SET),
    /** Keeps every write that no other write covers. */
    MV_REGISTER(16, 64, Kind.REGISTER),
    /** Reads the greatest (hybrid time, origin, seq) of the writes that no other write covers. */
    LWW_REGISTER(17, 64, Kind.REGISTER),
    /** Reads the least (hybrid time, origin, seq) of the writes that cover no other write. */
    FIRST_WRITER_REGISTER(18, 64, Kind.REGISTER),
    /** A number that never falls below zero: who spends must hold the rights. */
    BOUNDED_COUNTER(19, 80, Kind.NUMERIC),
    /** About how many different elements were ever added. */
    SKETCH(20, 40, Kind.NUMERIC);

    /** Inline state of a set element: room for one dot. */
    public static final int ELEMENT_INLINE_BYTES = 24;

    private enum Kind {
        NUMERIC,
        SWITCH,
        SET,
        REGISTER
    }

    private static final int MAX_CODE = 31;
    private static final @Nullable CellType[] BY_CODE = new CellType[MAX_CODE + 1];

    static {
        for (final CellType type : values()) {
            assert BY_CODE[type.code] == null : type;
            assert (type.inlineBytes & Long.BYTES - 1) == 0 : type;
            BY_CODE[type.code] = type;
        }
    }

    private final int code;
    private final int inlineBytes;
    private final Kind kind;

    CellType(final int code, final int inlineBytes, final Kind kind) {
        this.code = code;
        this.inlineBytes = inlineBytes;
        this.kind = kind;
    }

    /** Number of the type in records and files, 1 to 31. */
    public int code() {
        return code;
    }

    /** Bytes of state that a cell block of this type holds without an extension; a multiple of 8. */
    public int inlineBytes() {
        return inlineBytes;
    }

    /** Whether the state lives in one unit per element. */
    public boolean isSet() {
        return kind == Kind.SET;
    }

    public boolean isRegister() {
        return kind == Kind.REGISTER;
    }

    /** Whether a transaction can cover what it observed, which frees the cell ({@code removeRow}). */
    public boolean isClearable() {
        return kind == Kind.SWITCH || kind == Kind.REGISTER || this == ADD_WINS_SET || this == REMOVE_WINS_SET;
    }

    /** The type of a code, or null where this version knows none. */
    public static @Nullable CellType ofCode(final int code) {
        return code >= 0 && code <= MAX_CODE ? BY_CODE[code] : null;
    }
}
