package io.abelia.cli;

import de.siegmar.fastcsv.reader.CsvReader;
import de.siegmar.fastcsv.reader.CsvRecord;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Reads contributions; bad rows are reported with line number and reason, counted, and passed over. */
final class ContributionFile {
    private final List<Contribution> rows = new ArrayList<>();
    private final List<String> problems = new ArrayList<>();

    private ContributionFile() {}

    /**
     * Reads a file.
     *
     * @param strict whether to stop at the first bad row
     */
    static ContributionFile read(final Path file, final boolean strict) throws IOException {
        final ContributionFile result = new ContributionFile();
        try (CsvReader<CsvRecord> reader = open(file)) {
            boolean first = true;
            for (final CsvRecord record : reader) {
                if (first && !record.getFields().equals(Contribution.COLUMNS)) {
                    throw new UsageException(
                            file + " does not begin with the columns " + String.join(",", Contribution.COLUMNS)
                                    + " but with " + String.join(",", record.getFields()));
                }
                if (!first) {
                    result.add(file, record, strict);
                }
                first = false;
            }
            if (first) {
                throw new UsageException(file + " is empty");
            }
        }
        return result;
    }

    /** Opens a CSV file, with or without a byte order mark. */
    static CsvReader<CsvRecord> open(final Path file) throws IOException {
        return CsvReader.builder().detectBomHeader(true).ofCsvRecord(file);
    }

    private void add(final Path file, final CsvRecord record, final boolean strict) {
        try {
            rows.add(Contribution.of(record.getFields()));
        } catch (final IllegalArgumentException e) {
            final String problem = file + " line " + record.getStartingLineNumber() + ": " + e.getMessage();
            if (strict) {
                throw new CheckFailedException(problem);
            }
            problems.add(problem);
        }
    }

    List<Contribution> rows() {
        return rows;
    }

    /** One line for each row that was passed over. */
    List<String> problems() {
        return problems;
    }
}
