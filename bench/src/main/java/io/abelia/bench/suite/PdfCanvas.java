package io.abelia.bench.suite;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** One page of the Portable Document Format 1.4, with the base font Helvetica, whose widths (Adobe's metrics) place text. */
final class PdfCanvas implements Canvas {
    private static final int FIRST = 32;
    /** Thousandths of the size, of the characters from space to tilde. */
    private static final int[] WIDTHS = {
        278, 278, 355, 556, 556, 889, 667, 191, 333, 333, 389, 584, 278, 333, 278, 278, 556, 556, 556, 556, 556, 556,
                556,
        556, 556, 556, 278, 278, 584, 584, 584, 556, 1015, 667, 667, 722, 722, 667, 611, 778, 722, 278, 500, 667, 556,
                833,
        722, 778, 667, 778, 722, 667, 611, 722, 667, 944, 667, 667, 611, 278, 278, 278, 469, 556, 333, 556, 556, 500,
                556,
        556, 278, 556, 556, 222, 222, 500, 222, 833, 556, 556, 556, 556, 333, 500, 278, 556, 500, 722, 500, 500, 500,
                334,
        260, 334, 584
    };

    private final int width;
    private final int height;
    private final StringBuilder content = new StringBuilder();

    PdfCanvas(final int width, final int height) {
        this.width = width;
        this.height = height;
    }

    private static String rgb(final String colour) {
        final int value = Integer.parseInt(colour.substring(1), 16);
        return String.format(
                Locale.ROOT,
                "%.3f %.3f %.3f",
                (value >> 16) / 255.0,
                (value >> 8 & 255) / 255.0,
                (value & 255) / 255.0);
    }

    @Override
    public void line(
            final double x1,
            final double y1,
            final double x2,
            final double y2,
            final String colour,
            final double lineWidth) {
        content.append(String.format(
                Locale.ROOT,
                "%s RG %.1f w %.1f %.1f m %.1f %.1f l S%n",
                rgb(colour),
                lineWidth,
                x1,
                height - y1,
                x2,
                height - y2));
    }

    @Override
    public void rectangle(
            final double x, final double y, final double boxWidth, final double boxHeight, final String colour) {
        content.append(String.format(
                Locale.ROOT,
                "%s rg %.1f %.1f %.1f %.1f re f%n",
                rgb(colour),
                x,
                height - y - boxHeight,
                boxWidth,
                boxHeight));
    }

    private static double widthOf(final String text, final double size) {
        double thousandths = 0;
        for (int i = 0; i < text.length(); i++) {
            final int place = text.charAt(i) - FIRST;
            thousandths += place >= 0 && place < WIDTHS.length ? WIDTHS[place] : WIDTHS['0' - FIRST];
        }
        return thousandths * size / 1000;
    }

    @Override
    public void text(
            final double x,
            final double y,
            final String text,
            final Anchor anchor,
            final double size,
            final boolean upward) {
        final double back = switch (anchor) {
            case START -> 0;
            case MIDDLE -> widthOf(text, size) / 2;
            case END -> widthOf(text, size);
        };
        final String escaped = text.replace("\\", "\\\\").replace("(", "\\(").replace(")", "\\)");
        final String matrix = upward
                ? String.format(Locale.ROOT, "0 1 -1 0 %.1f %.1f", x, height - y - back)
                : String.format(Locale.ROOT, "1 0 0 1 %.1f %.1f", x - back, height - y);
        content.append(String.format(Locale.ROOT, "BT 0 g /F1 %.1f Tf %s Tm (%s) Tj ET%n", size, matrix, escaped));
    }

    @Override
    public byte[] finish() {
        final byte[] stream = content.toString().getBytes(StandardCharsets.ISO_8859_1);
        final List<String> objects = new ArrayList<>();
        objects.add("<< /Type /Catalog /Pages 2 0 R >>");
        objects.add("<< /Type /Pages /Kids [3 0 R] /Count 1 >>");
        objects.add("<< /Type /Page /Parent 2 0 R /MediaBox [0 0 " + width + " " + height
                + "] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>");
        objects.add("<< /Length " + stream.length + " >>\nstream\n" + content + "\nendstream");
        objects.add("<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>");
        final StringBuilder pdf = new StringBuilder("%PDF-1.4\n");
        final List<Integer> offsets = new ArrayList<>();
        for (int i = 0; i < objects.size(); i++) {
            offsets.add(pdf.length());
            pdf.append(i + 1).append(" 0 obj\n").append(objects.get(i)).append("\nendobj\n");
        }
        final int table = pdf.length();
        pdf.append("xref\n0 ").append(objects.size() + 1).append("\n0000000000 65535 f \n");
        offsets.forEach(offset -> pdf.append(String.format(Locale.ROOT, "%010d 00000 n \n", offset)));
        pdf.append("trailer\n<< /Size ")
                .append(objects.size() + 1)
                .append(" /Root 1 0 R >>\nstartxref\n")
                .append(table)
                .append("\n%%EOF\n");
        return pdf.toString().getBytes(StandardCharsets.ISO_8859_1);
    }
}
