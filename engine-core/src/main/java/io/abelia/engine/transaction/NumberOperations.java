package io.abelia.engine.transaction;

import io.abelia.engine.codec.CellType;

/**
 * A transaction's handle: whose body it is, and the operations on numbers, bounded counters, sketches, flags and switches. Its fields are
 * final, so what it checks does not depend on what other threads do.
 */
abstract sealed class NumberOperations permits Transaction {
    final TransactionBody body;
    private final long generation;
    private final Thread owner;

    NumberOperations(final TransactionBody body) {
        this.body = body;
        this.generation = body.generation();
        this.owner = Thread.currentThread();
    }

    /** Whether the body still is this transaction's, and its owner asks. Only the owner changes the body's generation meanwhile. */
    final boolean isOpen() {
        return body.generation() == generation && Thread.currentThread() == owner;
    }

    /** The body; the methods of a handle hand it nothing of the handle, so that the compiler can do without the object. */
    final TransactionBody open() {
        if (!isOpen()) {
            throw refusal(owner);
        }
        return body;
    }

    /** Closing again is harmless; closing for somebody else is not. */
    final void requireClosed() {
        if (body.generation() == generation) {
            throw refusal(owner);
        }
    }

    /** Why a thread may not use the transaction of another one, or one that was closed. */
    static IllegalStateException refusal(final Thread owner) {
        final Thread user = Thread.currentThread();
        return new IllegalStateException(
                user == owner
                        ? "this transaction was closed; take a new one from engine.transaction()"
                        : "this transaction belongs to thread " + owner.getName() + ", which began it, and thread "
                                + user.getName()
                                + " may not use it: let each thread take its own from engine.transaction()");
    }

    private Transaction self() {
        return (Transaction) this;
    }

    // ---- numbers

    /** COUNTER: adds a number. */
    public Transaction increment(final Cell cell, final long delta) {
        open().call(Call.INCREMENT, cell, delta);
        return self();
    }

    /** COUNTER: subtracts a number. */
    public Transaction decrement(final Cell cell, final long delta) {
        open().call(Call.DECREMENT, cell, delta);
        return self();
    }

    /** COUNTER without a column: adds a number. */
    public Transaction increment(final CharSequence table, final CharSequence key, final long delta) {
        open().named(CellType.COUNTER, table, key, "").call(Call.INCREMENT, null, delta);
        return self();
    }

    /** COUNTER: adds a number. */
    public Transaction increment(
            final CharSequence table, final CharSequence key, final CharSequence column, final long delta) {
        open().named(CellType.COUNTER, table, key, column).call(Call.INCREMENT, null, delta);
        return self();
    }

    /** COUNTER without a column: subtracts a number. */
    public Transaction decrement(final CharSequence table, final CharSequence key, final long delta) {
        open().named(CellType.COUNTER, table, key, "").call(Call.DECREMENT, null, delta);
        return self();
    }

    /** DOUBLE_SUM: adds a double, exactly. */
    public Transaction addDouble(final Cell cell, final double value) {
        open().call(Call.ADD_DOUBLE, cell, Double.doubleToRawLongBits(value));
        return self();
    }

    /** PRODUCT: multiplies by a factor. */
    public Transaction multiply(final Cell cell, final long factor) {
        open().call(Call.MULTIPLY, cell, factor);
        return self();
    }

    /** MAX: raises to at least a number. */
    public Transaction max(final Cell cell, final long value) {
        open().call(Call.MAX, cell, value);
        return self();
    }

    /** MAX_DOUBLE: raises to at least a number. */
    public Transaction max(final Cell cell, final double value) {
        open().call(Call.MAX_DOUBLE, cell, Double.doubleToRawLongBits(value));
        return self();
    }

    /** MIN: lowers to at most a number. */
    public Transaction min(final Cell cell, final long value) {
        open().call(Call.MIN, cell, value);
        return self();
    }

    /** MIN_DOUBLE: lowers to at most a number. */
    public Transaction min(final Cell cell, final double value) {
        open().call(Call.MIN_DOUBLE, cell, Double.doubleToRawLongBits(value));
        return self();
    }

    // ---- bounded counters

    /** BOUNDED_COUNTER: adds to the number; this node gains the rights to spend it. */
    public Transaction release(final Cell cell, final long amount) {
        open().call(Call.RELEASE, cell, amount);
        return self();
    }

    /**
     * BOUNDED_COUNTER: takes from the number. {@link Transaction#commit()} returns INSUFFICIENT_RIGHTS if this node does not hold the rights, and has
     * them asked for from other nodes.
     */
    public Transaction acquire(final Cell cell, final long amount) {
        open().call(Call.ACQUIRE, cell, amount);
        return self();
    }

    /**
     * BOUNDED_COUNTER: hands rights of this node to another one; the number stays. Refused by {@link Transaction#commit()} as {@link #acquire}.
     *
     * @throws TransactionRefusedException if nothing has been heard of that node
     */
    public Transaction transfer(final Cell cell, final long toNode, final long amount) {
        open().transfer(cell, toNode, amount);
        return self();
    }

    /**
     * BOUNDED_COUNTER: takes over rights of a launch that is gone. For replication, which knows that nobody else will; without its leave
     * {@link Transaction#commit()} refuses it with INSUFFICIENT_RIGHTS.
     *
     * @param from origin of that launch
     */
    public Transaction takeOver(final Cell cell, final long from, final long amount) {
        open().takeOver(cell, from, amount);
        return self();
    }

    // ---- sketches

    /** SKETCH: adds an element, whose like may have been added before. */
    public Transaction addToSketch(final Cell cell, final Value element) {
        open().call(Call.SKETCH_VALUE, cell, 0, element);
        return self();
    }

    /**
     * SKETCH: what {@link #addToSketch} does for an element of which only its mark on the sketch is known.
     *
     * @param entry register times 256 plus rank, as a subscription reports it
     */
    public Transaction raise(final Cell cell, final int entry) {
        open().call(Call.RAISE, cell, entry);
        return self();
    }

    /** SKETCH: adds a long. */
    public Transaction addToSketch(final Cell cell, final long element) {
        open().call(Call.SKETCH_LONG, cell, element);
        return self();
    }

    /** SKETCH: adds text. */
    public Transaction addToSketch(final Cell cell, final CharSequence element) {
        open().call(Call.SKETCH_TEXT, cell, 0, element);
        return self();
    }

    // ---- flags and switches

    /** FLAG_OR, FLAG_AND: says true or false. */
    public Transaction setFlag(final Cell cell, final boolean value) {
        open().call(Call.SET_FLAG, cell, value ? 1 : 0);
        return self();
    }

    /** ENABLE_WINS, DISABLE_WINS: enables. */
    public Transaction enable(final Cell cell) {
        open().call(Call.ENABLE, cell, 0);
        return self();
    }

    /** ENABLE_WINS, DISABLE_WINS: disables. */
    public Transaction disable(final Cell cell) {
        open().call(Call.DISABLE, cell, 0);
        return self();
    }
}
