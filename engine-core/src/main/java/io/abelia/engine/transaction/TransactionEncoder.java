package io.abelia.engine.transaction;

import io.abelia.engine.codec.ByteWriter;
import io.abelia.engine.codec.CanonicalOrder;
import io.abelia.engine.codec.Limits;
import io.abelia.engine.codec.Operation;
import io.abelia.engine.codec.OperationCode;
import io.abelia.engine.codec.OperationReader;
import io.abelia.engine.state.PlacementKey;
import java.lang.ref.Reference;
import org.agrona.UnsafeApi;
import org.jspecify.annotations.Nullable;

/**
 * Encodes a transaction's operations as its record will hold them, folded to one effect for each cell and element. A folded
 * operation is changed in place where its length stays, else marked dead and written again behind; {@link #finish} squeezes dead
 * ones out. Off-heap and reusable.
 */
final class TransactionEncoder implements AutoCloseable {
    /** In place of a number when the transaction has no operation on a unit. */
    static final int NONE = OperationTable.NONE;

    private static final int INITIAL_BYTES = 4096;
    /** Operations, dead ones included, at which dead ones are squeezed out. */
    private static final int MOST_OPERATIONS = 2 * Limits.OPERATIONS;

    private static final int TYPE_MASK = 0x1F;
    private static final int SAME_TABLE = 0x20;
    private static final int SAME_KEY = 0x40;
    private static final int SAME_COLUMN = 0x80;

    private final ByteWriter writer = new ByteWriter();
    private final ByteWriter squeezer = new ByteWriter();
    private final OperationReader reader = new OperationReader();
    private final OperationTable operations;
    private long buffer = UnsafeApi.allocateMemory(INITIAL_BYTES);
    private int capacity = INITIAL_BYTES;
    private boolean covers;
    private boolean spends;
    private final Operation.Name lastTable = new Operation.Name();
    private final Operation.Name lastKey = new Operation.Name();
    private final Operation.Name lastColumn = new Operation.Name();

    /**
     * An encoder.
     *
     * @param key secret of this engine
     */
    TransactionEncoder(final PlacementKey key) {
        this.operations = new OperationTable(key);
    }

    void begin() {
        assert buffer != 0;
        writer.wrap(buffer, capacity);
        operations.begin(buffer);
        covers = false;
        spends = false;
    }

    boolean isEmpty() {
        return live() == 0;
    }

    int count() {
        return operations.count();
    }

    int live() {
        return operations.count() - operations.deadCount();
    }

    boolean covers() {
        return covers;
    }

    /** Whether an operation needs rights of a BOUNDED_COUNTER. */
    boolean spends() {
        return spends;
    }

    /** Number of the live operation on a cell itself, or {@link #NONE}. */
    int find(final Cell cell) {
        return operations.find(cell);
    }

    /** Number of the live clear of a cell, or {@link #NONE}. */
    int findClear(final Cell cell) {
        return operations.findClear(cell);
    }

    /** Number of the live operation on an element of a cell, or {@link #NONE}. */
    int findElement(final Cell cell, final long element, final int elementLength) {
        return operations.findElement(cell, element, elementLength);
    }

    /** What {@link #isOf} needs to be quick where many operations are asked. */
    long cellHash(final Cell cell) {
        return operations.cellHash(cell);
    }

    /**
     * Whether an operation is live and one of a cell or of an element of it.
     *
     * @param cellHash what {@link #cellHash} says of the cell
     */
    boolean isOf(final int operation, final Cell cell, final long cellHash) {
        return operations.isOf(operation, cell, cellHash);
    }

    int code(final int operation) {
        return operations.code(operation);
    }

    long argument(final int operation) {
        return operations.argument(operation);
    }

    int argumentLength(final int operation) {
        return operations.argumentLength(operation);
    }

    boolean isDead(final int operation) {
        return operations.isDead(operation);
    }

    /** Turns an operation on an element or switch into its opposite. */
    void changeCode(final int operation, final int code) {
        operations.changeCode(operation, code);
    }

    /** Takes an operation out. */
    void kill(final int operation) {
        operations.kill(operation);
    }

    /**
     * Makes room for one more operation, squeezing dead ones out if need be; numbers of operations change then. Nothing has changed
     * when it throws.
     *
     * @throws TransactionRefusedException if the transaction has as many operations or bytes as it may
     */
    void reserve(final Cell cell, final int maxArgumentBytes) {
        assert maxArgumentBytes >= 0 : maxArgumentBytes;
        final int names = cell.tableLength() + cell.keyLength() + cell.columnLength() + 8;
        final int bytes = names + maxArgumentBytes;
        if (operations.deadCount() > 0
                && (count() >= MOST_OPERATIONS || writer.length() + bytes > Limits.OPERATIONS_BYTES)) {
            finish();
        }
        if (live() >= Limits.OPERATIONS) {
            throw tooLarge(cell, "it has " + Limits.OPERATIONS + " operations already");
        }
        ensure(cell, bytes);
        assert writer.remaining() >= bytes : writer.remaining();
        operations.reserve();
    }

    /**
     * Begins an operation for which room has been reserved; the caller writes its argument to {@link #writer} and calls
     * {@link #end}.
     *
     * @param reference whether the cell is a prepared one whose address may be cached
     */
    void start(final Cell cell, final int code, final boolean reference) {
        assert OperationCode.isKnown(cell.type(), code) : code;
        assert writer.remaining() >= cell.tableLength() + cell.keyLength() + cell.columnLength() + 8
                : writer.remaining();
        final long head = writer.position();
        operations.start(head, code, cell, reference);
        covers |= OperationCode.covers(cell.type(), code);
        spends |= code == OperationCode.CHANGE_RIGHTS;
        int flags = cell.type().code();
        writer.writeByte(flags);
        writer.writeByte(code);
        flags |= writeName(cell.tableAddress(), cell.tableLength(), lastTable) ? SAME_TABLE : 0;
        flags |= writeName(cell.keyAddress(), cell.keyLength(), lastKey) ? SAME_KEY : 0;
        flags |= writeName(cell.columnAddress(), cell.columnLength(), lastColumn) ? SAME_COLUMN : 0;
        UnsafeApi.putByte(head, (byte) flags);
        operations.names(lastTable, lastKey, lastColumn);
        Reference.reachabilityFence(cell);
    }

    private boolean writeName(final long address, final int length, final Operation.Name last) {
        if (count() > 0 && length == last.length() && CanonicalOrder.same(address, last.address(), length)) {
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
    void end(final int argument, final int argumentLength) {
        assert argument + argumentLength == writer.length() : argument + argumentLength;
        operations.end(argument, argumentLength);
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
            operations.buffer(buffer);
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

    /** Squeezes dead operations out. */
    void finish() {
        if (operations.deadCount() == 0) {
            return;
        }
        final long squeezed = UnsafeApi.allocateMemory(capacity);
        squeezer.wrap(squeezed, capacity);
        reader.wrap(buffer, writer.length());
        final int[] lastWritten = new int[3];
        int live = 0;
        for (int i = 0; i < count(); i++) {
            final long from = reader.position();
            final Operation op = reader.next();
            if (!operations.isDead(i)) {
                rewrite(op, from, live++, squeezed, lastWritten);
            }
        }
        assert !reader.hasNext() && squeezer.length() < writer.length() : squeezer.length();
        UnsafeApi.freeMemory(buffer);
        buffer = squeezed;
        writer.wrap(buffer, capacity);
        writer.position(buffer + squeezer.length());
        noteMoved();
        assert count() == live : count();
    }

    /** Notes anew where each operation lies, after all have moved. */
    private void noteMoved() {
        operations.move(buffer);
        reader.wrap(buffer, writer.length());
        while (reader.hasNext()) {
            final long head = reader.position();
            final Operation op = reader.next();
            operations.put(head, op);
            lastTable.wrap(op.table().address(), op.table().length());
            lastKey.wrap(op.key().address(), op.key().length());
            lastColumn.wrap(op.column().address(), op.column().length());
        }
        operations.moved();
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
        assert rest > from && rest <= reader.position() : op.code();
        assert op.argument() + op.argumentLength() == reader.position() : op.code();
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
        assert value >= 0 && value < 1 << 21 : value;
        return value < 1 << 7 ? 1 : value < 1 << 14 ? 2 : 3;
    }

    long operations() {
        return buffer;
    }

    int operationsLength() {
        assert writer.length() <= Limits.OPERATIONS_BYTES : writer.length();
        return writer.length();
    }

    @Nullable
    Cell cell(final int operation) {
        return operations.cell(operation);
    }

    @Override
    public void close() {
        UnsafeApi.freeMemory(buffer);
        buffer = 0;
    }
}
