package io.abelia.engine.codec;

/**
 * Kinds of set elements and register values. Canonical bytes are the kind byte followed by: LONG 8 bytes little-endian,
 * DOUBLE 8 bytes (one NaN), STRING UTF-8, BYTES as they are. Two values are the same when their canonical bytes are.
 */
public enum ValueKind {
    LONG(1),
    STRING(2),
    BYTES(3),
    DOUBLE(4);

    private static final ValueKind[] BY_CODE = {LONG, STRING, BYTES, DOUBLE};
    private final int code;

    ValueKind(final int code) {
        this.code = code;
    }

    public int code() {
        return code;
    }

    /** The kind of a code. */
    public static ValueKind ofCode(final int code) {
        if (code < 1 || code > BY_CODE.length) {
            throw new MalformedRecordException("value kind " + code);
        }
        assert BY_CODE[code - 1].code == code : code;
        return BY_CODE[code - 1];
    }

    /** Checks canonical bytes of {@code lengthBytes} beginning with this kind. */
    static void check(final int code, final int lengthBytes, final boolean element) {
        assert lengthBytes >= 0 : lengthBytes;
        if (code < 1 || code > BY_CODE.length || element && code == DOUBLE.code) {
            throw new UnknownOperationException("value kind " + code);
        }
        if ((code == LONG.code || code == DOUBLE.code) && lengthBytes != 1 + Long.BYTES) {
            throw new MalformedRecordException("number of " + (lengthBytes - 1) + " bytes");
        }
    }
}
