package io.abelia.scheduler.cli;

import io.abelia.scheduler.city.CityReport;
import io.abelia.scheduler.city.CityRun;
import io.abelia.scheduler.city.Policy;
import io.abelia.scheduler.city.Size;
import io.abelia.scheduler.city.Trace;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
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
            names = "--retries",
            defaultValue = "1",
            description = "executions of a job that may fail, for every policy (${DEFAULT-VALUE})")
    private int retries = 1;

    @Option(
            names = "--out",
            defaultValue = "scheduler/results",
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
        final Map<String, Object> setting = new LinkedHashMap<>();
        setting.put("size", chosen.name());
        setting.put("nodes", chosen.nodes());
        setting.put("scenario", scenario.name());
        setting.put("seed", seed);
        setting.put("retries", retries);
        setting.put("time", "virtual; messages take 0.5 to 2.5 ms");
        final CityReport report = new CityReport(
                "City of " + chosen.nodes() + " nodes, " + scenario + ", seed " + seed + ", retries " + retries,
                setting);
        boolean sound = true;
        for (final Policy policy : Policy.values()) {
            final long startNs = System.nanoTime();
            final Trace trace = new Trace(chosen, seed, retries, scenario == Scenario.urban_emergency);
            try (CityRun run = new CityRun(trace, chosen, seed, policy)) {
                final Map<String, Double> figures = run.run();
                sound &= figures.getOrDefault("jobs without an end", -1.0) == 0
                        && figures.getOrDefault("outcomes that brokers do not agree on", -1.0) == 0
                        && figures.getOrDefault("results made from others that do not count", -1.0) == 0;
                report.add(policy, figures);
                System.out.printf(
                        Locale.ROOT,
                        "%s: %.1f %% of %.0f jobs done (%d s)%n",
                        policy.title(),
                        figures.getOrDefault("done, %", -1.0),
                        figures.getOrDefault("jobs", -1.0),
                        (System.nanoTime() - startNs) / 1_000_000_000);
            }
        }
        report.write(out, "city-" + size.toLowerCase(Locale.ROOT) + "-" + scenario);
        System.out.println();
        System.out.println(report.table());
        System.out.println("-> " + out.resolve("city-" + size.toLowerCase(Locale.ROOT) + "-" + scenario + ".json"));
        if (!sound) {
            System.out.println("abelia: jobs were lost, or brokers do not agree");
            return 1;
        }
        return 0;
    }
}
