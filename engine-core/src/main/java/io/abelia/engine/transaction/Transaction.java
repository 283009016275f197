package io.abelia.engine.transaction;

import com.google.errorprone.annotations.CheckReturnValue;
import io.abelia.engine.apply.RightsShortage;
import io.abelia.engine.clock.SessionToken;
import io.abelia.engine.codec.CellType;
import org.agrona.MutableDirectBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Operations on any number of cells that become visible together, on every node, exactly once. Obtain one from
 * {@code engine.transaction()}, close it when done. It belongs to the thread that began it: any other thread is refused with {@link
 * IllegalStateException}, and so is every use after {@link #close}.
 *
 * <p>Its snapshot is that of its first read, or of its begin if it reads nothing; removes, clears and writes cover what that
 * snapshot contains and nothing that arrived later.
 *
 * <p>This is a handle of a pooled body. Used in one method, as try-with-resources does, with prepared cells, it costs no allocation
 * once compiled; one that is handed to a method which is not inlined, or kept in a field, is an object of 32 bytes.
 */
public final class Transaction extends NumberOperations implements AutoCloseable {
    Transaction(final TransactionBody body) {
        super(body);
    }

    /**
     * Chooses how the transaction commits, before its first operation (without a coordination group also later). Unless chosen it is
     * COORDINATION_FREE, in an engine with a coordinator COORDINATED.
     */
    public Transaction mode(final TransactionMode newMode) {
        open().mode(newMode);
        return this;
    }

    /**
     * Points this transaction's own reference at a cell, without allocating; valid until the next call of this method or of one
     * that takes names.
     */
    public Cell cell(final CellType type, final CharSequence table, final CharSequence key, final CharSequence column) {
        return open().named(type, table, key, column).cell();
    }

    // ---- sets

    /** GROW_SET, ADD_WINS_SET, REMOVE_WINS_SET: adds an element. */
    public Transaction addToSet(final Cell cell, final Value element) {
        open().call(Call.ADD_VALUE, cell, 0, element);
        return this;
    }

    /** Adds a long to a set. */
    public Transaction addToSet(final Cell cell, final long element) {
        open().call(Call.ADD_LONG, cell, element);
        return this;
    }

    /** Adds text to a set. */
    public Transaction addToSet(final Cell cell, final CharSequence element) {
        open().call(Call.ADD_TEXT, cell, 0, element);
        return this;
    }

    /** ADD_WINS_SET: adds text. */
    public Transaction addToSet(
            final CharSequence table, final CharSequence key, final CharSequence column, final CharSequence element) {
        open().named(CellType.ADD_WINS_SET, table, key, column).call(Call.ADD_TEXT, null, 0, element);
        return this;
    }

    /** ADD_WINS_SET, REMOVE_WINS_SET: removes an element, as far as the transaction's snapshot contains it. */
    public Transaction removeFromSet(final Cell cell, final Value element) {
        open().call(Call.REMOVE_VALUE, cell, 0, element);
        return this;
    }

    /** Removes a long from a set. */
    public Transaction removeFromSet(final Cell cell, final long element) {
        open().call(Call.REMOVE_LONG, cell, element);
        return this;
    }

    /** Removes text from a set. */
    public Transaction removeFromSet(final Cell cell, final CharSequence element) {
        open().call(Call.REMOVE_TEXT, cell, 0, element);
        return this;
    }

    /** ADD_WINS_SET: removes text. */
    public Transaction removeFromSet(
            final CharSequence table, final CharSequence key, final CharSequence column, final CharSequence element) {
        open().named(CellType.ADD_WINS_SET, table, key, column).call(Call.REMOVE_TEXT, null, 0, element);
        return this;
    }

    /**
     * ADD_WINS_SET: removes all that the transaction's snapshot contains. REMOVE_WINS_SET: removes each element of the snapshot,
     * one operation each, so that every one of them wins against concurrent adds of that element.
     */
    public Transaction clearSet(final Cell cell) {
        open().call(Call.CLEAR_SET, cell, 0);
        return this;
    }

    /** INTERSECT_SET: keeps only elements that are in a list. */
    public Transaction intersect(final Cell cell, final ElementList elements) {
        open().call(Call.INTERSECT, cell, 0, elements);
        return this;
    }

    // ---- registers

    /** Registers: writes a value. */
    public Transaction set(final Cell cell, final Value value) {
        open().call(Call.SET_VALUE, cell, 0, value);
        return this;
    }

    /** Registers: writes a long. */
    public Transaction set(final Cell cell, final long value) {
        open().call(Call.SET_LONG, cell, value);
        return this;
    }

    /** Registers: writes a double. */
    public Transaction set(final Cell cell, final double value) {
        open().call(Call.SET_DOUBLE, cell, Double.doubleToRawLongBits(value));
        return this;
    }

    /** Registers: writes text. */
    public Transaction set(final Cell cell, final CharSequence value) {
        open().call(Call.SET_TEXT, cell, 0, value);
        return this;
    }

    /** Registers: drops the writes that the transaction's snapshot contains. */
    public Transaction clear(final Cell cell) {
        open().call(Call.CLEAR, cell, 0);
        return this;
    }

    // ---- rows

    /**
     * Covers everything that the transaction's snapshot contains of a row's sets, registers and switches, which frees them.
     *
     * @throws TransactionRefusedException if the row has a cell of a type that cannot be covered (COUNTER, MAX, GROW_SET ...)
     */
    public Transaction removeRow(final CharSequence table, final CharSequence key) {
        open().removeRow(table, key);
        return this;
    }

    // ---- what needs coordination

    /** LWW_REGISTER: writes a value whatever it holds. Not algebraic: refused in COORDINATION_FREE mode. */
    public Transaction overwrite(
            final CharSequence table, final CharSequence key, final CharSequence column, final Value value) {
        open().overwrite(table, key, column, value);
        return this;
    }

    /** LWW_REGISTER: writes a value if it holds an expected one. Not algebraic: refused in COORDINATION_FREE mode. */
    public Transaction compareAndSet(
            final CharSequence table,
            final CharSequence key,
            final CharSequence column,
            final Value expected,
            final Value value) {
        open().compareAndSet(table, key, column, expected, value);
        return this;
    }

    /** LWW_REGISTER: writes a value if nobody has written one: a name is taken once. Refused in COORDINATION_FREE mode. */
    public Transaction setIfAbsent(
            final CharSequence table, final CharSequence key, final CharSequence column, final Value value) {
        open().setIfAbsent(table, key, column, value);
        return this;
    }

    /**
     * COUNTER, MAX, MIN: commits only if the number is at least so much before the transaction's own operations. Refused in
     * COORDINATION_FREE mode.
     */
    public Transaction requireAtLeast(final Cell cell, final long minimum) {
        open().requireAtLeast(cell, minimum);
        return this;
    }

    /** LWW_REGISTER, FIRST_WRITER_REGISTER: commits only if the value is this one. Refused in COORDINATION_FREE mode. */
    public Transaction requireValue(final Cell cell, final Value expected) {
        open().requireValue(cell, expected);
        return this;
    }

    /** Commits only if nothing can be read of a cell. Refused in COORDINATION_FREE mode. */
    public Transaction requireAbsent(final Cell cell) {
        open().requireAbsent(cell);
        return this;
    }

    /** Mode COORDINATED: asks for what can be read of a cell right behind this transaction; {@link #results} holds it. */
    public Transaction returning(final Cell cell) {
        open().returning(cell);
        return this;
    }

    /** Tells whether {@link #commit} can commit without coordination, and which operations are in the way. */
    public LocalCommitCheck canCommitLocally() {
        return open().canCommitLocally();
    }

    // ---- reads

    /**
     * Reads. In mode COORDINATION_FREE the transaction's snapshot and its own operations; valid until the transaction ends. In mode
     * COORDINATED each read asks the group, sees everything committed before it and none of the transaction's own operations; the commit
     * returns CONFLICT if any would be answered otherwise by then, so what commits has read one state, that which it changes. Such a read
     * throws {@link CoordinationException} if no majority answers.
     */
    public ReadView reads() {
        return open().reads();
    }

    // ---- the end

    /**
     * Commits. Local and without waiting for any peer; with durability POWER it returns when the log has been forced.
     *
     * @throws TransactionRefusedException if the mode, a limit or the schema does not allow it; nothing has changed then
     */
    @CheckReturnValue
    public CommitResult commit() {
        return open().end(Call.COMMIT);
    }

    /**
     * As {@link #commit()}, for callers to whom everything but COMMITTED and EMPTY is an exception.
     *
     * @throws TransactionNotCommittedException with the result, and what to do about it
     */
    public void commitOrThrow() {
        open().commitOrThrow();
    }

    /**
     * As {@link #commit()}, but without waiting for the log to be forced: with durability POWER a power loss may take the transaction back,
     * wholly, until then. It is not published before it is forced either way.
     */
    @CheckReturnValue
    public CommitResult commitUnforced() {
        return open().end(Call.COMMIT_UNFORCED);
    }

    /** After CONDITION_FAILED or CONFLICT: which condition or read, with its cell; else null. */
    public @Nullable String failedCondition() {
        return open().failedCondition();
    }

    /** Mode COORDINATED, once committed: reads of the cells that {@link #returning} named. */
    public ReadView results() {
        return open().results();
    }

    /** Mode COORDINATED, once committed: how many coordinated transactions with operations there have been, this one included; else 0. */
    public long coordinatedPosition() {
        return open().coordinatedPosition();
    }

    /** After INSUFFICIENT_RIGHTS: of which cell, what was wanted, what this node may spend and what all nodes together hold; else null. */
    public @Nullable RightsShortage shortage() {
        return open().shortage();
    }

    /** Drops what has not been committed. The transaction still has to be closed. */
    public void abort() {
        open().abort();
    }

    /** Origin of the committed transaction; 0 if it has not been committed. */
    public long origin() {
        return open().origin();
    }

    /** Seq of the committed transaction; 0 if it has not been committed. */
    public long seq() {
        return open().seq();
    }

    /**
     * What the session has seen with this transaction, to be waited for at another node: the committed transaction, which includes all that it
     * has read; of one that is not committed, or wrote nothing, the snapshot that it has read from.
     *
     * @throws IllegalStateException if it has neither been committed nor read anything
     */
    public SessionToken token() {
        return open().token();
    }

    /**
     * Writes {@link #token} as bytes; of a committed transaction without allocating.
     *
     * @return bytes written: {@link SessionToken#TRANSACTION_BYTES} for a committed transaction
     */
    public int copyToken(final MutableDirectBuffer target, final int offset) {
        return open().copyToken(target, offset);
    }

    /** Ends the transaction; what has not been committed is dropped. May be called again: then it does nothing. */
    @Override
    public void close() {
        end();
    }

    /** Behind a method so short that it is inlined in a handler that has never run as well: there too nobody may hold the handle. */
    private void end() {
        if (isOpen()) {
            body.close();
        } else {
            requireClosed();
        }
    }
}
