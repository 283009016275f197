package io.abelia.proofs.simulator;

import java.nio.file.Path;
import java.util.EnumSet;
import java.util.Set;

/** Takes faults away from a seed that fails, as long as the same invariant still does not hold. */
final class Shrinker {
    private static final int MAX_RUNS = 200;

    /** What is left. */
    record Result(Faults faults, Outcome outcome, int runs) {}

    private final Path directory;
    private int runs;

    Shrinker(final Path directory) {
        this.directory = directory;
    }

    Result shrink(final Outcome failed) {
        Faults faults = failed.faults();
        Outcome outcome = Simulation.run(failed.seed(), faults, directory, true);
        boolean smaller = true;
        while (smaller && runs < MAX_RUNS) {
            smaller = false;
            for (final Faults candidate : candidates(faults)) {
                if (!candidate.equals(faults) && runs < MAX_RUNS) {
                    runs++;
                    final Outcome tried = Simulation.run(failed.seed(), candidate, directory, true);
                    if (fails(tried, failed)) {
                        faults = candidate;
                        outcome = tried;
                        smaller = true;
                        break;
                    }
                }
            }
        }
        return new Result(faults, outcome, runs);
    }

    private static boolean fails(final Outcome tried, final Outcome failed) {
        final Violation now = tried.violation();
        final Violation before = failed.violation();
        return now != null && before != null && now.invariant() == before.invariant();
    }

    private static java.util.List<Faults> candidates(final Faults faults) {
        final java.util.List<Faults> candidates = new java.util.ArrayList<>();
        final Set<Faults.Kind> kinds = faults.kinds();
        if (faults.nodes() > 2) {
            candidates.add(
                    faults.with(faults.nodes() - 1, faults.transactions(), faults.loss(), faults.duplication(), kinds));
        }
        for (final Faults.Kind kind : EnumSet.allOf(Faults.Kind.class)) {
            if (faults.has(kind)) {
                candidates.add(faults.without(kind));
            }
        }
        for (final int divisor : new int[] {2, 4, 8}) {
            candidates.add(faults.with(
                    faults.nodes(),
                    faults.transactions() - faults.transactions() / divisor,
                    faults.loss(),
                    faults.duplication(),
                    kinds));
        }
        candidates.add(faults.with(faults.nodes(), faults.transactions(), 0, faults.duplication(), kinds));
        candidates.add(faults.with(faults.nodes(), faults.transactions(), faults.loss(), 0, kinds));
        return candidates;
    }
}
