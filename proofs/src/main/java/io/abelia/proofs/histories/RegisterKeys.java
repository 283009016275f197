package io.abelia.proofs.histories;

import io.abelia.engine.crdt.CellType;
import io.abelia.engine.transaction.Cell;

/** The keys of recorded histories as registers: the lower half LWW_REGISTER, the upper half MV_REGISTER. */
final class RegisterKeys {
    static final int COUNT = 24;

    private RegisterKeys() {}

    static boolean isMultiValue(final int key) {
        return key >= COUNT / 2;
    }

    /** References to all of them, by key. */
    static Cell[] cells() {
        final Cell[] cells = new Cell[COUNT];
        for (int key = 0; key < COUNT; key++) {
            final CellType type = isMultiValue(key) ? CellType.MV_REGISTER : CellType.LWW_REGISTER;
            cells[key] = Cell.of(type, "history", "key-" + key, "");
        }
        return cells;
    }
}
