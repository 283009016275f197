package io.abelia.engine.state;

import io.abelia.engine.codec.CellType;
import io.abelia.engine.codec.Hashing;
import io.abelia.engine.codec.Operation;
import io.abelia.engine.codec.SipHash;

/**
 * The 128 secret bits of a store, and where they place its blocks. Names are chosen by whoever writes, and equal canonical hashes are
 * found in less than a second; so what finds a block and tells its slice is a keyed hash ({@link SipHash}), another one in each store.
 * It depends on names alone and on no number of this store, so who is given the key can tell the slices of another store's snapshot.
 *
 * @param low lower half of the key
 * @param high upper half of the key
 */
public record PlacementKey(long low, long high) {
    /** Tells the members of a table's pairs from the elements of a set, and both from cells. */
    private static final long ELEMENT = 1L << 32;

    private static final long PAIR = 1L << 33;

    long ofTable(final long name, final int length) {
        return SipHash.hash(low, high, Names.TABLES_SCOPE, 0, name, length);
    }

    long ofColumn(final long name, final int length) {
        return SipHash.hash(low, high, Names.COLUMNS_SCOPE, 0, name, length);
    }

    /** Placement of a cell, by those of its table and column. */
    long ofCell(final long table, final long column, final int typeCode, final long key, final int keyLength) {
        assert CellType.ofCode(typeCode) != null : typeCode;
        return SipHash.hash(low, high, table, column ^ typeCode, key, keyLength);
    }

    /** Placement of an element, by that of its set's cell. */
    public long ofElement(final long cell, final int typeCode, final long name, final int length) {
        assert CellType.ofCode(typeCode) != null : typeCode;
        return SipHash.hash(low, high, cell, ELEMENT | typeCode, name, length);
    }

    /** Placement of a cell by its names. */
    public long ofCell(
            final CellType type, final Operation.Name table, final Operation.Name key, final Operation.Name column) {
        return ofCell(
                type, table.address(), table.length(), key.address(), key.length(), column.address(), column.length());
    }

    /** Placement of a cell by its names. */
    public long ofCell(
            final CellType type,
            final long table,
            final int tableLength,
            final long key,
            final int keyLength,
            final long column,
            final int columnLength) {
        return ofCell(ofTable(table, tableLength), ofColumn(column, columnLength), type.code(), key, keyLength);
    }

    /** Placement of a table's (column, type) pair. */
    long ofPair(final long pair) {
        return SipHash.hash(low, high, pair, PAIR, 0, 0);
    }

    /** Placement of what this store has numbered itself; nobody chooses numbers, so it need only be unknown. */
    long ofNumber(final long scope, final long number) {
        return Hashing.combine(Hashing.combine(low, scope), number ^ high);
    }

    /** Keeps the key out of messages. */
    @Override
    public String toString() {
        return "PlacementKey";
    }
}
