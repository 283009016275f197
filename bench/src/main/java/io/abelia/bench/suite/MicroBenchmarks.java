package io.abelia.bench.suite;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.ChainedOptionsBuilder;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;

/** The JMH benchmarks of this module, run in rounds: in each a fork of every side. */
final class MicroBenchmarks {
    private MicroBenchmarks() {}

    /** A JMH benchmark with its parameters. */
    private record Side(String id, String label, String include, Map<String, String> parameters) {}

    private static final class Rounds {
        private final Samples ns = new Samples();
        private final Map<String, Double> bytes = new TreeMap<>();

        void run(final Options options, final Results results, final List<Side> sides) throws RunnerException {
            for (int round = 0; round < options.rounds(); round++) {
                results.progress("round " + (round + 1) + " of " + options.rounds());
                for (final Side side : sides) {
                    run(options, side);
                }
            }
        }

        private void run(final Options options, final Side side) throws RunnerException {
            ChainedOptionsBuilder builder = new OptionsBuilder()
                    .include(side.include())
                    .forks(1)
                    .verbosity(VerboseMode.SILENT)
                    .addProfiler(GCProfiler.class);
            if (!side.include().contains("Apply")) {
                builder = builder.mode(Mode.AverageTime)
                        .timeUnit(TimeUnit.NANOSECONDS)
                        .warmupIterations(options.choose(2, 3))
                        .warmupTime(TimeValue.seconds(options.choose(1, 2)))
                        .measurementIterations(options.choose(2, 4))
                        .measurementTime(TimeValue.seconds(1));
            }
            for (final Map.Entry<String, String> parameter : side.parameters().entrySet()) {
                builder = builder.param(parameter.getKey(), parameter.getValue());
            }
            final Collection<RunResult> results = new Runner(builder.build()).run();
            if (results.size() != 1) {
                throw new IllegalStateException(results.size() + " benchmarks match " + side);
            }
            final RunResult result = results.iterator().next();
            ns.add(side.id(), result.getPrimaryResult().getScore());
            result.getSecondaryResults().forEach((name, value) -> {
                if (name.endsWith("gc.alloc.rate.norm")) {
                    bytes.merge(side.id(), value.getScore(), Math::max);
                }
            });
        }

        void report(final Results results, final List<Side> sides, final Side base) {
            for (final Side side : sides) {
                results.row(side.id(), side.label(), "ns", ns.of(side.id()));
                if (!side.equals(base)) {
                    results.row(
                            side.id() + ".ratio",
                            side.label() + ", over: " + base.label(),
                            "times",
                            ns.ratio(side.id(), base.id()));
                }
                if (bytes.containsKey(side.id())) {
                    results.fact(
                            side.id() + ".bytes",
                            side.label() + ": bytes allocated, most of any fork",
                            "B/op",
                            bytes.getOrDefault(side.id(), 0.0));
                }
            }
        }
    }

    private static void run(final Options options, final Results results, final List<Side> sides)
            throws RunnerException {
        results.method("JMH, a fork of every side in every round, one thread; medians of the rounds' means.");
        final Rounds rounds = new Rounds();
        rounds.run(options, results, sides);
        rounds.report(results, sides, sides.get(0));
    }

    /** Commits beside the floor: a record with its CRC into a mapped file and an addition in place. */
    static final class Commit implements Benchmark {
        @Override
        public void run(final Options options, final Results results) throws RunnerException {
            final List<Side> sides = new ArrayList<>();
            sides.add(new Side(
                    "floor",
                    "floor: append a sealed record, add in place",
                    "FloorBenchmark.appendAndAdd",
                    Map.of("cells", "1000")));
            sides.add(new Side(
                    "commit1",
                    "commit of 1 increment, PROCESS, 1,000 cells",
                    "CommitBenchmark.commit1$",
                    Map.of("cells", "1000")));
            sides.add(new Side(
                    "commit10", "commit of 10 increments", "CommitBenchmark.commit10$", Map.of("cells", "1000")));
            sides.add(new Side(
                    "commit1.byname",
                    "commit of 1 increment by name",
                    "CommitBenchmark.commit1ByName",
                    Map.of("cells", "1000")));
            sides.add(new Side(
                    "commit1.100k",
                    "commit of 1 increment, 100,000 cells in random order",
                    "CommitBenchmark.commit1$",
                    Map.of("cells", "100000")));
            if (!options.quick()) {
                sides.add(new Side(
                        "commit1.power",
                        "commit of 1 increment, POWER",
                        "CommitBenchmark.commit1$",
                        Map.of("cells", "1000", "durability", "POWER")));
                sides.add(new Side(
                        "acquire", "commit that spends a right", "CommitBenchmark.acquire", Map.of("cells", "1000")));
                sides.add(new Side(
                        "adders",
                        "a ConcurrentHashMap of LongAdders, no log, no transaction",
                        "FloorBenchmark.mapOfAdders",
                        Map.of("cells", "1000")));
            }
            MicroBenchmarks.run(options, results, sides);
        }
    }

    /** Deliveries of another engine's records. */
    static final class Apply implements Benchmark {
        @Override
        public void run(final Options options, final Results results) throws RunnerException {
            MicroBenchmarks.run(
                    options,
                    results,
                    List.of(
                            new Side(
                                    "memory",
                                    "delivery of a record of one increment, cells in memory",
                                    "ApplyBenchmark.deliver",
                                    Map.of("store", "MEMORY")),
                            new Side(
                                    "chronicle",
                                    "the same, cells in Chronicle Map",
                                    "ApplyBenchmark.deliver",
                                    Map.of("store", "CHRONICLE"))));
        }
    }

    /** Reads of prepared cells. */
    static final class Read implements Benchmark {
        @Override
        public void run(final Options options, final Results results) throws RunnerException {
            MicroBenchmarks.run(
                    options,
                    results,
                    List.of(
                            new Side(
                                    "nothing",
                                    "the harness itself",
                                    "CommitBenchmark.nothing",
                                    Map.of("cells", "1000")),
                            new Side(
                                    "latest",
                                    "lock-free read of a counter, 1,000 cells",
                                    "CommitBenchmark.readLatest",
                                    Map.of("cells", "1000")),
                            new Side(
                                    "latest.100k",
                                    "lock-free read of a counter, 100,000 cells in random order",
                                    "CommitBenchmark.readLatest",
                                    Map.of("cells", "100000"))));
        }
    }
}
