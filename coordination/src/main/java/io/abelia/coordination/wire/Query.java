package io.abelia.coordination.wire;

import io.abelia.engine.codec.CellType;
import io.abelia.engine.codec.Limits;
import io.abelia.engine.transaction.Cell;
import io.abelia.engine.transaction.TransactionRefusedException;
import io.abelia.engine.transaction.Value;

/**
 * A question about coordinated state.
 *
 * <pre>
 *   byte kind, byte type code, then length (4) and bytes of: table, key, column, element
 * </pre>
 *
 * @param kind what is asked
 * @param type type of the cell; of a scan, any
 * @param table its table
 * @param key its key; of a scan, the beginning of keys
 * @param column its column, or empty
 * @param element canonical bytes of the element that CONTAINS asks for, else empty
 */
public record Query(Kind kind, CellType type, String table, String key, String column, Blob element) {

    /** What is asked. */
    public enum Kind {
        /** All that can be read of a cell. */
        CELL,
        /** Whether a set contains an element. */
        CONTAINS,
        /** The cells of a table whose keys begin so. */
        SCAN
    }

    /** Asks for all that can be read of a cell. */
    public static Query of(final Cell cell) {
        return new Query(Kind.CELL, cell.type(), cell.table(), cell.key(), cell.column(), Blob.EMPTY);
    }

    /** Asks whether a set contains an element. */
    public static Query contains(final Cell set, final Value element) {
        return new Query(Kind.CONTAINS, set.type(), set.table(), set.key(), set.column(), Blob.of(element));
    }

    /** Asks for the cells of a table. */
    public static Query scan(final String table, final String keyPrefix) {
        return new Query(Kind.SCAN, CellType.COUNTER, table, keyPrefix, "", Blob.EMPTY);
    }

    /** The cell that is asked about. */
    public Cell cell() {
        try {
            return Cell.of(type, table, key, column);
        } catch (final TransactionRefusedException e) {
            throw new MalformedRequestException("names no cell", e);
        }
    }

    void write(final WireWriter out) {
        assert element.length() <= Limits.VALUE_BYTES + 1 : element;
        out.putEnum(kind).putByte(type.code());
        out.putText(table).putText(key).putText(column).putBlob(element);
    }

    static Query read(final WireReader in) {
        final Kind kind = in.getEnum(Kind.values());
        final CellType type = CellType.ofCode(in.getByte());
        if (type == null) {
            throw new MalformedRequestException("query about a cell of no type that is known");
        }
        return new Query(
                kind,
                type,
                in.getText(Limits.TABLE_BYTES),
                in.getText(Limits.KEY_BYTES),
                in.getText(Limits.COLUMN_BYTES),
                in.getBlob(Limits.VALUE_BYTES + 1));
    }

    @Override
    public String toString() {
        return (kind == Kind.SCAN ? "scan of " : "") + table + "/" + key + (column.isEmpty() ? "" : "/" + column);
    }
}
