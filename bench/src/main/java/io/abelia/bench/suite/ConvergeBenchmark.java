package io.abelia.bench.suite;

import java.util.ArrayList;
import java.util.List;

/** From commits to equal digests: in rounds of the simulated cluster against nodes and loss, and in time on real nodes against nodes and load. */
final class ConvergeBenchmark implements Benchmark {
    private static final int[] SIZES = {2, 5, 10, 20};
    private static final double[] LOSSES = {0, 0.1, 0.3};
    private static final int[] LOADS = {1, 100, 1000};
    private static final int EACH = 10;
    private static final double NS_PER_MS = 1e6;

    @Override
    public void run(final Options options, final Results results) throws Exception {
        results.method(
                "Virtual: every node commits 10 transactions; a round (1 ms of virtual time) delivers all that is under way. A round"
                        + " is useful if some node applied something in it, else redundant. Loss is of single messages, both ways.");
        results.method(
                "Live: every node of one JVM commits so many transactions at once; time from the first commit until every node has"
                        + " applied all, digests compared afterwards.");
        virtual(options, results);
        live(options, results);
    }

    private void virtual(final Options options, final Results results) throws Exception {
        final List<Results.Series> series = new ArrayList<>();
        for (final double loss : LOSSES) {
            final Results.Series one = new Results.Series((int) (loss * 100) + " % lost");
            series.add(one);
            for (final int size : SIZES) {
                final List<Double> useful = new ArrayList<>();
                final List<Double> redundant = new ArrayList<>();
                try (SimulatedNodes nodes = new SimulatedNodes(size)) {
                    for (int i = 0; i < 200; i++) {
                        nodes.round(); // members meet
                    }
                    nodes.network().lose(loss);
                    final int times = options.choose(10, 40);
                    for (int i = 0; i < times; i++) {
                        final int[] rounds = converge(nodes);
                        useful.add((double) rounds[0]);
                        redundant.add((double) rounds[1]);
                    }
                    nodes.network().heal();
                    nodes.check(Work.ADD, (long) times * EACH);
                }
                final String id = "virtual." + size + ".loss" + (int) (loss * 100);
                final String label = size + " nodes, " + (int) (loss * 100) + " % lost: ";
                final Estimate estimate = Estimate.median(useful);
                results.row(id + ".useful", label + "useful rounds", "rounds", estimate);
                results.row(id + ".redundant", label + "redundant rounds before it ended", "rounds", redundant);
                final List<Double> all = new ArrayList<>();
                for (int i = 0; i < useful.size(); i++) {
                    all.add(useful.get(i) + redundant.get(i));
                }
                one.add(size, Estimate.median(all));
            }
        }
        results.plot(
                "rounds", "Rounds until all nodes are equal", "nodes", "rounds (1 ms of virtual time)", false, series);
    }

    /** Useful and redundant rounds until every node has what every node committed. */
    private static int[] converge(final SimulatedNodes nodes) {
        for (int i = 0; i < nodes.size(); i++) {
            Work.ADD.run(nodes.engine(i), i, EACH);
        }
        nodes.expectMore((long) nodes.size() * EACH);
        final int[] rounds = {0, 0};
        long before = applied(nodes);
        while (!nodes.isConverged()) {
            nodes.round();
            final long after = applied(nodes);
            rounds[after > before ? 0 : 1]++;
            before = after;
        }
        nodes.takeRounds();
        return rounds;
    }

    private static long applied(final SimulatedNodes nodes) {
        long applied = 0;
        for (int i = 0; i < nodes.size(); i++) {
            applied += Work.applied(nodes.engine(i));
        }
        return applied;
    }

    private void live(final Options options, final Results results) throws Exception {
        final List<Results.Series> series = new ArrayList<>();
        for (final int load : LOADS) {
            series.add(new Results.Series(load + " transactions a node"));
        }
        for (final int size : options.quick() ? new int[] {2, 5} : new int[] {2, 5, 10}) {
            try (LocalNodes nodes = new LocalNodes(size)) {
                long times = 0;
                for (int i = 0; i < LOADS.length; i++) {
                    final List<Double> millis = new ArrayList<>();
                    for (int run = 0; run < options.choose(20, 50); run++) {
                        final double tookNs = nodes.run(Work.ADD, LOADS[i]);
                        times += LOADS[i];
                        if (run >= options.choose(10, 20)) {
                            millis.add(tookNs / NS_PER_MS);
                        }
                    }
                    final Estimate estimate = Estimate.median(millis);
                    series.get(i).add(size, estimate);
                    results.row(
                            "live." + size + "." + LOADS[i],
                            size + " nodes, " + LOADS[i] + " transactions each",
                            "ms",
                            estimate);
                }
                nodes.check(Work.ADD, times);
            }
        }
        results.plot("live", "From commit to equal on all nodes", "nodes", "milliseconds", true, series);
    }
}
