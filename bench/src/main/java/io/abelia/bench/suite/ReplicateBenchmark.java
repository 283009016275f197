package io.abelia.bench.suite;

import io.abelia.bench.ReplicateReport;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Commit to visible on another node and throughput, beside a raw Aeron stream with the same settings. */
final class ReplicateBenchmark implements Benchmark {
    private static final String RAW = "raw";
    private static final double NS_PER_US = 1e3;
    private static final int RATE = 2_000;

    @Override
    public void run(final Options options, final Results results) throws IOException, InterruptedException {
        results.method(
                "Two nodes of one JVM over UDP on the loopback interface, a media driver each, durability PROCESS; raw: one Aeron stream of"
                        + " as long messages. Open loop at " + RATE
                        + "/s for latency, then as fast as they are taken; sides in turn in every round.");
        final Samples samples = new Samples();
        final Map<String, org.HdrHistogram.Histogram> histograms = new TreeMap<>();
        final List<ReplicateReport.Measurement> measured =
                ReplicateReport.rounds(options.rounds(), RATE, options.choose(2, 4), options.choose(100_000, 300_000));
        for (final ReplicateReport.Measurement one : measured) {
            final String side = one.side();
            samples.add(side + ".p50", one.latency().getValueAtPercentile(50) / NS_PER_US);
            samples.add(side + ".p99", one.latency().getValueAtPercentile(99) / NS_PER_US);
            samples.add(side + ".rate", one.perSecond());
            histograms.computeIfAbsent(side, key -> Load.histogram()).add(one.latency());
        }
        for (final Map.Entry<String, org.HdrHistogram.Histogram> entry : histograms.entrySet()) {
            final String side = entry.getKey();
            results.histogram(side, entry.getValue());
            for (final String what : List.of("p50", "p99")) {
                results.row(
                        side + "." + what, side + ": commit to visible, " + what, "us", samples.of(side + "." + what));
            }
            results.row(side + ".rate", side + ": as fast as they are taken", "/s", samples.of(side + ".rate"));
            if (!side.equals(RAW)) {
                results.row(
                        side + ".p50.ratio", side + " over raw: p50", "times", samples.ratio(side + ".p50", "raw.p50"));
                results.row(
                        side + ".rate.ratio",
                        side + " over raw: rate",
                        "of it",
                        samples.ratio(side + ".rate", "raw.rate"));
            }
        }
    }
}
