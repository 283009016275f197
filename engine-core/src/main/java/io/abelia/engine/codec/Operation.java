package io.abelia.engine.codec;

/**
 * One decoded operation: a view of bytes in a record, valid while the record is. Reused for each operation.
 *
 * <p>Layout in a record (names that equal those of the operation before are left out and flagged):
 *
 * <pre>
 *   byte 0   bits 0-4 type code, bit 5 same table, bit 6 same key, bit 7 same column
 *   byte 1   operation code
 *   varint length + UTF-8   table, key, column (each unless "same")
 *   argument, by operation code:
 *     INCREMENT    byte n (1..16), n bytes two's complement little-endian
 *     ADD_DOUBLES  varint count, count * 8 bytes
 *     MULTIPLY     byte flags (1 negative, 2 overflow, 4 zero), 8 bytes unsigned magnitude
 *     OFFER        8 bytes
 *     SET_FLAG     byte
 *     ADD, REMOVE, SET   varint length, kind byte, bytes
 *     INTERSECT    varint length, then per element: varint length, kind byte, bytes; ascending, no repeats
 *     ENABLE, DISABLE, CLEAR   nothing
 *     CHANGE_RIGHTS   varint length, 8 bytes number of the author's node, 8 bytes change of its rights, then per move: 8 bytes
 *                  origin that loses, 8 bytes origin that gains, 8 bytes its node, 8 bytes amount
 *     RAISE        varint length, then 4 bytes per register, ascending, no repeats: register times 256 plus rank
 * </pre>
 */
public final class Operation {
    private static final long CELL_SEED = 0x4162656c6961L;

    private CellType type = CellType.COUNTER;
    private int code;
    private final Name table = new Name();
    private final Name key = new Name();
    private final Name column = new Name();
    private long argument;
    private int argumentLength;
    private long cellHash;
    private boolean cellHashed;

    /** A name's bytes, their length and (computed when first asked for) hash. */
    public static final class Name {
        private long address;
        private int length;
        private long hash;
        private boolean hashed;

        /** Points at UTF-8 bytes. */
        public void wrap(final long newAddress, final int newLength) {
            assert newLength >= 0 && newLength <= Limits.KEY_BYTES : newLength;
            assert newLength == 0 || newAddress != 0 : newLength;
            address = newAddress;
            length = newLength;
            hashed = false;
        }

        public long address() {
            return address;
        }

        public int length() {
            return length;
        }

        public long hash() {
            if (!hashed) {
                hash = nameHash(address, length);
                hashed = true;
            }
            return hash;
        }
    }

    void begin(final CellType newType, final int newCode) {
        type = newType;
        code = newCode;
        cellHashed = false;
    }

    void argument(final long address, final int lengthBytes) {
        assert address != 0;
        assert lengthBytes >= 0 : lengthBytes;
        argument = address;
        argumentLength = lengthBytes;
    }

    public CellType type() {
        return type;
    }

    public int code() {
        return code;
    }

    public Name table() {
        return table;
    }

    public Name key() {
        return key;
    }

    public Name column() {
        return column;
    }

    /** Address of the argument: for elements and values the canonical bytes (kind byte first). */
    public long argument() {
        return argument;
    }

    public int argumentLength() {
        return argumentLength;
    }

    /** Hash of (table, key, column, type). */
    public long cellHash() {
        if (!cellHashed) {
            cellHash = cellHash(table.hash(), key.hash(), column.hash(), type);
            cellHashed = true;
        }
        return cellHash;
    }

    /** Hash of the unit that the operation changes: the cell's, or that of its element. */
    public long unitHash() {
        assert !OperationCode.isElement(code) || type.isSet() : type;
        return OperationCode.isElement(code) ? elementHash(cellHash(), argument, argumentLength) : cellHash();
    }

    /** Hash of a table, key or column name, the same on every node. */
    public static long nameHash(final long address, final int lengthBytes) {
        return Hashing.hash(CELL_SEED, address, lengthBytes);
    }

    /** Hash of a cell's identity, the same on every node. */
    public static long cellHash(final long tableHash, final long keyHash, final long columnHash, final CellType type) {
        return Hashing.combine(Hashing.combine(Hashing.combine(tableHash, columnHash), keyHash), type.code());
    }

    /** Hash of an element of a cell, the same on every node. */
    public static long elementHash(final long cellHash, final long address, final int lengthBytes) {
        return Hashing.hash(cellHash, address, lengthBytes);
    }
}
