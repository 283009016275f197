package io.abelia.bench.suite;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.TreeSet;

/** Draws the plots that results describe, as SVG and PDF, with 95 % intervals as bars. */
final class Plots {
    private static final int WIDTH = 480;
    private static final int HEIGHT = 300;
    private static final int LEFT = 64;
    private static final int RIGHT = 16;
    private static final int TOP = 28;
    private static final int BOTTOM = 44;
    private static final int LEGEND_LINE = 12;
    private static final double TEXT = 10;
    private static final double MARK = 4;
    private static final String GREY = "#dddddd";
    private static final String BLACK = "#000000";
    /** Okabe and Ito's palette, which the colour-blind can tell apart. */
    private static final List<String> COLOURS =
            List.of("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#000000", "#999933");

    private final JsonNode plot;
    private final boolean logarithmic;
    private final List<Double> xs;
    private double low = Double.MAX_VALUE;
    private double high = -Double.MAX_VALUE;

    private Plots(final JsonNode plot) {
        this.plot = plot;
        this.logarithmic = plot.get("logarithmic").asBoolean();
        final TreeSet<Double> at = new TreeSet<>();
        for (final JsonNode series : plot.get("series")) {
            for (final JsonNode point : series.get("points")) {
                at.add(point.get(0).asDouble());
                low = Math.min(low, point.get(2).asDouble());
                high = Math.max(high, point.get(3).asDouble());
            }
        }
        xs = new ArrayList<>(at);
        if (logarithmic) {
            low = Math.pow(10, Math.floor(Math.log10(Math.max(low, 1e-3))));
            high = Math.pow(10, Math.ceil(Math.log10(high)));
        } else {
            low = Math.min(0, low * 1.1);
            high = high * 1.1 + 1e-9;
        }
    }

    /** Draws the plots of all results in a directory. */
    static void drawAll(final Path results) throws IOException {
        if (!Files.isDirectory(results)) {
            return;
        }
        final ObjectMapper mapper = new ObjectMapper();
        try (DirectoryStream<Path> files = Files.newDirectoryStream(results, "*.json")) {
            for (final Path file : files) {
                final JsonNode root = mapper.readTree(Files.readString(file));
                for (final JsonNode plot : root.path("plots")) {
                    final String name = root.get("benchmark").asText() + "-"
                            + plot.get("id").asText();
                    for (final boolean pdf : new boolean[] {false, true}) {
                        final int height = HEIGHT + (plot.get("series").size() + 1) * LEGEND_LINE;
                        final Canvas canvas = pdf ? new PdfCanvas(WIDTH, height) : new SvgCanvas(WIDTH, height);
                        new Plots(plot).draw(canvas);
                        Files.write(results.resolve(name + (pdf ? ".pdf" : ".svg")), canvas.finish());
                    }
                }
            }
        }
    }

    /** Where a value of the horizontal axis lies: values stand side by side, as far apart as they are on a logarithmic axis. */
    private double x(final double value) {
        final double first = xs.get(0);
        final double last = xs.get(xs.size() - 1);
        if (first == last) {
            return LEFT + (WIDTH - LEFT - RIGHT) / 2.0;
        }
        final double share = first > 0 && last / first > 10
                ? Math.log(value / first) / Math.log(last / first)
                : (value - first) / (last - first);
        return LEFT + 16 + share * (WIDTH - LEFT - RIGHT - 32);
    }

    private double y(final double value) {
        final double share = logarithmic
                ? Math.log(Math.max(value, low) / low) / Math.log(high / low)
                : (value - low) / (high - low);
        return HEIGHT - BOTTOM - share * (HEIGHT - TOP - BOTTOM);
    }

    private void draw(final Canvas canvas) {
        canvas.text(LEFT, 16, plot.get("title").asText(), Canvas.Anchor.START, TEXT + 2, false);
        axes(canvas);
        int number = 0;
        for (final JsonNode series : plot.get("series")) {
            final String colour = COLOURS.get(number % COLOURS.size());
            drawSeries(canvas, series, colour, number);
            number++;
        }
    }

    private void axes(final Canvas canvas) {
        for (final double tick : ticks()) {
            canvas.line(LEFT, y(tick), WIDTH - RIGHT, y(tick), GREY, 0.5);
            canvas.text(LEFT - 6, y(tick) + 3.5, label(tick), Canvas.Anchor.END, TEXT, false);
        }
        for (final double at : shownXs()) {
            canvas.line(x(at), HEIGHT - BOTTOM, x(at), HEIGHT - BOTTOM + 4, BLACK, 0.8);
            canvas.text(x(at), HEIGHT - BOTTOM + 16, label(at), Canvas.Anchor.MIDDLE, TEXT, false);
        }
        canvas.line(LEFT, HEIGHT - BOTTOM, WIDTH - RIGHT, HEIGHT - BOTTOM, BLACK, 0.8);
        canvas.line(LEFT, TOP, LEFT, HEIGHT - BOTTOM, BLACK, 0.8);
        canvas.text(
                (LEFT + WIDTH - RIGHT) / 2.0, HEIGHT - 8, plot.get("x").asText(), Canvas.Anchor.MIDDLE, TEXT, false);
        canvas.text(14, (TOP + HEIGHT - BOTTOM) / 2.0, plot.get("y").asText(), Canvas.Anchor.MIDDLE, TEXT, true);
    }

    /** At most eight values of the horizontal axis get a label. */
    private List<Double> shownXs() {
        final int step = (xs.size() + 7) / 8;
        final List<Double> shown = new ArrayList<>();
        for (int i = 0; i < xs.size(); i += step) {
            shown.add(xs.get(i));
        }
        return shown;
    }

    private List<Double> ticks() {
        final List<Double> ticks = new ArrayList<>();
        if (logarithmic) {
            for (double tick = low; tick <= high * 1.001; tick *= 10) {
                ticks.add(tick);
            }
            return ticks;
        }
        final double rough = high / 5;
        final double power = Math.pow(10, Math.floor(Math.log10(rough)));
        final double step = rough / power < 2 ? 2 * power : rough / power < 5 ? 5 * power : 10 * power;
        for (double tick = 0; tick <= high; tick += step) {
            ticks.add(tick);
        }
        return ticks;
    }

    private static String label(final double value) {
        if (value >= 1e6) {
            return trim(value / 1e6) + "M";
        }
        return value >= 1e3 ? trim(value / 1e3) + "k" : trim(value);
    }

    private static String trim(final double value) {
        return value == Math.rint(value)
                ? String.format(Locale.ROOT, "%.0f", value)
                : String.format(Locale.ROOT, "%.3g", value);
    }

    private void drawSeries(final Canvas canvas, final JsonNode series, final String colour, final int number) {
        double lastX = Double.NaN;
        double lastY = Double.NaN;
        for (final JsonNode point : series.get("points")) {
            final double atX = x(point.get(0).asDouble());
            final double atY = y(point.get(1).asDouble());
            canvas.line(atX, y(point.get(2).asDouble()), atX, y(point.get(3).asDouble()), colour, 1);
            canvas.rectangle(atX - MARK / 2, atY - MARK / 2, MARK, MARK, colour);
            if (!Double.isNaN(lastX)) {
                canvas.line(lastX, lastY, atX, atY, colour, 1.5);
            }
            lastX = atX;
            lastY = atY;
        }
        final double legendY = HEIGHT + 4 + (double) number * LEGEND_LINE;
        canvas.rectangle(LEFT + 8, legendY - 7, 8, 8, colour);
        canvas.text(LEFT + 20, legendY, series.get("name").asText(), Canvas.Anchor.START, TEXT - 1, false);
    }
}
