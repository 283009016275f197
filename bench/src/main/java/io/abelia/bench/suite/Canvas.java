package io.abelia.bench.suite;

/**
 * What a plot is drawn on, in points from the upper left. Two formats are written by hand rather than through AWT, which needs fonts and a
 * display library that a headless JDK lacks.
 */
interface Canvas {
    /** Where text is put relative to its point. */
    enum Anchor {
        START,
        MIDDLE,
        END
    }

    void line(double x1, double y1, double x2, double y2, String colour, double width);

    void rectangle(double x, double y, double width, double height, String colour);

    /** Text with its base line at a point; upright, or turned to run upward. */
    void text(double x, double y, String text, Anchor anchor, double size, boolean upward);

    /** The finished file. */
    byte[] finish();
}
