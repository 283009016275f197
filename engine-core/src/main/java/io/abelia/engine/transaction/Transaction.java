package io.abelia.engine.transaction;

import io.abelia.engine.apply.Kernel;
import io.abelia.engine.apply.RightsShortage;
import io.abelia.engine.codec.OperationCode;
import io.abelia.engine.crdt.CellType;
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
public final class Transaction extends NumberOperations implements AutoCloseable {

    private enum Phase {
        CLOSED,
        OPEN,
        ABORTED,
        COMMITTED,
        SEALED
    }

    private final TransactionHost host;
    private final TransactionBegin begin;
    private final Cell scratchCell = Cell.scratch();
    private final List<String> needCoordination = new ArrayList<>();
    private final EncodedTransaction encoded;
    private @Nullable TransactionRefusedException refusal;
    private @Nullable TransactionView view;
    private @Nullable CoordinatedTransaction coordinated;
    private int snapshotId;
    private TransactionMode mode = TransactionMode.COORDINATED;
    private Phase phase = Phase.CLOSED;

    Transaction(final TransactionHost host, final Kernel kernel) {
        super(kernel);
        this.host = host;
        this.begin = new TransactionBegin(kernel);
        this.encoded = new EncodedTransaction(kernel, encoder, begin);
    }

    Transaction begin() {
        encoder.begin();
        begin.begin();
        mode = TransactionMode.COORDINATED;
        phase = Phase.OPEN;
        encoded.begin();
        return this;
    }

    TransactionBegin beginClock() {
        return begin;
    }

    /** Chooses how the transaction commits, before its first operation (without a coordination group also later); COORDINATED unless chosen. */
    public Transaction mode(final TransactionMode newMode) {
        requireOpen();
        final boolean begun = !encoder.isEmpty() || !needCoordination.isEmpty() || view != null || coordinated != null;
        if (begun && newMode != mode && (host.hasGroup() || refusal != null)) {
            throw new IllegalStateException("mode(" + newMode + ") comes before the first operation and read");
        }
        mode = newMode;
        return this;
    }

    /** The coordinated side; null if there is no group, or the mode is another. */
    private @Nullable CoordinatedTransaction coordinated() {
        if (coordinated == null && mode == TransactionMode.COORDINATED) {
            coordinated = host.coordinate();
        }
        return coordinated;
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
    @Override
    public Cell cell(final CellType type, final CharSequence table, final CharSequence key, final CharSequence column) {
        requireOpen();
        return scratchCell.point(type, table, key, column);
    }

    @Override
    boolean check(final Cell cell, final String operation, final CellType a, final CellType b) {
        requireOpen();
        CellChecks.requireType(cell, operation, a, b);
        return checkSchema(cell, operation);
    }

    /** Returns whether the cell is a prepared reference. */
    private boolean checkSchema(final Cell cell, final String operation) {
        final boolean tableIsCoordinated = host.isCoordinated(cell);
        if (tableIsCoordinated && mode == TransactionMode.COORDINATED) {
            needCoordination.add(operation + " of " + cell);
        } else if (refusal == null && (tableIsCoordinated || coordinated() != null)) {
            refusal = CellChecks.wrongMode(cell, operation, mode);
        }
        if (refusal == null) {
            final CellType declared = host.declaredType(cell);
            refusal = CellChecks.againstSchema(cell, operation, declared);
        }
        return cell != scratchCell;
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
            Rows.removeElements(this, cell);
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
        final Cell row = cell(CellType.COUNTER, table, key, "");
        if (mode == TransactionMode.COORDINATION_FREE && host.isCoordinated(row)) {
            throw CellChecks.wrongMode(row, "removeRow", mode);
        }
        final List<Cell> cells = coordinated() == null
                ? Rows.localCells(kernel, reads(), row)
                : Rows.scannedCells(reads(), row.table(), row.key());
        Rows.requireClearable(cells);
        Rows.remove(this, cells);
        return this;
    }

    // ---- what needs coordination

    /** LWW_REGISTER: writes a value whatever it holds. Not algebraic: refused in COORDINATION_FREE mode. */
    public Transaction overwrite(
            final CharSequence table, final CharSequence key, final CharSequence column, final Value value) {
        final Cell cell = cell(CellType.LWW_REGISTER, table, key, column);
        if (coordinate(cell, "overwrite") != null) {
            set(cell, value);
        }
        return this;
    }

    /** LWW_REGISTER: writes a value if it holds an expected one. Not algebraic: refused in COORDINATION_FREE mode. */
    public Transaction compareAndSet(
            final CharSequence table,
            final CharSequence key,
            final CharSequence column,
            final Value expected,
            final Value value) {
        final Cell cell = cell(CellType.LWW_REGISTER, table, key, column);
        final CoordinatedTransaction group = coordinate(cell, "compareAndSet");
        if (group != null) {
            group.requireValue(cell, expected);
            set(cell, value);
        }
        return this;
    }

    /** LWW_REGISTER: writes a value if nobody has written one: a name is taken once. Refused in COORDINATION_FREE mode. */
    public Transaction setIfAbsent(
            final CharSequence table, final CharSequence key, final CharSequence column, final Value value) {
        final Cell cell = cell(CellType.LWW_REGISTER, table, key, column);
        if (coordinate(cell, "setIfAbsent") != null) {
            requireAbsent(cell);
            set(cell, value);
        }
        return this;
    }

    /**
     * COUNTER, MAX, MIN: commits only if the number is at least so much before the transaction's own operations. Refused in
     * COORDINATION_FREE mode.
     */
    public Transaction requireAtLeast(final Cell cell, final long minimum) {
        final CoordinatedTransaction group = coordinate(cell, "requireAtLeast");
        if (group != null) {
            group.requireAtLeast(cell, minimum);
        }
        return this;
    }

    /** LWW_REGISTER, FIRST_WRITER_REGISTER: commits only if the value is this one. Refused in COORDINATION_FREE mode. */
    public Transaction requireValue(final Cell cell, final Value expected) {
        final CoordinatedTransaction group = coordinate(cell, "requireValue");
        if (group != null) {
            group.requireValue(cell, expected);
        }
        return this;
    }

    /** Commits only if nothing can be read of a cell. Refused in COORDINATION_FREE mode. */
    public Transaction requireAbsent(final Cell cell) {
        final CoordinatedTransaction group = coordinate(cell, "requireAbsent");
        if (group != null) {
            group.requireAbsent(cell);
        }
        return this;
    }

    /** Mode COORDINATED: asks for what can be read of a cell right behind this transaction; {@link #results} holds it. */
    public Transaction returning(final Cell cell) {
        final CoordinatedTransaction group = coordinate(cell, "returning");
        if (group != null) {
            group.returning(cell);
        }
        return this;
    }

    /** The coordinated side, for an operation that needs one; null without a group or in the other mode, which {@link #commit} refuses. */
    private @Nullable CoordinatedTransaction coordinate(final Cell cell, final String operation) {
        requireOpen();
        final CoordinatedTransaction group = coordinated();
        needCoordination.add(operation + " of " + cell);
        if (group != null && refusal == null) {
            refusal = host.isCoordinated(cell)
                    ? CellChecks.againstSchema(cell, operation, host.declaredType(cell))
                    : CellChecks.wrongMode(cell, operation, mode);
        }
        return group;
    }

    /** Tells whether {@link #commit} can commit without coordination, and which operations are in the way. */
    public LocalCommitCheck canCommitLocally() {
        return new LocalCommitCheck(needCoordination.isEmpty(), List.copyOf(needCoordination));
    }

    // ---- reads

    /**
     * Reads. In mode COORDINATION_FREE the transaction's snapshot and its own operations; valid until the transaction ends. In mode
     * COORDINATED each read asks the group, sees everything committed before it and none of the transaction's own operations; the commit
     * returns CONFLICT if any would be answered otherwise by then, so what commits has read one state, that which it changes. Such a read
     * throws {@link CoordinationException} if no majority answers.
     */
    public ReadView reads() {
        requireOpen();
        final CoordinatedTransaction group = coordinated();
        if (group != null) {
            return group.reads();
        }
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
        return commit(true);
    }

    /**
     * As {@link #commit()}, but without waiting for the log to be forced: with durability POWER a power loss may take the transaction back,
     * wholly, until then. It is not published before it is forced either way.
     */
    public CommitResult commitUnforced() {
        return commit(false);
    }

    private CommitResult commit(final boolean awaitForce) {
        if (phase != Phase.SEALED) {
            requireOpen();
        }
        if (mode == TransactionMode.COORDINATED && coordinated() == null) {
            throw CellChecks.noGroup(needCoordination.isEmpty() ? "(any)" : needCoordination.get(0));
        }
        if (mode == TransactionMode.COORDINATION_FREE) {
            CellChecks.requireLocal(needCoordination);
        }
        if (refusal != null) {
            throw refusal;
        }
        if (coordinated != null) {
            return commit(coordinated);
        }
        if (encoder.isEmpty()) {
            phase = Phase.COMMITTED;
            return CommitResult.EMPTY;
        }
        encoder.finish();
        phase = Phase.SEALED;
        final CommitResult result = host.commit(encoded, awaitForce);
        if (result == CommitResult.COMMITTED) {
            phase = Phase.COMMITTED;
        }
        return result;
    }

    private CommitResult commit(final CoordinatedTransaction group) {
        encoder.finish();
        phase = Phase.SEALED;
        final CommitResult result = group.commit(encoder.operations(), encoder.operationsLength());
        if (result == CommitResult.COMMITTED || result == CommitResult.EMPTY) {
            phase = Phase.COMMITTED;
        }
        return result;
    }

    /** After CONDITION_FAILED or CONFLICT: which condition or read, with its cell; else null. */
    public @Nullable String failedCondition() {
        return coordinated == null ? null : coordinated.failed();
    }

    /** Mode COORDINATED, once committed: reads of the cells that {@link #returning} named. */
    public ReadView results() {
        if (coordinated == null || phase != Phase.COMMITTED) {
            throw new IllegalStateException("the transaction has not been committed in mode COORDINATED");
        }
        return coordinated.results();
    }

    /** Mode COORDINATED, once committed: how many coordinated transactions with operations there have been, this one included; else 0. */
    public long coordinatedPosition() {
        return coordinated == null ? 0 : coordinated.position();
    }

    /** After INSUFFICIENT_RIGHTS: of which cell, what was wanted, what this node may spend and what all nodes together hold; else null. */
    public @Nullable RightsShortage shortage() {
        return encoded.shortage();
    }

    /** Drops what has not been committed. The transaction still has to be closed. */
    public void abort() {
        requireOpen();
        end();
        phase = Phase.ABORTED;
    }

    /** Origin of the committed transaction; 0 if it has not been committed. */
    public long origin() {
        return encoded.origin();
    }

    /** Seq of the committed transaction; 0 if it has not been committed. */
    public long seq() {
        return encoded.seq();
    }

    /**
     * Copies the session token of the committed transaction: 8 bytes origin, 8 bytes seq, little-endian. A node that has applied
     * that transaction has applied everything that it depends on.
     *
     * @return bytes written, 16
     */
    public int copyToken(final MutableDirectBuffer target, final int offset) {
        return encoded.copyToken(target, offset);
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
        if (coordinated != null) {
            coordinated.close();
            coordinated = null;
        }
        needCoordination.clear();
        refusal = null;
        begin.end();
    }

    void free() {
        encoder.close();
        begin.close();
    }
}
