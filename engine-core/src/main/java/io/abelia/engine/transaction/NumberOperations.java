package io.abelia.engine.transaction;

import io.abelia.engine.apply.Kernel;
import io.abelia.engine.crdt.CellType;
import io.abelia.engine.crdt.Extremum;
import io.abelia.engine.crdt.Sketch;

/** The operations of a transaction on numbers, bounded counters, sketches, flags and switches. */
abstract sealed class NumberOperations permits Transaction {
    private static final Extremum GREATEST = Extremum.greatest();
    private static final Extremum LEAST = Extremum.least();

    final Kernel kernel;
    final TransactionEncoder encoder;
    final OperationFolder folder;
    final Value scratchValue = new Value();

    NumberOperations(final Kernel kernel) {
        this.kernel = kernel;
        this.encoder = new TransactionEncoder(kernel.units().names().key());
        this.folder = new OperationFolder(encoder);
    }

    /** Points the transaction's own reference at a cell. */
    abstract Cell cell(CellType type, CharSequence table, CharSequence key, CharSequence column);

    /** Refuses a cell that is of neither type; returns whether it is a prepared reference. */
    abstract boolean check(Cell cell, String operation, CellType a, CellType b);

    private Transaction self() {
        return (Transaction) this;
    }

    // ---- numbers

    /** COUNTER: adds a number. */
    public Transaction increment(final Cell cell, final long delta) {
        folder.increment(cell, check(cell, "increment", CellType.COUNTER, CellType.COUNTER), delta);
        return self();
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
        return self();
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
        return self();
    }

    /** PRODUCT: multiplies by a factor. */
    public Transaction multiply(final Cell cell, final long factor) {
        folder.multiply(cell, check(cell, "multiply", CellType.PRODUCT, CellType.PRODUCT), factor);
        return self();
    }

    /** MAX: raises to at least a number. */
    public Transaction max(final Cell cell, final long value) {
        folder.offer(cell, check(cell, "max", CellType.MAX, CellType.MAX), GREATEST, value);
        return self();
    }

    /** MAX_DOUBLE: raises to at least a number. */
    public Transaction max(final Cell cell, final double value) {
        final boolean reference = check(cell, "max", CellType.MAX_DOUBLE, CellType.MAX_DOUBLE);
        folder.offer(cell, reference, GREATEST, Extremum.sortable(value));
        return self();
    }

    /** MIN: lowers to at most a number. */
    public Transaction min(final Cell cell, final long value) {
        folder.offer(cell, check(cell, "min", CellType.MIN, CellType.MIN), LEAST, value);
        return self();
    }

    /** MIN_DOUBLE: lowers to at most a number. */
    public Transaction min(final Cell cell, final double value) {
        final boolean reference = check(cell, "min", CellType.MIN_DOUBLE, CellType.MIN_DOUBLE);
        folder.offer(cell, reference, LEAST, Extremum.sortable(value));
        return self();
    }

    // ---- bounded counters

    private boolean checkAmount(final Cell cell, final String operation, final long amount) {
        final boolean reference = check(cell, operation, CellType.BOUNDED_COUNTER, CellType.BOUNDED_COUNTER);
        CellChecks.requireAmount(cell, operation, amount);
        return reference;
    }

    /** BOUNDED_COUNTER: adds to the number; this node gains the rights to spend it. */
    public Transaction release(final Cell cell, final long amount) {
        folder.changeRights(
                cell, checkAmount(cell, "release", amount), kernel.rights().node(), amount);
        return self();
    }

    /**
     * BOUNDED_COUNTER: takes from the number. {@link Transaction#commit()} returns INSUFFICIENT_RIGHTS if this node does not hold the rights, and has
     * them asked for from other nodes.
     */
    public Transaction acquire(final Cell cell, final long amount) {
        folder.changeRights(
                cell, checkAmount(cell, "acquire", amount), kernel.rights().node(), -amount);
        return self();
    }

    /**
     * BOUNDED_COUNTER: hands rights of this node to another one; the number stays. Refused by {@link Transaction#commit()} as {@link #acquire}.
     *
     * @throws TransactionRefusedException if nothing has been heard of that node
     */
    public Transaction transfer(final Cell cell, final long toNode, final long amount) {
        final boolean reference = checkAmount(cell, "transfer", amount);
        final long to = CellChecks.requireLaunch(cell, toNode, kernel.rights().launchOf(toNode));
        folder.moveRights(cell, reference, kernel.rights().node(), kernel.ownOrigin(), to, toNode, amount);
        return self();
    }

    /**
     * BOUNDED_COUNTER: takes over rights of a launch that is gone. For replication, which knows that nobody else will; without its leave
     * {@link Transaction#commit()} refuses it with INSUFFICIENT_RIGHTS.
     *
     * @param from origin of that launch
     */
    public Transaction takeOver(final Cell cell, final long from, final long amount) {
        final boolean reference = checkAmount(cell, "takeOver", amount);
        final long node = kernel.rights().node();
        folder.moveRights(cell, reference, node, from, kernel.ownOrigin(), node, amount);
        return self();
    }

    // ---- sketches

    /** SKETCH: adds an element, whose like may have been added before. */
    public Transaction addToSketch(final Cell cell, final Value element) {
        final boolean reference = check(cell, "addToSketch", CellType.SKETCH, CellType.SKETCH);
        CellChecks.requireElement(cell, element);
        folder.raise(cell, reference, Sketch.entry(element.canonical(), element.canonicalLength()));
        return self();
    }

    /**
     * SKETCH: what {@link #addToSketch} does for an element of which only its mark on the sketch is known.
     *
     * @param entry register times 256 plus rank, as a subscription reports it
     */
    public Transaction raise(final Cell cell, final int entry) {
        final boolean reference = check(cell, "raise", CellType.SKETCH, CellType.SKETCH);
        CellChecks.requireEntry(cell, entry);
        folder.raise(cell, reference, entry);
        return self();
    }

    /** SKETCH: adds a long. */
    public Transaction addToSketch(final Cell cell, final long element) {
        return addToSketch(cell, scratchValue.set(element));
    }

    /** SKETCH: adds text. */
    public Transaction addToSketch(final Cell cell, final CharSequence element) {
        return addToSketch(cell, CellChecks.text(scratchValue, cell, "addToSketch", element));
    }

    // ---- flags and switches

    /** FLAG_OR, FLAG_AND: says true or false. */
    public Transaction setFlag(final Cell cell, final boolean value) {
        folder.setFlag(cell, check(cell, "setFlag", CellType.FLAG_OR, CellType.FLAG_AND), value);
        return self();
    }

    /** ENABLE_WINS, DISABLE_WINS: enables. */
    public Transaction enable(final Cell cell) {
        folder.turn(cell, check(cell, "enable", CellType.ENABLE_WINS, CellType.DISABLE_WINS), true);
        return self();
    }

    /** ENABLE_WINS, DISABLE_WINS: disables. */
    public Transaction disable(final Cell cell) {
        folder.turn(cell, check(cell, "disable", CellType.ENABLE_WINS, CellType.DISABLE_WINS), false);
        return self();
    }
}
