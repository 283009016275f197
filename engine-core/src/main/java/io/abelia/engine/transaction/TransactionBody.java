package io.abelia.engine.transaction;

import io.abelia.engine.apply.Kernel;
import io.abelia.engine.apply.RightsShortage;
import io.abelia.engine.clock.SessionToken;
import io.abelia.engine.codec.CellType;
import java.util.ArrayList;
import java.util.List;
import org.agrona.MutableDirectBuffer;
import org.jspecify.annotations.Nullable;

/**
 * What a {@link Transaction} is the handle of: pooled, and another transaction's as soon as it has been closed. Handles let only the thread
 * in that began the transaction, and only until it closes it.
 */
final class TransactionBody extends ValueBody {

    private enum Phase {
        CLOSED,
        OPEN,
        ABORTED,
        COMMITTED,
        SEALED
    }

    private static final Object NOTHING = "";
    private static final String EXPIRED =
            "the transaction was open for longer than EngineContext.transactionLimitMs and has been given up; begin again";

    private final TransactionHost host;
    private final TransactionBegin begin;
    private final Cell scratchCell = Cell.scratch();
    private final List<String> needCoordination = new ArrayList<>();
    private final EncodedTransaction encoded;
    private @Nullable TransactionRefusedException refusal;
    private @Nullable TransactionReads view;
    private @Nullable CoordinatedTransaction coordinated;
    private @Nullable ReadLease lease;
    private @Nullable Thread owner;
    private @Nullable Throwable begunAt;
    private boolean expired;
    private TransactionMode mode = TransactionMode.COORDINATION_FREE;
    private Phase phase = Phase.CLOSED;
    private long generation;
    private CellType namedType = CellType.COUNTER;
    private @Nullable CharSequence namedTable;
    private CharSequence namedKey = "";
    private CharSequence namedColumn = "";

    TransactionBody(final TransactionHost host, final Kernel kernel) {
        super(kernel);
        this.host = host;
        this.begin = new TransactionBegin(kernel);
        this.encoded = new EncodedTransaction(kernel, encoder, begin);
    }

    /**
     * Does what a handle asks. It is one method, and longer than what the compiler inlines (325 bytes of bytecode), on purpose: what is compiled
     * for a handle's method stays short then, so that it is inlined wherever it is called, and the handle need not exist.
     *
     * @param given the cell; null for the one that {@link #named} named
     * @return result of a commit, or the cell
     */
    Object call(final Call what, final @Nullable Cell given, final long number, final Object argument) {
        final Cell cell = given == null ? pointed() : given;
        switch (what) {
            case BEGIN -> {
                return host.take();
            }
            case INCREMENT -> increment(cell, number);
            case DECREMENT -> decrement(cell, number);
            case ADD_DOUBLE -> addDouble(cell, Double.longBitsToDouble(number));
            case MULTIPLY -> multiply(cell, number);
            case MAX -> max(cell, number);
            case MAX_DOUBLE -> max(cell, Double.longBitsToDouble(number));
            case MIN -> min(cell, number);
            case MIN_DOUBLE -> min(cell, Double.longBitsToDouble(number));
            case RELEASE -> release(cell, number);
            case ACQUIRE -> acquire(cell, number);
            case SKETCH_VALUE -> addToSketch(cell, (Value) argument);
            case SKETCH_LONG -> addToSketch(cell, number);
            case SKETCH_TEXT -> addToSketch(cell, (CharSequence) argument);
            case RAISE -> raise(cell, (int) number);
            case SET_FLAG -> setFlag(cell, number != 0);
            case ENABLE -> enable(cell);
            case DISABLE -> disable(cell);
            case ADD_VALUE -> addToSet(cell, (Value) argument);
            case ADD_LONG -> addToSet(cell, number);
            case ADD_TEXT -> addToSet(cell, (CharSequence) argument);
            case REMOVE_VALUE -> removeFromSet(cell, (Value) argument);
            case REMOVE_LONG -> removeFromSet(cell, number);
            case REMOVE_TEXT -> removeFromSet(cell, (CharSequence) argument);
            case CLEAR_SET -> clearSet(cell);
            case INTERSECT -> intersect(cell, (ElementList) argument);
            case SET_VALUE -> set(cell, (Value) argument);
            case SET_LONG -> set(cell, number);
            case SET_DOUBLE -> set(cell, Double.longBitsToDouble(number));
            case SET_TEXT -> set(cell, (CharSequence) argument);
            case CLEAR -> clear(cell);
            case CELL -> {
                return cell;
            }
            case COMMIT -> {
                return commit(true);
            }
            case COMMIT_UNFORCED -> {
                return commit(false);
            }
            case CLOSE -> finish();
        }
        return this;
    }

    /** As the other, without an argument. */
    Object call(final Call what, final @Nullable Cell given, final long number) {
        return call(what, given, number, NOTHING);
    }

    /** A body that has begun, any but this one: taking it is a {@link #call} like any other, lest it be inlined where the handle is made. */
    TransactionBody begin() {
        return (TransactionBody) call(Call.BEGIN, scratchCell, 0);
    }

    CommitResult end(final Call how) {
        return (CommitResult) call(how, scratchCell, 0);
    }

    void commitOrThrow() {
        final CommitResult result = end(Call.COMMIT);
        if (result != CommitResult.COMMITTED && result != CommitResult.EMPTY) {
            throw TransactionNotCommittedException.of(result, shortage(), failedCondition());
        }
    }

    void close() {
        call(Call.CLOSE, scratchCell, 0);
    }

    /** Names the cell of the {@link #call} that follows. */
    TransactionBody named(
            final CellType type, final CharSequence table, final CharSequence key, final CharSequence column) {
        namedType = type;
        namedTable = table;
        namedKey = key;
        namedColumn = column;
        return this;
    }

    private Cell pointed() {
        final CharSequence table = namedTable;
        if (table == null) {
            throw new NullPointerException("the cell is null");
        }
        namedTable = null;
        requireOpen();
        return scratchCell.point(namedType, table, namedKey, namedColumn);
    }

    /** Begins, on the thread that will own the transaction. */
    void start() {
        assert phase == Phase.CLOSED && lease == null : phase;
        owner = Thread.currentThread();
        begunAt = host.remembersStacks() ? new Throwable("it was begun here") : null;
        encoder.begin();
        begin.begin();
        mode = host.hasGroup() ? TransactionMode.COORDINATED : TransactionMode.COORDINATION_FREE;
        phase = Phase.OPEN;
        encoded.begin();
    }

    /** Grows at each close, by the thread that closes: handles of transactions before do not fit any more. */
    long generation() {
        return generation;
    }

    TransactionBegin beginClock() {
        return begin;
    }

    /** Where the open transaction was begun; any thread. */
    BeginOrigin begunBy() {
        final Thread thread = owner;
        return new BeginOrigin(thread == null ? "(it has just ended)" : thread.getName(), begunAt);
    }

    /**
     * Gives the transaction up that was open in a state: it holds back nothing any more, and can be neither read nor committed. With the
     * commit lock, by which no read and no commit is under way, and no other transaction of this body can have claimed images.
     */
    boolean expire(final long openState) {
        if (!begin.expire(openState)) {
            return false;
        }
        final ReadLease claimed = lease;
        if (claimed != null) {
            claimed.endWithLock(EXPIRED);
        }
        return true;
    }

    /** Native memory, for when nobody has the body any more. */
    Runnable memory() {
        final TransactionEncoder operations = encoder;
        final TransactionBegin clock = begin;
        return () -> {
            operations.close();
            clock.close();
        };
    }

    void mode(final TransactionMode newMode) {
        requireOpen();
        final boolean begun = !encoder.isEmpty() || !needCoordination.isEmpty() || view != null || coordinated != null;
        if (begun && newMode != mode && (host.hasGroup() || refusal != null)) {
            throw new IllegalStateException("mode(" + newMode + ") comes before the first operation and read");
        }
        mode = newMode;
    }

    /** The coordinated side; null if there is no group, or the mode is another. */
    private @Nullable CoordinatedTransaction coordinated() {
        if (coordinated == null && mode == TransactionMode.COORDINATED) {
            coordinated = host.coordinate();
        }
        return coordinated;
    }

    @Override
    void requireOpen() {
        if (phase != Phase.OPEN) {
            throw new IllegalStateException(
                    "the transaction is " + phase + "; take a new one from engine.transaction()");
        }
    }

    /** The transaction's own reference, pointed at the cell that {@link #named} named; valid until the next of them. */
    Cell cell() {
        return (Cell) call(Call.CELL, null, 0);
    }

    private Cell cell(
            final CellType type, final CharSequence table, final CharSequence key, final CharSequence column) {
        return named(type, table, key, column).pointed();
    }

    @Override
    boolean check(final Cell cell, final String operation, final CellType a, final CellType b) {
        requireOpen();
        CellChecks.requireType(cell, operation, a, b);
        return checkSchema(cell, operation);
    }

    @Override
    boolean checkSchema(final Cell cell, final String operation) {
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
        return cell.isPrepared();
    }

    // ---- rows

    void removeRow(final CharSequence table, final CharSequence key) {
        final Cell row = cell(CellType.COUNTER, table, key, "");
        if (mode == TransactionMode.COORDINATION_FREE && host.isCoordinated(row)) {
            throw CellChecks.wrongMode(row, "removeRow", mode);
        }
        final List<Cell> cells = coordinated() == null
                ? Rows.localCells(kernel, reads(), row)
                : Rows.scannedCells(reads(), row.table(), row.key());
        Rows.requireClearable(cells);
        Rows.remove(this, cells);
    }

    // ---- what needs coordination

    void overwrite(final CharSequence table, final CharSequence key, final CharSequence column, final Value value) {
        final Cell cell = cell(CellType.LWW_REGISTER, table, key, column);
        if (coordinate(cell, "overwrite") != null) {
            set(cell, value);
        }
    }

    void compareAndSet(
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
    }

    void setIfAbsent(final CharSequence table, final CharSequence key, final CharSequence column, final Value value) {
        final Cell cell = cell(CellType.LWW_REGISTER, table, key, column);
        if (coordinate(cell, "setIfAbsent") != null) {
            requireAbsent(cell);
            set(cell, value);
        }
    }

    void requireAtLeast(final Cell cell, final long minimum) {
        final CoordinatedTransaction group = coordinate(cell, "requireAtLeast");
        if (group != null) {
            group.requireAtLeast(cell, minimum);
        }
    }

    void requireValue(final Cell cell, final Value expected) {
        final CoordinatedTransaction group = coordinate(cell, "requireValue");
        if (group != null) {
            group.requireValue(cell, expected);
        }
    }

    void requireAbsent(final Cell cell) {
        final CoordinatedTransaction group = coordinate(cell, "requireAbsent");
        if (group != null) {
            group.requireAbsent(cell);
        }
    }

    void returning(final Cell cell) {
        final CoordinatedTransaction group = coordinate(cell, "returning");
        if (group != null) {
            group.returning(cell);
        }
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

    LocalCommitCheck canCommitLocally() {
        return new LocalCommitCheck(needCoordination.isEmpty(), List.copyOf(needCoordination));
    }

    // ---- reads

    @Override
    ReadView reads() {
        requireOpen();
        requireInTime();
        TransactionReads reads = view;
        if (reads == null) {
            final CoordinatedTransaction group = coordinated();
            reads = new TransactionReads(this, group == null ? localReads() : group.reads());
            view = reads;
        }
        return reads;
    }

    private void requireInTime() {
        if (begin.isExpired()) {
            throw new IllegalStateException(EXPIRED);
        }
    }

    private ReadView localReads() {
        kernel.lock().acquire();
        try {
            requireInTime(); // before it can claim images that nobody would give up
            final ReadLease claimed = ReadLease.openWithLock(kernel);
            lease = claimed;
            begin.beginWithLock();
            return new TransactionView(encoder, new StateView(new StateReader(kernel, claimed), claimed.id()));
        } finally {
            kernel.lock().release();
        }
    }

    /** Refuses reads of a transaction that has been aborted. */
    void requireReadable() {
        if (phase == Phase.ABORTED) {
            requireOpen();
        }
    }

    // ---- the end

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
        if (phase == Phase.OPEN && begin.isExpired()) {
            return CommitResult.EXPIRED;
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

    @Nullable
    String failedCondition() {
        return coordinated == null ? null : coordinated.failed();
    }

    ReadView results() {
        if (coordinated == null || phase != Phase.COMMITTED) {
            throw new IllegalStateException("the transaction has not been committed in mode COORDINATED");
        }
        return new TransactionReads(this, coordinated.results());
    }

    long coordinatedPosition() {
        return coordinated == null ? 0 : coordinated.position();
    }

    @Nullable
    RightsShortage shortage() {
        return encoded.shortage();
    }

    void abort() {
        requireOpen();
        end();
        phase = Phase.ABORTED;
    }

    long origin() {
        return encoded.origin();
    }

    long seq() {
        return encoded.seq();
    }

    SessionToken token() {
        return encoded.token(lease);
    }

    int copyToken(final MutableDirectBuffer target, final int offset) {
        return encoded.seq() == 0 ? token().copyTo(target, offset) : encoded.copyToken(target, offset);
    }

    private void finish() {
        generation++;
        phase = Phase.CLOSED;
        try {
            end();
        } finally {
            host.release(this, expired);
        }
    }

    private void end() {
        final ReadLease claimed = lease;
        final CoordinatedTransaction group = coordinated;
        owner = null;
        begunAt = null;
        lease = null;
        view = null;
        coordinated = null;
        needCoordination.clear();
        refusal = null;
        expired |= begin.end();
        if (claimed != null) {
            claimed.end("the transaction has ended");
        }
        if (group != null) {
            group.close();
        }
    }

    void free() {
        memory().run();
    }
}
