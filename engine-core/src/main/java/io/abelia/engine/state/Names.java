package io.abelia.engine.state;

import io.abelia.engine.codec.Hashing;
import io.abelia.engine.codec.Operation;
import io.abelia.engine.crdt.CellType;
import java.util.function.LongPredicate;
import org.agrona.UnsafeApi;
import org.agrona.collections.LongHashSet;

/**
 * The store's directory of names: tables and columns get small local ids, each table knows its cells and the (column, type)
 * pairs that ever occurred in it, and numbers for sets and extensions are drawn here. All of it lives in blocks of the store, so
 * that a store which survives a clean stop is complete.
 */
public final class Names {
    /** Inline body of a block that holds no user data. */
    static final int INLINE_BYTES = 64;

    static final long ROOT_SCOPE = 1;
    static final long TABLES_SCOPE = 2;
    static final long COLUMNS_SCOPE = 3;
    static final long PAIRS_SCOPE = 4;
    static final long EXTENSIONS_SCOPE = 5;
    static final long SETS_SCOPE = 6;
    /** Scope of the cells of table 0; those of the others follow. */
    static final long CELLS_SCOPE = 1L << 16;
    /** Scope of the elements of set 0. */
    static final long ELEMENTS_SCOPE = 1L << 40;

    private static final int ROOT_META = BlockSizes.meta(BlockSizes.classOf(Block.HEADER_LENGTH + INLINE_BYTES), 0);
    private static final int ROOT_NEXT_TABLE = 0;
    private static final int ROOT_NEXT_COLUMN = 8;
    private static final int ROOT_NEXT_SET = 16;
    private static final int ROOT_NEXT_EXTENSION = 24;
    private static final int ROOT_TABLES = 32;
    private static final int ROOT_COLUMNS = 48;

    private static final int TABLE_ID = 0;
    private static final int TABLE_CELLS = 8;
    private static final int TABLE_CELL_COUNT = 24;
    private static final int TABLE_PAIRS = 32;

    private static final int PAIR_TYPE_BITS = 8;

    private final StateStore store;
    private final NameIndex tables = new NameIndex();
    private final NameIndex columns = new NameIndex();
    private final LongHashSet pairs = new LongHashSet();
    private final long root;
    private LongPredicate elsewhere = table -> false;

    public Names(final StateStore store) {
        this.store = store;
        long block = store.find(ROOT_SCOPE, 0, ROOT_META);
        if (block == StateStore.NONE) {
            block = store.create(ROOT_SCOPE, 0, ROOT_META);
        }
        root = block + Block.HEADER_LENGTH;
        load();
    }

    private void load() {
        for (long table = BlockList.first(store, root + ROOT_TABLES, TABLES_SCOPE);
                table != 0;
                table = BlockList.next(store, table)) {
            final int id = id(table);
            tables.add(id, table);
            for (long pair = BlockList.first(store, body(table) + TABLE_PAIRS, PAIRS_SCOPE);
                    pair != 0;
                    pair = BlockList.next(store, pair)) {
                pairs.add(pairKey(id, UnsafeApi.getLong(body(pair))));
            }
        }
        for (long column = BlockList.first(store, root + ROOT_COLUMNS, COLUMNS_SCOPE);
                column != 0;
                column = BlockList.next(store, column)) {
            columns.add(id(column), column);
        }
    }

    private static long body(final long block) {
        return block + Block.HEADER_LENGTH;
    }

    private static int id(final long block) {
        return (int) UnsafeApi.getLong(body(block) + TABLE_ID);
    }

    /** Says which tables, by the hashes of their names, are kept elsewhere: nothing is to be read of them here. */
    public void elsewhere(final LongPredicate newElsewhere) {
        elsewhere = newElsewhere;
    }

    /** Whether a table, by the hash of its name, is kept elsewhere. */
    public boolean isElsewhere(final long tableHash) {
        return elsewhere.test(tableHash);
    }

    /** Id of a table, or -1. */
    public int tableId(final Operation.Name name) {
        return tables.find(name.address(), name.length(), name.hash());
    }

    /** Id of a table by its bytes and hash, or -1. */
    public int tableId(final long name, final int length, final long hash) {
        return tables.find(name, length, hash);
    }

    /** Id of a column by its bytes and hash, or -1. */
    public int columnId(final long name, final int length, final long hash) {
        return columns.find(name, length, hash);
    }

    /** Id of a column, or -1. */
    public int columnId(final Operation.Name name) {
        return columns.find(name.address(), name.length(), name.hash());
    }

    int internTable(final Operation.Name name) {
        final int id = tableId(name);
        return id >= 0 ? id : intern(tables, TABLES_SCOPE, ROOT_NEXT_TABLE, ROOT_TABLES, name);
    }

    int internColumn(final Operation.Name name) {
        final int id = columnId(name);
        return id >= 0 ? id : intern(columns, COLUMNS_SCOPE, ROOT_NEXT_COLUMN, ROOT_COLUMNS, name);
    }

    private int intern(
            final NameIndex index, final long scope, final int next, final int head, final Operation.Name name) {
        final int classIndex = BlockSizes.classOf(Block.HEADER_LENGTH + INLINE_BYTES + name.length());
        final long block = createInternal(scope, name.hash(), classIndex);
        Block.nameLength(block, name.length());
        UnsafeApi.copyMemory(name.address(), Block.name(block), name.length());
        final long id = draw(next);
        UnsafeApi.putLong(body(block) + TABLE_ID, id);
        BlockList.push(store, root + head, block);
        index.add((int) id, block);
        return (int) id;
    }

    private long createInternal(final long scope, final long hash, final int classIndex) {
        int number = 0;
        while (store.find(scope, hash, BlockSizes.meta(classIndex, number)) != StateStore.NONE) {
            number++;
        }
        return store.create(scope, hash, BlockSizes.meta(classIndex, number));
    }

    private long draw(final int counter) {
        final long value = UnsafeApi.getLong(root + counter);
        UnsafeApi.putLong(root + counter, value + 1);
        return value;
    }

    /** Number for a new set, never used before in this store. */
    long newSet() {
        return draw(ROOT_NEXT_SET);
    }

    /** Number for a new extension, never used before in this store. */
    long newExtension() {
        return draw(ROOT_NEXT_EXTENSION);
    }

    /** Remembers the cell of a set whose elements are visited on their own. */
    void addSet(final long set, final long cell) {
        final long block = store.create(SETS_SCOPE, setHash(set), ROOT_META);
        UnsafeApi.putLong(body(block), Block.scope(cell));
        UnsafeApi.putLong(body(block) + 8, Block.hash(cell));
        UnsafeApi.putLong(body(block) + 16, Block.meta(cell));
    }

    void removeSet(final long set) {
        store.remove(SETS_SCOPE, setHash(set), ROOT_META);
    }

    /** Cell of a set that {@link #addSet} remembers, or 0. */
    long setCell(final long set) {
        final long block = store.find(SETS_SCOPE, setHash(set), ROOT_META);
        return block == StateStore.NONE
                ? StateStore.NONE
                : store.find(UnsafeApi.getLong(body(block)), UnsafeApi.getLong(body(block) + 8), (int)
                        UnsafeApi.getLong(body(block) + 16));
    }

    private static long setHash(final long set) {
        return Hashing.combine(SETS_SCOPE, set);
    }

    void addCell(final int table, final int column, final CellType type, final long block) {
        final long owner = body(tables.block(table));
        BlockList.push(store, owner + TABLE_CELLS, block);
        count(owner, 1);
        final long pair = (long) column << PAIR_TYPE_BITS | type.code();
        if (pairs.add(pairKey(table, pair))) {
            final int classIndex = BlockSizes.classOf(Block.HEADER_LENGTH + INLINE_BYTES);
            final long pairBlock = createInternal(PAIRS_SCOPE, Hashing.combine(table, pair), classIndex);
            UnsafeApi.putLong(body(pairBlock), pair);
            BlockList.push(store, owner + TABLE_PAIRS, pairBlock);
        }
    }

    void removeCell(final long block) {
        final long owner = body(tables.block((int) (Block.scope(block) - CELLS_SCOPE)));
        BlockList.unlink(store, owner + TABLE_CELLS, block);
        count(owner, -1);
    }

    private static void count(final long owner, final int change) {
        UnsafeApi.putLong(owner + TABLE_CELL_COUNT, UnsafeApi.getLong(owner + TABLE_CELL_COUNT) + change);
    }

    private static long pairKey(final int table, final long pair) {
        return Hashing.combine(table, pair);
    }

    public int tableCount() {
        return tables.count();
    }

    public String table(final int id) {
        return tables.text(id);
    }

    public String column(final int id) {
        return columns.text(id);
    }

    /** Table id of a cell's block. */
    public static int tableOf(final long cell) {
        return (int) (Block.scope(cell) - CELLS_SCOPE);
    }

    /** Name block of a table, of which {@link Block#name} tells the bytes. */
    public long tableBlock(final int id) {
        return tables.block(id);
    }

    /** Name block of a column. */
    public long columnBlock(final int id) {
        return columns.block(id);
    }

    /** First cell of a table, or 0. */
    public long firstCell(final int table) {
        return BlockList.first(store, body(tables.block(table)) + TABLE_CELLS, CELLS_SCOPE + table);
    }

    /** First (column, type) pair of a table, or 0; {@link #pairColumn} and {@link #pairType} read it. */
    public long firstPair(final int table) {
        return BlockList.first(store, body(tables.block(table)) + TABLE_PAIRS, PAIRS_SCOPE);
    }

    /** The pair behind one, or 0. */
    public long nextPair(final long pair) {
        return BlockList.next(store, pair);
    }

    public static int pairColumn(final long pair) {
        return (int) (UnsafeApi.getLong(body(pair)) >>> PAIR_TYPE_BITS);
    }

    public static int pairType(final long pair) {
        return (int) UnsafeApi.getLong(body(pair)) & 0xFF;
    }
}
