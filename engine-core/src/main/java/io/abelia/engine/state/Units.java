package io.abelia.engine.state;

import io.abelia.engine.codec.CanonicalOrder;
import io.abelia.engine.codec.CellType;
import io.abelia.engine.codec.Operation;
import io.abelia.engine.lock.CommitLock;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import org.agrona.UnsafeApi;

/**
 * Units of state over the blocks of a {@link StateStore}: cells and set elements, found by name, created, changed and removed.
 * Keeps what every change must keep: before-images for open snapshots, the digest, and the lists of cells and elements.
 *
 * <p>With the commit lock. Only {@code Applier} and the data types that it calls change units.
 */
public final class Units implements AutoCloseable {
    private static final int SET_ID = 0;
    private static final int SET_COUNT = 8;
    private static final int SET_HEAD = 16;
    /** Generations of different stores differ, so an address cached in one is never used in another. */
    private static final AtomicLong STORES = new AtomicLong();

    private static final int STORE_SHIFT = 40;

    private final CommitLock lock;
    private final StateStore store;
    private final Names names;
    private final BeforeImages images;
    private final StateDigest digest;
    private final Bodies bodies;
    private final RemovedUnits removed = new RemovedUnits();
    private long version;
    private long cells;
    private long elements;
    private volatile long generation = STORES.incrementAndGet() << STORE_SHIFT;
    private long viewBody;
    private int viewLength;

    /**
     * Units of a store.
     *
     * @param keys source of random bits, for the secret key of a store that is empty
     * @param lock guards all of it
     */
    public Units(
            final StateStore store,
            final BeforeImages images,
            final StateDigest digest,
            final LongSupplier keys,
            final CommitLock lock) {
        this.lock = lock;
        this.store = store;
        this.names = new Names(store, keys);
        this.images = images;
        this.digest = digest;
        this.bodies = new Bodies(store, names);
    }

    public Names names() {
        return names;
    }

    public StateStore store() {
        return store;
    }

    public BeforeImages images() {
        return images;
    }

    public StateDigest digest() {
        return digest;
    }

    /** Number of the transaction whose effects follow. */
    public void version(final long newVersion) {
        assert lock.isHeld();
        assert newVersion >= version : newVersion + " after " + version;
        version = newVersion;
        if (!removed.isEmpty()) {
            removePending();
        }
    }

    public long version() {
        return version;
    }

    /** Changes whenever a cell's block may have gone: addresses cached under an older number must be looked up again. */
    public long generation() {
        return generation;
    }

    public long cells() {
        return cells;
    }

    public long elements() {
        return elements;
    }

    /** Sets the counts of a store that was closed clean. */
    public void restoreCounts(final long cellCount, final long elementCount) {
        assert lock.isHeld();
        cells = cellCount;
        elements = elementCount;
    }

    // ---- cells

    /** The cell that an operation names, or 0. It may be absent, see {@link Block#isAbsent}. */
    public long findCell(final Operation op) {
        return findCell(
                names.tableId(op.table().address(), op.table().length()),
                names.columnId(op.column().address(), op.column().length()),
                op.type(),
                op.key().address(),
                op.key().length());
    }

    /** A cell by the ids of its table and column (-1 for unknown ones) and its key, or 0. */
    public long findCell(
            final int tableId, final int columnId, final CellType type, final long key, final int keyLength) {
        if (tableId < 0 || columnId < 0) {
            return StateStore.NONE;
        }
        final long placement = names.placement(tableId, columnId, type.code(), key, keyLength);
        return find(Names.CELLS_SCOPE + tableId, placement, type.code(), columnId, key, keyLength, false);
    }

    /** The cell that an operation names, made if there is none. */
    public long acquireCell(final Operation op) {
        return acquireCell(op.table(), op.key(), op.column(), op.type());
    }

    /** A cell by its names, made if there is none. */
    public long acquireCell(
            final Operation.Name table, final Operation.Name key, final Operation.Name column, final CellType type) {
        assert lock.isHeld();
        final int tableId = names.internTable(table);
        final int columnId = names.internColumn(column);
        final long scope = Names.CELLS_SCOPE + tableId;
        final long placement = names.placement(tableId, columnId, type.code(), key.address(), key.length());
        long cell = find(scope, placement, type.code(), columnId, key.address(), key.length(), false);
        if (cell == StateStore.NONE) {
            final long hash = Operation.cellHash(table.hash(), key.hash(), column.hash(), type);
            cell = create(scope, placement, hash, type.code(), columnId, key.address(), key.length(), false);
            names.addCell(tableId, columnId, type, cell);
            if (type.isSet()) {
                final long set = names.newSet();
                UnsafeApi.putLong(setBody(cell) + SET_ID, set);
                names.addSet(set, cell);
                Block.bodyLength(cell, type.inlineBytes());
            }
            cells++;
        } else if (Block.isAbsent(cell)) {
            revive(cell);
            cells++;
        }
        return cell;
    }

    // ---- elements of sets

    private static long setBody(final long cell) {
        assert cell != StateStore.NONE;
        return cell + Block.HEADER_LENGTH;
    }

    private static long elementScope(final long cell) {
        return Names.ELEMENTS_SCOPE + UnsafeApi.getLong(setBody(cell) + SET_ID);
    }

    /** The cell of the set that an element belongs to. */
    public long ownerOf(final long element) {
        assert Block.isElement(element) : element;
        return names.setCell(Block.scope(element) - Names.ELEMENTS_SCOPE);
    }

    /** An element of a set, or 0. */
    public long findElement(final long cell, final long name, final int nameLength) {
        return find(
                elementScope(cell),
                elementPlacement(cell, name, nameLength),
                Block.typeCode(cell),
                0,
                name,
                nameLength,
                true);
    }

    private long elementPlacement(final long cell, final long name, final int nameLength) {
        return names.key().ofElement(Block.placement(cell), Block.typeCode(cell), name, nameLength);
    }

    /** An element of a set, made if there is none. */
    public long acquireElement(final long cell, final long name, final int nameLength) {
        assert lock.isHeld();
        final long scope = elementScope(cell);
        final int typeCode = Block.typeCode(cell);
        final long placement = elementPlacement(cell, name, nameLength);
        long element = find(scope, placement, typeCode, 0, name, nameLength, true);
        if (element == StateStore.NONE) {
            final long hash = Operation.elementHash(Block.hash(cell), name, nameLength);
            element = create(scope, placement, hash, typeCode, 0, name, nameLength, true);
            BlockList.push(store, setBody(cell) + SET_HEAD, element);
            elements++;
        } else if (Block.isAbsent(element)) {
            revive(element);
            elements++;
        }
        return element;
    }

    /** Elements of a set that a reader sees now. */
    public static long setSize(final long cell) {
        return UnsafeApi.getLong(setBody(cell) + SET_COUNT);
    }

    /** Notes that an element of a set became readable (+1) or ceased to be (-1). */
    public void changeSetSize(final long cell, final int change) {
        assert change == 1 || change == -1 : change;
        touch(cell);
        UnsafeApi.putLong(setBody(cell) + SET_COUNT, setSize(cell) + change);
    }

    /** First element of a set in its list, or 0; absent ones included. */
    public long firstElement(final long cell) {
        return BlockList.first(store, setBody(cell) + SET_HEAD, elementScope(cell));
    }

    /** The block behind a cell or element in its list, or 0. */
    public long next(final long block) {
        return BlockList.next(store, block);
    }

    // ---- blocks of both kinds

    private long find(
            final long scope,
            final long placement,
            final int typeCode,
            final int columnId,
            final long name,
            final int nameLength,
            final boolean element) {
        assert lock.isHeld();
        final int classIndex =
                BlockSizes.classOf(Block.HEADER_LENGTH + Block.inlineBytes(typeCode, element) + nameLength);
        for (int number = 0; number <= BlockSizes.MAX_NUMBER; number++) {
            final long block = store.find(scope, placement, BlockSizes.meta(classIndex, number));
            if (block == StateStore.NONE
                    || Block.typeCode(block) == typeCode
                            && Block.columnId(block) == columnId
                            && Block.nameLength(block) == nameLength
                            && CanonicalOrder.same(Block.name(block), name, nameLength)) {
                assert block == StateStore.NONE || Block.isElement(block) == element : block;
                return block;
            }
        }
        return StateStore.NONE;
    }

    private long create(
            final long scope,
            final long placement,
            final long hash,
            final int typeCode,
            final int columnId,
            final long name,
            final int nameLength,
            final boolean element) {
        final int classIndex =
                BlockSizes.classOf(Block.HEADER_LENGTH + Block.inlineBytes(typeCode, element) + nameLength);
        int number = 0;
        while (store.find(scope, placement, BlockSizes.meta(classIndex, number)) != StateStore.NONE) {
            if (++number > BlockSizes.MAX_NUMBER) {
                throw new IllegalStateException(
                        number + " names have one placement: the key of the store is not random");
            }
        }
        final long block = store.create(scope, placement, BlockSizes.meta(classIndex, number));
        assert Block.image(block) == 0 && Block.flags(block) == 0 && Block.dirty(block) == 0 : block;
        Block.hash(block, hash);
        Block.typeCode(block, typeCode);
        Block.flags(block, element ? Block.ELEMENT : 0);
        Block.columnId(block, columnId);
        Block.nameLength(block, nameLength);
        UnsafeApi.copyMemory(name, Block.name(block), nameLength);
        Block.version(block, version);
        if (!Block.isSetHead(block)) {
            digest.beforeChange(block);
        }
        return block;
    }

    private void revive(final long block) {
        assert Block.isAbsent(block) : block;
        touch(block);
        Block.flags(block, Block.flags(block) & ~Block.ABSENT);
        if (!Block.isSetHead(block)) {
            resizeBody(block, 0);
        }
    }

    /** To be called before a unit is changed: keeps what open snapshots and the digest need of it. */
    public void touch(final long block) {
        assert lock.isHeld();
        final long changedAt = Block.version(block);
        assert changedAt <= version : changedAt + " after " + version;
        if (changedAt <= images.newest()) {
            images.push(block, body(block), Block.bodyLength(block));
        }
        Block.version(block, version);
        if (Block.dirty(block) == 0 && !Block.isSetHead(block)) {
            digest.beforeChange(block);
        }
    }

    /** Removes an element that has become empty; the set's own block goes with its last element. */
    public void removeElement(final long cell, final long element) {
        assert Block.isElement(element) : element;
        assert elements > 0 : elements;
        elements--;
        remove(element, cell);
    }

    /** Removes a cell that has become empty (a switch or register). */
    public void removeCell(final long cell) {
        assert !Block.isElement(cell) : cell;
        assert cells > 0 : cells;
        cells--;
        staleCells();
        remove(cell, 0);
    }

    private void remove(final long block, final long owner) {
        assert lock.isHeld();
        assert !Block.isAbsent(block) : block;
        touch(block);
        Block.flags(block, Block.flags(block) | Block.ABSENT);
        if (images.oldest() == Long.MAX_VALUE && removed.isEmpty()) {
            removeNow(block, owner);
            return;
        }
        if (removed.isFull()) {
            images.loseAll(); // they are freed before the next transaction; never within an effect, which may hold
            // their addresses
        }
        removed.add(block, owner);
    }

    /** Frees removed units that no open snapshot sees any more. */
    public void removePending() {
        assert lock.isHeld();
        while (!removed.isEmpty()) {
            final long block = removed.block();
            final long owner = removed.owner();
            if (Block.isAbsent(block) && Block.version(block) > images.oldest()) {
                return;
            }
            removed.poll();
            if (Block.isAbsent(block)) {
                removeNow(block, owner);
            }
        }
    }

    private void removeNow(final long block, final long owner) {
        assert Block.isAbsent(block) : block;
        assert Block.isElement(block) == (owner != 0) : owner;
        bodies.free(block);
        digest.forget(block);
        final int number = BlockSizes.number(Block.meta(block));
        final long successor = store.find(Block.scope(block), Block.placement(block), Block.meta(block) + 1);
        if (successor != StateStore.NONE && number < BlockSizes.MAX_NUMBER) {
            Block.bodyLength(
                    block,
                    0); // names with equal placements are numbered without gaps: the absent block holds its place
            return;
        }
        if (Block.isElement(block)) {
            BlockList.unlink(store, setBody(owner) + SET_HEAD, block);
        } else {
            names.removeCell(block);
        }
        store.remove(Block.scope(block), Block.placement(block), Block.meta(block));
        if (owner != 0 && BlockList.isEmpty(setBody(owner) + SET_HEAD)) {
            assert cells > 0 : cells;
            cells--;
            staleCells();
            names.removeCell(owner);
            names.removeSet(UnsafeApi.getLong(setBody(owner) + SET_ID));
            store.remove(Block.scope(owner), Block.placement(owner), Block.meta(owner));
        }
    }

    // ---- bodies

    /** Value for {@link #view}: the state now. */
    public static final int LATEST = -1;

    /**
     * Selects what a snapshot sees of a unit; {@link #viewBody} and {@link #viewLength} tell it.
     *
     * @param block the unit, or 0
     * @param snapshot id of an open snapshot, or {@link #LATEST}
     * @return whether the unit existed then
     */
    public boolean view(final long block, final int snapshot) {
        assert lock.isHeld();
        if (block == StateStore.NONE) {
            return false;
        }
        if (snapshot == LATEST || Block.version(block) <= images.version(snapshot)) {
            viewBody = body(block);
            viewLength = Block.bodyLength(block);
            return !Block.isAbsent(block) && viewLength > 0;
        }
        final long image = images.find(block, snapshot);
        if (image == 0 || BeforeImages.isImageAbsent(image)) {
            return false;
        }
        viewBody = BeforeImages.imageBody(image);
        viewLength = BeforeImages.imageBodyLength(image);
        return viewLength > 0;
    }

    /** State that {@link #view} selected; valid with the commit lock held. */
    public long viewBody() {
        return viewBody;
    }

    public int viewLength() {
        return viewLength;
    }

    /** Whether a block met while walking a list stays in it as long as a snapshot is open. */
    public boolean staysWhileOpen(final long block, final int snapshot) {
        return !Block.isAbsent(block) || Block.version(block) > images.version(snapshot);
    }

    /** Address of a unit's state. */
    public long body(final long block) {
        return bodies.body(block);
    }

    /**
     * Gives a unit's state another length, keeping what fits. The unit has been touched.
     *
     * @return address of the state, which may have moved
     */
    public long resizeBody(final long block, final int newLength) {
        assert lock.isHeld();
        return bodies.resize(block, newLength);
    }

    /** Removes every cell and element, as one change; open snapshots are lost. Names stay. */
    public void clear() {
        assert lock.isHeld();
        images.loseAll();
        removePending();
        for (int table = 0; table < names.tableCount(); table++) {
            long cell = names.firstCell(table);
            while (cell != StateStore.NONE) {
                final long next = next(cell);
                clearCell(cell);
                cell = next;
            }
        }
        assert removed.isEmpty() : "no snapshot is open that anything could wait for";
    }

    private void clearCell(final long cell) {
        if (!Block.isSetHead(cell)) {
            if (!Block.isAbsent(cell)) {
                removeCell(cell);
            }
            return;
        }
        long element = firstElement(cell);
        while (element != StateStore.NONE) {
            final long next = next(element);
            if (!Block.isAbsent(element)) {
                removeElement(cell, element);
            }
            element = next;
        }
    }

    private void staleCells() {
        final long next = generation + 1; // one writer, with the commit lock
        generation = next;
    }

    /** Makes every cached address stale, for good. */
    public void makeAddressesStale() {
        generation = Long.MIN_VALUE;
    }

    @Override
    public void close() {
        images.close();
        digest.close();
    }
}
