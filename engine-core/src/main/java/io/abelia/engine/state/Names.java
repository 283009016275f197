package io.abelia.engine.state;

import io.abelia.engine.codec.CellType;
import io.abelia.engine.codec.Operation;
import java.util.function.LongSupplier;
import org.agrona.UnsafeApi;

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

    private static final int ROOT_BYTES = 96;
    private static final int ROOT_META = BlockSizes.meta(BlockSizes.classOf(Block.HEADER_LENGTH + ROOT_BYTES), 0);
    private static final int SET_META = BlockSizes.meta(BlockSizes.classOf(Block.HEADER_LENGTH + INLINE_BYTES), 0);
    private static final int ROOT_NEXT_TABLE = 0;
    private static final int ROOT_NEXT_COLUMN = 8;
    private static final int ROOT_NEXT_SET = 16;
    private static final int ROOT_NEXT_EXTENSION = 24;
    private static final int ROOT_TABLES = 32;
    private static final int ROOT_COLUMNS = 48;
    private static final int ROOT_LAYOUT = 64;
    private static final int ROOT_KEY_LOW = 72;
    private static final int ROOT_KEY_HIGH = 80;
    /** What the root says of a store whose blocks are laid out as {@link Block} tells and placed by {@link PlacementKey}. */
    private static final long LAYOUT = 0x32_6574_6174_5341L;

    private static final int TABLE_ID = 0;
    private static final int TABLE_CELLS = 8;
    private static final int TABLE_CELL_COUNT = 24;
    private static final int TABLE_PAIRS = 32;

    /** A pair is 28 bits id of the table, 28 bits id of the column and 8 bits type code: exact, whatever the names hash to. */
    private static final int PAIR_TYPE_BITS = 8;

    private static final int PAIR_ID_BITS = 28;
    private static final int PAIR_ID_MASK = (1 << PAIR_ID_BITS) - 1;
    private static final int PAIR_META = SET_META;
    private static final int RECENT_PAIRS = 256;

    private final StateStore store;
    private final NameIndex tables = new NameIndex();
    private final NameIndex columns = new NameIndex();
    /** Pairs that are known to have a block; which others have one, the store tells. */
    private final long[] recentPairs = new long[RECENT_PAIRS];

    private final PlacementKey key;
    private final long root;
    private Elsewhere elsewhere = (name, length, hash) -> false;

    /** Tells which tables are kept elsewhere. */
    @FunctionalInterface
    public interface Elsewhere {
        boolean test(long name, int length, long hash);
    }

    /**
     * Reads the directory of a store, or makes that of an empty one.
     *
     * @param keys source of random bits, for the key of an empty store
     * @throws IllegalStateException if the store is of another layout
     */
    public Names(final StateStore store, final LongSupplier keys) {
        this.store = store;
        final long found = store.find(ROOT_SCOPE, 0, ROOT_META);
        root = (found == StateStore.NONE ? store.create(ROOT_SCOPE, 0, ROOT_META) : found) + Block.HEADER_LENGTH;
        if (found == StateStore.NONE) {
            UnsafeApi.putLong(root + ROOT_LAYOUT, LAYOUT);
            UnsafeApi.putLong(root + ROOT_KEY_LOW, keys.getAsLong());
            UnsafeApi.putLong(root + ROOT_KEY_HIGH, keys.getAsLong());
        } else if (UnsafeApi.getLong(root + ROOT_LAYOUT) != LAYOUT) {
            throw new IllegalStateException(
                    "the maps of the state are of another layout: remove clean.mark, and the next launch"
                            + " rebuilds them from snapshot and log");
        }
        key = new PlacementKey(UnsafeApi.getLong(root + ROOT_KEY_LOW), UnsafeApi.getLong(root + ROOT_KEY_HIGH));
        load();
    }

    /** The secret key by which this store places blocks. */
    public PlacementKey key() {
        return key;
    }

    private void load() {
        for (long table = BlockList.first(store, root + ROOT_TABLES, TABLES_SCOPE);
                table != 0;
                table = BlockList.next(store, table)) {
            tables.add(id(table), table);
        }
        for (long column = BlockList.first(store, root + ROOT_COLUMNS, COLUMNS_SCOPE);
                column != 0;
                column = BlockList.next(store, column)) {
            columns.add(id(column), column);
        }
        assert tables.count() == UnsafeApi.getLong(root + ROOT_NEXT_TABLE) : tables.count();
        assert columns.count() == UnsafeApi.getLong(root + ROOT_NEXT_COLUMN) : columns.count();
    }

    private static long body(final long block) {
        assert block != StateStore.NONE;
        return block + Block.HEADER_LENGTH;
    }

    private static int id(final long block) {
        assert (UnsafeApi.getLong(body(block) + TABLE_ID) & ~PAIR_ID_MASK) == 0 : block;
        return (int) UnsafeApi.getLong(body(block) + TABLE_ID);
    }

    /** Says which tables are kept elsewhere: nothing is to be read of them here. */
    public void elsewhere(final Elsewhere newElsewhere) {
        elsewhere = newElsewhere;
    }

    /** Whether a table, by the bytes and the canonical hash of its name, is kept elsewhere. */
    public boolean isElsewhere(final long name, final int length, final long hash) {
        return elsewhere.test(name, length, hash);
    }

    /** Id of a table by the bytes of its name, or -1. */
    public int tableId(final long name, final int length) {
        return tables.isLatest(name, length) ? tables.latest() : tables.find(name, length, key.ofTable(name, length));
    }

    /** Id of a column by the bytes of its name, or -1. */
    public int columnId(final long name, final int length) {
        return columns.isLatest(name, length)
                ? columns.latest()
                : columns.find(name, length, key.ofColumn(name, length));
    }

    /** Placement of a cell by the ids of its table and column. */
    long placement(final int table, final int column, final int typeCode, final long name, final int length) {
        return key.ofCell(
                Block.placement(tables.block(table)), Block.placement(columns.block(column)), typeCode, name, length);
    }

    int internTable(final Operation.Name name) {
        final int id = tableId(name.address(), name.length());
        return id >= 0
                ? id
                : intern(
                        tables,
                        TABLES_SCOPE,
                        ROOT_NEXT_TABLE,
                        ROOT_TABLES,
                        name,
                        key.ofTable(name.address(), name.length()));
    }

    int internColumn(final Operation.Name name) {
        final int id = columnId(name.address(), name.length());
        return id >= 0
                ? id
                : intern(
                        columns,
                        COLUMNS_SCOPE,
                        ROOT_NEXT_COLUMN,
                        ROOT_COLUMNS,
                        name,
                        key.ofColumn(name.address(), name.length()));
    }

    private int intern(
            final NameIndex index,
            final long scope,
            final int next,
            final int head,
            final Operation.Name name,
            final long placement) {
        final int classIndex = BlockSizes.classOf(Block.HEADER_LENGTH + INLINE_BYTES + name.length());
        final long block = createInternal(scope, placement, classIndex);
        Block.nameLength(block, name.length());
        UnsafeApi.copyMemory(name.address(), Block.name(block), name.length());
        final long id = draw(next);
        if (id > PAIR_ID_MASK) {
            throw new IllegalStateException("more than " + PAIR_ID_MASK + " tables or columns");
        }
        assert id == index.count() : id;
        UnsafeApi.putLong(body(block) + TABLE_ID, id);
        BlockList.push(store, root + head, block);
        index.add((int) id, block);
        return (int) id;
    }

    private long createInternal(final long scope, final long placement, final int classIndex) {
        int number = 0;
        while (store.find(scope, placement, BlockSizes.meta(classIndex, number)) != StateStore.NONE) {
            number++;
        }
        return store.create(scope, placement, BlockSizes.meta(classIndex, number));
    }

    private long draw(final int counter) {
        final long value = UnsafeApi.getLong(root + counter);
        assert value >= 0 : value;
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
        assert Block.isSetHead(cell) : cell;
        final long block = store.create(SETS_SCOPE, setPlacement(set), SET_META);
        UnsafeApi.putLong(body(block), Block.scope(cell));
        UnsafeApi.putLong(body(block) + 8, Block.placement(cell));
        UnsafeApi.putLong(body(block) + 16, Block.meta(cell));
    }

    void removeSet(final long set) {
        store.remove(SETS_SCOPE, setPlacement(set), SET_META);
    }

    /** Cell of a set that {@link #addSet} remembers, or 0. */
    long setCell(final long set) {
        final long block = store.find(SETS_SCOPE, setPlacement(set), SET_META);
        return block == StateStore.NONE
                ? StateStore.NONE
                : store.find(UnsafeApi.getLong(body(block)), UnsafeApi.getLong(body(block) + 8), (int)
                        UnsafeApi.getLong(body(block) + 16));
    }

    private long setPlacement(final long set) {
        return key.ofNumber(SETS_SCOPE, set);
    }

    void addCell(final int table, final int column, final CellType type, final long block) {
        assert Block.scope(block) == CELLS_SCOPE + table : Block.scope(block);
        assert Block.columnId(block) == column && Block.typeCode(block) == type.code() : block;
        final long owner = body(tables.block(table));
        BlockList.push(store, owner + TABLE_CELLS, block);
        count(owner, 1);
        final long pair = ((long) table << PAIR_ID_BITS | column) << PAIR_TYPE_BITS | type.code();
        assert pair != 0 : "0 stands for none among the recent pairs";
        final int recent = (int) (pair ^ pair >>> PAIR_TYPE_BITS) & RECENT_PAIRS - 1;
        if (recentPairs[recent] != pair) {
            addPair(owner, pair);
            recentPairs[recent] = pair;
        }
    }

    private void addPair(final long owner, final long pair) {
        final long placement = key.ofPair(pair);
        int meta = PAIR_META;
        long block = store.find(PAIRS_SCOPE, placement, meta);
        while (block != StateStore.NONE && UnsafeApi.getLong(body(block)) != pair) {
            block = store.find(PAIRS_SCOPE, placement, ++meta);
        }
        if (block == StateStore.NONE) {
            assert BlockSizes.classIndex(meta) == BlockSizes.classIndex(PAIR_META) : meta;
            block = store.create(PAIRS_SCOPE, placement, meta);
            UnsafeApi.putLong(body(block), pair);
            BlockList.push(store, owner + TABLE_PAIRS, block);
        }
    }

    void removeCell(final long block) {
        final long owner = body(tables.block((int) (Block.scope(block) - CELLS_SCOPE)));
        BlockList.unlink(store, owner + TABLE_CELLS, block);
        count(owner, -1);
    }

    private static void count(final long owner, final int change) {
        UnsafeApi.putLong(owner + TABLE_CELL_COUNT, UnsafeApi.getLong(owner + TABLE_CELL_COUNT) + change);
        assert UnsafeApi.getLong(owner + TABLE_CELL_COUNT) >= 0 : change;
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
        assert Block.scope(cell) >= CELLS_SCOPE && Block.scope(cell) < ELEMENTS_SCOPE : Block.scope(cell);
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
        assert Block.scope(pair) == PAIRS_SCOPE : Block.scope(pair);
        return (int) (UnsafeApi.getLong(body(pair)) >>> PAIR_TYPE_BITS) & PAIR_ID_MASK;
    }

    public static int pairType(final long pair) {
        assert Block.scope(pair) == PAIRS_SCOPE : Block.scope(pair);
        return (int) UnsafeApi.getLong(body(pair)) & 0xFF;
    }
}
