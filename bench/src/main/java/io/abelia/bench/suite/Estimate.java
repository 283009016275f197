package io.abelia.bench.suite;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/**
 * A median and its 95 % confidence interval, by the percentile bootstrap (Efron 1979) with a fixed seed.
 *
 * @param value the median
 * @param low lower end of the interval
 * @param high upper end of the interval
 * @param samples how many numbers it was estimated from
 */
record Estimate(double value, double low, double high, int samples) {
    private static final int RESAMPLES = 2_000;
    private static final double TAIL = 0.025;

    /** Estimates the median of what was measured in rounds. */
    static Estimate median(final List<Double> values) {
        if (values.isEmpty()) {
            throw new IllegalArgumentException("nothing was measured");
        }
        final SplittableRandom random = new SplittableRandom(1);
        final List<Double> medians = new ArrayList<>(RESAMPLES);
        for (int i = 0; i < RESAMPLES; i++) {
            medians.add(middle(random.ints(values.size(), 0, values.size())
                    .mapToObj(values::get)
                    .sorted()
                    .toList()));
        }
        medians.sort(null);
        return new Estimate(
                middle(values.stream().sorted().toList()),
                medians.get((int) (RESAMPLES * TAIL)),
                medians.get((int) (RESAMPLES * (1 - TAIL)) - 1),
                values.size());
    }

    /** Estimates the median of the ratios of two sides that were measured in the same rounds. */
    static Estimate ratio(final List<Double> numerators, final List<Double> denominators) {
        if (numerators.size() != denominators.size()) {
            throw new IllegalArgumentException(
                    numerators.size() + " rounds of one side, " + denominators.size() + " of the other");
        }
        final List<Double> ratios = new ArrayList<>();
        for (int i = 0; i < numerators.size(); i++) {
            ratios.add(numerators.get(i) / denominators.get(i));
        }
        return median(ratios);
    }

    private static double middle(final List<Double> sorted) {
        final int half = sorted.size() / 2;
        return sorted.size() % 2 == 1 ? sorted.get(half) : (sorted.get(half - 1) + sorted.get(half)) / 2;
    }
}
