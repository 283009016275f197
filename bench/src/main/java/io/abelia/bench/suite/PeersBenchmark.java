package io.abelia.bench.suite;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStreamWriter;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Replicated counters of Pekko Distributed Data and of Hazelcast beside this project's: two members in a JVM, each system in its own. */
final class PeersBenchmark implements Benchmark {
    private static final List<String> SYSTEMS = List.of("abelia", "pekko", "hazelcast");
    private static final double NS_PER_US = 1e3;
    private static final int MEMBERS = 2;
    private static final int ROUNDS = 3;
    /**
     * With 100,000 Hazelcast takes more than five minutes to make them, since it looks each name up among all before, and Pekko's late
     * member had 2,420 of them after two minutes.
     */
    private static final int KEYS = Integer.getInteger("abelia.peers.keys", 10_000);
    /** Counters by which this project's memory is measured: what fewer take cannot be told from the JVM's own memory. */
    private static final int MANY = 50 * KEYS;

    private final Samples samples = new Samples();
    private final Set<String> gaveUp = new HashSet<>();

    /** A system's process. */
    private static final class SystemProcess implements AutoCloseable {
        private final Process process;
        private final Writer in;
        private final BufferedReader out;

        SystemProcess(final String name) throws IOException {
            process = PeersBenchmark.start(name);
            in = new OutputStreamWriter(process.getOutputStream(), StandardCharsets.UTF_8);
            out = new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
            hear();
        }

        private String hear() throws IOException {
            final String line = out.readLine();
            if (line == null) {
                throw new IOException("the process ended; its errors are above");
            }
            return line;
        }

        double[] ask(final String line) throws IOException {
            in.write(line + "\n");
            in.flush();
            return Arrays.stream(hear().split(" ", -1))
                    .mapToDouble(Double::parseDouble)
                    .toArray();
        }

        @Override
        public void close() {
            Jvm.stop(process);
        }
    }

    private static Process start(final String name) throws IOException {
        final List<String> options = List.of("-Xms1g", "-Xmx1g", "-XX:+AlwaysPreTouch", "-XX:+UseSerialGC");
        if (name.equals("abelia")) {
            return Jvm.start(options, AbeliaPeers.class.getName());
        }
        final Path peers = Path.of(System.getProperty("abelia.home", "."), "bench", "peers", "target");
        if (!Files.isDirectory(peers.resolve("lib"))) {
            throw new IOException(peers.resolve("lib") + " is missing: run ./abelia bench peers, which builds it");
        }
        return Jvm.startWith(
                peers.resolve("classes") + ":" + peers.resolve("lib") + "/*",
                options,
                "io.abelia.bench.peers.PeersProcess",
                name);
    }

    @Override
    public void run(final Options options, final Results results) throws Exception {
        final int keys = KEYS;
        results.method(
                "Two members in one JVM (1 GiB heap, touched at the start, serial collector), each system in a process of its own, one"
                        + " after the other in every round. Pekko 1.7.0 (Scala 2.13) and Hazelcast 5.7.0 with the settings that they ship:"
                        + " gossip every 2 s with deltas, WriteLocal and ReadLocal; PNCounter replication every second.");
        results.method(
                "Visible: from before an update on one member until the other reads it, at random moments. Memory: heap in use after"
                        + " collections and anonymous memory outside the heap, less that before the counters were made, over counters and"
                        + " members: " + keys
                        + " counters; of abelia, where that few cannot be told from the JVM's own memory, the growth from "
                        + keys + " to " + MANY + ".");
        for (int round = 0; round < ROUNDS; round++) {
            results.progress("round " + (round + 1) + " of " + ROUNDS);
            for (final String system : SYSTEMS) {
                measure(system, options, keys, round == 0, results);
            }
        }
        report(results, keys);
    }

    private void measure(
            final String system, final Options options, final int keys, final boolean first, final Results results)
            throws IOException {
        try (SystemProcess peers = new SystemProcess(system)) {
            final boolean slow = !system.equals("abelia");
            peers.ask("visible " + (slow ? 3 : 200)); // warms up
            final double[] visible = peers.ask("visible " + (slow ? options.choose(6, 15) : options.choose(200, 1000)));
            samples.add(
                    system + ".visible",
                    Estimate.median(Arrays.stream(visible).boxed().toList()).value() / NS_PER_US);
            peers.ask("rate 100 " + (slow ? 5_000 : 100_000));
            samples.add(system + ".rate", peers.ask("rate 100 " + (slow ? 20_000 : 500_000))[0]);
            if (gaveUp.contains(system)) {
                return;
            }
            double[] before = peers.ask("memory");
            final double[] filled = peers.ask("fill " + keys);
            if (filled[1] < keys) {
                gaveUp.add(system);
                results.skipped(
                        system + " memory",
                        "only " + (int) filled[1] + " of " + keys + " counters arrived within two minutes");
                return;
            }
            samples.add(system + ".fill", filled[0]);
            double entries = (double) MEMBERS * keys;
            double[] after = slow ? peers.ask("memory") : before;
            if (first) {
                final double[] late = peers.ask("late " + keys);
                results.fact(
                        system + ".late",
                        system + ": a late third member has " + (int) late[1] + " of " + keys + " counters after",
                        "s",
                        late[0]);
            }
            if (!slow) {
                before = peers.ask("memory");
                peers.ask("fill " + MANY);
                after = peers.ask("memory");
                entries = (double) (first ? MEMBERS + 1 : MEMBERS) * (MANY - keys);
            }
            samples.add(system + ".heap", Math.max(0, after[0] - before[0]) / entries);
            samples.add(system + ".native", Math.max(0, after[1] - before[1]) / entries);
            samples.add(system + ".bytes", (after[0] - before[0] + after[1] - before[1]) / entries);
        }
    }

    private void report(final Results results, final int keys) {
        for (final String system : SYSTEMS) {
            results.row(
                    system + ".visible", system + ": update to visible, median", "us", samples.of(system + ".visible"));
            results.row(system + ".rate", system + ": updates, 100 counters", "/s", samples.of(system + ".rate"));
            if (samples.has(system + ".fill")) {
                results.row(
                        system + ".fill",
                        system + ": " + keys + " counters on both members",
                        "s",
                        samples.of(system + ".fill"));
                results.row(
                        system + ".heap",
                        system + ": heap a counter and member",
                        "bytes",
                        samples.of(system + ".heap"));
                results.row(
                        system + ".native",
                        system + ": anonymous memory outside the heap",
                        "bytes",
                        samples.of(system + ".native"));
                results.row(
                        system + ".bytes",
                        system + ": a counter and member, heap and other memory",
                        "bytes",
                        samples.of(system + ".bytes"));
            }
        }
        for (final String system : SYSTEMS.subList(1, SYSTEMS.size())) {
            results.row(
                    "sooner." + system,
                    "visible sooner than with " + system,
                    "times",
                    samples.ratio(system + ".visible", "abelia.visible"));
            results.row(
                    "rate." + system,
                    "updates a second over " + system,
                    "times",
                    samples.ratio("abelia.rate", system + ".rate"));
            if (samples.has(system + ".bytes")) {
                results.row(
                        "bytes." + system,
                        "bytes a counter, share of " + system,
                        "of it",
                        samples.ratio("abelia.bytes", system + ".bytes"));
            }
        }
    }
}
