package io.abelia.engine.transaction;

import io.abelia.engine.apply.UnitIndex;
import io.abelia.engine.codec.CanonicalOrder;
import io.abelia.engine.codec.CellType;
import io.abelia.engine.codec.Operation;
import io.abelia.engine.codec.OperationCode;
import io.abelia.engine.state.PlacementKey;
import java.lang.ref.Reference;
import java.util.Arrays;
import org.agrona.UnsafeApi;
import org.jspecify.annotations.Nullable;

/**
 * The operations of a transaction, by number and by unit: where each lies in the encoder's buffer, and whether it is still live.
 *
 * <p>They are indexed by the canonical hash of their unit, and names are compared where hashes are equal. A transaction whose hashes
 * were made to collide goes over to keyed ones. A single operation is not indexed at all.
 */
final class OperationTable {
    /** In place of a number when the transaction has no operation on a unit. */
    static final int NONE = UnitIndex.NONE;

    private static final int INITIAL_OPERATIONS = 16;
    private static final int TYPE_MASK = 0x1F;
    /** A name is noted as offset in the buffer and, in so many lower bits, its length. */
    private static final int NAME_LENGTH_BITS = 11;

    private static final int NAME_LENGTH_MASK = (1 << NAME_LENGTH_BITS) - 1;

    private final PlacementKey key;
    private @Nullable UnitIndex index;
    private long buffer;
    private int[] offsets = new int[INITIAL_OPERATIONS];
    private int[] arguments = new int[INITIAL_OPERATIONS];
    private int[] argumentLengths = new int[INITIAL_OPERATIONS];
    private int[] codes = new int[INITIAL_OPERATIONS];
    private int[] tables = new int[INITIAL_OPERATIONS];
    private int[] keys = new int[INITIAL_OPERATIONS];
    private int[] columns = new int[INITIAL_OPERATIONS];
    private long[] cellHashes = new long[INITIAL_OPERATIONS];
    private boolean[] dead = new boolean[INITIAL_OPERATIONS];
    private @Nullable Cell[] cells = new Cell[INITIAL_OPERATIONS];
    private int count;
    private int deadCount;
    private boolean keyed;

    /**
     * A table.
     *
     * @param key secret of this engine
     */
    OperationTable(final PlacementKey key) {
        this.key = key;
    }

    /** Empties the table. */
    void begin(final long newBuffer) {
        assert newBuffer != 0;
        Arrays.fill(cells, 0, count, null);
        buffer = newBuffer;
        count = 0;
        deadCount = 0;
        keyed = false;
        if (index != null) {
            index.clear();
        }
    }

    /** Says that the buffer has moved as a whole. */
    void buffer(final long newBuffer) {
        buffer = newBuffer;
    }

    int count() {
        return count;
    }

    int deadCount() {
        return deadCount;
    }

    int code(final int operation) {
        assert operation < count : operation;
        return codes[operation];
    }

    long argument(final int operation) {
        assert operation < count : operation;
        return buffer + arguments[operation];
    }

    int argumentLength(final int operation) {
        return argumentLengths[operation];
    }

    boolean isDead(final int operation) {
        assert operation < count : operation;
        return dead[operation];
    }

    @Nullable
    Cell cell(final int operation) {
        assert operation < count && isCellOf(operation) : operation;
        return cells[operation];
    }

    void changeCode(final int operation, final int code) {
        assert OperationCode.isElement(codes[operation]) == OperationCode.isElement(code) : code;
        codes[operation] = code;
        UnsafeApi.putByte(buffer + offsets[operation] + 1, (byte) code);
    }

    void kill(final int operation) {
        assert !dead[operation] : operation;
        dead[operation] = true;
        deadCount++;
    }

    void reserve() {
        if (count == offsets.length) {
            final int length = count << 1;
            offsets = Arrays.copyOf(offsets, length);
            arguments = Arrays.copyOf(arguments, length);
            argumentLengths = Arrays.copyOf(argumentLengths, length);
            codes = Arrays.copyOf(codes, length);
            tables = Arrays.copyOf(tables, length);
            keys = Arrays.copyOf(keys, length);
            columns = Arrays.copyOf(columns, length);
            cellHashes = Arrays.copyOf(cellHashes, length);
            dead = Arrays.copyOf(dead, length);
            cells = Arrays.copyOf(cells, length);
        }
    }

    /** Notes where the next operation begins and whose it is; {@link #end} adds it. */
    void start(final long head, final int code, final Cell cell, final boolean reference) {
        assert head == buffer + (count == 0 ? 0 : arguments[count - 1] + argumentLengths[count - 1]) : head - buffer;
        offsets[count] = (int) (head - buffer);
        cells[count] = reference ? cell : null;
        cellHashes[count] = cellHash(cell);
        codes[count] = code;
        dead[count] = false;
    }

    /** Notes where the names of the next operation lie. */
    void names(final Operation.Name table, final Operation.Name cellKey, final Operation.Name column) {
        tables[count] = noted(table);
        keys[count] = noted(cellKey);
        columns[count] = noted(column);
    }

    private int noted(final Operation.Name name) {
        assert name.address() >= buffer && name.length() <= NAME_LENGTH_MASK : name.length();
        return (int) (name.address() - buffer) << NAME_LENGTH_BITS | name.length();
    }

    /** Adds the operation that {@link #start} began. */
    void end(final int argument, final int argumentLength) {
        assert argument > offsets[count] && argumentLength >= 0 : argument;
        arguments[count] = argument;
        argumentLengths[count] = argumentLength;
        count++;
        if (count == 2) {
            add(0);
        }
        if (count > 1) {
            add(count - 1);
            leaveCrowd();
        }
    }

    /** Begins anew with the live operations, in order, which have moved; {@link #put} and {@link #moved} follow. */
    void move(final long newBuffer) {
        int live = 0;
        for (int i = 0; i < count; i++) {
            if (!dead[i]) {
                cells[live++] = cells[i];
            }
        }
        assert live == count - deadCount : live;
        Arrays.fill(cells, live, count, null);
        buffer = newBuffer;
        count = 0;
        deadCount = 0;
    }

    /** Puts an operation that has moved behind those before it. */
    void put(final long head, final Operation op) {
        assert head == buffer + (count == 0 ? 0 : arguments[count - 1] + argumentLengths[count - 1]) : head - buffer;
        offsets[count] = (int) (head - buffer);
        codes[count] = op.code();
        dead[count] = false;
        names(op.table(), op.key(), op.column());
        cellHashes[count] = keyed ? keyedCellHash(count) : op.cellHash();
        assert isCellOf(count) : count;
        arguments[count] = (int) (op.argument() - buffer);
        argumentLengths[count] = op.argumentLength();
        count++;
    }

    /** Ends {@link #move}. */
    void moved() {
        index().clear();
        if (count > 1) {
            indexAll();
            leaveCrowd();
        }
    }

    /** Number of the live operation on a cell itself, or {@link #NONE}. */
    int find(final Cell cell) {
        return count == 0 ? NONE : find(cell, OperationCode.SET, 0, 0);
    }

    /** Number of the live clear of a cell, or {@link #NONE}. */
    int findClear(final Cell cell) {
        return count == 0 ? NONE : find(cell, OperationCode.CLEAR, 0, 0);
    }

    /** Number of the live operation on an element of a cell, or {@link #NONE}. */
    int findElement(final Cell cell, final long element, final int elementLength) {
        return count == 0 ? NONE : find(cell, OperationCode.ADD, element, elementLength);
    }

    private int find(final Cell cell, final int code, final long argument, final int argumentLength) {
        if (count == 1) {
            return isOn(0, cell, code, argument, argumentLength) ? 0 : NONE;
        }
        final UnitIndex units = index();
        final long hash = unitHash(cellHash(cell), cell.type().code(), code, argument, argumentLength);
        for (int slot = units.first(hash); slot >= 0; slot = units.next(slot, hash)) {
            if (isOn(units.number(slot), cell, code, argument, argumentLength)) {
                return units.number(slot);
            }
        }
        return NONE;
    }

    /** Whether a live operation changes the unit that an operation with that code and argument would. */
    private boolean isOn(
            final int operation, final Cell cell, final int code, final long argument, final int argumentLength) {
        assert operation < count : operation;
        final boolean element = OperationCode.isElement(code);
        return isOf(operation, cell)
                && OperationCode.isElement(codes[operation]) == element
                && (codes[operation] == OperationCode.CLEAR) == (code == OperationCode.CLEAR)
                && (!element
                        || argumentLengths[operation] == argumentLength
                                && CanonicalOrder.same(argument(operation), argument, argumentLength));
    }

    /** Whether an operation is live and one of a cell or of an element of it. */
    private boolean isOf(final int operation, final Cell cell) {
        final boolean is = !dead[operation]
                && isName(keys[operation], cell.keyAddress(), cell.keyLength())
                && typeCode(operation) == cell.type().code()
                && isName(tables[operation], cell.tableAddress(), cell.tableLength())
                && isName(columns[operation], cell.columnAddress(), cell.columnLength());
        Reference.reachabilityFence(cell);
        return is;
    }

    /**
     * Whether an operation is live and one of a cell or of an element of it.
     *
     * @param cellHash what {@link #cellHash} says of the cell, so that many operations are asked quickly
     */
    boolean isOf(final int operation, final Cell cell, final long cellHash) {
        return cellHashes[operation] == cellHash && isOf(operation, cell);
    }

    private boolean isName(final int noted, final long name, final int length) {
        return (noted & NAME_LENGTH_MASK) == length
                && CanonicalOrder.same(buffer + (noted >>> NAME_LENGTH_BITS), name, length);
    }

    private int typeCode(final int operation) {
        return UnsafeApi.getByte(buffer + offsets[operation]) & TYPE_MASK;
    }

    /** Whether the cell noted for an operation, if there is one, is the one that it names; for assertions. */
    private boolean isCellOf(final int operation) {
        final Cell cell = cells[operation];
        return cell == null || keyed || cellHashes[operation] == cell.cellHash();
    }

    /** Hash of a cell in this table. */
    long cellHash(final Cell cell) {
        if (!keyed) {
            return cell.cellHash();
        }
        final long hash = key.ofCell(
                cell.type(),
                cell.tableAddress(),
                cell.tableLength(),
                cell.keyAddress(),
                cell.keyLength(),
                cell.columnAddress(),
                cell.columnLength());
        Reference.reachabilityFence(cell);
        return hash;
    }

    private long keyedCellHash(final int operation) {
        final CellType type = CellType.ofCode(typeCode(operation));
        if (type == null) {
            throw new IllegalStateException("operation " + operation + " was encoded with no type");
        }
        return key.ofCell(
                type,
                buffer + (tables[operation] >>> NAME_LENGTH_BITS),
                tables[operation] & NAME_LENGTH_MASK,
                buffer + (keys[operation] >>> NAME_LENGTH_BITS),
                keys[operation] & NAME_LENGTH_MASK,
                buffer + (columns[operation] >>> NAME_LENGTH_BITS),
                columns[operation] & NAME_LENGTH_MASK);
    }

    private long unitHash(
            final long cellHash, final int typeCode, final int code, final long argument, final int argumentLength) {
        if (OperationCode.isElement(code)) {
            return keyed
                    ? key.ofElement(cellHash, typeCode, argument, argumentLength)
                    : Operation.elementHash(cellHash, argument, argumentLength);
        }
        return code == OperationCode.CLEAR ? UnitIndex.clearOf(cellHash) : cellHash;
    }

    private UnitIndex index() {
        if (index == null) {
            index = new UnitIndex();
        }
        return index;
    }

    /** Indexes an operation, in the place of a dead one of the same hash if there is one. */
    private void add(final int operation) {
        final UnitIndex units = index();
        final long hash = unitHash(
                cellHashes[operation],
                typeCode(operation),
                codes[operation],
                argument(operation),
                argumentLengths[operation]);
        int slot = units.first(hash);
        while (slot >= 0 && !dead[units.number(slot)]) {
            slot = units.next(slot, hash);
        }
        units.put(slot < 0 ? ~slot : slot, hash, operation);
    }

    /** Goes over to keyed hashes if canonical ones collide more than chance does. */
    private void leaveCrowd() {
        if (index().isCrowded() && !keyed) {
            keyed = true;
            for (int i = 0; i < count; i++) {
                cellHashes[i] = keyedCellHash(i);
            }
            indexAll();
        }
    }

    private void indexAll() {
        index().clear();
        for (int i = 0; i < count; i++) {
            if (!dead[i]) {
                add(i);
            }
        }
    }
}
