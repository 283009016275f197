package io.abelia.engine.codec;

/**
 * Every bound of the format, by name. They are part of wire version 1: a peer refuses what exceeds them, so raising one
 * needs a new wire version.
 */
public final class Limits {
    /** Longest table name in UTF-8 bytes. */
    public static final int TABLE_BYTES = 255;
    /** Longest key in UTF-8 bytes. */
    public static final int KEY_BYTES = 1024;
    /** Longest column name in UTF-8 bytes. */
    public static final int COLUMN_BYTES = 255;
    /** Longest set element or register value in bytes, without its kind byte. */
    public static final int VALUE_BYTES = 32 * 1024;
    /** Most operations in one transaction. */
    public static final int OPERATIONS = 4096;
    /** Longest encoded operations of one transaction in bytes. */
    public static final int OPERATIONS_BYTES = 256 * 1024;
    /** Most clock entries (changed origins, or lowered origins) that one record may carry. */
    public static final int CLOCK_ENTRIES = 4096;
    /** Longest record in bytes: header, clocks and operations. */
    public static final int RECORD_BYTES = 512 * 1024;
    /** Most doubles that one transaction may add to one DOUBLE_SUM cell. */
    public static final int DOUBLES = 1024;
    /** Longest encoded list of an INTERSECT_SET operation, and so its largest state, in bytes. */
    public static final int INTERSECT_BYTES = 32 * 1024;

    private Limits() {}
}
