package io.abelia.bench.suite;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/** Runs benchmarks by name: {@code NAME... [--quick] [--out DIR]}. */
public final class Suite {
    private static final double NS_PER_S = 1e9;

    private Suite() {}

    private static Map<String, Benchmark> benchmarks() {
        final Map<String, Benchmark> all = new LinkedHashMap<>();
        all.put("commit", new MicroBenchmarks.Commit());
        all.put("apply", new MicroBenchmarks.Apply());
        all.put("read", new MicroBenchmarks.Read());
        all.put("replicate", new ReplicateBenchmark());
        all.put("consensus", new ConsensusBenchmark());
        all.put("peers", new PeersBenchmark());
        all.put("scale", new ScaleBenchmark());
        all.put("converge", new ConvergeBenchmark());
        all.put("causality", new CausalityBenchmark());
        all.put("memory", new MemoryBenchmark());
        all.put("recovery", new RecoveryBenchmark());
        all.put("http", new HttpBenchmark());
        return all;
    }

    /** Runs what the arguments name; exit code 1 if any of it failed, 2 for wrong usage. */
    public static void main(final String[] args) throws IOException {
        final Map<String, Benchmark> known = benchmarks();
        final List<String> wanted = new ArrayList<>();
        boolean quick = false;
        Path out = Path.of(System.getProperty("abelia.home", "."), "bench", "results");
        for (int i = 0; i < args.length; i++) {
            switch (args[i]) {
                case "--quick" -> quick = true;
                case "--out" -> {
                    if (++i == args.length) {
                        fail("--out needs a directory");
                    }
                    out = Path.of(args[i]);
                }
                case "all" -> wanted.addAll(known.keySet());
                default -> {
                    if (!known.containsKey(args[i])) {
                        fail("no benchmark " + args[i] + "; there are: " + known.keySet() + " and all");
                    }
                    wanted.add(args[i]);
                }
            }
        }
        System.exit(run(known, wanted, new Options(quick, out)));
    }

    private static void fail(final String why) {
        System.err.println("abelia bench: " + why);
        System.exit(2);
    }

    private static int run(final Map<String, Benchmark> known, final List<String> wanted, final Options options)
            throws IOException {
        final long startNs = System.nanoTime();
        final List<String> failed = new ArrayList<>();
        for (final String name : Set.copyOf(wanted).size() == wanted.size() ? wanted : known.keySet()) {
            final long beginNs = System.nanoTime();
            System.out.println(name + (options.quick() ? " (quick: intervals may be too wide for a claim)" : ""));
            final Results results = new Results(name, options);
            try {
                java.util.Objects.requireNonNull(known.get(name)).run(options, results);
                System.out.println("  -> " + results.write() + ", " + seconds(beginNs));
            } catch (final Exception e) {
                failed.add(name);
                System.err.println("abelia bench: " + name + " FAILED: " + e);
                e.printStackTrace(System.err);
            }
        }
        Plots.drawAll(options.results());
        System.out.println("abelia bench: " + wanted.size() + " benchmarks in " + seconds(startNs)
                + (failed.isEmpty() ? "" : "; FAILED: " + failed));
        return failed.isEmpty() ? 0 : 1;
    }

    private static String seconds(final long sinceNs) {
        return String.format(Locale.ROOT, "%.0f s", (System.nanoTime() - sinceNs) / NS_PER_S);
    }
}
