package io.abelia.engine.transaction;

import io.abelia.engine.codec.CellType;
import io.abelia.engine.codec.Limits;
import io.abelia.engine.codec.Operation;
import io.abelia.engine.codec.Utf8;
import io.abelia.engine.state.Block;
import io.abelia.engine.state.Units;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * A prepared reference to a cell: its names in encoded form and, once known, where its state is. Prepare it once with
 * {@code engine.cell(...)} and use it for every operation and read; that path does not allocate. Immutable to its users and
 * safe to share between threads; with several engines it works, but looks its state up anew at each change of engine.
 */
public final class Cell {
    private static final int NOT_CACHED = -1;
    private static final int BEING_CACHED = -2;
    private static final VarHandle CACHED_GENERATION;

    static {
        try {
            CACHED_GENERATION = MethodHandles.lookup().findVarHandle(Cell.class, "cachedGeneration", long.class);
        } catch (final ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private static final int CHUNK_BYTES = 1 << 16;
    private static final int SCRATCH_BYTES = Limits.TABLE_BYTES + Limits.KEY_BYTES + Limits.COLUMN_BYTES;

    /** Names of many cells lie side by side in one chunk, which is freed when no cell of it is reachable any more. */
    private static ByteBuffer chunk = ByteBuffer.allocateDirect(CHUNK_BYTES);

    private final ByteBuffer owner;
    private final long start;
    private final int capacity;
    private final boolean prepared;
    private CellType type = CellType.COUNTER;
    private int tableLength;
    private int keyLength;
    private int columnLength;
    private long tableHash;
    private long columnHash;
    private long cellHash;
    private long cachedAddress;
    private volatile long cachedGeneration = NOT_CACHED;

    private Cell(final int capacityBytes, final boolean prepared) {
        this.prepared = prepared;
        owner = reserve(capacityBytes);
        start = new UnsafeBuffer(owner).addressOffset();
        capacity = capacityBytes;
    }

    /** Cuts a piece off the current chunk; the piece keeps its chunk alive. */
    private static synchronized ByteBuffer reserve(final int capacityBytes) {
        if (chunk.remaining() < capacityBytes) {
            chunk = ByteBuffer.allocateDirect(CHUNK_BYTES);
        }
        final ByteBuffer piece = chunk.slice(chunk.position(), capacityBytes);
        chunk.position(chunk.position() + capacityBytes);
        return piece;
    }

    /** A reference that its owner may point elsewhere. */
    static Cell scratch() {
        return new Cell(SCRATCH_BYTES, false);
    }

    /**
     * Prepares a reference.
     *
     * @throws TransactionRefusedException if a name is too long or not Unicode text
     */
    public static Cell of(
            final CellType type, final CharSequence table, final CharSequence key, final CharSequence column) {
        final int bytes = 3 * (table.length() + key.length() + column.length());
        final Cell cell = new Cell(Math.min(bytes, SCRATCH_BYTES), true);
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
        tableLength = encode(newTable, start, Limits.TABLE_BYTES, newTable, newKey);
        keyLength = encode(newKey, start + tableLength, Limits.KEY_BYTES, newTable, newKey);
        columnLength = encode(newColumn, start + tableLength + keyLength, Limits.COLUMN_BYTES, newTable, newKey);
        assert tableLength + keyLength + columnLength <= capacity : capacity;
        if (tableLength == 0) {
            throw refuse(newTable, newKey, "a table needs a name", "Give one.");
        }
        tableHash = Operation.nameHash(start, tableLength);
        columnHash = Operation.nameHash(columnAddress(), columnLength);
        cellHash = Operation.cellHash(tableHash, Operation.nameHash(keyAddress(), keyLength), columnHash, type);
        return this;
    }

    private int encode(
            final CharSequence text,
            final long at,
            final int maxBytes,
            final CharSequence table,
            final CharSequence key) {
        final int room = (int) (start + capacity - at);
        assert at >= start && room >= 0 : room;
        final int length = Utf8.encode(text, at, Math.min(maxBytes, room));
        if (length < 0) {
            final String problem = length == Utf8.MALFORMED
                    ? "a name is not Unicode text (it has a lone surrogate)"
                    : "a name is longer than " + maxBytes + " bytes of UTF-8";
            throw refuse(table, key, problem, "Shorten or encode it.");
        }
        return length;
    }

    private static TransactionRefusedException refuse(
            final CharSequence table, final CharSequence key, final String reason, final String remedy) {
        return new TransactionRefusedException(abbreviate(table + "/" + key), "naming a cell", reason, remedy);
    }

    private static String abbreviate(final String text) {
        return text.length() <= 120 ? text : text.substring(0, 117) + "...";
    }

    /** Whether it names the same cell for ever; a transaction's own reference may be pointed elsewhere before the commit looks at it. */
    boolean isPrepared() {
        return prepared;
    }

    /** The names' bytes go with this object: whoever uses an address says {@link Reference#reachabilityFence} behind that. */
    long tableAddress() {
        return start;
    }

    int tableLength() {
        return tableLength;
    }

    long keyAddress() {
        return start + tableLength;
    }

    int keyLength() {
        return keyLength;
    }

    long columnAddress() {
        return start + tableLength + keyLength;
    }

    int columnLength() {
        return columnLength;
    }

    long tableHash() {
        return tableHash;
    }

    long columnHash() {
        return columnHash;
    }

    public CellType type() {
        return type;
    }

    public String table() {
        return decoded(start, tableLength);
    }

    public String key() {
        return decoded(keyAddress(), keyLength);
    }

    /** Name of the column, empty when the cell has none. */
    public String column() {
        return decoded(columnAddress(), columnLength);
    }

    private String decoded(final long address, final int length) {
        final String text = Utf8.decode(address, length);
        Reference.reachabilityFence(this);
        return text;
    }

    long cellHash() {
        return cellHash;
    }

    /** Address of the cell's block, or 0 where it has none; with the commit lock held. */
    long resolve(final Units units) {
        final long generation = units.generation();
        final long cached = cached(units);
        assert cached == 0 || Block.typeCode(cached) == type.code() : type;
        if (cached != 0) {
            return cached;
        }
        final long block = find(units);
        if (block == 0 || Block.isAbsent(block)) {
            return 0;
        }
        cache(generation, block);
        return block;
    }

    private long find(final Units units) {
        final int column = units.names().columnId(columnAddress(), columnLength);
        final long block = units.findCell(tableId(units), column, type, keyAddress(), keyLength);
        Reference.reachabilityFence(this);
        return block;
    }

    /** Id of the table, or -1; with the commit lock held. */
    int tableId(final Units units) {
        final int id = units.names().tableId(start, tableLength);
        Reference.reachabilityFence(this);
        return id;
    }

    /** Cell of the same row with another column and type, or 0; with the commit lock held. */
    long sibling(final Units units, final int table, final int column, final CellType otherType) {
        final long block = units.findCell(table, column, otherType, keyAddress(), keyLength);
        Reference.reachabilityFence(this);
        return block;
    }

    /** As {@link #resolve}, but absent cells too, which an older snapshot may still see. */
    long resolveWithAbsent(final Units units) {
        final long block = resolve(units);
        return block != 0 ? block : find(units);
    }

    /** Address of the cell's block if it is cached and still valid, else 0; any thread. */
    long cached(final Units units) {
        final long generation = units.generation();
        if (cachedGeneration != generation) {
            return 0;
        }
        final long address = cachedAddress;
        VarHandle.loadLoadFence();
        return cachedGeneration == generation ? address : 0;
    }

    /** One writer at a time, also where two engines share the cell: generation and address always belong together. Who comes second looks up again. */
    private void cache(final long generation, final long address) {
        assert generation != NOT_CACHED && generation != BEING_CACHED && address != 0 : generation;
        final long before = cachedGeneration;
        if (before == BEING_CACHED || !CACHED_GENERATION.compareAndSet(this, before, (long) BEING_CACHED)) {
            return;
        }
        VarHandle.storeStoreFence();
        cachedAddress = address;
        cachedGeneration = generation;
    }

    @Override
    public String toString() {
        return table() + "/" + key() + (columnLength == 0 ? "" : "/" + column());
    }
}
