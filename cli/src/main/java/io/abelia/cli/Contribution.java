package io.abelia.cli;

import io.abelia.engine.codec.CellType;
import io.abelia.engine.codec.Limits;
import io.abelia.engine.transaction.Transaction;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** One row of the contributions file: an author's change to a module. */
record Contribution(long epochS, String author, String module, long files, long linesAdded, long linesDeleted) {
    static final List<String> COLUMNS = List.of("epoch_s", "author", "module", "files", "lines_added", "lines_deleted");
    private static final long SECONDS_PER_DAY = 86_400;

    /**
     * Reads the fields of a row.
     *
     * @throws IllegalArgumentException with the reason, for a row that is none
     */
    static Contribution of(final List<String> fields) {
        if (fields.size() != COLUMNS.size()) {
            throw new IllegalArgumentException(fields.size() + " fields instead of " + COLUMNS.size());
        }
        if (fields.get(1).isEmpty() || fields.get(2).isEmpty()) {
            throw new IllegalArgumentException((fields.get(1).isEmpty() ? "author" : "module") + " is empty");
        }
        for (int i = 1; i <= 2; i++) {
            final int bytes = fields.get(i).getBytes(StandardCharsets.UTF_8).length;
            if (bytes > Limits.KEY_BYTES) {
                throw new IllegalArgumentException(
                        COLUMNS.get(i) + " has " + bytes + " bytes of UTF-8, the limit is " + Limits.KEY_BYTES);
            }
        }
        return new Contribution(
                number(fields, 0),
                fields.get(1),
                fields.get(2),
                number(fields, 3),
                number(fields, 4),
                number(fields, 5));
    }

    private static long number(final List<String> fields, final int index) {
        final long value;
        try {
            value = Long.parseLong(fields.get(index).strip());
        } catch (final NumberFormatException e) {
            throw new IllegalArgumentException(
                    COLUMNS.get(index) + " is not a whole number: `" + fields.get(index) + "`", e);
        }
        if (value < 0 || value > Integer.MAX_VALUE * 1000L) {
            throw new IllegalArgumentException(COLUMNS.get(index) + " is out of range: " + value);
        }
        return value;
    }

    long lines() {
        return linesAdded + linesDeleted;
    }

    long day() {
        return epochS / SECONDS_PER_DAY;
    }

    /** Puts the row's operations into a transaction. */
    void apply(final Transaction tx) {
        tx.increment("modules", module, "lines", lines());
        tx.increment("authors", author, "lines", lines());
        tx.increment("modules", module, "files", files);
        tx.max(tx.cell(CellType.MAX, "modules", module, "largest_change"), lines());
        tx.addToSet("modules", module, "authors", author);
        tx.addToSet("authors", author, "modules", module);
        tx.set(tx.cell(CellType.LWW_REGISTER, "modules", module, "last_author"), author);
        tx.set(tx.cell(CellType.FIRST_WRITER_REGISTER, "modules", module, "opened_by"), author);
        tx.addToSet(tx.cell(CellType.GROW_SET, "calendar", "all", "days"), day());
    }
}
