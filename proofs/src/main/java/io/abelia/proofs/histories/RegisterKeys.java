package io.abelia.proofs.histories;

import io.abelia.engine.codec.CellType;
import io.abelia.engine.transaction.Cell;
import java.util.List;
import java.util.stream.IntStream;

/**
 * The keys of recorded histories as registers: the lower half LWW_REGISTER, the upper half MV_REGISTER, and behind them an LWW_REGISTER for
 * the farewell of each session.
 */
final class RegisterKeys {
    static final int COUNT = 24;

    private static final int MAX_FAREWELLS = 1_000;

    private RegisterKeys() {}

    static boolean isMultiValue(final int key) {
        return key >= COUNT / 2 && key < COUNT;
    }

    /** The key in which a session says that it ends. */
    static int farewell(final int session) {
        return COUNT + session;
    }

    /** References to all of them, in order. */
    static List<Cell> cells() {
        return IntStream.range(0, COUNT + MAX_FAREWELLS)
                .mapToObj(key -> Cell.of(
                        isMultiValue(key) ? CellType.MV_REGISTER : CellType.LWW_REGISTER, "history", "key-" + key, ""))
                .toList();
    }
}
