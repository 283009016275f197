package io.abelia.bench.suite;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Numbers by name, one for each round. */
final class Samples {
    private final Map<String, List<Double>> numbers = new TreeMap<>();

    void add(final String id, final double value) {
        numbers.computeIfAbsent(id, key -> new ArrayList<>()).add(value);
    }

    /** What was measured under a name; nothing if it was not. */
    List<Double> of(final String id) {
        return numbers.getOrDefault(id, List.of());
    }

    boolean has(final String id) {
        return numbers.containsKey(id);
    }

    /** Ratio of two names, round by round; if one has fewer rounds, of so many. */
    Estimate ratio(final String numerator, final String denominator) {
        final int rounds = Math.min(of(numerator).size(), of(denominator).size());
        return Estimate.ratio(of(numerator).subList(0, rounds), of(denominator).subList(0, rounds));
    }
}
