package io.abelia.engine.transaction;

import io.abelia.engine.apply.Kernel;
import io.abelia.engine.codec.CellType;
import io.abelia.engine.state.Block;
import io.abelia.engine.state.Names;
import io.abelia.engine.state.Units;
import java.util.ArrayList;
import java.util.List;

/** What transactions do to whole rows and sets; the cells of a row take one look-up for each (column, type) pair of its table. */
final class Rows {
    private Rows() {}

    /**
     * The cells that a view of this engine sees of a row.
     *
     * @param row any cell of the row's table and key
     */
    static List<Cell> localCells(final Kernel kernel, final ReadView view, final Cell row) {
        final List<Cell> cells = new ArrayList<>();
        kernel.lock().acquire();
        try {
            kernel.requireMemory();
            final Units units = kernel.units();
            final int table = row.tableId(units);
            long pair = table < 0 ? 0 : units.names().firstPair(table);
            for (; pair != 0; pair = units.names().nextPair(pair)) {
                final CellType type = CellType.ofCode(Names.pairType(pair));
                final int column = Names.pairColumn(pair);
                final long block = type == null ? 0 : row.sibling(units, table, column, type);
                if (block != 0 && type != null && !Block.isNew(block)) {
                    cells.add(
                            Cell.of(type, row.table(), row.key(), units.names().column(column)));
                }
            }
        } finally {
            kernel.lock().release();
        }
        cells.removeIf(cell -> !view.exists(cell));
        return cells;
    }

    /** The cells that another view sees of a row. */
    static List<Cell> scannedCells(final ReadView view, final String table, final String key) {
        final List<Cell> cells = new ArrayList<>();
        view.scan(table, key, cell -> {
            if (cell.key().equals(key)) {
                cells.add(cell);
            }
        });
        return cells;
    }

    /**
     * Refuses cells that cannot be covered.
     *
     * @throws TransactionRefusedException if one of them is of a type that no remove can cover
     */
    static void requireClearable(final List<Cell> cells) {
        for (final Cell cell : cells) {
            if (!cell.type().isClearable()) {
                throw new TransactionRefusedException(
                        cell.toString(),
                        "removeRow",
                        "a " + cell.type() + " has no dots that a remove could cover",
                        "Put such cells under keys that end by themselves (windowed keys, such as one a day).");
            }
        }
    }

    /** Covers what a transaction's snapshot contains of cells that can be covered. */
    static void remove(final TransactionBody tx, final List<Cell> cells) {
        for (final Cell cell : cells) {
            if (cell.type().isRegister()) {
                tx.clear(cell);
            } else if (cell.type().isSet()) {
                tx.clearSet(cell);
            } else {
                tx.disable(cell);
            }
        }
    }

    /** Removes each element that a transaction's snapshot contains of a set. */
    static void removeElements(final ValueBody tx, final Cell cell) {
        final List<Value> elements = new ArrayList<>();
        tx.reads().forEach(cell, value -> elements.add(new Value().set(value)));
        elements.forEach(element -> tx.removeFromSet(cell, element));
    }
}
