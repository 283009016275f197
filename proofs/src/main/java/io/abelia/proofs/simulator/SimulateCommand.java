package io.abelia.proofs.simulator;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Runs seeds, tells how far it is, and for a seed that fails everything that is needed to see why. */
@Command(
        name = "simulate",
        mixinStandardHelpOptions = true,
        description = {
            "Runs real engines on one thread with virtual time, network and disks, under one seed after the other, and checks every",
            "invariant at every step. A seed that fails is shrunk, and printed with its faults and the command that runs it again.",
            "Exit code 1 if a seed failed."
        })
final class SimulateCommand implements Callable<Integer> {
    private static final long REPORT_NS = 2_000_000_000L;

    @Option(names = "--seeds", paramLabel = "N", description = "Seeds to run (default ${DEFAULT-VALUE}).")
    private long seeds = 2000;

    @Option(names = "--from", paramLabel = "SEED", description = "First seed (default ${DEFAULT-VALUE}).")
    private long from = 1;

    @Option(names = "--nodes", paramLabel = "N", description = "Nodes, 2 to 9 (default: drawn for each seed).")
    private int nodes;

    @Option(
            names = "--minutes",
            paramLabel = "M",
            description = "Run as many seeds as fit into so many minutes instead of --seeds.")
    private double minutes;

    @Option(
            names = "--profile",
            paramLabel = "NAME",
            description =
                    "swarm (default), calm, network, crash, disk, away, late, behind, limits, image or chronicle.")
    private String profile = "swarm";

    @Option(names = "--trace", description = "Print what happened, also where nothing failed.")
    private boolean trace;

    @Option(
            names = "--twice",
            paramLabel = "N",
            description = "Run every Nth seed a second time and compare the traces.")
    private int twice = 50;

    public static void main(final String[] args) {
        System.exit(execute(args));
    }

    static int execute(final String... args) {
        return new CommandLine(new SimulateCommand())
                .addSubcommand(new MutantsCommand())
                .setExecutionExceptionHandler((e, command, parsed) -> {
                    e.printStackTrace();
                    return 1;
                })
                .execute(args);
    }

    @Override
    public Integer call() throws IOException {
        if (nodes != 0 && (nodes < 2 || nodes > 9)) {
            System.err.println("simulate: --nodes is from 2 to 9");
            return 2;
        }
        if (!Faults.PROFILES.contains(profile)) {
            System.err.println("simulate: no profile " + profile + "; there are " + Faults.PROFILES);
            return 2;
        }
        final Path directory = temporary();
        try {
            return run(directory);
        } finally {
            Files.deleteIfExists(directory);
        }
    }

    /** Memory, where there is a file system in it: nothing of a simulation needs to survive. */
    static Path temporary() throws IOException {
        final Path memory = Path.of("/dev/shm");
        return Files.isWritable(memory)
                ? Files.createTempDirectory(memory, "abelia-simulation-")
                : Files.createTempDirectory("abelia-simulation-");
    }

    static Faults faults(final long seed, final int nodes, final String profile) {
        return Faults.draw(new SplittableRandom(seed), nodes, profile);
    }

    private int run(final Path directory) throws IOException {
        final long start = System.nanoTime();
        final Figures figures = new Figures();
        long reported = start;
        long seed = from;
        while (minutes > 0 ? System.nanoTime() - start < minutes * 60e9 : seed < from + seeds) {
            final Faults faults = faults(seed, nodes, profile);
            final Outcome outcome = Simulation.run(seed, faults, directory, trace);
            figures.add(outcome);
            if (trace) {
                outcome.lines().forEach(System.out::println);
            }
            if (outcome.violation() != null) {
                System.out.println();
                explain(outcome, directory);
                return 1;
            }
            if (twice > 0 && seed % twice == 0) {
                final long again =
                        Simulation.run(seed, faults, directory, false).traceHash();
                if (again != outcome.traceHash()) {
                    System.out.printf(
                            "%nseed %d is not deterministic: %x, then %x%n", seed, outcome.traceHash(), again);
                    return 1;
                }
            }
            if (System.nanoTime() - reported > REPORT_NS) {
                reported = System.nanoTime();
                System.err.printf(
                        Locale.ROOT,
                        "\r%,d seeds, %.0f seeds/s, %,d transactions, %,d restarts ",
                        figures.seeds(),
                        figures.seeds() * 1e9 / (reported - start),
                        figures.transactions(),
                        figures.restarts());
            }
            seed++;
        }
        System.err.println();
        figures.print(System.nanoTime() - start, from);
        if (profile.equals("swarm") && figures.installsTooRarely()) {
            System.out.printf(
                    Locale.ROOT,
                    "snapshots were installed in %.2f %% of seeds only: the profile `behind` does not do its work%n",
                    figures.installingPercent());
            return 1;
        }
        return 0;
    }

    private void explain(final Outcome outcome, final Path directory) {
        final Shrinker.Result shrunk = new Shrinker(directory).shrink(outcome);
        final Outcome small = shrunk.outcome();
        System.out.println("SEED " + outcome.seed() + " FAILS: " + String.valueOf(outcome.violation()));
        System.out.println();
        System.out.println("shrunk to " + shrunk.faults() + ", after " + shrunk.runs() + " runs:");
        final List<String> lines = new ArrayList<>(small.lines());
        final int shown = 60;
        for (final String line : lines.subList(Math.max(0, lines.size() - shown), lines.size())) {
            System.out.println("  " + line);
        }
        if (small.violation() != null) {
            System.out.println("  " + small.violation().getMessage());
            if (small.violation().getCause() != null) {
                small.violation().getCause().printStackTrace(System.out);
            }
        }
        System.out.println();
        System.out.println("run it again: ./abelia simulate --seeds 1 --from " + outcome.seed() + " --profile "
                + profile + (nodes == 0 ? "" : " --nodes " + nodes) + " --trace");
    }
}
