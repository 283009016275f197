package io.abelia.bench.suite;

import io.abelia.coordination.member.MemberProcess;
import io.abelia.engine.Durability;
import io.abelia.engine.Engine;
import io.abelia.engine.EngineContext;
import io.abelia.engine.StoreKind;
import io.abelia.engine.codec.CellType;
import io.abelia.engine.transaction.Cell;
import io.abelia.engine.transaction.CommitResult;
import io.abelia.engine.transaction.Transaction;
import io.abelia.engine.transaction.TransactionMode;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * A commit of one increment, coordination-free against coordinated: the same engine, codec and cells, once alone and once as the replicated
 * state of three processes under consensus. Both sides force their logs, or neither does.
 */
final class ConsensusBenchmark implements Benchmark {
    private static final int[] IN_FLIGHT = {1, 16, 256};
    private static final long SECOND_NS = 1_000_000_000L;
    private static final double UNCONTENDED_PER_S = 200;
    private static final double[] PERCENTILES = {50, 99, 99.9};
    private static final String[] NAMES = {"p50", "p99", "p999"};

    private final Samples samples = new Samples();
    private final Set<String> reported = new HashSet<>();
    private final Map<String, org.HdrHistogram.Histogram> histograms = new TreeMap<>();

    /** A configuration of both sides. */
    private record Setting(boolean forced, String idle) {
        String level() {
            return forced ? "power" : "process";
        }

        String coordinated() {
            return "coordinated." + level() + "." + idle;
        }

        String free() {
            return "free." + level();
        }

        String describe() {
            return (forced ? "POWER (file sync level 1)" : "PROCESS (file sync level 0)") + ", " + idle;
        }
    }

    @Override
    public void run(final Options options, final Results results) throws Exception {
        results.method(
                "Three member processes (Aeron Cluster 1.51.0, Raft) and one client process on this machine, over UDP on the loopback"
                        + " interface; the coordination-free side is an engine in the client process. No delay is simulated.");
        results.method(
                "In flight: so many threads that each commit one increment of one counter and wait for the result. Members run only"
                        + " while the coordinated side is measured; sides alternate in every round.");
        results.method(
                "PROCESS: logs reach the operating system (Aeron file sync level 0). POWER: logs are forced before the commit returns"
                        + " (level 1). Idle: members' and client's threads yield, or back off to 100 us.");
        final long durationNs = options.choose(1, 3) * SECOND_NS;
        results.method(
                "POWER with yielding members is left out: on two processors their threads keep each other from running, and the group loses"
                        + " its leader again and again.");
        final List<Setting> settings =
                List.of(new Setting(false, "backoff"), new Setting(false, "yield"), new Setting(true, "backoff"));
        for (int round = 0; round < options.rounds(); round++) {
            results.progress("round " + (round + 1) + " of " + options.rounds());
            for (final Setting setting : settings) {
                coordinated(setting, durationNs);
                free(setting, durationNs);
            }
            roundTrip(durationNs);
        }
        report(results, settings);
        new OtherSystems(options, results).run(durationNs);
    }

    private void note(final String name, final Load.Measured measured) {
        for (int i = 0; i < PERCENTILES.length; i++) {
            samples.add(name + "." + NAMES[i], measured.microseconds(PERCENTILES[i]));
        }
        samples.add(name + ".rate", measured.perSecond());
        histograms.computeIfAbsent(name, key -> Load.histogram()).add(measured.latencies());
    }

    private void coordinated(final Setting setting, final long durationNs) throws Exception {
        try (Scratch scratch = new Scratch();
                Group group = new Group(scratch.path(), setting.forced(), setting.idle())) {
            final Cell cell = group.engine().cell(CellType.COUNTER, "counters", "all");
            Load.closed(
                    4, durationNs, () -> () -> commit(group.engine(), cell, TransactionMode.COORDINATED)); // warms up
            note(
                    setting.coordinated() + ".uncontended",
                    Load.open(
                            UNCONTENDED_PER_S,
                            durationNs,
                            () -> commit(group.engine(), cell, TransactionMode.COORDINATED)));
            for (final int callers : IN_FLIGHT) {
                note(
                        setting.coordinated() + "." + callers,
                        Load.closed(
                                callers,
                                durationNs,
                                () -> () -> commit(group.engine(), cell, TransactionMode.COORDINATED)));
            }
        }
    }

    private void free(final Setting setting, final long durationNs) throws Exception {
        if (samples.has(setting.free() + ".1.p50") && setting.idle().equals("yield")) {
            return; // it does not depend on the members' idling, and has been measured in this round
        }
        try (Scratch scratch = new Scratch();
                Engine engine = Engine.launch(new EngineContext()
                        .directory(scratch.path().resolve("engine"))
                        .store(StoreKind.MEMORY)
                        .durability(setting.forced() ? Durability.POWER : Durability.PROCESS))) {
            final Cell cell = engine.cell(CellType.COUNTER, "counters", "all");
            Load.closed(1, durationNs, () -> () -> commit(engine, cell, TransactionMode.COORDINATION_FREE)); // warms up
            for (final int callers : IN_FLIGHT) {
                note(
                        setting.free() + "." + callers,
                        Load.closed(
                                callers,
                                durationNs,
                                () -> () -> commit(engine, cell, TransactionMode.COORDINATION_FREE)));
            }
        }
    }

    private void roundTrip(final long durationNs) throws Exception {
        for (final String idle : List.of("yield", "backoff")) {
            try (RoundTrip trip = new RoundTrip(
                    MemberProcess.idle(idle).get(),
                    MemberProcess.idle(idle).get(),
                    MemberProcess.idle(idle).get())) {
                Load.open(UNCONTENDED_PER_S, durationNs / 2, trip::call);
                note("roundtrip." + idle, Load.open(UNCONTENDED_PER_S, durationNs, trip::call));
            }
        }
    }

    private static void commit(final Engine engine, final Cell cell, final TransactionMode mode) {
        try (Transaction tx = engine.transaction().mode(mode)) {
            final CommitResult result = tx.increment(cell, 1).commit();
            if (result != CommitResult.COMMITTED) {
                throw new IllegalStateException(result + " " + tx.failedCondition());
            }
        }
    }

    private void report(final Results results, final List<Setting> settings) throws Exception {
        final List<Results.Series> latency = new ArrayList<>();
        for (final Setting setting : settings) {
            for (final int callers : IN_FLIGHT) {
                side(
                        results,
                        setting.free() + "." + callers,
                        "free, " + setting.level() + ", " + callers + " in flight");
                side(
                        results,
                        setting.coordinated() + "." + callers,
                        "coordinated, " + setting.describe() + ", " + callers + " in flight");
                for (final String percentile : List.of("p50", "p99", "p999")) {
                    ratio(results, setting, callers, percentile);
                }
                final String free = setting.free() + "." + callers + ".rate";
                final String other = setting.coordinated() + "." + callers + ".rate";
                results.row(
                        "rate." + setting.level() + "." + setting.idle() + "." + callers,
                        "commits a second, free over coordinated, " + setting.describe() + ", " + callers
                                + " in flight",
                        "times",
                        samples.ratio(free, other));
            }
            side(
                    results,
                    setting.coordinated() + ".uncontended",
                    "coordinated, " + setting.describe() + ", open loop at " + (int) UNCONTENDED_PER_S + "/s");
            final String uncontended = setting.coordinated() + ".uncontended.p50";
            results.row(
                    "ratio." + setting.level() + "." + setting.idle() + ".uncontended.p50",
                    "p50, coordinated at " + (int) UNCONTENDED_PER_S + "/s over free with 1 in flight, "
                            + setting.describe(),
                    "times",
                    samples.ratio(uncontended, setting.free() + ".1.p50"));
            latency.add(series(setting.coordinated(), "coordinated, " + setting.level() + ", " + setting.idle()));
            if (latency.stream().noneMatch(one -> one.name().equals("free, " + setting.level()))) {
                latency.add(series(setting.free(), "free, " + setting.level()));
            }
        }
        for (final String idle : List.of("yield", "backoff")) {
            side(results, "roundtrip." + idle, "one UDP round trip, nothing else running, " + idle);
        }
        results.plot("latency", "Commit latency (median)", "transactions in flight", "microseconds", true, latency);
        for (final Map.Entry<String, org.HdrHistogram.Histogram> entry : histograms.entrySet()) {
            results.histogram(entry.getKey(), entry.getValue());
        }
    }

    private Results.Series series(final String side, final String label) {
        final Results.Series series = new Results.Series(label);
        for (final int callers : IN_FLIGHT) {
            series.add(callers, Estimate.median(samples.of(side + "." + callers + ".p50")));
        }
        return series;
    }

    private void ratio(final Results results, final Setting setting, final int callers, final String percentile) {
        results.row(
                "ratio." + setting.level() + "." + setting.idle() + "." + callers + "." + percentile,
                percentile + ", coordinated over free, " + setting.describe() + ", " + callers + " in flight",
                "times",
                samples.ratio(
                        setting.coordinated() + "." + callers + "." + percentile,
                        setting.free() + "." + callers + "." + percentile));
    }

    /** Reports what was measured of one side, once: settings share sides. */
    private void side(final Results results, final String id, final String label) {
        if (!reported.add(id)) {
            return;
        }
        for (final String name : NAMES) {
            results.row(id + "." + name, label + ": " + name, "us", samples.of(id + "." + name));
        }
        results.row(id + ".rate", label + ": rate", "/s", samples.of(id + ".rate"));
    }
}
