package io.abelia.cli;

import de.siegmar.fastcsv.reader.CsvParseException;
import de.siegmar.fastcsv.reader.CsvReader;
import de.siegmar.fastcsv.reader.CsvRecord;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;

/** Reads contributions; bad rows are reported with line number and reason, counted, and passed over. */
final class ContributionFile {
    private final List<Contribution> rows = new ArrayList<>();
    private final List<String> lines = new ArrayList<>();
    private final List<String> problems = new ArrayList<>();

    private ContributionFile() {}

    /**
     * Reads a file.
     *
     * @param strict whether to stop at the first bad row
     */
    static ContributionFile read(final Path file, final boolean strict) throws IOException {
        final ContributionFile result = new ContributionFile();
        try (LineReader reader = new LineReader(file)) {
            if (!reader.next()) {
                throw new UsageException(file + " is empty");
            }
            requireHeader(file, reader);
            while (reader.next()) {
                result.add(file, reader, strict);
            }
        }
        return result;
    }

    /** Checks the first line. */
    static void requireHeader(final Path file, final LineReader reader) {
        final String header;
        try {
            header = reader.text();
        } catch (final IllegalArgumentException e) {
            throw new UsageException(file + " line 1: " + e.getMessage());
        }
        if (!header.equals(String.join(",", Contribution.COLUMNS))) {
            throw new UsageException(file + " does not begin with the columns " + String.join(",", Contribution.COLUMNS)
                    + " but with " + header);
        }
    }

    /**
     * Reads a row. A row is one line, so that a quote which is never closed costs one row.
     *
     * @throws IllegalArgumentException with the reason, for a line that is no row
     */
    static Contribution row(final String line) {
        if (line.chars().filter(c -> c == '"').count() % 2 != 0) {
            throw new IllegalArgumentException("a quote is not closed on its line");
        }
        try (CsvReader<CsvRecord> reader = CsvReader.builder().ofCsvRecord(line)) {
            final Iterator<CsvRecord> records = reader.iterator();
            return Contribution.of(records.hasNext() ? records.next().getFields() : List.of());
        } catch (final IOException | CsvParseException e) {
            throw new IllegalArgumentException("not CSV: " + e.getMessage(), e);
        }
    }

    private void add(final Path file, final LineReader reader, final boolean strict) {
        try {
            rows.add(row(reader.text()));
            lines.add(reader.text());
        } catch (final IllegalArgumentException e) {
            final String problem = file + " line " + reader.number() + ": " + e.getMessage();
            if (strict) {
                throw new CheckFailedException(problem);
            }
            problems.add(problem);
        }
    }

    /** The text of each row. */
    List<String> lines() {
        return lines;
    }

    List<Contribution> rows() {
        return rows;
    }

    /** One line for each row that was passed over. */
    List<String> problems() {
        return problems;
    }
}
