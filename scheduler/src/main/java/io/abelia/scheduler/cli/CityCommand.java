package io.abelia.scheduler.cli;

import io.abelia.scheduler.city.CityReport;
import io.abelia.scheduler.city.CityRun;
import io.abelia.scheduler.city.Policy;
import io.abelia.scheduler.city.Size;
import io.abelia.scheduler.city.Trace;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Runs a simulated city. */
@Command(
        name = "city",
        mixinStandardHelpOptions = true,
        description =
                "Runs a simulated city, in virtual time: the capability-aware scheduler beside a filter-only and a blind one.")
final class CityCommand implements Callable<Integer> {
    /** What happens. */
    enum Scenario {
        everyday,
        urban_emergency
    }

    private static final String VIRTUAL = "Virtual time; messages take from 0.5 to 2.5 ms.";
    private static final String UNTRACKED =
            " Engines that do not track causality keep what they would have overwritten of other brokers' writes, so theirs is a little more work.";
    private static final String REAL =
            "Real time, all nodes in one JVM; brokers force their logs and replicate by UDP on the loopback interface; WASM jobs."
                    + " Starts are when the home broker hears of them; metadata are timed from the return of a forced commit.";

    @Option(names = "--size", defaultValue = "SMALL", description = "small (18 nodes), medium (75) or metropolis (400)")
    private String size = "SMALL";

    @Option(
            names = "--scenario",
            defaultValue = "urban_emergency",
            description = "${COMPLETION-CANDIDATES} (${DEFAULT-VALUE})")
    private Scenario scenario = Scenario.urban_emergency;

    @Option(names = "--seed", defaultValue = "1", description = "what everything follows from (${DEFAULT-VALUE})")
    private long seed;

    @Option(
            names = "--seeds",
            defaultValue = "1",
            description = "how many seeds, one after the other (${DEFAULT-VALUE})")
    private int seeds = 1;

    @Option(
            names = "--retries",
            defaultValue = "1",
            description = "executions of a job that may fail, for every policy (${DEFAULT-VALUE})")
    private int retries = 1;

    @Option(
            names = "--overhead",
            description =
                    "the capability-aware scheduler with and without tracking of causality, instead of the others")
    private boolean overhead;

    @Option(
            names = "--real",
            description =
                    "real brokers, executors and WASM jobs on the loopback interface, in real time; the capability-aware scheduler only")
    private boolean real;

    @Option(
            names = "--out",
            defaultValue = "${sys:abelia.home:-.}/scheduler/results",
            description = "where the results go (${DEFAULT-VALUE})")
    private Path out = Path.of(".");

    @Override
    public Integer call() throws Exception {
        final Size chosen;
        try {
            chosen = Size.valueOf(size.toUpperCase(Locale.ROOT));
        } catch (final IllegalArgumentException e) {
            throw new IllegalArgumentException("--size is small, medium or metropolis, not " + size, e);
        }
        final String name = "city-" + size.toLowerCase(Locale.ROOT) + (scenario == Scenario.everyday ? "-everyday" : "")
                + (retries == 1 ? "" : "-retries-" + retries) + (overhead ? "-overhead" : "")
                + (real ? "-real" : "");
        final Map<String, String> setting = new LinkedHashMap<>();
        setting.put("scenario", scenario.name());
        setting.put("jdk", System.getProperty("java.vm.name") + " " + System.getProperty("java.vm.version"));
        final CityReport report = new CityReport(
                name,
                "City of " + chosen.nodes() + " nodes, " + scenario + ", retries " + retries + ", seeds " + seed
                        + " to " + (seed + seeds - 1) + (real ? ", real nodes" : ""),
                setting,
                real ? REAL : overhead ? VIRTUAL + UNTRACKED : VIRTUAL);
        if (real && (overhead || chosen != Size.SMALL)) {
            throw new IllegalArgumentException("--real goes with --size small, and without --overhead");
        }
        boolean sound = true;
        final List<Policy> policies = policies();
        if (overhead) {
            for (final Policy policy : policies) {
                run(
                        Size.SMALL,
                        0,
                        policy,
                        new CityReport("", "", Map.of(), "")); // so that neither pays for compiling the code
            }
        }
        for (long of = seed; of < seed + seeds; of++) {
            for (int i = 0; i < policies.size(); i++) {
                sound &= run(chosen, of, policies.get(overhead && of % 2 == 0 ? policies.size() - 1 - i : i), report);
            }
        }
        report.write(out);
        System.out.println();
        System.out.println(report.table());
        System.out.println("-> " + out.resolve(name + ".json"));
        if (!sound) {
            System.out.println(
                    "abelia: jobs were lost, brokers do not agree, or a result was made from one that does not count");
            return 1;
        }
        return 0;
    }

    private List<Policy> policies() {
        if (real) {
            return List.of(Policy.AWARE);
        }
        return overhead
                ? List.of(Policy.AWARE, Policy.UNTRACKED)
                : List.of(Policy.AWARE, Policy.FILTER, Policy.BLIND, Policy.CHECKED);
    }

    private CityRun open(final Size chosen, final Trace trace, final long of, final Policy policy) throws IOException {
        return real ? CityRun.real(trace, chosen) : CityRun.simulated(trace, chosen, of, policy);
    }

    private boolean run(final Size chosen, final long of, final Policy policy, final CityReport report)
            throws Exception {
        final long startNs = System.nanoTime();
        final Trace trace = new Trace(chosen, of, retries, scenario == Scenario.urban_emergency);
        try (CityRun run = open(chosen, trace, of, policy)) {
            final Map<String, Double> figures = run.run(how -> System.err.println("  ... " + how));
            report.add(policy, figures);
            System.out.printf(
                    Locale.ROOT,
                    "seed %d, %s: %.1f %% of %.0f jobs done (%d s)%n",
                    of,
                    policy.title(),
                    figures.getOrDefault("done|jobs done|%", 0.0),
                    figures.getOrDefault("jobs|jobs|", 0.0),
                    (System.nanoTime() - startNs) / 1_000_000_000);
            return policy == Policy.UNTRACKED // nobody promises anything there
                    || Stream.of(
                                    "lost|jobs without an end|",
                                    "disagree|outcomes that brokers do not agree on|",
                                    "order|results made from others that do not count|")
                            .allMatch(figure -> figures.getOrDefault(figure, -1.0) == 0);
        }
    }
}
