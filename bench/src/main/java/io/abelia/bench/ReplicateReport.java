package io.abelia.bench;

import io.abelia.engine.Engine;
import io.abelia.engine.EngineContext;
import io.abelia.engine.StoreKind;
import io.abelia.engine.codec.CellType;
import io.abelia.engine.transaction.Cell;
import io.abelia.engine.transaction.CommitResult;
import io.abelia.engine.transaction.Transaction;
import io.abelia.engine.transaction.TransactionMode;
import io.abelia.replication.Replicator;
import io.abelia.replication.ReplicatorContext;
import io.abelia.replication.security.KeyRing;
import io.abelia.replication.security.Protection;
import io.aeron.Aeron;
import io.aeron.ExclusivePublication;
import io.aeron.Subscription;
import io.aeron.driver.MediaDriver;
import io.aeron.driver.ThreadingMode;
import io.aeron.logbuffer.FragmentHandler;
import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.HdrHistogram.Histogram;
import org.agrona.concurrent.Agent;
import org.agrona.concurrent.AgentRunner;
import org.agrona.concurrent.BackoffIdleStrategy;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * How long from a commit until it is visible on another node, and how many a second, beside a raw Aeron stream of messages of the same
 * length over the same kind of channel, in one run, in turn. Load is open-loop: a message that should have been sent while the one before it was still on its
 * way is late from when it should have been sent.
 */
public final class ReplicateReport {
    /** Bytes of a record of one operation, as it travels. */
    private static final int RECORD_BYTES = 72;

    private static final int STREAM = 7;
    private static final int ROUNDS = 3;
    private static final int SUSTAINED = 8;
    private static final String RAW = "raw";
    private static final long SECOND_NS = 1_000_000_000L;
    /** An observer that spins takes a core from what it observes; it looks this often. */
    private static final long POLL_NS = 10_000L;

    private ReplicateReport() {}

    /** Something that sends numbers to another place, where they are seen. */
    private interface Link extends AutoCloseable {
        void send(long number);

        /** The greatest number that is seen at the other side. */
        long seen();

        @Override
        void close();
    }

    static BackoffIdleStrategy idle() {
        return new BackoffIdleStrategy(100, 10, 1_000, 100_000);
    }

    static String freeEndpoint() throws IOException {
        try (DatagramSocket socket = new DatagramSocket(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))) {
            return "127.0.0.1:" + socket.getLocalPort();
        }
    }

    /** A raw Aeron stream between two media drivers with the settings that nodes use. */
    private static final class Raw implements Link {
        private final List<AutoCloseable> resources = new ArrayList<>();
        private final UnsafeBuffer message = new UnsafeBuffer(new byte[RECORD_BYTES]);
        private final ExclusivePublication publication;
        private final AgentRunner runner;
        private volatile long seen;

        Raw() throws IOException {
            final String channel = "aeron:udp?endpoint=" + freeEndpoint();
            final Subscription subscription = aeron().addSubscription(channel, STREAM);
            publication = aeron().addExclusivePublication(channel, STREAM);
            final FragmentHandler handler = (buffer, offset, length, header) -> seen = buffer.getLong(offset);
            runner = new AgentRunner(idle(), Throwable::printStackTrace, null, new Agent() {
                @Override
                public int doWork() {
                    return subscription.poll(handler, 256);
                }

                @Override
                public String roleName() {
                    return "raw";
                }
            });
            AgentRunner.startOnThread(runner);
            while (!publication.isConnected()) {
                LockSupport.parkNanos(1_000_000);
            }
        }

        private Aeron aeron() {
            final MediaDriver driver = MediaDriver.launchEmbedded(new MediaDriver.Context()
                    .threadingMode(ThreadingMode.SHARED)
                    .sharedIdleStrategy(idle())
                    .dirDeleteOnStart(true)
                    .dirDeleteOnShutdown(true));
            final Aeron aeron = Aeron.connect(new Aeron.Context().aeronDirectoryName(driver.aeronDirectoryName()));
            resources.add(0, driver);
            resources.add(0, aeron);
            return aeron;
        }

        @Override
        public void send(final long number) {
            message.putLong(0, number);
            while (publication.offer(message) < 0) {
                Thread.onSpinWait();
            }
        }

        @Override
        public long seen() {
            return seen;
        }

        @Override
        public void close() {
            runner.close();
            for (final AutoCloseable resource : resources) {
                closeQuietly(resource);
            }
        }
    }

    /** Two nodes: a number is a commit on one, seen when it can be read on the other. */
    private static final class Nodes implements Link {
        private final Path directory;
        private final Engine left;
        private final Engine right;
        private final Replicator from;
        private Replicator to;
        private final ReplicatorContext toContext;
        private final Cell there;
        private final Cell here;

        Nodes(final Protection protection) throws IOException {
            directory = Files.createTempDirectory("abelia-bench-");
            left = engine("left", false);
            right = engine("right", false);
            final String leftEndpoint = freeEndpoint();
            final String rightEndpoint = freeEndpoint();
            from = Replicator.launch(context(protection, left, 1, leftEndpoint, 2, rightEndpoint));
            toContext = context(protection, right, 2, rightEndpoint, 1, leftEndpoint);
            to = Replicator.launch(toContext);
            here = left.cell(CellType.COUNTER, "counters", "number");
            there = right.cell(CellType.COUNTER, "counters", "number");
            send(1);
            while (seen() < 1) {
                LockSupport.parkNanos(1_000_000);
            }
        }

        private Engine engine(final String name, final boolean joiner) throws IOException {
            return Engine.launch(new EngineContext()
                    .directory(directory.resolve(name))
                    .store(StoreKind.MEMORY)
                    .joiner(joiner));
        }

        private static ReplicatorContext context(
                final Protection protection,
                final Engine engine,
                final long node,
                final String own,
                final long other,
                final String endpoint) {
            final ReplicatorContext context = new ReplicatorContext()
                    .engine(engine)
                    .idleStrategy(idle())
                    .unicast(own, new TreeMap<>(Map.of(other, endpoint)));
            if (protection == Protection.INSECURE) {
                context.insecure();
            } else {
                context.keys(KeyRing.of(new byte[KeyRing.KEY_BYTES]), protection);
            }
            context.replica().node(node).members(1, 2);
            return context;
        }

        @Override
        public void send(final long number) {
            try (Transaction tx = left.transaction().mode(TransactionMode.COORDINATION_FREE)) {
                if (tx.increment(here, 1).commit() != CommitResult.COMMITTED) {
                    throw new IllegalStateException("not committed");
                }
            }
        }

        @Override
        public long seen() {
            return right.latest().readLong(there);
        }

        /** The other node leaves the network while this one commits, and comes back. */
        long catchUpNs(final int transactions) {
            to.close();
            final long before = seen();
            for (int i = 0; i < transactions; i++) {
                send(0);
            }
            final long startNs = System.nanoTime();
            to = Replicator.launch(toContext);
            while (seen() < before + transactions) {
                LockSupport.parkNanos(200_000);
            }
            return System.nanoTime() - startNs;
        }

        @Override
        public void close() {
            closeQuietly(from);
            closeQuietly(to);
            closeQuietly(left);
            closeQuietly(right);
            try (Stream<Path> files = Files.walk(directory)) {
                for (final Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                    Files.delete(file);
                }
            } catch (final IOException e) {
                System.err.println("could not remove " + directory + ": " + e);
            }
        }
    }

    static void closeQuietly(final AutoCloseable resource) {
        try {
            resource.close();
        } catch (final Exception e) {
            System.err.println("closing: " + e);
        }
    }

    /** Sends at a rate, and notes how long after it should have been sent each number is seen. */
    private static void latency(
            final Link link, final long base, final int rate, final int seconds, final Histogram into)
            throws InterruptedException {
        final int count = rate * seconds;
        final long intervalNs = SECOND_NS / rate;
        final long startNs = System.nanoTime() + 10_000_000;
        final Thread observer = new Thread(() -> {
            int next = 0;
            while (next < count) {
                final long seen = link.seen() - base;
                final long nowNs = System.nanoTime();
                while (next < seen && next < count) {
                    into.recordValue(Math.max(0, nowNs - (startNs + next * intervalNs)));
                    next++;
                }
                LockSupport.parkNanos(POLL_NS);
            }
        });
        observer.start();
        for (int i = 0; i < count; i++) {
            final long dueNs = startNs + i * intervalNs;
            await(dueNs);
            link.send(base + i + 1);
        }
        observer.join();
    }

    /** Leaves the processor to others until a moment is near. */
    private static void await(final long untilNs) {
        long leftNs = untilNs - System.nanoTime();
        while (leftNs > 0) {
            if (leftNs > 2 * POLL_NS) {
                LockSupport.parkNanos(leftNs - POLL_NS);
            } else {
                Thread.onSpinWait();
            }
            leftNs = untilNs - System.nanoTime();
        }
    }

    /** Numbers a second, sent as fast as they are taken, until the last one is seen. */
    private static double throughput(final Link link, final int count) {
        final long base = link.seen();
        final long startNs = System.nanoTime();
        for (int i = 1; i <= count; i++) {
            link.send(base + i);
        }
        while (link.seen() < base + count) {
            LockSupport.parkNanos(50_000);
        }
        return count * (double) SECOND_NS / (System.nanoTime() - startNs);
    }

    private static double median(final List<Double> values) {
        return values.stream().sorted().toList().get(values.size() / 2);
    }

    private static int option(final String[] args, final String name, final int byDefault) {
        for (int i = 0; i + 1 < args.length; i++) {
            if (args[i].equals(name)) {
                return Integer.parseInt(args[i + 1]);
            }
        }
        return byDefault;
    }

    /** {@code --rate N --seconds S --count N --catch-up N --cells N --nodes N --each N}. */
    public static void main(final String[] args) throws IOException, InterruptedException {
        final int rate = option(args, "--rate", 2_000);
        final int seconds = option(args, "--seconds", 3);
        final int count = option(args, "--count", 300_000);
        final int catchUp = option(args, "--catch-up", 1_000_000);
        System.out.printf(
                Locale.ROOT,
                "%s, %d processors, Java %s; %d rounds in turn, %,d/s for %d s, then %,d as fast as possible; durability PROCESS%n",
                System.getProperty("os.name") + " " + System.getProperty("os.version"),
                Runtime.getRuntime().availableProcessors(),
                System.getProperty("java.version"),
                ROUNDS,
                rate,
                seconds,
                count);
        final Map<String, Histogram> latencies = new TreeMap<>();
        final Map<String, List<Double>> rates = new TreeMap<>();
        for (final Measurement one : rounds(ROUNDS, rate, seconds, count)) {
            latencies
                    .computeIfAbsent(one.side(), side -> new Histogram(60 * SECOND_NS, 3))
                    .add(one.latency());
            rates.computeIfAbsent(one.side(), side -> new ArrayList<>()).add(one.perSecond());
        }
        System.out.printf("%-28s %10s %10s %10s %14s%n", "", "p50 us", "p99 us", "p99.9 us", "a second");
        latencies.forEach((side, latency) -> row("commit to visible, " + side, latency, median(rates.get(side))));
        System.out.printf(
                Locale.ROOT,
                "AUTH against raw: p50 %.1f times, throughput %.2f of it%n",
                latencies.get("auth").getValueAtPercentile(50)
                        / (double) Math.max(1, latencies.get(RAW).getValueAtPercentile(50)),
                median(rates.get("auth")) / median(rates.get(RAW)));
        halfLoad(count, seconds);
        catchUp(catchUp);
        GroupReport.bootstrap(option(args, "--cells", 1_000_000));
        GroupReport.allToAll(option(args, "--nodes", 5), option(args, "--each", 100_000));
    }

    /** Latency at half of what is sustained for seconds, not only in a burst; both links at the same rate. */
    private static void halfLoad(final int count, final int seconds) throws IOException, InterruptedException {
        final int rate;
        try (Nodes nodes = new Nodes(Protection.AUTH)) {
            throughput(nodes, count);
            final double sustained = throughput(nodes, SUSTAINED * count);
            rate = (int) (sustained / 2);
            System.out.printf(
                    Locale.ROOT,
                    "%,d transactions as fast as they are taken: %,.0f a second; at half of that:%n",
                    SUSTAINED * count,
                    sustained);
            atRate(nodes, "commit to visible, AUTH", rate, seconds);
        }
        try (Raw raw = new Raw()) {
            atRate(raw, "raw Aeron", rate, seconds);
        }
    }

    private static void atRate(final Link link, final String name, final int rate, final int seconds)
            throws InterruptedException {
        final Histogram histogram = new Histogram(60 * SECOND_NS, 3);
        latency(link, link.seen(), rate, 1, new Histogram(60 * SECOND_NS, 3));
        latency(link, link.seen(), rate, seconds, histogram);
        row(name, histogram, rate);
    }

    private static void catchUp(final int catchUp) throws IOException {
        try (Nodes nodes = new Nodes(Protection.AUTH)) {
            final long ns = nodes.catchUpNs(catchUp);
            System.out.printf(
                    Locale.ROOT,
                    "catch-up of %,d transactions: %.1f s, %,.0f a second%n",
                    catchUp,
                    ns / (double) SECOND_NS,
                    catchUp * (double) SECOND_NS / ns);
        }
    }

    /**
     * What one round measured of one side.
     *
     * @param side raw, or a protection in lower case
     * @param latency nanoseconds from when a number was due to when it was seen
     * @param perSecond numbers a second, as fast as they are taken
     */
    public record Measurement(String side, Histogram latency, double perSecond) {}

    /** Measures all sides in turn, round after round; an uncounted one warms up. */
    public static List<Measurement> rounds(final int rounds, final int rate, final int seconds, final int count)
            throws IOException, InterruptedException {
        final List<Measurement> all = new ArrayList<>();
        for (int round = 0; round <= rounds; round++) {
            final boolean counts = round > 0;
            final List<Measurement> measured = new ArrayList<>();
            try (Raw raw = new Raw()) {
                measured.add(measure(RAW, raw, rate, counts ? seconds : 1, counts ? count : count / 4));
            }
            for (final Protection protection : Protection.values()) {
                try (Nodes nodes = new Nodes(protection)) {
                    final String side = protection.name().toLowerCase(Locale.ROOT);
                    measured.add(measure(side, nodes, rate, counts ? seconds : 1, counts ? count : count / 4));
                }
            }
            if (counts) {
                all.addAll(measured);
            }
        }
        return all;
    }

    private static Measurement measure(
            final String side, final Link link, final int rate, final int seconds, final int count)
            throws InterruptedException {
        final Histogram latency = new Histogram(60 * SECOND_NS, 3);
        latency(link, link.seen(), rate, seconds, latency);
        return new Measurement(side, latency, throughput(link, count));
    }

    private static void row(final String name, final Histogram histogram, final double perSecond) {
        System.out.printf(
                Locale.ROOT,
                "%-28s %10.1f %10.1f %10.1f %,14.0f%n",
                name,
                histogram.getValueAtPercentile(50) / 1e3,
                histogram.getValueAtPercentile(99) / 1e3,
                histogram.getValueAtPercentile(99.9) / 1e3,
                perSecond);
    }
}
