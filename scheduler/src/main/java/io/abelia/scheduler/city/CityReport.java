package io.abelia.scheduler.city;

import io.abelia.scheduler.model.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeSet;

/** Figures of several policies on the same traces, as a table, JSON and a chart: medians over the seeds, and the least and greatest. */
public final class CityReport {
    private static final int BAR = 300;
    private static final int ROW = 26;
    private static final String[] COLOURS = {"#2c6fa8", "#d08a17", "#b9443c", "#8a6d9e"};
    private static final double PER_CENT = 100;
    private static final String DONE = "done|jobs done|%";
    private static final String CPU = "cpu|processor time of the run|s";
    private static final String SENT = "sent|sent from broker to broker|MB";

    private final String name;
    private final String title;
    private final Map<String, String> environment;
    private final String how;
    private final Map<Policy, List<Map<String, Double>>> runs = new LinkedHashMap<>();

    /** A report whose results are called by a name; {@code how} says in a sentence how they were got. */
    public CityReport(final String name, final String title, final Map<String, String> environment, final String how) {
        this.name = name;
        this.title = title;
        this.environment = environment;
        this.how = how;
    }

    public void add(final Policy policy, final Map<String, Double> figures) {
        runs.computeIfAbsent(policy, unused -> new ArrayList<>()).add(figures);
    }

    private List<String> keys() {
        final TreeSet<String> keys = new TreeSet<>();
        runs.values().forEach(all -> all.forEach(figures -> keys.addAll(figures.keySet())));
        return new ArrayList<>(keys);
    }

    private record Range(double low, double median, double high) {}

    private static Range range(final List<Map<String, Double>> figures, final String key) {
        final List<Double> values = new ArrayList<>();
        figures.forEach(of -> values.add(of.getOrDefault(key, Double.NaN)));
        return range(values);
    }

    private static Range range(final List<Double> values) {
        final List<Double> sorted = new ArrayList<>(values);
        sorted.removeIf(value -> Double.isNaN(value));
        Collections.sort(sorted);
        return sorted.isEmpty()
                ? new Range(Double.NaN, Double.NaN, Double.NaN)
                : new Range(sorted.get(0), sorted.get(sorted.size() / 2), sorted.get(sorted.size() - 1));
    }

    /** A figure of the capability-aware policy over that of another one, seed by seed, in per cent more. */
    private Range more(final String figure, final Policy other) {
        final List<Map<String, Double>> own = runs.getOrDefault(Policy.AWARE, List.of());
        final List<Map<String, Double>> others = runs.getOrDefault(other, List.of());
        final List<Double> more = new ArrayList<>();
        for (int i = 0; i < Math.min(own.size(), others.size()); i++) {
            more.add(PER_CENT
                    * (own.get(i).getOrDefault(figure, Double.NaN)
                                    / others.get(i).getOrDefault(figure, Double.NaN)
                            - 1));
        }
        return range(more);
    }

    private Range betterThan(final Policy other) {
        return more(DONE, other);
    }

    private static String number(final double value) {
        if (Double.isNaN(value)) {
            return "-";
        }
        return value == Math.rint(value)
                ? String.format(Locale.ROOT, "%,d", (long) value)
                : String.format(Locale.ROOT, "%,.1f", value);
    }

    private static String text(final Range range) {
        return range.low() == range.high()
                ? number(range.median())
                : number(range.median()) + " [" + number(range.low()) + ", " + number(range.high()) + "]";
    }

    /** A Markdown table. */
    public String table() {
        final StringBuilder text = new StringBuilder("### " + title + "\n\n| |");
        runs.keySet().forEach(policy -> text.append(' ').append(policy.title()).append(" |"));
        text.append("\n|---|").append("---:|".repeat(runs.size())).append('\n');
        for (final String key : keys()) {
            final String[] parts = key.split("\\|", -1);
            text.append("| ")
                    .append(parts[1])
                    .append(parts[2].isEmpty() ? "" : ", " + parts[2])
                    .append(" |");
            runs.values()
                    .forEach(all ->
                            text.append(' ').append(text(range(all, key))).append(" |"));
            text.append('\n');
        }
        if (runs.containsKey(Policy.BLIND)) {
            text.append("\nCapability-aware gets ")
                    .append(text(betterThan(Policy.BLIND)))
                    .append(" % more jobs done than capability-blind, and ")
                    .append(text(betterThan(Policy.CHECKED)))
                    .append(" % more than blind brokers whose executors check.\n");
        }
        if (runs.containsKey(Policy.UNTRACKED)) {
            text.append("\nTracking causality takes ")
                    .append(text(more(CPU, Policy.UNTRACKED)))
                    .append(" % more processor time of the whole run, and ")
                    .append(text(more(SENT, Policy.UNTRACKED)))
                    .append(" % more bytes between brokers.\n");
        }
        return text.toString();
    }

    private String chart() {
        final StringBuilder svg = new StringBuilder();
        int y = 40;
        for (final String key : List.of(DONE, "emergency|emergency jobs done|%", "failed|executions that failed|%")) {
            if (!keys().contains(key)) {
                continue;
            }
            svg.append(text(10, y, key.substring(key.indexOf('|') + 1).replace("|", ", "), "bold"));
            y += 8;
            int colour = 0;
            for (final Map.Entry<Policy, List<Map<String, Double>>> entry : runs.entrySet()) {
                final Range range = range(entry.getValue(), key);
                svg.append(String.format(
                        Locale.ROOT,
                        "<rect x=\"200\" y=\"%d\" width=\"%.1f\" height=\"18\" fill=\"%s\"/>",
                        y,
                        BAR * range.median() / 100,
                        COLOURS[colour++ % COLOURS.length]));
                svg.append(text(10, y + 14, entry.getKey().title(), "normal"));
                svg.append(text((int) (206 + BAR * range.median() / 100), y + 14, text(range), "normal"));
                y += ROW;
            }
            y += ROW;
        }
        return "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"680\" height=\"" + y
                + "\" font-family=\"sans-serif\" font-size=\"12\"><rect width=\"100%\" height=\"100%\" fill=\"white\"/>"
                + text(10, 18, title, "bold") + svg + "</svg>\n";
    }

    private static String text(final int x, final int y, final String text, final String weight) {
        return "<text x=\"" + x + "\" y=\"" + y + "\" font-weight=\"" + weight + "\">" + text + "</text>";
    }

    private Map<String, Object> row(final String id, final String label, final String unit, final Range range) {
        final Map<String, Object> row = new LinkedHashMap<>();
        row.put("id", id);
        row.put("label", label);
        row.put("unit", unit);
        row.put("value", range.median());
        row.put("low", range.low());
        row.put("high", range.high());
        return row;
    }

    /** Writes {@code NAME.json} (the form of all benchmarks' results), {@code NAME.md} and {@code NAME.svg}. */
    public void write(final Path directory) throws IOException {
        Files.createDirectories(directory);
        final List<Object> rows = new ArrayList<>();
        runs.forEach((policy, all) -> {
            for (final String key : keys()) {
                final String[] parts = key.split("\\|", -1);
                final Range range = range(all, key);
                if (!Double.isNaN(range.median())) {
                    rows.add(row(
                            policy.name().toLowerCase(Locale.ROOT) + "." + parts[0],
                            policy.title() + ": " + parts[1],
                            parts[2],
                            range));
                }
            }
        });
        for (final Policy other : List.of(Policy.FILTER, Policy.BLIND, Policy.CHECKED)) {
            final Range better = betterThan(other);
            if (!Double.isNaN(better.median())) {
                rows.add(row(
                        "better." + other.name().toLowerCase(Locale.ROOT),
                        "capability-aware: more jobs done than " + other.title(),
                        "%",
                        better));
            }
        }
        if (runs.containsKey(Policy.UNTRACKED)) {
            rows.add(
                    row("overhead.cpu", "causality: processor time of the run", "% more", more(CPU, Policy.UNTRACKED)));
            rows.add(row("overhead.sent", "causality: bytes between brokers", "% more", more(SENT, Policy.UNTRACKED)));
        }
        final Map<String, Object> all = new LinkedHashMap<>();
        all.put("benchmark", name);
        all.put("quick", false);
        all.put("environment", environment);
        all.put("method", List.of(title + ". " + how + " Medians over the seeds, with the least and greatest."));
        all.put("rows", rows);
        Files.writeString(directory.resolve(name + ".json"), Json.write(all) + "\n");
        Files.writeString(directory.resolve(name + ".md"), table());
        Files.writeString(directory.resolve(name + ".svg"), chart());
    }
}
