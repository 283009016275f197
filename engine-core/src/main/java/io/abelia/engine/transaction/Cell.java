package io.abelia.engine.transaction;

import io.abelia.engine.codec.ByteWriter;
import io.abelia.engine.codec.Limits;
import io.abelia.engine.codec.Operation;
import io.abelia.engine.codec.Utf8;
import io.abelia.engine.crdt.CellType;
import io.abelia.engine.state.Block;
import io.abelia.engine.state.Units;
import java.nio.ByteBuffer;
import org.agrona.UnsafeApi;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * A prepared reference to a cell: its names in encoded form and, once known, where its state is. Prepare it once with
 * {@code engine.cell(...)} and use it for every operation and read; that path does not allocate. Immutable to its users and
 * safe to share between threads; with several engines it works, but looks its state up anew at each change of engine.
 */
public final class Cell {
    private static final int NOT_CACHED = -1;
    private static final int SCRATCH_BYTES = Limits.TABLE_BYTES + Limits.KEY_BYTES + Limits.COLUMN_BYTES + 6;

    private final ByteBuffer owner;
    private final long start;
    private final ByteWriter writer = new ByteWriter();
    private final Operation.Name table = new Operation.Name();
    private final Operation.Name key = new Operation.Name();
    private final Operation.Name column = new Operation.Name();
    private CellType type = CellType.COUNTER;
    private long cellHash;
    private long cachedAddress;
    private volatile long cachedGeneration = NOT_CACHED;

    private Cell(final int capacityBytes) {
        owner = ByteBuffer.allocateDirect(capacityBytes);
        start = new UnsafeBuffer(owner).addressOffset();
    }

    /** A reference that its owner may point elsewhere. */
    static Cell scratch() {
        return new Cell(SCRATCH_BYTES);
    }

    /**
     * Prepares a reference.
     *
     * @throws TransactionRefusedException if a name is too long or not Unicode text
     */
    public static Cell of(
            final CellType type, final CharSequence table, final CharSequence key, final CharSequence column) {
        final int bytes = 3 * (table.length() + key.length() + column.length()) + 6;
        final Cell cell = new Cell(Math.min(bytes, SCRATCH_BYTES));
        cell.point(type, table, key, column);
        return cell;
    }

    /** Points a scratch reference at a cell. */
    Cell point(
            final CellType newType,
            final CharSequence newTable,
            final CharSequence newKey,
            final CharSequence newColumn) {
        type = newType;
        cachedGeneration = NOT_CACHED;
        writer.wrap(start, owner.capacity());
        if (newTable.length() == 0) {
            throw refuse(newTable, newKey, newColumn, "a table needs a name", "Give one.");
        }
        encode(table, newTable, Limits.TABLE_BYTES, newTable, newKey, newColumn);
        encode(key, newKey, Limits.KEY_BYTES, newTable, newKey, newColumn);
        encode(column, newColumn, Limits.COLUMN_BYTES, newTable, newKey, newColumn);
        cellHash = Operation.cellHash(table.hash(), key.hash(), column.hash(), type);
        return this;
    }

    private void encode(
            final Operation.Name name,
            final CharSequence text,
            final int maxBytes,
            final CharSequence newTable,
            final CharSequence newKey,
            final CharSequence newColumn) {
        final long at = writer.position();
        final int length = Utf8.encode(text, at + 2, Math.min(maxBytes, writer.remaining() - 2));
        if (length < 0) {
            final String problem = length == Utf8.MALFORMED
                    ? "a name is not Unicode text (it has a lone surrogate)"
                    : "a name is longer than " + maxBytes + " bytes of UTF-8";
            throw refuse(newTable, newKey, newColumn, problem, "Shorten or encode it.");
        }
        // the length takes one byte or two; two bytes were left for it
        writer.writeVarint(length);
        if (writer.position() == at + 1) {
            UnsafeApi.copyMemory(at + 2, at + 1, length);
        }
        name.wrap(writer.position(), length);
        name.hash();
        writer.position(writer.position() + length);
    }

    private static TransactionRefusedException refuse(
            final CharSequence table,
            final CharSequence key,
            final CharSequence column,
            final String reason,
            final String remedy) {
        return new TransactionRefusedException(
                abbreviate(table + "/" + key + "/" + column), "naming a cell", reason, remedy);
    }

    private static String abbreviate(final String text) {
        return text.length() <= 120 ? text : text.substring(0, 117) + "...";
    }

    public CellType type() {
        return type;
    }

    public String table() {
        return Utf8.decode(table.address(), table.length());
    }

    public String key() {
        return Utf8.decode(key.address(), key.length());
    }

    /** Name of the column, empty when the cell has none. */
    public String column() {
        return Utf8.decode(column.address(), column.length());
    }

    Operation.Name tableName() {
        return table;
    }

    Operation.Name keyName() {
        return key;
    }

    Operation.Name columnName() {
        return column;
    }

    /** Writes a name as an operation holds it. */
    static void write(final Operation.Name name, final ByteWriter to) {
        to.writeVarint(name.length());
        to.writeBytes(name.address(), name.length());
    }

    long cellHash() {
        return cellHash;
    }

    /** Address of the cell's block, or 0 where it has none; within the exclusive section. */
    long resolve(final Units units) {
        final long generation = units.generation();
        if (cachedGeneration == generation) {
            return cachedAddress;
        }
        final long block = units.findCell(table, key, column, type, cellHash);
        if (block == 0 || Block.isAbsent(block)) {
            return 0;
        }
        cachedAddress = block;
        cachedGeneration = generation;
        return block;
    }

    /** As {@link #resolve}, but absent cells too, which an older snapshot may still see. */
    long resolveWithAbsent(final Units units) {
        final long block = resolve(units);
        return block != 0 ? block : units.findCell(table, key, column, type, cellHash);
    }

    /** Address of the cell's block if it is cached and still valid, else 0; any thread. */
    long cached(final Units units) {
        return cachedGeneration == units.generation() ? cachedAddress : 0;
    }

    @Override
    public String toString() {
        return table() + "/" + key() + (column.length() == 0 ? "" : "/" + column());
    }
}
