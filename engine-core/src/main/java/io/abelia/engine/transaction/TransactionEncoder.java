package io.abelia.engine.transaction;

import io.abelia.engine.apply.UnitIndex;
import io.abelia.engine.codec.ByteWriter;
import io.abelia.engine.codec.CanonicalOrder;
import io.abelia.engine.codec.Limits;
import io.abelia.engine.codec.Operation;
import io.abelia.engine.codec.OperationCode;
import io.abelia.engine.codec.OperationReader;
import java.util.Arrays;
import org.agrona.UnsafeApi;
import org.jspecify.annotations.Nullable;

/**
 * Encodes a transaction's operations as its record will hold them, folded to one effect for each cell and element. A folded
 * operation is changed in place where its length stays, else marked dead and written again behind; {@link #finish} squeezes dead
 * ones out. Off-heap and reusable.
 */
final class TransactionEncoder implements AutoCloseable {
    /** {@link #find} when the transaction has no operation on a unit. */
    static final int NONE = UnitIndex.NONE;

    private static final int INITIAL_BYTES = 4096;
    private static final int INITIAL_OPERATIONS = 16;
    /** Operations, dead ones included, at which dead ones are squeezed out. */
    private static final int MOST_OPERATIONS = 2 * Limits.OPERATIONS;

    private static final int TYPE_MASK = 0x1F;
    private static final int SAME_TABLE = 0x20;
    private static final int SAME_KEY = 0x40;
    private static final int SAME_COLUMN = 0x80;

    private final ByteWriter writer = new ByteWriter();
    private final ByteWriter squeezer = new ByteWriter();
    private final OperationReader reader = new OperationReader();
    private @Nullable UnitIndex index;
    private long buffer = UnsafeApi.allocateMemory(INITIAL_BYTES);
    private int capacity = INITIAL_BYTES;
    private int[] offsets = new int[INITIAL_OPERATIONS];
    private int[] arguments = new int[INITIAL_OPERATIONS];
    private int[] argumentLengths = new int[INITIAL_OPERATIONS];
    private int[] codes = new int[INITIAL_OPERATIONS];
    private long[] unitHashes = new long[INITIAL_OPERATIONS];
    private long[] cellHashes = new long[INITIAL_OPERATIONS];
    private boolean[] dead = new boolean[INITIAL_OPERATIONS];
    private @Nullable Cell[] cells = new Cell[INITIAL_OPERATIONS];
    private int count;
    private int deadCount;
    private boolean covers;
    private boolean spends;
    private final Operation.Name lastTable = new Operation.Name();
    private final Operation.Name lastKey = new Operation.Name();
    private final Operation.Name lastColumn = new Operation.Name();

    void begin() {
        writer.wrap(buffer, capacity);
        Arrays.fill(cells, 0, count, null);
        count = 0;
        deadCount = 0;
        covers = false;
        spends = false;
        if (index != null) {
            index.clear();
        }
    }

    boolean isEmpty() {
        return count == deadCount;
    }

    int count() {
        return count;
    }

    int live() {
        return count - deadCount;
    }

    boolean covers() {
        return covers;
    }

    /** Whether an operation needs rights of a BOUNDED_COUNTER. */
    boolean spends() {
        return spends;
    }

    /** Hash under which an operation is indexed. */
    static long unitHash(final Cell cell, final int code, final long argument, final int argumentLength) {
        if (OperationCode.isElement(code)) {
            return Operation.elementHash(cell.cellHash(), argument, argumentLength);
        }
        return code == OperationCode.CLEAR ? UnitIndex.clearOf(cell.cellHash()) : cell.cellHash();
    }

    /** Number of the live operation on a unit, or {@link #NONE}. */
    int find(final long unitHash) {
        if (count == 0) {
            return NONE;
        }
        if (count == 1) {
            return unitHashes[0] == unitHash && !dead[0] ? 0 : NONE;
        }
        final int operation = index().find(unitHash);
        return operation == NONE || dead[operation] ? NONE : operation;
    }

    private UnitIndex index() {
        if (index == null) {
            index = new UnitIndex();
        }
        return index;
    }

    int code(final int operation) {
        return codes[operation];
    }

    long argument(final int operation) {
        return buffer + arguments[operation];
    }

    int argumentLength(final int operation) {
        return argumentLengths[operation];
    }

    long cellHash(final int operation) {
        return cellHashes[operation];
    }

    boolean isDead(final int operation) {
        return dead[operation];
    }

    /** Turns an operation on an element or switch into its opposite. */
    void changeCode(final int operation, final int code) {
        codes[operation] = code;
        UnsafeApi.putByte(buffer + offsets[operation] + 1, (byte) code);
    }

    /** Takes an operation out. */
    void kill(final int operation) {
        dead[operation] = true;
        deadCount++;
    }

    /**
     * Makes room for one more operation, squeezing dead ones out if need be; numbers of operations change then. Nothing has changed
     * when it throws.
     *
     * @throws TransactionRefusedException if the transaction has as many operations or bytes as it may
     */
    void reserve(final Cell cell, final int maxArgumentBytes) {
        final int names = cell.tableLength() + cell.keyLength() + cell.columnLength() + 8;
        final int bytes = names + maxArgumentBytes;
        if (deadCount > 0 && (count >= MOST_OPERATIONS || writer.length() + bytes > Limits.OPERATIONS_BYTES)) {
            finish();
        }
        if (live() >= Limits.OPERATIONS) {
            throw tooLarge(cell, "it has " + Limits.OPERATIONS + " operations already");
        }
        ensure(cell, bytes);
        if (count == offsets.length) {
            growOperations();
        }
    }

    /**
     * Begins an operation for which room has been reserved; the caller writes its argument to {@link #writer} and calls
     * {@link #end}.
     *
     * @param reference whether the cell is a prepared one whose address may be cached
     */
    void start(final Cell cell, final int code, final boolean reference) {
        final long head = writer.position();
        offsets[count] = (int) (head - buffer);
        cells[count] = reference ? cell : null;
        cellHashes[count] = cell.cellHash();
        codes[count] = code;
        dead[count] = false;
        covers |= OperationCode.covers(cell.type(), code);
        spends |= code == OperationCode.CHANGE_RIGHTS;
        int flags = cell.type().code();
        writer.writeByte(flags);
        writer.writeByte(code);
        flags |= writeName(cell.tableAddress(), cell.tableLength(), lastTable) ? SAME_TABLE : 0;
        flags |= writeName(cell.keyAddress(), cell.keyLength(), lastKey) ? SAME_KEY : 0;
        flags |= writeName(cell.columnAddress(), cell.columnLength(), lastColumn) ? SAME_COLUMN : 0;
        UnsafeApi.putByte(head, (byte) flags);
        arguments[count] = writer.length();
    }

    private boolean writeName(final long address, final int length, final Operation.Name last) {
        if (count > 0 && length == last.length() && CanonicalOrder.same(address, last.address(), length)) {
            return true;
        }
        writer.writeVarint(length);
        last.wrap(writer.position(), length);
        writer.writeBytes(address, length);
        return false;
    }

    /** Cursor for the argument. */
    ByteWriter writer() {
        return writer;
    }

    /**
     * Ends an operation.
     *
     * @param argument offset from {@link #writer}'s start at which the argument proper begins (behind a length)
     */
    void end(final long unitHash, final int argument, final int argumentLength) {
        arguments[count] = argument;
        argumentLengths[count] = argumentLength;
        unitHashes[count] = unitHash;
        if (count == 1) {
            index().put(unitHashes[0], 0);
        }
        if (count > 0) {
            index().put(unitHash, count);
        }
        count++;
    }

    private void ensure(final Cell cell, final int bytes) {
        final int needed = writer.length() + bytes;
        if (needed > Limits.OPERATIONS_BYTES) {
            throw tooLarge(cell, "it would exceed " + Limits.OPERATIONS_BYTES + " bytes");
        }
        if (needed > capacity) {
            final int used = writer.length();
            final int newCapacity = Math.min(Limits.OPERATIONS_BYTES, Math.max(needed, capacity << 1));
            final long newBuffer = UnsafeApi.allocateMemory(newCapacity);
            UnsafeApi.copyMemory(buffer, newBuffer, used);
            rebase(lastTable, newBuffer);
            rebase(lastKey, newBuffer);
            rebase(lastColumn, newBuffer);
            UnsafeApi.freeMemory(buffer);
            buffer = newBuffer;
            capacity = newCapacity;
            writer.wrap(buffer, capacity);
            writer.position(buffer + used);
        }
    }

    private void rebase(final Operation.Name name, final long newBuffer) {
        name.wrap(name.address() - buffer + newBuffer, name.length());
    }

    private static TransactionRefusedException tooLarge(final Cell cell, final String reason) {
        return new TransactionRefusedException(
                cell.toString(),
                "another operation",
                "the transaction is full: " + reason,
                "Commit in several transactions.");
    }

    private void growOperations() {
        final int length = count << 1;
        offsets = Arrays.copyOf(offsets, length);
        arguments = Arrays.copyOf(arguments, length);
        argumentLengths = Arrays.copyOf(argumentLengths, length);
        codes = Arrays.copyOf(codes, length);
        unitHashes = Arrays.copyOf(unitHashes, length);
        cellHashes = Arrays.copyOf(cellHashes, length);
        dead = Arrays.copyOf(dead, length);
        cells = Arrays.copyOf(cells, length);
    }

    /** Squeezes dead operations out. */
    void finish() {
        if (deadCount == 0) {
            return;
        }
        final long squeezed = UnsafeApi.allocateMemory(capacity);
        squeezer.wrap(squeezed, capacity);
        reader.wrap(buffer, writer.length());
        final int[] lastWritten = new int[3];
        int live = 0;
        for (int i = 0; i < count; i++) {
            final long from = reader.position();
            final Operation op = reader.next();
            if (!dead[i]) {
                rewrite(op, from, live, squeezed, lastWritten);
                cells[live++] = cells[i];
            }
        }
        Arrays.fill(cells, live, count, null);
        UnsafeApi.freeMemory(buffer);
        buffer = squeezed;
        writer.wrap(buffer, capacity);
        writer.position(buffer + squeezer.length());
        count = live;
        deadCount = 0;
        reindex();
    }

    /** Notes anew where each operation lies, after all have moved. */
    private void reindex() {
        index().clear();
        reader.wrap(buffer, writer.length());
        for (int i = 0; i < count; i++) {
            offsets[i] = (int) (reader.position() - buffer);
            final Operation op = reader.next();
            dead[i] = false;
            codes[i] = op.code();
            cellHashes[i] = op.cellHash();
            unitHashes[i] = op.code() == OperationCode.CLEAR ? UnitIndex.clearOf(op.cellHash()) : op.unitHash();
            arguments[i] = (int) (op.argument() - buffer);
            argumentLengths[i] = op.argumentLength();
            index().put(unitHashes[i], i);
            lastTable.wrap(op.table().address(), op.table().length());
            lastKey.wrap(op.key().address(), op.key().length());
            lastColumn.wrap(op.column().address(), op.column().length());
        }
    }

    private void rewrite(
            final Operation op, final long from, final int live, final long squeezed, final int[] lastWritten) {
        final long head = squeezer.position();
        int flags = UnsafeApi.getByte(from) & TYPE_MASK;
        squeezer.writeByte(flags);
        squeezer.writeByte(op.code());
        flags |= rewriteName(op.table(), live, squeezed, lastWritten, 0) ? SAME_TABLE : 0;
        flags |= rewriteName(op.key(), live, squeezed, lastWritten, 1) ? SAME_KEY : 0;
        flags |= rewriteName(op.column(), live, squeezed, lastWritten, 2) ? SAME_COLUMN : 0;
        UnsafeApi.putByte(head, (byte) flags);
        final long rest = op.argument() - argumentPrefix(op);
        squeezer.writeBytes(rest, (int) (reader.position() - rest));
    }

    private boolean rewriteName(
            final Operation.Name name, final int live, final long squeezed, final int[] lastWritten, final int which) {
        final long last = squeezed + (lastWritten[which] >>> 11);
        final int lastLength = lastWritten[which] & 0x7FF;
        if (live > 0 && name.length() == lastLength && CanonicalOrder.same(name.address(), last, lastLength)) {
            return true;
        }
        squeezer.writeVarint(name.length());
        lastWritten[which] = squeezer.length() << 11 | name.length();
        squeezer.writeBytes(name.address(), name.length());
        return false;
    }

    /** Bytes of the length that stands before an operation's argument. */
    private static int argumentPrefix(final Operation op) {
        return switch (op.code()) {
            case OperationCode.INCREMENT -> 1;
            case OperationCode.ADD_DOUBLES -> varintBytes(op.argumentLength() / Double.BYTES);
            case OperationCode.ADD,
                    OperationCode.REMOVE,
                    OperationCode.SET,
                    OperationCode.INTERSECT,
                    OperationCode.CHANGE_RIGHTS,
                    OperationCode.RAISE -> varintBytes(op.argumentLength());
            default -> 0;
        };
    }

    private static int varintBytes(final int value) {
        return value < 1 << 7 ? 1 : value < 1 << 14 ? 2 : 3;
    }

    long operations() {
        return buffer;
    }

    int operationsLength() {
        return writer.length();
    }

    @Nullable
    Cell cell(final int operation) {
        return cells[operation];
    }

    @Override
    public void close() {
        UnsafeApi.freeMemory(buffer);
        buffer = 0;
    }
}
