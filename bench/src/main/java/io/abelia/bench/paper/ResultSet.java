package io.abelia.bench.paper;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** All rows of all results, by BENCHMARK/ID. */
final class ResultSet {
    private final Map<String, Row> rows = new TreeMap<>();
    private final Map<String, String> environment = new TreeMap<>();
    private final Map<String, Boolean> quick = new TreeMap<>();

    /**
     * One result.
     *
     * @param label what was measured
     * @param unit its unit
     * @param value the estimate
     * @param low lower end of its 95 % interval
     * @param high upper end
     */
    record Row(String label, String unit, double value, double low, double high) {
        String text() {
            return number(value);
        }

        /** With its interval, if it has one. */
        String interval() {
            return low == high ? text() : number(value) + " [" + number(low) + ", " + number(high) + "]";
        }
    }

    private ResultSet() {}

    static ResultSet read(final Path directory) throws IOException {
        final ResultSet set = new ResultSet();
        set.add(directory, true);
        return set;
    }

    /** Adds results that do not depend on the machine: their environment is not the paper's. */
    ResultSet add(final Path directory) throws IOException {
        add(directory, false);
        return this;
    }

    private void add(final Path directory, final boolean measured) throws IOException {
        final ObjectMapper mapper = new ObjectMapper();
        try (DirectoryStream<Path> files = Files.newDirectoryStream(directory, "*.json")) {
            for (final Path file : files) {
                final JsonNode root = mapper.readTree(Files.readString(file));
                final String name = root.get("benchmark").asText();
                quick.put(name, root.get("quick").asBoolean());
                if (measured) {
                    root.get("environment")
                            .properties()
                            .forEach(fact -> environment.put(
                                    fact.getKey(), fact.getValue().asText()));
                }
                for (final JsonNode row : root.get("rows")) {
                    rows.put(
                            name + "/" + row.get("id").asText(),
                            new Row(
                                    row.get("label").asText(),
                                    row.get("unit").asText(),
                                    row.get("value").asDouble(),
                                    row.get("low").asDouble(),
                                    row.get("high").asDouble()));
                }
            }
        }
    }

    Row row(final String id) {
        final Row row = rows.get(id);
        if (row == null) {
            throw new PaperException("the paper refers to " + id + ", which no result has; run the benchmark "
                    + id.replaceFirst("/.*", "") + ", or correct the name");
        }
        return row;
    }

    String environment(final String fact) {
        final String found = environment.get(fact);
        if (found == null) {
            throw new PaperException("the paper refers to the environment's " + fact + ", which no result tells");
        }
        return found;
    }

    /** Whether any result is of a quick run, whose intervals may not support a claim. */
    boolean isQuick() {
        return quick.containsValue(true);
    }

    private static String number(final double value) {
        final double size = Math.abs(value);
        if (value == Math.rint(value) && size < 1e15) {
            return String.format(Locale.ROOT, "%,.0f", value);
        }
        final int decimals = size >= 100 ? 0 : size >= 10 ? 1 : size >= 1 ? 2 : 3;
        return String.format(Locale.ROOT, "%,." + decimals + "f", value);
    }
}
