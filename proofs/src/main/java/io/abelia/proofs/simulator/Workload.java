package io.abelia.proofs.simulator;

import io.abelia.engine.crdt.CellType;
import io.abelia.engine.transaction.Cell;
import io.abelia.engine.transaction.ElementList;
import io.abelia.engine.transaction.Transaction;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/** What clients do: operations on every type, and pairs of counters that every transaction moves together. */
final class Workload {
    static final CellName LEFT = new CellName(CellType.COUNTER, "pair", "left");
    static final CellName RIGHT = new CellName(CellType.COUNTER, "pair", "right");
    private static final double[] DOUBLES = {0.1, -0.1, 1e16, -1e16, 1.0, 3.3e-5, -7e300, 7e300, -0.0};
    private static final int CELLS_OF_A_TYPE = 2;
    private static final int ELEMENTS = 5;

    private final SplittableRandom random;
    private final List<CellName> cells = new ArrayList<>();
    private int written;

    Workload(final SplittableRandom random) {
        this.random = random;
        for (final CellType type : CellType.values()) {
            for (int i = 0; i < CELLS_OF_A_TYPE; i++) {
                cells.add(new CellName(type, i == 0 ? "s" : "t", "k" + i));
            }
        }
    }

    /** Every cell that there may be, but those of sessions. */
    List<CellName> cells() {
        return cells;
    }

    /** A cell of any type; bounded counters more often, since much has to come together before one could go wrong. */
    CellName any() {
        return random.nextInt(6) == 0
                ? new CellName(CellType.BOUNDED_COUNTER, "s", "k0")
                : cells.get(random.nextInt(cells.size()));
    }

    /** Puts operations into a transaction, and tells them. */
    List<Change> operate(final Transaction tx) {
        final List<Change> changes = new ArrayList<>();
        for (int i = random.nextInt(4); i >= 0; i--) {
            operate(tx, any(), changes);
            if (random.nextInt(3) == 0) {
                operate(tx, changes.get(changes.size() - 1).cell(), changes);
            }
        }
        if (random.nextBoolean()) {
            final long value = random.nextInt(1000);
            add(tx, LEFT, value, changes);
            add(tx, RIGHT, value, changes);
        }
        return changes;
    }

    static void add(final Transaction tx, final CellName cell, final long value, final List<Change> changes) {
        tx.increment(cell.prepare(), value);
        changes.add(new Change(cell, "add", value));
    }

    private void operate(final Transaction tx, final CellName name, final List<Change> changes) {
        final Cell cell = name.prepare();
        switch (name.type()) {
            case COUNTER -> add(tx, name, random.nextInt(5) == 0 ? random.nextLong() : random.nextInt(100), changes);
            case DOUBLE_SUM -> {
                final double value = DOUBLES[random.nextInt(DOUBLES.length)];
                tx.addDouble(cell, value);
                changes.add(new Change(name, "add", value));
            }
            case PRODUCT -> {
                final long value =
                        random.nextInt(40) == 0 ? 0 : 1 + random.nextInt(3) * (random.nextBoolean() ? 1 : -2);
                tx.multiply(cell, value);
                changes.add(new Change(name, "add", value));
            }
            case MAX, MIN, MAX_DOUBLE, MIN_DOUBLE -> offer(tx, name, cell, changes);
            case FLAG_OR, FLAG_AND -> {
                final boolean value = random.nextInt(20) == 0 == (name.type() == CellType.FLAG_OR);
                tx.setFlag(cell, value);
                changes.add(new Change(name, "flag", value));
            }
            case ENABLE_WINS, DISABLE_WINS -> {
                final boolean enable = random.nextBoolean();
                if (enable) {
                    tx.enable(cell);
                } else {
                    tx.disable(cell);
                }
                changes.add(new Change(name, enable ? "enable" : "disable", ""));
            }
            case INTERSECT_SET -> {
                final ElementList list = new ElementList();
                final List<String> given = new ArrayList<>();
                for (int i = 0; i < ELEMENTS; i++) {
                    if (random.nextInt(8) > 0) {
                        given.add("e" + i);
                        list.add("e" + i);
                    }
                }
                tx.intersect(cell, list);
                changes.add(new Change(name, "intersect", given));
            }
            case GROW_SET, ADD_WINS_SET, REMOVE_WINS_SET -> changeSet(tx, name, cell, changes);
            case BOUNDED_COUNTER -> changeRights(tx, name, cell, changes);
            case SKETCH -> count(tx, name, cell, changes);
            default -> changeRegister(tx, name, cell, changes);
        }
    }

    private void changeRights(final Transaction tx, final CellName name, final Cell cell, final List<Change> changes) {
        final boolean release = random.nextInt(3) == 0;
        final long amount = 1L + random.nextInt(release ? 20 : 6);
        if (release) {
            tx.release(cell, amount);
        } else {
            tx.acquire(cell, amount);
        }
        changes.add(new Change(name, "rights", release ? amount : -amount));
    }

    private void count(final Transaction tx, final CellName name, final Cell cell, final List<Change> changes) {
        final String element = "e" + random.nextInt(ELEMENTS);
        tx.addToSketch(cell, element);
        changes.add(new Change(name, "count", element));
    }

    private void offer(final Transaction tx, final CellName name, final Cell cell, final List<Change> changes) {
        final long number = random.nextLong(1000) - 500;
        final double fraction = DOUBLES[random.nextInt(DOUBLES.length)];
        switch (name.type()) {
            case MAX -> tx.max(cell, number);
            case MIN -> tx.min(cell, number);
            case MAX_DOUBLE -> tx.max(cell, fraction);
            default -> tx.min(cell, fraction);
        }
        final boolean whole = name.type() == CellType.MAX || name.type() == CellType.MIN;
        changes.add(new Change(name, "offer", whole ? (Object) number : (Object) fraction));
    }

    private void changeSet(final Transaction tx, final CellName name, final Cell cell, final List<Change> changes) {
        final String element = "e" + random.nextInt(ELEMENTS);
        final int choice = random.nextInt(10);
        if (name.type() == CellType.GROW_SET || choice < 5) {
            tx.addToSet(cell, element);
            changes.add(new Change(name, "insert", element));
        } else if (choice == 9 && name.type() == CellType.ADD_WINS_SET) {
            tx.clearSet(cell);
            changes.removeIf(change -> change.cell().equals(name));
            changes.add(new Change(name, "clear", ""));
        } else {
            tx.removeFromSet(cell, element);
            changes.add(new Change(name, "remove", element));
        }
    }

    private void changeRegister(
            final Transaction tx, final CellName name, final Cell cell, final List<Change> changes) {
        final boolean touched =
                changes.stream().anyMatch(change -> change.cell().equals(name));
        if (!touched && random.nextInt(5) == 0) {
            tx.clear(cell);
            changes.add(new Change(name, "clear", ""));
        } else if (changes.stream()
                .noneMatch(change -> change.cell().equals(name) && change.kind().equals("clear"))) {
            final String value = "v" + written++;
            tx.set(cell, value);
            changes.add(new Change(name, "write", value));
        }
    }
}
