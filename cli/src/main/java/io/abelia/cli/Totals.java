package io.abelia.cli;

import io.abelia.engine.Engine;
import io.abelia.engine.codec.CellType;
import io.abelia.engine.transaction.Cell;
import io.abelia.engine.transaction.ReadView;
import io.abelia.engine.transaction.Snapshot;
import io.abelia.engine.transaction.Value;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/** What the cells of the demo must hold, computed from the rows alone, in plain Java. */
final class Totals {
    private final Map<String, Long> moduleLines = new TreeMap<>();
    private final Map<String, Long> moduleFiles = new TreeMap<>();
    private final Map<String, Long> moduleLargest = new TreeMap<>();
    private final Map<String, Long> authorLines = new TreeMap<>();
    private final Map<String, Set<String>> moduleAuthors = new TreeMap<>();
    private final Map<String, Set<String>> authorModules = new TreeMap<>();
    private final Map<String, String> lastAuthor = new TreeMap<>();
    private final Map<String, String> openedBy = new TreeMap<>();
    private final Set<String> days = new TreeSet<>();

    Totals(final List<Contribution> rows) {
        for (final Contribution row : rows) {
            moduleLines.merge(row.module(), row.lines(), Long::sum);
            moduleFiles.merge(row.module(), row.files(), Long::sum);
            moduleLargest.merge(row.module(), row.lines(), Math::max);
            authorLines.merge(row.author(), row.lines(), Long::sum);
            moduleAuthors
                    .computeIfAbsent(row.module(), ignored -> new TreeSet<>())
                    .add(row.author());
            authorModules
                    .computeIfAbsent(row.author(), ignored -> new TreeSet<>())
                    .add(row.module());
            lastAuthor.put(row.module(), row.author());
            openedBy.putIfAbsent(row.module(), row.author());
            days.add(Long.toString(row.day()));
        }
    }

    int cells() {
        return 6 * moduleLines.size() + 2 * authorLines.size() + (days.isEmpty() ? 0 : 1);
    }

    /** Differences between what an engine holds and what it must hold; empty if there are none. */
    List<String> differences(final Engine engine) {
        final List<String> differences = new ArrayList<>();
        try (Snapshot snapshot = engine.snapshot()) {
            final Checker checker = new Checker(engine, snapshot, differences);
            moduleLines.forEach((module, value) -> checker.number(CellType.COUNTER, "modules", module, "lines", value));
            moduleFiles.forEach((module, value) -> checker.number(CellType.COUNTER, "modules", module, "files", value));
            moduleLargest.forEach(
                    (module, value) -> checker.number(CellType.MAX, "modules", module, "largest_change", value));
            authorLines.forEach((author, value) -> checker.number(CellType.COUNTER, "authors", author, "lines", value));
            moduleAuthors.forEach(
                    (module, value) -> checker.set(CellType.ADD_WINS_SET, "modules", module, "authors", value));
            authorModules.forEach(
                    (author, value) -> checker.set(CellType.ADD_WINS_SET, "authors", author, "modules", value));
            lastAuthor.forEach(
                    (module, value) -> checker.register(CellType.LWW_REGISTER, module, "last_author", value));
            openedBy.forEach(
                    (module, value) -> checker.register(CellType.FIRST_WRITER_REGISTER, module, "opened_by", value));
            checker.set(CellType.GROW_SET, "calendar", "all", "days", days);
        }
        return differences;
    }

    private record Checker(Engine engine, ReadView view, List<String> differences) {
        void number(
                final CellType type, final String table, final String key, final String column, final long expected) {
            final Cell cell = engine.cell(type, table, key, column);
            compare(cell, expected, view.readLong(cell));
        }

        void set(
                final CellType type,
                final String table,
                final String key,
                final String column,
                final Set<String> expected) {
            final Cell cell = engine.cell(type, table, key, column);
            final Set<String> actual = new TreeSet<>();
            view.forEach(cell, value -> actual.add(value.toString()));
            compare(cell, expected, actual);
        }

        void register(final CellType type, final String key, final String column, final String expected) {
            final Cell cell = engine.cell(type, "modules", key, column);
            final Value value = new Value();
            compare(cell, expected, view.read(cell, value) ? value.toString() : "(nothing)");
        }

        private void compare(final Cell cell, final Object expected, final Object actual) {
            if (!expected.equals(actual)) {
                differences.add(cell + " is " + actual + ", must be " + expected);
            }
        }
    }
}
