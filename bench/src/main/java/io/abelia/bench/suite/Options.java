package io.abelia.bench.suite;

import java.nio.file.Path;

/**
 * How a benchmark runs.
 *
 * @param quick few rounds: to see that all works, and the order of magnitude
 * @param results directory of JSON and histograms
 */
record Options(boolean quick, Path results) {
    /** Rounds in which both sides are measured in turn. */
    int rounds() {
        return quick ? 3 : 5;
    }

    /** One number for quick runs, another for full ones. */
    int choose(final int ifQuick, final int otherwise) {
        return quick ? ifQuick : otherwise;
    }
}
