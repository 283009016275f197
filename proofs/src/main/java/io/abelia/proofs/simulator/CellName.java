package io.abelia.proofs.simulator;

import io.abelia.engine.codec.CellType;
import io.abelia.engine.transaction.Cell;
import io.abelia.engine.transaction.ReadView;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/** A cell of the workload, and how a client reads it: as text, so that any difference shows. */
record CellName(CellType type, String table, String key) {
    boolean isObservedRemove() {
        return type == CellType.ADD_WINS_SET || type == CellType.REMOVE_WINS_SET;
    }

    boolean isFirstWriter() {
        return type == CellType.FIRST_WRITER_REGISTER;
    }

    Cell prepare() {
        return Cell.of(type, table, key, "c");
    }

    /** What a client reads. */
    String read(final ReadView view) {
        final Cell cell = prepare();
        return switch (type) {
            case COUNTER -> view.readExact(cell).toString();
            case PRODUCT -> {
                try {
                    yield view.readExact(cell).toString();
                } catch (final ArithmeticException e) {
                    yield "overflow";
                }
            }
            case DOUBLE_SUM, MAX_DOUBLE, MIN_DOUBLE -> Double.toString(view.readDouble(cell));
            case MAX, MIN, SKETCH -> Long.toString(view.readLong(cell));
            case BOUNDED_COUNTER -> {
                final Map<Long, Long> holders = new TreeMap<>();
                view.forEachHolder(cell, (origin, node, rights) -> holders.put(origin, rights));
                yield view.readLong(cell) + " " + holders;
            }
            case FLAG_OR, FLAG_AND, ENABLE_WINS, DISABLE_WINS -> Boolean.toString(view.readFlag(cell));
            case GROW_SET, ADD_WINS_SET, REMOVE_WINS_SET -> elements(view, cell).toString();
            case INTERSECT_SET ->
                view.size(cell) == ReadView.UNIVERSE
                        ? "universe"
                        : elements(view, cell).toString();
            case MV_REGISTER -> {
                final Set<String> values = new TreeSet<>();
                view.readAll(cell, value -> values.add(Element.name(value)));
                yield values.toString();
            }
            case LWW_REGISTER, FIRST_WRITER_REGISTER -> {
                final io.abelia.engine.transaction.Value value = new io.abelia.engine.transaction.Value();
                yield view.read(cell, value) ? Element.name(value) : "none";
            }
        };
    }

    private static Set<String> elements(final ReadView view, final Cell cell) {
        final Set<String> elements = new TreeSet<>();
        view.forEach(cell, value -> elements.add(Element.name(value)));
        return elements;
    }
}
