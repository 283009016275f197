package io.abelia.engine.transaction;

import io.abelia.engine.apply.Kernel;
import io.abelia.engine.codec.CellType;
import io.abelia.engine.codec.OperationCode;
import java.lang.ref.Reference;

/** Operations of a transaction's body on sets and registers. */
abstract sealed class ValueBody extends NumberBody permits TransactionBody {
    ValueBody(final Kernel kernel) {
        super(kernel);
    }

    /** Refuses what comes after the end. */
    abstract void requireOpen();

    /** Notes what is to be refused at commit; returns whether the cell is a prepared reference. */
    abstract boolean checkSchema(Cell cell, String operation);

    abstract ReadView reads();

    // ---- sets

    private boolean checkSet(final Cell cell, final String operation) {
        requireOpen();
        CellChecks.requireSet(cell, operation);
        return checkSchema(cell, operation);
    }

    void addToSet(final Cell cell, final Value element) {
        final boolean reference = checkSet(cell, "addToSet");
        CellChecks.requireElement(cell, element);
        folder.element(cell, reference, OperationCode.ADD, element.canonical(), element.canonicalLength());
        Reference.reachabilityFence(element);
    }

    void addToSet(final Cell cell, final long element) {
        addToSet(cell, scratchValue.set(element));
    }

    void addToSet(final Cell cell, final CharSequence element) {
        addToSet(cell, CellChecks.text(scratchValue, cell, "addToSet", element));
    }

    void removeFromSet(final Cell cell, final Value element) {
        final boolean reference = check(cell, "removeFromSet", CellType.ADD_WINS_SET, CellType.REMOVE_WINS_SET);
        CellChecks.requireElement(cell, element);
        folder.element(cell, reference, OperationCode.REMOVE, element.canonical(), element.canonicalLength());
        Reference.reachabilityFence(element);
    }

    void removeFromSet(final Cell cell, final long element) {
        removeFromSet(cell, scratchValue.set(element));
    }

    void removeFromSet(final Cell cell, final CharSequence element) {
        removeFromSet(cell, CellChecks.text(scratchValue, cell, "removeFromSet", element));
    }

    void clearSet(final Cell cell) {
        final boolean reference = check(cell, "clearSet", CellType.ADD_WINS_SET, CellType.REMOVE_WINS_SET);
        if (cell.type() == CellType.ADD_WINS_SET) {
            folder.clear(cell, reference);
        } else {
            Rows.removeElements(this, cell);
        }
    }

    void intersect(final Cell cell, final ElementList elements) {
        folder.intersect(cell, check(cell, "intersect", CellType.INTERSECT_SET, CellType.INTERSECT_SET), elements);
    }

    // ---- registers

    private boolean checkRegister(final Cell cell, final String operation) {
        requireOpen();
        CellChecks.requireRegister(cell, operation);
        return checkSchema(cell, operation);
    }

    void set(final Cell cell, final Value value) {
        folder.set(cell, checkRegister(cell, "set"), value.canonical(), value.canonicalLength());
        Reference.reachabilityFence(value);
    }

    void set(final Cell cell, final long value) {
        set(cell, scratchValue.set(value));
    }

    void set(final Cell cell, final double value) {
        set(cell, scratchValue.set(value));
    }

    void set(final Cell cell, final CharSequence value) {
        set(cell, CellChecks.text(scratchValue, cell, "set", value));
    }

    void clear(final Cell cell) {
        folder.clear(cell, checkRegister(cell, "clear"));
    }
}
