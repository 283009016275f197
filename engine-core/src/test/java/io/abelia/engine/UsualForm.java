package io.abelia.engine;

import io.abelia.engine.codec.CellType;
import io.abelia.engine.transaction.Cell;
import io.abelia.engine.transaction.ElementList;
import io.abelia.engine.transaction.Transaction;
import io.abelia.engine.transaction.TransactionMode;
import io.abelia.engine.transaction.Value;

/** A transaction of each type in its usual form: begun, used and closed in one method. */
@FunctionalInterface
interface UsualForm {
    ElementList ELEMENTS = new ElementList().add(3).add("b").add("a");

    void commit(Engine engine, Cell[] cells, int operations, int i, Value value);

    static UsualForm of(final CellType type) {
        return switch (type) {
            case COUNTER, DOUBLE_SUM, PRODUCT, BOUNDED_COUNTER -> numbers(type);
            case MAX, MIN, MAX_DOUBLE, MIN_DOUBLE -> extrema(type);
            case FLAG_OR, FLAG_AND, ENABLE_WINS, DISABLE_WINS, SKETCH -> switches(type);
            case GROW_SET, ADD_WINS_SET, REMOVE_WINS_SET, INTERSECT_SET -> sets(type);
            default ->
                (engine, cells, operations, i, value) -> {
                    try (Transaction tx = engine.transaction().mode(TransactionMode.COORDINATION_FREE)) {
                        for (int j = 0; j < operations; j++) {
                            tx.set(cells[j], value.set(i));
                        }
                        tx.commitOrThrow();
                    }
                };
        };
    }

    private static UsualForm numbers(final CellType type) {
        return switch (type) {
            case COUNTER ->
                (engine, cells, operations, i, value) -> {
                    try (Transaction tx = engine.transaction().mode(TransactionMode.COORDINATION_FREE)) {
                        for (int j = 0; j < operations; j++) {
                            tx.increment(cells[j], i);
                        }
                        tx.commitOrThrow();
                    }
                };
            case DOUBLE_SUM ->
                (engine, cells, operations, i, value) -> {
                    try (Transaction tx = engine.transaction().mode(TransactionMode.COORDINATION_FREE)) {
                        for (int j = 0; j < operations; j++) {
                            tx.addDouble(cells[j], i * 0.1);
                        }
                        tx.commitOrThrow();
                    }
                };
            case PRODUCT ->
                (engine, cells, operations, i, value) -> {
                    try (Transaction tx = engine.transaction().mode(TransactionMode.COORDINATION_FREE)) {
                        for (int j = 0; j < operations; j++) {
                            tx.multiply(cells[j], i | 1);
                        }
                        tx.commitOrThrow();
                    }
                };
            default ->
                (engine, cells, operations, i, value) -> {
                    try (Transaction tx = engine.transaction().mode(TransactionMode.COORDINATION_FREE)) {
                        for (int j = 0; j < operations; j++) {
                            tx.release(cells[j], 3).acquire(cells[j], 2);
                        }
                        tx.commitOrThrow();
                    }
                };
        };
    }

    private static UsualForm extrema(final CellType type) {
        return switch (type) {
            case MAX ->
                (engine, cells, operations, i, value) -> {
                    try (Transaction tx = engine.transaction().mode(TransactionMode.COORDINATION_FREE)) {
                        for (int j = 0; j < operations; j++) {
                            tx.max(cells[j], i);
                        }
                        tx.commitOrThrow();
                    }
                };
            case MIN ->
                (engine, cells, operations, i, value) -> {
                    try (Transaction tx = engine.transaction().mode(TransactionMode.COORDINATION_FREE)) {
                        for (int j = 0; j < operations; j++) {
                            tx.min(cells[j], -i);
                        }
                        tx.commitOrThrow();
                    }
                };
            case MAX_DOUBLE ->
                (engine, cells, operations, i, value) -> {
                    try (Transaction tx = engine.transaction().mode(TransactionMode.COORDINATION_FREE)) {
                        for (int j = 0; j < operations; j++) {
                            tx.max(cells[j], i * 0.1);
                        }
                        tx.commitOrThrow();
                    }
                };
            default ->
                (engine, cells, operations, i, value) -> {
                    try (Transaction tx = engine.transaction().mode(TransactionMode.COORDINATION_FREE)) {
                        for (int j = 0; j < operations; j++) {
                            tx.min(cells[j], i * 0.1);
                        }
                        tx.commitOrThrow();
                    }
                };
        };
    }

    private static UsualForm switches(final CellType type) {
        return switch (type) {
            case FLAG_OR, FLAG_AND ->
                (engine, cells, operations, i, value) -> {
                    try (Transaction tx = engine.transaction().mode(TransactionMode.COORDINATION_FREE)) {
                        for (int j = 0; j < operations; j++) {
                            tx.setFlag(cells[j], (i & 1) == 0);
                        }
                        tx.commitOrThrow();
                    }
                };
            case ENABLE_WINS, DISABLE_WINS ->
                (engine, cells, operations, i, value) -> {
                    try (Transaction tx = engine.transaction().mode(TransactionMode.COORDINATION_FREE)) {
                        for (int j = 0; j < operations; j++) {
                            if ((i & 1) == 0) {
                                tx.enable(cells[j]);
                            } else {
                                tx.disable(cells[j]);
                            }
                        }
                        tx.commitOrThrow();
                    }
                };
            default ->
                (engine, cells, operations, i, value) -> {
                    try (Transaction tx = engine.transaction().mode(TransactionMode.COORDINATION_FREE)) {
                        for (int j = 0; j < operations; j++) {
                            tx.addToSketch(cells[j], i);
                        }
                        tx.commitOrThrow();
                    }
                };
        };
    }

    private static UsualForm sets(final CellType type) {
        return switch (type) {
            case GROW_SET ->
                (engine, cells, operations, i, value) -> {
                    try (Transaction tx = engine.transaction().mode(TransactionMode.COORDINATION_FREE)) {
                        for (int j = 0; j < operations; j++) {
                            tx.addToSet(cells[j], i & 63);
                        }
                        tx.commitOrThrow();
                    }
                };
            case ADD_WINS_SET, REMOVE_WINS_SET ->
                (engine, cells, operations, i, value) -> {
                    try (Transaction tx = engine.transaction().mode(TransactionMode.COORDINATION_FREE)) {
                        for (int j = 0; j < operations; j++) {
                            if ((i & 1) == 0) {
                                tx.addToSet(cells[j], i & 63);
                            } else {
                                tx.removeFromSet(cells[j], i & 63);
                            }
                        }
                        tx.commitOrThrow();
                    }
                };
            default ->
                (engine, cells, operations, i, value) -> {
                    try (Transaction tx = engine.transaction().mode(TransactionMode.COORDINATION_FREE)) {
                        for (int j = 0; j < operations; j++) {
                            tx.intersect(cells[j], ELEMENTS);
                        }
                        tx.commitOrThrow();
                    }
                };
        };
    }
}
