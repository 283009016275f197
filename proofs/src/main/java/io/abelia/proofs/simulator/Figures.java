package io.abelia.proofs.simulator;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** Sums over seeds, and how long convergence took. */
final class Figures {
    private record Row(int nodes, String loss) implements Comparable<Row> {
        @Override
        public int compareTo(final Row other) {
            return nodes != other.nodes ? Integer.compare(nodes, other.nodes) : loss.compareTo(other.loss);
        }
    }

    private static final long MANY_SEEDS = 1000;
    private static final double LEAST_INSTALLING_PERCENT = 1;

    private final Map<Row, List<Outcome>> byRow = new TreeMap<>();
    private long seeds;
    private long transactions;
    private long restarts;
    private long installations;
    private long installing;
    private long events;

    void add(final Outcome outcome) {
        seeds++;
        transactions += outcome.transactions();
        restarts += outcome.restarts();
        installations += outcome.installations();
        installing += outcome.installations() > 0 ? 1 : 0;
        events += outcome.events();
        final double loss = outcome.faults().loss();
        final String band = loss == 0 ? "none" : loss < 0.1 ? "under 10 %" : loss < 0.3 ? "10 to 30 %" : "over 30 %";
        byRow.computeIfAbsent(new Row(outcome.faults().nodes(), band), ignored -> new ArrayList<>())
                .add(outcome);
    }

    long seeds() {
        return seeds;
    }

    long transactions() {
        return transactions;
    }

    long restarts() {
        return restarts;
    }

    /** Seeds in a hundred in which a snapshot has been installed. */
    double installingPercent() {
        return 100.0 * installing / Math.max(1, seeds);
    }

    /** Whether so many seeds have run that installed snapshots must have been among what they did, and were not. */
    boolean installsTooRarely() {
        return seeds >= MANY_SEEDS && installingPercent() < LEAST_INSTALLING_PERCENT;
    }

    void print(final long elapsedNs, final long from) {
        System.out.printf(
                Locale.ROOT,
                "%,d seeds from %d: every invariant held. %,d transactions, %,d restarts, %,d snapshots installed (in %.1f %% of seeds), %,d events, %.0f seeds/s%n",
                seeds,
                from,
                transactions,
                restarts,
                installations,
                installingPercent(),
                events,
                seeds * 1e9 / elapsedNs);
        System.out.println("time to converge once all faults have ended (a round is one heartbeat interval of 10 ms):");
        System.out.println("  nodes  loss before   seeds  rounds p50  p90  max   virtual ms p50      max");
        byRow.forEach((row, outcomes) -> {
            final List<Long> times = new ArrayList<>();
            outcomes.forEach(outcome -> times.add(outcome.convergenceNs()));
            Collections.sort(times);
            System.out.printf(
                    Locale.ROOT,
                    "  %5d  %-12s %6d  %10d %4d %4d  %15.1f %8.1f%n",
                    row.nodes,
                    row.loss,
                    outcomes.size(),
                    rounds(times, 0.5),
                    rounds(times, 0.9),
                    rounds(times, 1),
                    times.get(times.size() / 2) / 1e6,
                    times.get(times.size() - 1) / 1e6);
        });
    }

    private static long rounds(final List<Long> sortedNs, final double quantile) {
        final long ns = sortedNs.get((int) Math.min(sortedNs.size() - 1, quantile * sortedNs.size()));
        return (ns + 9_999_999) / 10_000_000;
    }
}
