package io.abelia.bench.suite;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.HdrHistogram.Histogram;
import org.HdrHistogram.HistogramLogWriter;

/**
 * What one benchmark measured: rows, histograms, series for plots; written as {@code NAME.json} beside {@code NAME-SERIES.hlog} (the format of
 * HdrHistogram's logs).
 */
final class Results {
    private static final ObjectMapper MAPPER = new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);
    private final String name;
    private final Options options;
    private final ObjectNode root = MAPPER.createObjectNode();
    private final ArrayNode rows;
    private final ArrayNode plots;
    private final ArrayNode method;

    /** A series of a plot. */
    record Series(String name, Map<Double, Estimate> points) {
        Series(final String name) {
            this(name, new LinkedHashMap<>());
        }

        void add(final double x, final Estimate y) {
            points.put(x, y);
        }
    }

    Results(final String name, final Options options) {
        this.name = name;
        this.options = options;
        root.put("benchmark", name);
        root.put("quick", options.quick());
        root.put("time", Instant.now().truncatedTo(ChronoUnit.SECONDS).toString());
        Environment.describe().forEach(root.putObject("environment")::put);
        method = root.putArray("method");
        rows = root.putArray("rows");
        plots = root.putArray("plots");
    }

    /** Says how it was measured, a sentence at a time. */
    void method(final String sentence) {
        method.add(sentence);
        System.out.println("  " + sentence);
    }

    /** Says how far a long measurement is. */
    void progress(final String what) {
        System.err.println("  ... " + what);
    }

    /** Reports one estimate under a name that a text can refer to. */
    void row(final String id, final String label, final String unit, final Estimate estimate) {
        final ObjectNode row = rows.addObject();
        row.put("id", id);
        row.put("label", label);
        row.put("unit", unit);
        row.put("value", estimate.value());
        row.put("low", estimate.low());
        row.put("high", estimate.high());
        row.put("samples", estimate.samples());
        System.out.printf(
                Locale.ROOT,
                "  %-72s %14s %s  [%s, %s]%n",
                label,
                text(estimate.value()),
                unit,
                text(estimate.low()),
                text(estimate.high()));
    }

    /** Reports the median of rounds. */
    void row(final String id, final String label, final String unit, final List<Double> values) {
        row(id, label, unit, Estimate.median(values));
    }

    /** Reports one number that is not measured in rounds: a count, or somebody's published figure. */
    void fact(final String id, final String label, final String unit, final double value) {
        row(id, label, unit, new Estimate(value, value, value, 1));
    }

    /** Says that something was not measured, and why. */
    void skipped(final String what, final String why) {
        root.withArray("/skipped").addObject().put("what", what).put("why", why);
        System.out.println("  SKIPPED " + what + ": " + why);
    }

    /** Keeps a whole distribution, of nanoseconds. */
    void histogram(final String series, final Histogram histogram) throws IOException {
        Files.createDirectories(options.results());
        final Path file = options.results().resolve(name + "-" + series + ".hlog");
        try (PrintStream out = new PrintStream(Files.newOutputStream(file))) {
            final HistogramLogWriter writer = new HistogramLogWriter(out);
            writer.outputComment("nanoseconds, benchmark " + name + ", " + series);
            writer.outputLogFormatVersion();
            writer.outputLegend();
            writer.outputIntervalHistogram(0, 0, histogram, 1e6);
        }
    }

    /** Reports a plot. */
    void plot(
            final String id,
            final String title,
            final String x,
            final String y,
            final boolean logarithmic,
            final List<Series> series) {
        final ObjectNode plot = plots.addObject();
        plot.put("id", id);
        plot.put("title", title);
        plot.put("x", x);
        plot.put("y", y);
        plot.put("logarithmic", logarithmic);
        final ArrayNode all = plot.putArray("series");
        for (final Series one : series) {
            final ObjectNode node = all.addObject();
            node.put("name", one.name());
            final ArrayNode points = node.putArray("points");
            one.points()
                    .forEach((at, estimate) -> points.addArray()
                            .add(at)
                            .add(estimate.value())
                            .add(estimate.low())
                            .add(estimate.high()));
        }
    }

    /** Writes the file; returns it. */
    Path write() throws IOException {
        Files.createDirectories(options.results());
        final Path file = options.results().resolve(name + ".json");
        Files.writeString(file, MAPPER.writeValueAsString(root) + "\n");
        return file;
    }

    /** A number with three significant digits. */
    static String text(final double value) {
        final double size = Math.abs(value);
        if (size >= 1000) {
            return String.format(Locale.ROOT, "%,.0f", value);
        }
        return String.format(
                Locale.ROOT, size >= 100 ? "%.0f" : size >= 10 ? "%.1f" : size >= 1 ? "%.2f" : "%.3f", value);
    }
}
