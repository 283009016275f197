package io.abelia.proofs.simulator;

import io.abelia.engine.codec.CellType;
import io.abelia.engine.transaction.Cell;
import io.abelia.engine.transaction.ElementList;
import io.abelia.engine.transaction.ReadView;
import io.abelia.engine.transaction.Transaction;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SplittableRandom;

/** What clients do: operations on every type, and pairs of counters that every transaction moves together. */
final class Workload {
    static final CellName LEFT = new CellName(CellType.COUNTER, "pair", "left");
    static final CellName RIGHT = new CellName(CellType.COUNTER, "pair", "right");
    private static final double[] DOUBLES = {0.1, -0.1, 1e16, -1e16, 1.0, 3.3e-5, -7e300, 7e300, -0.0};
    private static final int CELLS_OF_A_TYPE = 2;
    /** Beginnings of values: text, numbers, doubles, bytes. */
    private static final String[] KINDS = {"v", "v", "#", "~", "x"};

    private static final String[] ELEMENTS = {"e0", "e1", "#2", "#-3", "x0004"};
    private static final double[] EXTREMES = {
        Double.NaN, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY, Double.MIN_VALUE, -Double.MAX_VALUE
    };
    /** A row whose cells can all be covered, so that it can be removed. */
    private static final String ROW = "row";

    private static final List<CellType> OF_ROW = List.of(
            CellType.ADD_WINS_SET,
            CellType.REMOVE_WINS_SET,
            CellType.ENABLE_WINS,
            CellType.DISABLE_WINS,
            CellType.LWW_REGISTER,
            CellType.MV_REGISTER,
            CellType.FIRST_WRITER_REGISTER);

    /** A bounded counter that some seeds raise to almost the greatest value. */
    static final CellName RAISED = new CellName(CellType.BOUNDED_COUNTER, "t", "k1");

    /** Most that one transaction may release. */
    static final long MOST_RELEASED = 1L << 40;
    /** Greatest value that an author may raise a bounded counter to. */
    static final long GREATEST_BOUNDED = 1L << 52;

    /**
     * Where a transaction is made.
     *
     * @param origin of the launch
     * @param launches origins of the launches that it has heard of, by node
     * @param mayRead whether what it reads now is what it observes
     */
    record Place(long origin, Map<Long, Long> launches, boolean mayRead, boolean raised) {}

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
        OF_ROW.forEach(type -> cells.add(new CellName(type, ROW, "r")));
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
    List<Change> operate(final Transaction tx, final Place place) {
        final List<Change> changes = new ArrayList<>();
        if (place.mayRead && random.nextInt(30) == 0) {
            removeRow(tx, changes);
        }
        for (int i = random.nextInt(4); i >= 0; i--) {
            operate(tx, any(), place, changes);
            if (random.nextInt(3) == 0 && !changes.isEmpty()) {
                operate(tx, changes.get(changes.size() - 1).cell(), place, changes);
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

    /** Removes a row: what the transaction reads there now. */
    private void removeRow(final Transaction tx, final List<Change> changes) {
        final ReadView view = tx.reads();
        for (final CellType type : OF_ROW) {
            final CellName name = new CellName(type, ROW, "r");
            final Cell cell = name.prepare();
            if (!view.exists(cell)) {
                continue;
            }
            switch (type) {
                case ENABLE_WINS, DISABLE_WINS -> changes.add(new Change(name, "disable", ""));
                case REMOVE_WINS_SET -> removeElements(view, name, changes);
                default -> changes.add(new Change(name, "clear", ""));
            }
        }
        tx.removeRow(ROW, "r");
    }

    /** A remove-wins set is cleared element by element. */
    private static void removeElements(final ReadView view, final CellName name, final List<Change> changes) {
        view.forEach(name.prepare(), value -> changes.add(new Change(name, "remove", Element.name(value))));
    }

    private void operate(final Transaction tx, final CellName name, final Place place, final List<Change> changes) {
        final Cell cell = name.prepare();
        switch (name.type()) {
            case COUNTER -> add(tx, name, random.nextInt(5) == 0 ? random.nextLong() : random.nextInt(100), changes);
            case DOUBLE_SUM -> {
                final double value = fraction(name);
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
                for (final String element : ELEMENTS) {
                    if (random.nextInt(8) > 0) {
                        given.add(element);
                        Element.add(list, element);
                    }
                }
                tx.intersect(cell, list);
                changes.add(new Change(name, "intersect", given));
            }
            case GROW_SET, ADD_WINS_SET, REMOVE_WINS_SET -> changeSet(tx, name, cell, place, changes);
            case BOUNDED_COUNTER -> changeRights(tx, name, cell, place, changes);
            case SKETCH -> count(tx, name, cell, changes);
            default -> changeRegister(tx, name, cell, changes);
        }
    }

    private void changeRights(
            final Transaction tx, final CellName name, final Cell cell, final Place place, final List<Change> changes) {
        final List<Long> others = place.launches.keySet().stream()
                .filter(node -> isAnother(place, node))
                .toList();
        if (!others.isEmpty() && random.nextInt(6) == 0) {
            final long to = others.get(random.nextInt(others.size()));
            final long moved = 1L + random.nextInt(6);
            tx.transfer(cell, to, moved);
            changes.add(new Change(name, "move", List.of(place.origin, place.launches.get(to), moved)));
            return;
        }
        final boolean release = random.nextInt(3) == 0;
        if (release
                && place.raised
                && name.equals(RAISED)
                && changes.stream().noneMatch(c -> c.cell().equals(name))) {
            final long much = MOST_RELEASED - 1000 - random.nextInt(3) * (MOST_RELEASED / 3);
            tx.release(cell, much);
            changes.add(new Change(name, "rights", much));
            return;
        }
        final long amount = 1L + random.nextInt(release ? 20 : 6);
        if (release) {
            tx.release(cell, amount);
        } else {
            tx.acquire(cell, amount);
        }
        changes.add(new Change(name, "rights", release ? amount : -amount));
    }

    private static boolean isAnother(final Place place, final long node) {
        final long origin = place.launches.getOrDefault(node, 0L);
        return origin != 0 && origin != place.origin;
    }

    private void count(final Transaction tx, final CellName name, final Cell cell, final List<Change> changes) {
        final String element = ELEMENTS[random.nextInt(ELEMENTS.length)];
        tx.addToSketch(cell, Element.of(element));
        changes.add(new Change(name, "count", element));
    }

    /** Doubles that swallow all others are few, and stay in one of the cells. */
    private double fraction(final CellName name) {
        return name.table().equals("t") && random.nextInt(12) == 0
                ? EXTREMES[random.nextInt(EXTREMES.length)]
                : DOUBLES[random.nextInt(DOUBLES.length)];
    }

    private void offer(final Transaction tx, final CellName name, final Cell cell, final List<Change> changes) {
        final long number = random.nextLong(1000) - 500;
        final double fraction = fraction(name);
        switch (name.type()) {
            case MAX -> tx.max(cell, number);
            case MIN -> tx.min(cell, number);
            case MAX_DOUBLE -> tx.max(cell, fraction);
            default -> tx.min(cell, fraction);
        }
        final boolean whole = name.type() == CellType.MAX || name.type() == CellType.MIN;
        changes.add(new Change(name, "offer", whole ? (Object) number : (Object) fraction));
    }

    private void changeSet(
            final Transaction tx, final CellName name, final Cell cell, final Place place, final List<Change> changes) {
        final String element = ELEMENTS[random.nextInt(ELEMENTS.length)];
        final int choice = random.nextInt(10);
        if (name.type() == CellType.GROW_SET || choice < 5) {
            tx.addToSet(cell, Element.of(element));
            changes.add(new Change(name, "insert", element));
        } else if (choice == 9 && name.type() == CellType.ADD_WINS_SET) {
            tx.clearSet(cell);
            changes.removeIf(change -> change.cell().equals(name));
            changes.add(new Change(name, "clear", ""));
        } else if (choice == 9 && place.mayRead) {
            removeElements(tx.reads(), name, changes);
            tx.clearSet(cell);
        } else {
            tx.removeFromSet(cell, Element.of(element));
            changes.add(new Change(name, "remove", element));
        }
    }

    /** A value of a kind that nobody has written before. */
    private String written(final String kind) {
        final int number = written++;
        return switch (kind) {
            case "x" -> String.format(Locale.ROOT, "x%08x", number);
            case "~" -> "~" + (number + 0.5);
            default -> kind + number;
        };
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
            final String value = written(KINDS[random.nextInt(KINDS.length)]);
            tx.set(cell, Element.of(value));
            changes.add(new Change(name, "write", value));
        }
    }
}
