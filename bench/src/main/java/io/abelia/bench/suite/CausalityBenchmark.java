package io.abelia.bench.suite;

import io.abelia.engine.Engine;
import io.abelia.engine.clock.OriginTable;
import io.abelia.engine.clock.RecordClock;
import io.abelia.engine.log.LogReader;
import io.abelia.testkit.UntrackedClock;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/**
 * What tracking causality costs: groups that do and groups that do not tell, and wait for, what a transaction has seen, with the same log, wire
 * and work, in turn. The transactions are the smallest there are, so the share is the greatest there is.
 */
final class CausalityBenchmark implements Benchmark {
    private static final double PER_CENT = 100;
    private static final String TRACKED = "tracked";
    private static final String UNTRACKED = "untracked";

    @Override
    public void run(final Options options, final Results results) throws Exception {
        results.method(
                "Transactions of one operation, each applied on every node; with and without the delta of the vector clock and the check of"
                        + " dependencies, by a switch for tests; both groups in one JVM, in turn, and which goes first alternates.");
        final Results.Series series = new Results.Series("simulated, 100 between exchanges");
        final Results.Series eager = new Results.Series("simulated, 1 between exchanges");
        for (final int size : new int[] {2, 5, 10, 20}) {
            series.add(size, compare(options, results, "simulated", SimulatedNodes::new, size, 100));
            eager.add(size, compare(options, results, "simulated", SimulatedNodes::new, size, 1));
        }
        compare(options, results, "jvm", LocalNodes::new, 3, 100);
        for (final int size : new int[] {2, 5, 10, 20}) {
            bytes(results, size, 1);
            bytes(results, size, 100);
        }
        results.plot(
                "overhead", "Cost of tracking causality", "nodes", "per cent more time", false, List.of(series, eager));
    }

    /** Makes nodes whose local records have such clocks. */
    @FunctionalInterface
    private interface Maker {
        Nodes make(int size, Function<OriginTable, RecordClock> clock) throws IOException;
    }

    private static Estimate compare(
            final Options options,
            final Results results,
            final String id,
            final Maker maker,
            final int size,
            final int each)
            throws Exception {
        final Samples samples = new Samples();
        try (Nodes with = maker.make(size, RecordClock::new);
                Nodes without = maker.make(size, UntrackedClock::new)) {
            final int warm = options.choose(60, 200) * (each == 1 ? 10 : 1);
            final int rounds = options.choose(60, 400) * (each == 1 ? 5 : 1);
            for (int round = 0; round < warm + rounds; round++) {
                final boolean first = round % 2 == 0;
                final long firstNs = (first ? with : without).run(Work.ADD, each);
                final long secondNs = (first ? without : with).run(Work.ADD, each);
                if (round >= warm) {
                    samples.add(TRACKED, (double) (first ? firstNs : secondNs));
                    samples.add(UNTRACKED, (double) (first ? secondNs : firstNs));
                }
            }
            with.check(Work.ADD, (long) (warm + rounds) * each);
            without.check(Work.ADD, (long) (warm + rounds) * each);
            final Estimate ratio = samples.ratio(TRACKED, UNTRACKED);
            final Estimate more = new Estimate(
                    PER_CENT * (ratio.value() - 1),
                    PER_CENT * (ratio.low() - 1),
                    PER_CENT * (ratio.high() - 1),
                    ratio.samples());
            results.row(
                    "overhead." + id + "." + size + "." + each,
                    size + " nodes, " + with.describe() + ", " + each + " between exchanges: time",
                    "% more",
                    more);
            return more;
        }
    }

    /** How much longer the records are; counted, not measured. */
    private static void bytes(final Results results, final int size, final int each) throws IOException {
        final List<Double> means = new ArrayList<>();
        for (final boolean tracked : new boolean[] {true, false}) {
            try (SimulatedNodes nodes = new SimulatedNodes(size, tracked ? RecordClock::new : UntrackedClock::new)) {
                nodes.run(Work.ADD, each);
                nodes.run(Work.ADD, each); // every origin has been introduced
                final Engine engine = nodes.engine(0);
                final long[] count = new long[2];
                try (LogReader reader = engine.logReader()) {
                    reader.poll((buffer, offset, length) -> {}, Integer.MAX_VALUE);
                    nodes.run(Work.ADD, each);
                    reader.poll(
                            (buffer, offset, length) -> {
                                count[0] += length;
                                count[1]++;
                            },
                            Integer.MAX_VALUE);
                }
                means.add((double) count[0] / count[1]);
            }
        }
        results.fact(
                "bytes." + size + "." + each,
                size + " nodes, " + each + " between exchanges: bytes of a record",
                "% more",
                PER_CENT * (means.get(0) / means.get(1) - 1));
        results.fact(
                "record." + size + "." + each,
                size + " nodes, " + each + " between exchanges: a record, tracked",
                "bytes",
                means.get(0));
    }
}
