package io.abelia.bench.suite;

import io.abelia.engine.Durability;
import io.abelia.engine.Engine;
import io.abelia.engine.EngineContext;
import io.abelia.engine.StoreKind;
import io.abelia.engine.codec.RecordDescriptor;
import io.abelia.engine.log.LogReader;
import io.abelia.engine.status.DeliveryResult;
import io.abelia.engine.transaction.Transaction;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.TreeMap;
import org.agrona.DirectBuffer;
import org.agrona.ExpandableDirectByteBuffer;

/**
 * The scenarios that Rhizo publishes, with its parameters, on engines and on groups of them. Rhizo's figures stand beside as published: they
 * were measured elsewhere, by its authors, in Rust, in memory, without durability, network or causal order.
 */
final class ScaleBenchmark implements Benchmark {
    private static final double NS_PER_US = 1e3;
    private static final double NS_PER_S = 1e9;
    private static final double NS_PER_MS = 1e6;
    private static final int TRANSACTIONS = 500;
    private static final int EACH = 100;
    private static final long WARM_NS = 1_500_000_000L;
    /** What Rhizo's own code reached for the same work at 20 nodes on a machine of this kind, operations a second. */
    private static final double RHIZO_NATIVE_20 = 3_500;

    private static final Map<Integer, Double> RHIZO_LATENCY_US = Map.of(1, 1.2, 10, 5.9, 100, 57.3);
    private static final Map<Integer, Double> RHIZO_RATE = new LinkedHashMap<>();

    static {
        RHIZO_RATE.put(2, 200_985.0);
        RHIZO_RATE.put(5, 65_442.0);
        RHIZO_RATE.put(10, 16_961.0);
        RHIZO_RATE.put(20, 4_140.0);
    }

    @Override
    public void run(final Options options, final Results results) throws Exception {
        results.method(
                "Rhizo's scenarios with its parameters. Every update is applied on every node, once. Simulated: engines in memory and the"
                        + " whole protocol on one thread, no network. Real: durability PROCESS, AUTH frames over UDP on the loopback interface.");
        results.method(
                "Published figures of Rhizo are its authors', from another machine; they are no part of any ratio but where said.");
        latency(options, results);
        throughput(options, results);
        rounds(results);
        partition(results);
        types(results);
        soundness(results);
        target(options, results);
    }

    private void latency(final Options options, final Results results) throws IOException {
        for (final Map.Entry<Integer, Double> entry : new TreeMap<>(RHIZO_LATENCY_US).entrySet()) {
            final int operations = entry.getKey();
            for (final Durability durability : List.of(Durability.MEMORY, Durability.PROCESS)) {
                final List<Double> micros = new ArrayList<>();
                try (Scratch scratch = new Scratch()) {
                    final EngineContext context =
                            new EngineContext().store(StoreKind.MEMORY).durability(durability);
                    if (durability != Durability.MEMORY) {
                        context.directory(scratch.path().resolve("engine"));
                    }
                    try (Engine engine = Engine.launch(context)) {
                        final long startNs = System.nanoTime();
                        while (System.nanoTime() - startNs < WARM_NS) {
                            commit(engine, operations);
                        }
                        for (int round = 0; round < 5 * options.rounds(); round++) {
                            micros.add(commit(engine, operations) / NS_PER_US / TRANSACTIONS);
                        }
                    }
                }
                results.row(
                        "latency." + durability.name().toLowerCase(Locale.ROOT) + "." + operations,
                        "a commit of " + operations + " operations, " + durability + ", mean of " + TRANSACTIONS,
                        "us",
                        micros);
            }
            results.fact(
                    "rhizo.latency." + operations,
                    "Rhizo, published: " + operations + " operations",
                    "us",
                    entry.getValue());
        }
    }

    /** 500 transactions on key_0 .. by name, ADD 1. */
    private static long commit(final Engine engine, final int operations) {
        final long startNs = System.nanoTime();
        for (int i = 0; i < TRANSACTIONS; i++) {
            try (Transaction tx = Work.begin(engine)) {
                for (int key = 0; key < operations; key++) {
                    tx.increment("counters", KEYS[key], 1);
                }
                Work.require(tx.commit());
            }
        }
        return System.nanoTime() - startNs;
    }

    private static final String[] KEYS = new String[100];

    static {
        for (int i = 0; i < KEYS.length; i++) {
            KEYS[i] = "key_" + i;
        }
    }

    private void throughput(final Options options, final Results results) throws Exception {
        final Results.Series simulated = new Results.Series("simulated");
        final Results.Series real = new Results.Series("real, one JVM");
        final Results.Series direct = new Results.Series("handed over directly");
        final Results.Series rhizo = new Results.Series("Rhizo, published");
        for (final Map.Entry<Integer, Double> entry : RHIZO_RATE.entrySet()) {
            final int size = entry.getKey();
            rate(options, results, "simulated", size, SimulatedNodes::new, simulated);
            direct(options, results, size, direct);
            try {
                rate(options, results, "jvm", size, LocalNodes::new, real);
            } catch (final IllegalStateException e) {
                // so many nodes for two processors: what they cannot do is a result, and the rest is still to be
                // measured
                results.skipped(size + " real nodes in one JVM", String.valueOf(e.getMessage()));
            }
            results.fact("rhizo.rate." + size, "Rhizo, published: " + size + " nodes", "/s", entry.getValue());
            rhizo.add(size, new Estimate(entry.getValue(), entry.getValue(), entry.getValue(), 1));
        }
        rate(options, results, "processes", 5, ProcessNodes::new, new Results.Series(""));
        results.plot(
                "throughput",
                "Operations a second, each applied on every node",
                "nodes",
                "operations a second",
                true,
                List.of(direct, simulated, real, rhizo));
        final Estimate twenty = Objects.requireNonNull(direct.points().get(20.0));
        results.row(
                "native.20",
                "20 nodes, handed over directly, over Rhizo's native rate of 3.5 thousand/s for the same work",
                "times",
                new Estimate(
                        twenty.value() / RHIZO_NATIVE_20,
                        twenty.low() / RHIZO_NATIVE_20,
                        twenty.high() / RHIZO_NATIVE_20,
                        twenty.samples()));
    }

    private static void rate(
            final Options options,
            final Results results,
            final String id,
            final int size,
            final Nodes.Maker maker,
            final Results.Series series)
            throws Exception {
        try (Nodes nodes = maker.make(size)) {
            final List<Double> rates = new ArrayList<>();
            final int warm = options.choose(20, 60);
            final int measured = options.choose(20, 60);
            for (int i = 0; i < warm + measured; i++) {
                final long tookNs = nodes.run(Work.ADD, EACH);
                if (i >= warm) {
                    rates.add(size * EACH * NS_PER_S / tookNs);
                }
            }
            nodes.check(Work.ADD, (long) (warm + measured) * EACH);
            final Estimate estimate = Estimate.median(rates);
            series.add(size, estimate);
            results.row(
                    "rate." + id + "." + size,
                    size + " nodes, " + nodes.describe() + ": 100 transactions each, on every node",
                    "/s",
                    estimate);
            results.row(
                    "cost." + id + "." + size,
                    size + " nodes, " + nodes.describe() + ": time for each delivery",
                    "ns",
                    new Estimate(
                            NS_PER_S / estimate.value() / size,
                            NS_PER_S / estimate.high() / size,
                            NS_PER_S / estimate.low() / size,
                            estimate.samples()));
        }
    }

    /** Engines alone: what each committed is handed to every other, without a protocol in between, as Rhizo's benchmark does it. */
    private static void direct(
            final Options options, final Results results, final int size, final Results.Series series)
            throws IOException {
        final List<Engine> engines = new ArrayList<>();
        final List<LogReader> readers = new ArrayList<>();
        final List<Double> rates = new ArrayList<>();
        try {
            for (int i = 0; i < size; i++) {
                final Engine engine = Engine.launch(new EngineContext()
                        .durability(Durability.MEMORY)
                        .store(StoreKind.MEMORY)
                        .segmentBytes(2 << 20)
                        .memoryLogBytes(16L << 20)
                        .closeGraceNs(0)
                        .housekeepingThread(false));
                engines.add(engine);
                readers.add(engine.logReader());
            }
            final int warm = options.choose(300, 600);
            final int measured = options.choose(100, 300);
            for (int i = 0; i < warm + measured; i++) {
                final long startNs = System.nanoTime();
                for (int node = 0; node < size; node++) {
                    Work.ADD.run(engines.get(node), node, EACH);
                }
                for (int node = 0; node < size; node++) {
                    handOver(engines, node, readers.get(node));
                }
                final long tookNs = System.nanoTime() - startNs;
                if (i >= warm) {
                    rates.add(size * EACH * NS_PER_S / tookNs);
                }
                engines.forEach(Engine::doWork);
                for (final Engine engine : engines) {
                    if (Work.applied(engine) != (long) size * EACH * (i + 1)) {
                        throw new IllegalStateException("an update is missing");
                    }
                }
            }
        } finally {
            for (final LogReader reader : readers) {
                reader.close();
            }
            for (final Engine engine : engines) {
                engine.close();
            }
        }
        final Estimate estimate = Estimate.median(rates);
        series.add(size, estimate);
        results.row(
                "rate.direct." + size,
                size + " engines, handed over directly: 100 transactions each, on every node",
                "/s",
                estimate);
    }

    /** Copies what one engine has committed since the last time, and gives it to each other in turn. */
    private static void handOver(final List<Engine> engines, final int from, final LogReader reader) {
        final long own = engines.get(from).origin();
        final ExpandableDirectByteBuffer batch = new ExpandableDirectByteBuffer(1 << 14);
        final List<Integer> ends = new ArrayList<>(List.of(0));
        int records;
        do {
            records = reader.poll(
                    (buffer, offset, length) -> {
                        if (buffer.getLong(offset + RecordDescriptor.ORIGIN_OFFSET) == own) {
                            final int at = ends.get(ends.size() - 1);
                            batch.putBytes(at, buffer, offset, length);
                            ends.add(at + length);
                        }
                    },
                    Integer.MAX_VALUE);
        } while (records > 0);
        for (int to = 0; to < engines.size(); to++) {
            for (int i = 1; to != from && i < ends.size(); i++) {
                deliver(engines.get(to), batch, ends.get(i - 1), ends.get(i) - ends.get(i - 1));
            }
        }
    }

    private static void deliver(final Engine to, final DirectBuffer buffer, final int offset, final int length) {
        DeliveryResult result = to.onRemote(buffer, offset, length);
        if (result == DeliveryResult.DISK_FULL) {
            to.doWork();
            result = to.onRemote(buffer, offset, length);
        }
        if (result != DeliveryResult.APPLIED) {
            throw new IllegalStateException("a record was " + result);
        }
    }

    private void rounds(final Results results) throws Exception {
        for (final int size : new int[] {5, 10, 20}) {
            try (SimulatedNodes nodes = new SimulatedNodes(size)) {
                settle(nodes);
                nodes.run(Work.ADD, 10);
                results.fact(
                        "rounds.perfect." + size,
                        size + " nodes, 10 transactions each, perfect network",
                        "rounds",
                        nodes.takeRounds());
                nodes.check(Work.ADD, 10);
            }
        }
        for (final int size : new int[] {5, 10}) {
            try (SimulatedNodes nodes = new SimulatedNodes(size)) {
                settle(nodes);
                nodes.run(Work.ADD, EACH);
                results.fact(
                        "rounds.contention." + size,
                        size + " nodes, 100 transactions each on one counter",
                        "rounds",
                        nodes.takeRounds());
                nodes.check(Work.ADD, EACH);
            }
        }
        results.fact("rhizo.rounds", "Rhizo, published: rounds to converge", "rounds", 3);
    }

    /** Lets members meet before anything is measured. */
    private static void settle(final SimulatedNodes nodes) {
        for (int i = 0; i < 200; i++) {
            nodes.round();
        }
    }

    private void partition(final Results results) throws Exception {
        try (SimulatedNodes nodes = new SimulatedNodes(5)) {
            settle(nodes);
            nodes.network().cut(0);
            nodes.network().cut(4);
            for (int i = 0; i < nodes.size(); i++) {
                Work.ADD.run(nodes.engine(i), i, 10);
            }
            nodes.expectMore(50);
            for (int i = 0; i < 200; i++) {
                nodes.round(); // propagates what it can while nodes 0 and 4 are cut off
            }
            final long connected = Work.applied(nodes.engine(2));
            nodes.takeRounds();
            nodes.network().heal();
            final long startNs = System.nanoTime();
            nodes.converge();
            final double ms = (System.nanoTime() - startNs) / NS_PER_MS;
            nodes.check(Work.ADD, 10);
            results.fact(
                    "partition.connected",
                    "5 nodes, 0 and 4 cut off: transactions that the other three have of 30",
                    "",
                    (double) connected);
            results.fact(
                    "partition.rounds",
                    "rounds (of 1 ms of virtual time) to converge after healing",
                    "rounds",
                    nodes.takeRounds());
            results.fact("partition.ms", "real time of that", "ms", ms);
        }
    }

    private void types(final Results results) throws Exception {
        for (final Work work : List.of(Work.SUM, Work.MAXIMUM, Work.TAGS)) {
            try (SimulatedNodes nodes = new SimulatedNodes(5)) {
                settle(nodes);
                final int count = work == Work.TAGS ? 10 : 50;
                final long tookNs = nodes.run(work, count);
                nodes.check(work, count);
                results.fact(
                        "types." + work + ".rounds",
                        "5 nodes, " + count + " x " + work + " each",
                        "rounds",
                        nodes.takeRounds());
                results.fact("types." + work + ".ms", "real time of that", "ms", tookNs / NS_PER_MS);
            }
        }
    }

    /** Two transactions in both orders leave the same state. */
    private void soundness(final Results results) throws IOException {
        final List<String> digests = new ArrayList<>();
        for (final boolean firstFirst : new boolean[] {true, false}) {
            try (Engine a = memory(11);
                    Engine b = memory(12);
                    Engine target = memory(firstFirst ? 13 : 14)) {
                Work.ADD.run(a, 0, 1);
                Work.TAGS.run(a, 0, 1);
                Work.ADD.run(b, 1, 1);
                Work.TAGS.run(b, 1, 1);
                for (final Engine from : firstFirst ? List.of(a, b) : List.of(b, a)) {
                    try (LogReader reader = from.logReader()) {
                        reader.poll(
                                (buffer, offset, length) -> deliver(target, buffer, offset, length), Integer.MAX_VALUE);
                    }
                }
                digests.add(target.digest().toString());
            }
        }
        final boolean equal = digests.get(0).equals(digests.get(1));
        results.fact(
                "soundness",
                "both orders of two nodes' transactions leave equal digests (1 is yes)",
                "",
                equal ? 1 : 0);
        if (!equal) {
            throw new IllegalStateException("orders matter: " + digests);
        }
    }

    private static Engine memory(final long seed) throws IOException {
        final Random ids = new Random(seed);
        return Engine.launch(new EngineContext()
                .durability(Durability.MEMORY)
                .store(StoreKind.MEMORY)
                .segmentBytes(2 << 20)
                .closeGraceNs(0)
                .idSource(ids::nextLong)
                .housekeepingThread(false));
    }

    /** Rhizo's stated target: five nodes with 10,000 transactions each, under 5 ms to converge and over 50 thousand a second. */
    private void target(final Options options, final Results results) throws Exception {
        final List<Double> rates = new ArrayList<>();
        try (ProcessNodes nodes = new ProcessNodes(5)) {
            final int measured = options.choose(5, 15);
            for (int i = 0; i < 3 + measured; i++) {
                final long tookNs = nodes.run(Work.ADD, 10_000);
                if (i >= 3) {
                    rates.add(50_000 * NS_PER_S / tookNs);
                }
            }
            nodes.check(Work.ADD, 10_000L * (3 + measured));
        }
        results.row("target.rate", "5 processes, 10,000 transactions each: on every node", "/s", rates);
        results.fact("target.aim", "the target", "/s", 50_000);
    }
}
