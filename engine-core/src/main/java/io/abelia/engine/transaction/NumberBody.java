package io.abelia.engine.transaction;

import io.abelia.engine.apply.Kernel;
import io.abelia.engine.codec.CellType;
import io.abelia.engine.crdt.Extremum;
import io.abelia.engine.crdt.Sketch;
import java.lang.ref.Reference;

/** What {@link NumberOperations} say, done: the encoder and its operations on numbers, bounded counters, sketches, flags and switches. */
abstract sealed class NumberBody permits ValueBody {
    private static final Extremum GREATEST = Extremum.greatest();
    private static final Extremum LEAST = Extremum.least();

    final Kernel kernel;
    final TransactionEncoder encoder;
    final OperationFolder folder;
    final Value scratchValue = new Value();

    NumberBody(final Kernel kernel) {
        this.kernel = kernel;
        this.encoder = new TransactionEncoder(kernel.units().names().key());
        this.folder = new OperationFolder(encoder);
    }

    /** Refuses a cell that is of neither type; returns whether it is a prepared reference. */
    abstract boolean check(Cell cell, String operation, CellType a, CellType b);

    // ---- numbers

    void increment(final Cell cell, final long delta) {
        folder.increment(cell, check(cell, "increment", CellType.COUNTER, CellType.COUNTER), delta);
    }

    void decrement(final Cell cell, final long delta) {
        final boolean reference = check(cell, "decrement", CellType.COUNTER, CellType.COUNTER);
        if (delta == Long.MIN_VALUE) {
            folder.increment(cell, reference, Long.MAX_VALUE);
            folder.increment(cell, reference, 1);
        } else {
            folder.increment(cell, reference, -delta);
        }
    }

    void addDouble(final Cell cell, final double value) {
        folder.addDouble(cell, check(cell, "addDouble", CellType.DOUBLE_SUM, CellType.DOUBLE_SUM), value);
    }

    void multiply(final Cell cell, final long factor) {
        folder.multiply(cell, check(cell, "multiply", CellType.PRODUCT, CellType.PRODUCT), factor);
    }

    void max(final Cell cell, final long value) {
        folder.offer(cell, check(cell, "max", CellType.MAX, CellType.MAX), GREATEST, value);
    }

    void max(final Cell cell, final double value) {
        final boolean reference = check(cell, "max", CellType.MAX_DOUBLE, CellType.MAX_DOUBLE);
        folder.offer(cell, reference, GREATEST, Extremum.sortable(value));
    }

    void min(final Cell cell, final long value) {
        folder.offer(cell, check(cell, "min", CellType.MIN, CellType.MIN), LEAST, value);
    }

    void min(final Cell cell, final double value) {
        final boolean reference = check(cell, "min", CellType.MIN_DOUBLE, CellType.MIN_DOUBLE);
        folder.offer(cell, reference, LEAST, Extremum.sortable(value));
    }

    // ---- bounded counters

    private boolean checkAmount(final Cell cell, final String operation, final long amount) {
        final boolean reference = check(cell, operation, CellType.BOUNDED_COUNTER, CellType.BOUNDED_COUNTER);
        CellChecks.requireAmount(cell, operation, amount);
        return reference;
    }

    void release(final Cell cell, final long amount) {
        folder.changeRights(
                cell, checkAmount(cell, "release", amount), kernel.rights().node(), amount);
    }

    void acquire(final Cell cell, final long amount) {
        folder.changeRights(
                cell, checkAmount(cell, "acquire", amount), kernel.rights().node(), -amount);
    }

    void transfer(final Cell cell, final long toNode, final long amount) {
        final boolean reference = checkAmount(cell, "transfer", amount);
        final long to = CellChecks.requireLaunch(cell, toNode, kernel.rights().launchOf(toNode));
        folder.moveRights(cell, reference, kernel.rights().node(), kernel.ownOrigin(), to, toNode, amount);
    }

    void takeOver(final Cell cell, final long from, final long amount) {
        final boolean reference = checkAmount(cell, "takeOver", amount);
        final long node = kernel.rights().node();
        folder.moveRights(cell, reference, node, from, kernel.ownOrigin(), node, amount);
    }

    // ---- sketches

    void addToSketch(final Cell cell, final Value element) {
        final boolean reference = check(cell, "addToSketch", CellType.SKETCH, CellType.SKETCH);
        CellChecks.requireElement(cell, element);
        folder.raise(cell, reference, Sketch.entry(element.canonical(), element.canonicalLength()));
        Reference.reachabilityFence(element);
    }

    void raise(final Cell cell, final int entry) {
        final boolean reference = check(cell, "raise", CellType.SKETCH, CellType.SKETCH);
        CellChecks.requireEntry(cell, entry);
        folder.raise(cell, reference, entry);
    }

    void addToSketch(final Cell cell, final long element) {
        addToSketch(cell, scratchValue.set(element));
    }

    void addToSketch(final Cell cell, final CharSequence element) {
        addToSketch(cell, CellChecks.text(scratchValue, cell, "addToSketch", element));
    }

    // ---- flags and switches

    void setFlag(final Cell cell, final boolean value) {
        folder.setFlag(cell, check(cell, "setFlag", CellType.FLAG_OR, CellType.FLAG_AND), value);
    }

    void enable(final Cell cell) {
        folder.turn(cell, check(cell, "enable", CellType.ENABLE_WINS, CellType.DISABLE_WINS), true);
    }

    void disable(final Cell cell) {
        folder.turn(cell, check(cell, "disable", CellType.ENABLE_WINS, CellType.DISABLE_WINS), false);
    }
}
