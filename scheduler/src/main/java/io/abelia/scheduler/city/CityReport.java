package io.abelia.scheduler.city;

import io.abelia.scheduler.model.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** Figures of several policies on one trace, as a table, JSON and a chart. */
public final class CityReport {
    private static final int BAR = 300;
    private static final int ROW = 26;
    private static final String[] COLOURS = {"#2c6fa8", "#d08a17", "#b9443c"};

    private final String title;
    private final Map<String, Object> setting;
    private final Map<Policy, Map<String, Double>> figures = new LinkedHashMap<>();

    public CityReport(final String title, final Map<String, Object> setting) {
        this.title = title;
        this.setting = setting;
    }

    public void add(final Policy policy, final Map<String, Double> of) {
        figures.put(policy, of);
    }

    private List<String> names() {
        final Map<String, Boolean> names = new LinkedHashMap<>();
        figures.values().forEach(of -> of.keySet().forEach(name -> names.put(name, true)));
        return new ArrayList<>(names.keySet());
    }

    private static String number(final double value) {
        return Double.isNaN(value)
                ? "-"
                : value == Math.rint(value)
                        ? String.format(Locale.ROOT, "%,d", (long) value)
                        : String.format(Locale.ROOT, "%,.1f", value);
    }

    /** A Markdown table. */
    public String table() {
        final StringBuilder text = new StringBuilder("### " + title + "\n\n| |");
        figures.keySet()
                .forEach(policy -> text.append(' ').append(policy.title()).append(" |"));
        text.append("\n|---|").append("---:|".repeat(figures.size())).append('\n');
        for (final String name : names()) {
            text.append("| ").append(name).append(" |");
            figures.values()
                    .forEach(of -> text.append(' ')
                            .append(number(of.getOrDefault(name, Double.NaN)))
                            .append(" |"));
            text.append('\n');
        }
        return text.toString();
    }

    private String chart() {
        final List<String> shown = List.of("done, %", "emergency jobs done, %", "executions that failed, %");
        final StringBuilder svg = new StringBuilder();
        int y = 40;
        for (final String name : shown) {
            if (!names().contains(name)) {
                continue;
            }
            svg.append(text(10, y, name, "bold"));
            y += 8;
            int colour = 0;
            for (final Map.Entry<Policy, Map<String, Double>> entry : figures.entrySet()) {
                final double value = entry.getValue().getOrDefault(name, 0.0);
                svg.append(String.format(
                        Locale.ROOT,
                        "<rect x=\"150\" y=\"%d\" width=\"%.1f\" height=\"18\" fill=\"%s\"/>",
                        y,
                        BAR * value / 100,
                        COLOURS[colour++ % COLOURS.length]));
                svg.append(text(10, y + 14, entry.getKey().title(), "normal"));
                svg.append(text((int) (156 + BAR * value / 100), y + 14, number(value), "normal"));
                y += ROW;
            }
            y += ROW;
        }
        return "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"540\" height=\"" + y
                + "\" font-family=\"sans-serif\" font-size=\"12\"><rect width=\"100%\" height=\"100%\" fill=\"white\"/>"
                + text(10, 18, title, "bold") + svg + "</svg>\n";
    }

    private static String text(final int x, final int y, final String text, final String weight) {
        return "<text x=\"" + x + "\" y=\"" + y + "\" font-weight=\"" + weight + "\">" + text + "</text>";
    }

    /** Writes {@code NAME.json}, {@code NAME.md} and {@code NAME.svg}. */
    public void write(final Path directory, final String name) throws IOException {
        Files.createDirectories(directory);
        final Map<String, Object> all = new LinkedHashMap<>();
        all.put("title", title);
        all.put("setting", setting);
        final Map<String, Object> of = new TreeMap<>();
        figures.forEach((policy, values) -> of.put(policy.name(), values));
        all.put("figures", of);
        Files.writeString(directory.resolve(name + ".json"), Json.write(all) + "\n");
        Files.writeString(directory.resolve(name + ".md"), table());
        Files.writeString(directory.resolve(name + ".svg"), chart());
    }
}
