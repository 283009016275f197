package io.abelia.engine.transaction;

import io.abelia.engine.apply.Kernel;
import io.abelia.engine.codec.OperationCode;
import io.abelia.engine.crdt.CellType;
import io.abelia.engine.crdt.Extremum;
import java.util.ArrayList;
import java.util.List;
import org.agrona.MutableDirectBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Operations on any number of cells that become visible together, on every node, exactly once. Pooled: obtain one from
 * {@code engine.transaction()}, close it when done, and do not touch it afterwards. One thread at a time; the path of prepared
 * cells and numbers does not allocate.
 *
 * <p>Its snapshot is that of its first read, or of its begin if it reads nothing; removes, clears and writes cover what that
 * snapshot contains and nothing that arrived later.
 */
public final class Transaction implements AutoCloseable {
    private static final Extremum GREATEST = Extremum.greatest();
    private static final Extremum LEAST = Extremum.least();
    private static final int TOKEN_BYTES = 16;

    private enum Phase {
        CLOSED,
        OPEN,
        ABORTED,
        COMMITTED,
        SEALED
    }

    private final TransactionHost host;
    private final Kernel kernel;
    private final TransactionEncoder encoder = new TransactionEncoder();
    private final OperationFolder folder = new OperationFolder(encoder);
    private final TransactionBegin begin;
    private final Cell scratchCell = Cell.scratch();
    private final Value scratchValue = new Value();
    private final List<String> coordinated = new ArrayList<>();
    private final Encoded encoded = new Encoded();
    private @Nullable TransactionRefusedException refusal;
    private @Nullable TransactionView view;
    private int snapshotId;
    private TransactionMode mode = TransactionMode.COORDINATED;
    private Phase phase = Phase.CLOSED;
    private long origin;
    private long seq;

    Transaction(final TransactionHost host, final Kernel kernel) {
        this.host = host;
        this.kernel = kernel;
        this.begin = new TransactionBegin(kernel);
    }

    Transaction begin() {
        encoder.begin();
        begin.begin();
        mode = TransactionMode.COORDINATED;
        phase = Phase.OPEN;
        origin = 0;
        seq = 0;
        return this;
    }

    TransactionBegin beginClock() {
        return begin;
    }

    /** Chooses how the transaction commits; COORDINATED unless chosen. */
    public Transaction mode(final TransactionMode newMode) {
        requireOpen();
        mode = newMode;
        return this;
    }

    private void requireOpen() {
        if (phase != Phase.OPEN) {
            throw new IllegalStateException(
                    "the transaction is " + phase + "; take a new one from engine.transaction()");
        }
    }

    /**
     * Points this transaction's own reference at a cell, without allocating; valid until the next call of this method or of one
     * that takes names.
     */
    public Cell cell(final CellType type, final CharSequence table, final CharSequence key, final CharSequence column) {
        requireOpen();
        return scratchCell.point(type, table, key, column);
    }

    private boolean check(final Cell cell, final String operation, final CellType a, final CellType b) {
        requireOpen();
        CellChecks.requireType(cell, operation, a, b);
        return checkSchema(cell, operation);
    }

    /** Returns whether the cell is a prepared reference. */
    private boolean checkSchema(final Cell cell, final String operation) {
        if (refusal == null) {
            final CellType declared = host.declaredType(cell.tableHash(), cell.columnHash());
            refusal = CellChecks.againstSchema(cell, operation, declared);
        }
        return cell != scratchCell;
    }

    // ---- numbers

    /** COUNTER: adds a number. */
    public Transaction increment(final Cell cell, final long delta) {
        folder.increment(cell, check(cell, "increment", CellType.COUNTER, CellType.COUNTER), delta);
        return this;
    }

    /** COUNTER: subtracts a number. */
    public Transaction decrement(final Cell cell, final long delta) {
        final boolean reference = check(cell, "decrement", CellType.COUNTER, CellType.COUNTER);
        if (delta == Long.MIN_VALUE) {
            folder.increment(cell, reference, Long.MAX_VALUE);
            folder.increment(cell, reference, 1);
        } else {
            folder.increment(cell, reference, -delta);
        }
        return this;
    }

    /** COUNTER without a column: adds a number. */
    public Transaction increment(final CharSequence table, final CharSequence key, final long delta) {
        return increment(cell(CellType.COUNTER, table, key, ""), delta);
    }

    /** COUNTER: adds a number. */
    public Transaction increment(
            final CharSequence table, final CharSequence key, final CharSequence column, final long delta) {
        return increment(cell(CellType.COUNTER, table, key, column), delta);
    }

    /** COUNTER without a column: subtracts a number. */
    public Transaction decrement(final CharSequence table, final CharSequence key, final long delta) {
        return decrement(cell(CellType.COUNTER, table, key, ""), delta);
    }

    /** DOUBLE_SUM: adds a double, exactly. */
    public Transaction addDouble(final Cell cell, final double value) {
        folder.addDouble(cell, check(cell, "addDouble", CellType.DOUBLE_SUM, CellType.DOUBLE_SUM), value);
        return this;
    }

    /** PRODUCT: multiplies by a factor. */
    public Transaction multiply(final Cell cell, final long factor) {
        folder.multiply(cell, check(cell, "multiply", CellType.PRODUCT, CellType.PRODUCT), factor);
        return this;
    }

    /** MAX: raises to at least a number. */
    public Transaction max(final Cell cell, final long value) {
        folder.offer(cell, check(cell, "max", CellType.MAX, CellType.MAX), GREATEST, value);
        return this;
    }

    /** MAX_DOUBLE: raises to at least a number. */
    public Transaction max(final Cell cell, final double value) {
        final boolean reference = check(cell, "max", CellType.MAX_DOUBLE, CellType.MAX_DOUBLE);
        folder.offer(cell, reference, GREATEST, Extremum.sortable(value));
        return this;
    }

    /** MIN: lowers to at most a number. */
    public Transaction min(final Cell cell, final long value) {
        folder.offer(cell, check(cell, "min", CellType.MIN, CellType.MIN), LEAST, value);
        return this;
    }

    /** MIN_DOUBLE: lowers to at most a number. */
    public Transaction min(final Cell cell, final double value) {
        final boolean reference = check(cell, "min", CellType.MIN_DOUBLE, CellType.MIN_DOUBLE);
        folder.offer(cell, reference, LEAST, Extremum.sortable(value));
        return this;
    }

    // ---- flags and switches

    /** FLAG_OR, FLAG_AND: says true or false. */
    public Transaction setFlag(final Cell cell, final boolean value) {
        folder.setFlag(cell, check(cell, "setFlag", CellType.FLAG_OR, CellType.FLAG_AND), value);
        return this;
    }

    /** ENABLE_WINS, DISABLE_WINS: enables. */
    public Transaction enable(final Cell cell) {
        folder.turn(cell, check(cell, "enable", CellType.ENABLE_WINS, CellType.DISABLE_WINS), true);
        return this;
    }

    /** ENABLE_WINS, DISABLE_WINS: disables. */
    public Transaction disable(final Cell cell) {
        folder.turn(cell, check(cell, "disable", CellType.ENABLE_WINS, CellType.DISABLE_WINS), false);
        return this;
    }

    // ---- sets

    private boolean checkSet(final Cell cell, final String operation) {
        requireOpen();
        CellChecks.requireSet(cell, operation);
        return checkSchema(cell, operation);
    }

    /** GROW_SET, ADD_WINS_SET, REMOVE_WINS_SET: adds an element. */
    public Transaction addToSet(final Cell cell, final Value element) {
        final boolean reference = checkSet(cell, "addToSet");
        CellChecks.requireElement(cell, element);
        folder.element(cell, reference, OperationCode.ADD, element.canonical(), element.canonicalLength());
        return this;
    }

    /** Adds a long to a set. */
    public Transaction addToSet(final Cell cell, final long element) {
        return addToSet(cell, scratchValue.set(element));
    }

    /** Adds text to a set. */
    public Transaction addToSet(final Cell cell, final CharSequence element) {
        return addToSet(cell, CellChecks.text(scratchValue, cell, "addToSet", element));
    }

    /** ADD_WINS_SET: adds text. */
    public Transaction addToSet(
            final CharSequence table, final CharSequence key, final CharSequence column, final CharSequence element) {
        return addToSet(cell(CellType.ADD_WINS_SET, table, key, column), element);
    }

    /** ADD_WINS_SET, REMOVE_WINS_SET: removes an element, as far as the transaction's snapshot contains it. */
    public Transaction removeFromSet(final Cell cell, final Value element) {
        final boolean reference = check(cell, "removeFromSet", CellType.ADD_WINS_SET, CellType.REMOVE_WINS_SET);
        CellChecks.requireElement(cell, element);
        folder.element(cell, reference, OperationCode.REMOVE, element.canonical(), element.canonicalLength());
        return this;
    }

    /** Removes a long from a set. */
    public Transaction removeFromSet(final Cell cell, final long element) {
        return removeFromSet(cell, scratchValue.set(element));
    }

    /** Removes text from a set. */
    public Transaction removeFromSet(final Cell cell, final CharSequence element) {
        return removeFromSet(cell, CellChecks.text(scratchValue, cell, "removeFromSet", element));
    }

    /** ADD_WINS_SET: removes text. */
    public Transaction removeFromSet(
            final CharSequence table, final CharSequence key, final CharSequence column, final CharSequence element) {
        return removeFromSet(cell(CellType.ADD_WINS_SET, table, key, column), element);
    }

    /**
     * ADD_WINS_SET: removes all that the transaction's snapshot contains. REMOVE_WINS_SET: removes each element of the snapshot,
     * one operation each, so that every one of them wins against concurrent adds of that element.
     */
    public Transaction clearSet(final Cell cell) {
        final boolean reference = check(cell, "clearSet", CellType.ADD_WINS_SET, CellType.REMOVE_WINS_SET);
        if (cell.type() == CellType.ADD_WINS_SET) {
            folder.clear(cell, reference);
        } else {
            final List<Value> elements = new ArrayList<>();
            reads().forEach(
                            cell,
                            value ->
                                    elements.add(new Value().setCanonical(value.canonical(), value.canonicalLength())));
            elements.forEach(element -> removeFromSet(cell, element));
        }
        return this;
    }

    /** INTERSECT_SET: keeps only elements that are in a list. */
    public Transaction intersect(final Cell cell, final ElementList elements) {
        folder.intersect(cell, check(cell, "intersect", CellType.INTERSECT_SET, CellType.INTERSECT_SET), elements);
        return this;
    }

    // ---- registers

    private boolean checkRegister(final Cell cell, final String operation) {
        requireOpen();
        CellChecks.requireRegister(cell, operation);
        return checkSchema(cell, operation);
    }

    /** Registers: writes a value. */
    public Transaction set(final Cell cell, final Value value) {
        folder.set(cell, checkRegister(cell, "set"), value.canonical(), value.canonicalLength());
        return this;
    }

    /** Registers: writes a long. */
    public Transaction set(final Cell cell, final long value) {
        return set(cell, scratchValue.set(value));
    }

    /** Registers: writes a double. */
    public Transaction set(final Cell cell, final double value) {
        return set(cell, scratchValue.set(value));
    }

    /** Registers: writes text. */
    public Transaction set(final Cell cell, final CharSequence value) {
        return set(cell, CellChecks.text(scratchValue, cell, "set", value));
    }

    /** Registers: drops the writes that the transaction's snapshot contains. */
    public Transaction clear(final Cell cell) {
        folder.clear(cell, checkRegister(cell, "clear"));
        return this;
    }

    // ---- rows

    /**
     * Covers everything that the transaction's snapshot contains of a row's sets, registers and switches, which frees them.
     *
     * @throws TransactionRefusedException if the row has a cell of a type that cannot be covered (COUNTER, MAX, GROW_SET ...)
     */
    public Transaction removeRow(final CharSequence table, final CharSequence key) {
        requireOpen();
        final List<Cell> cells = Rows.clearableCells(kernel, reads(), cell(CellType.COUNTER, table, key, ""));
        for (final Cell cell : cells) {
            if (cell.type().isRegister()) {
                clear(cell);
            } else if (cell.type().isSet()) {
                clearSet(cell);
            } else {
                disable(cell);
            }
        }
        return this;
    }

    // ---- what needs coordination

    /** Overwrites a coordinated cell. Not algebraic: refused in COORDINATION_FREE mode. */
    public Transaction overwrite(
            final CharSequence table, final CharSequence key, final CharSequence column, final Value value) {
        requireOpen();
        coordinated.add("overwrite of " + table + "/" + key + "/" + column + " with " + value);
        return this;
    }

    /** Overwrites a coordinated cell if it holds an expected value. Not algebraic: refused in COORDINATION_FREE mode. */
    public Transaction compareAndSet(
            final CharSequence table,
            final CharSequence key,
            final CharSequence column,
            final Value expected,
            final Value value) {
        requireOpen();
        coordinated.add("compareAndSet of " + table + "/" + key + "/" + column + " from " + expected + " to " + value);
        return this;
    }

    /** Tells whether {@link #commit} can commit without coordination, and which operations are in the way. */
    public LocalCommitCheck canCommitLocally() {
        return new LocalCommitCheck(coordinated.isEmpty(), List.copyOf(coordinated));
    }

    // ---- reads

    /** Reads the transaction's snapshot and its own operations. Valid until the transaction ends. */
    public ReadView reads() {
        requireOpen();
        TransactionView reads = view;
        if (reads == null) {
            kernel.section().enter();
            try {
                snapshotId = Snapshot.openId(kernel);
                begin.beginInSection();
            } finally {
                kernel.section().leave();
            }
            reads = new TransactionView(encoder, new StateView(new StateReader(kernel), snapshotId));
            view = reads;
        }
        return reads;
    }

    // ---- the end

    /**
     * Commits. Local and without waiting for any peer; with durability POWER it returns when the log has been forced.
     *
     * @throws TransactionRefusedException if the mode, a limit or the schema does not allow it; nothing has changed then
     */
    public CommitResult commit() {
        if (phase != Phase.SEALED) {
            requireOpen();
        }
        CellChecks.requireLocal(mode, coordinated);
        if (refusal != null) {
            throw refusal;
        }
        if (encoder.isEmpty()) {
            phase = Phase.COMMITTED;
            return CommitResult.EMPTY;
        }
        encoder.finish();
        phase = Phase.SEALED;
        final CommitResult result = host.commit(encoded);
        if (result == CommitResult.COMMITTED) {
            phase = Phase.COMMITTED;
        }
        return result;
    }

    /** Drops what has not been committed. The transaction still has to be closed. */
    public void abort() {
        requireOpen();
        end();
        phase = Phase.ABORTED;
    }

    /** Origin of the committed transaction; 0 if it has not been committed. */
    public long origin() {
        return origin;
    }

    /** Seq of the committed transaction; 0 if it has not been committed. */
    public long seq() {
        return seq;
    }

    /**
     * Copies the session token of the committed transaction: 8 bytes origin, 8 bytes seq, little-endian. A node that has applied
     * that transaction has applied everything that it depends on.
     *
     * @return bytes written, 16
     */
    public int copyToken(final MutableDirectBuffer target, final int offset) {
        if (seq == 0) {
            throw new IllegalStateException("the transaction has not been committed");
        }
        target.putLong(offset, origin, java.nio.ByteOrder.LITTLE_ENDIAN);
        target.putLong(offset + Long.BYTES, seq, java.nio.ByteOrder.LITTLE_ENDIAN);
        return TOKEN_BYTES;
    }

    /** Ends the transaction; what has not been committed is dropped. To be called once: the object then belongs to another user. */
    @Override
    public void close() {
        if (phase == Phase.CLOSED) {
            return;
        }
        end();
        phase = Phase.CLOSED;
        host.release(this);
    }

    private void end() {
        if (view != null) {
            view = null;
            Snapshot.closeId(kernel, snapshotId);
        }
        coordinated.clear();
        refusal = null;
        begin.end();
    }

    void free() {
        encoder.close();
        begin.close();
    }

    /** What the kernel needs of the transaction. */
    private final class Encoded implements Kernel.LocalTransaction {
        @Override
        public long operations() {
            return encoder.operations();
        }

        @Override
        public int operationsLength() {
            return encoder.operationsLength();
        }

        @Override
        public long beginVersion() {
            return begin.version();
        }

        @Override
        public boolean usesObservedClock() {
            return encoder.covers();
        }

        @Override
        public long observedClock() {
            return begin.clock();
        }

        @Override
        public int observedCount() {
            return begin.count();
        }

        @Override
        public long cell(final int operation) {
            final Cell cell = encoder.cell(operation);
            return cell == null ? 0 : cell.resolve(kernel.units());
        }

        @Override
        public void onCommitted(final long committedOrigin, final long committedSeq) {
            origin = committedOrigin;
            seq = committedSeq;
        }
    }
}
