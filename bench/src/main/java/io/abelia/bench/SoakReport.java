package io.abelia.bench;

import com.sun.management.ThreadMXBean;
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
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.management.JMException;
import javax.management.ObjectName;

/**
 * Three nodes, each a process, for a while at half of the load that they sustain, one of them stopped (SIGSTOP) for a part of the time. What
 * every process keeps of native memory, heap, files and descriptors is sampled; at the end it must not be more than before the stop. The committing thread must not allocate.
 */
public final class SoakReport {
    private static final int NODES = 3;
    private static final int CELLS = 10_000;
    private static final int CALIBRATION_S = 5;
    private static final long SECOND_NS = 1_000_000_000L;
    /** What may come and go: a snapshot that is being written, a segment more, a thread's arena. */
    private static final double TOLERANCE = 1.15;

    private static final long SLACK_KB = 24 << 10;
    private static final String APPLIED = "applied";
    private static final long FILES_SLACK_KB = 400 << 10;

    /** What one process keeps, in KiB but for descriptors. */
    private record Sample(long nativeKb, long heapKb, long residentKb, long filesKb, long descriptors, long applied) {
        static Sample parse(final String line) {
            final String[] words = line.split(" ", -1);
            return new Sample(
                    Long.parseLong(words[0]),
                    Long.parseLong(words[1]),
                    Long.parseLong(words[2]),
                    Long.parseLong(words[3]),
                    Long.parseLong(words[4]),
                    Long.parseLong(words[5]));
        }

        @Override
        public String toString() {
            return nativeKb + " " + heapKb + " " + residentKb + " " + filesKb + " " + descriptors + " " + applied;
        }
    }

    private SoakReport() {}

    // ---- one node

    private static final class Node implements AutoCloseable {
        private final Path directory;
        private final Engine engine;
        private final Replicator replicator;

        Node(final int index, final Path root, final List<String> endpoints) throws IOException {
            directory = root.resolve("node-" + index);
            engine = Engine.launch(new EngineContext()
                    .directory(directory)
                    .store(StoreKind.MEMORY)
                    .snapshotIntervalBytes(256L << 20)
                    .joiner(index > 0));
            final Map<Long, String> peers = new TreeMap<>();
            for (int i = 0; i < endpoints.size(); i++) {
                if (i != index) {
                    peers.put(i + 1L, endpoints.get(i));
                }
            }
            final ReplicatorContext context = new ReplicatorContext()
                    .engine(engine)
                    .unicast(endpoints.get(index), peers)
                    .keys(KeyRing.of(new byte[KeyRing.KEY_BYTES]), Protection.AUTH);
            context.replica().node(index + 1L);
            if (index == 0) {
                context.replica().found(3).foundDelayNs(0);
            } else {
                context.replica().join();
            }
            replicator = Replicator.launch(context);
        }

        long applied() {
            final long[] applied = {0};
            engine.clock().forEach((origin, seq) -> applied[0] += seq);
            return applied[0];
        }

        Sample sample() throws IOException {
            final Runtime runtime = Runtime.getRuntime();
            runtime.gc();
            return new Sample(
                    nativeKb(),
                    runtime.totalMemory() - runtime.freeMemory() >> 10,
                    residentKb(),
                    sizeKb(directory),
                    count(Path.of("/proc/self/fd")),
                    applied());
        }

        @Override
        public void close() {
            ReplicateReport.closeQuietly(replicator);
            ReplicateReport.closeQuietly(engine);
        }
    }

    /** What native memory tracking counts as committed. */
    private static long nativeKb() throws IOException {
        try {
            final Object text = ManagementFactory.getPlatformMBeanServer()
                    .invoke(
                            new ObjectName("com.sun.management:type=DiagnosticCommand"),
                            "vmNativeMemory",
                            new Object[] {new String[] {"summary"}},
                            new String[] {String[].class.getName()});
            final Matcher total = Pattern.compile("Total: reserved=\\d+KB, committed=(\\d+)KB")
                    .matcher(String.valueOf(text));
            if (!total.find()) {
                throw new IOException("native memory tracking is off: " + text);
            }
            return Long.parseLong(total.group(1));
        } catch (final JMException e) {
            throw new IOException(e);
        }
    }

    private static long residentKb() throws IOException {
        for (final String line : Files.readAllLines(Path.of("/proc/self/status"))) {
            if (line.startsWith("VmRSS:")) {
                return Long.parseLong(line.replaceAll("\\D", ""));
            }
        }
        throw new IOException("no VmRSS in /proc/self/status");
    }

    private static long count(final Path directory) throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.count();
        }
    }

    private static long sizeKb(final Path directory) throws IOException {
        try (Stream<Path> files = Files.walk(directory)) {
            long sum = 0;
            for (final Path file : files.toList()) {
                sum += Files.isRegularFile(file) ? Files.size(file) : 0;
            }
            return sum >> 10;
        } catch (final java.io.UncheckedIOException e) {
            return sizeKb(directory); // a file went while it was looked at
        }
    }

    // ---- the group

    /** Another node in a process of its own; answers each line that it reads, and ends when there are no more. */
    private static void child(final int index, final Path root, final List<String> endpoints) throws IOException {
        try (Node node = new Node(index, root, endpoints);
                BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8))) {
            while (!node.engine.isJoined()) {
                LockSupport.parkNanos(1_000_000);
            }
            System.out.println("joined");
            for (String asked = in.readLine(); asked != null; asked = in.readLine()) {
                System.out.println(asked.equals(APPLIED) ? node.applied() : node.sample());
            }
        }
    }

    private static final class Child implements AutoCloseable {
        private final Process process;
        private final PrintWriter to;
        private final BufferedReader from;

        Child(final int index, final Path root, final List<String> endpoints) throws IOException {
            final List<String> command = new ArrayList<>();
            command.add(ProcessHandle.current().info().command().orElse("java"));
            command.addAll(ManagementFactory.getRuntimeMXBean().getInputArguments());
            command.addAll(List.of("-cp", System.getProperty("java.class.path"), SoakReport.class.getName()));
            command.addAll(List.of("--child", String.valueOf(index), root.toString()));
            command.addAll(endpoints);
            process = new ProcessBuilder(command)
                    .redirectError(ProcessBuilder.Redirect.INHERIT)
                    .start();
            to = new PrintWriter(process.getOutputStream(), true, StandardCharsets.UTF_8);
            from = new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
        }

        String line() throws IOException {
            final String line = from.readLine();
            if (line == null) {
                throw new IOException("a node has ended");
            }
            return line;
        }

        long applied() throws IOException {
            to.println(APPLIED);
            return Long.parseLong(line());
        }

        Sample sample() throws IOException {
            to.println("sample");
            return Sample.parse(line());
        }

        void signal(final String name) throws IOException, InterruptedException {
            new ProcessBuilder("kill", "-" + name, String.valueOf(process.pid()))
                    .start()
                    .waitFor();
        }

        @Override
        public void close() {
            to.close();
            try {
                signal("CONT");
                if (!process.waitFor(20, TimeUnit.SECONDS)) {
                    process.destroyForcibly();
                }
            } catch (final IOException | InterruptedException e) {
                process.destroyForcibly();
            }
        }
    }

    /** Commits at a rate until a moment; returns bytes that this thread allocated meanwhile, and how many were committed. */
    private static long[] load(final Engine engine, final Cell[] cells, final double rate, final long untilNs) {
        final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        final long startNs = System.nanoTime();
        long committed = 0;
        final long before = threads.getCurrentThreadAllocatedBytes();
        while (System.nanoTime() < untilNs) {
            final long due = (long) ((System.nanoTime() - startNs) * rate / SECOND_NS);
            for (; committed < due; committed++) {
                try (Transaction tx = engine.transaction().mode(TransactionMode.COORDINATION_FREE)) {
                    if (tx.increment(cells[(int) (committed % CELLS)], 1).commit() != CommitResult.COMMITTED) {
                        throw new IllegalStateException("not committed");
                    }
                }
            }
            LockSupport.parkNanos(200_000);
        }
        return new long[] {threads.getCurrentThreadAllocatedBytes() - before, committed};
    }

    /** Commits as fast as all nodes apply: no more than a bounded number ahead of the slowest. */
    private static double sustained(final Node node, final Cell[] cells, final List<Child> children)
            throws IOException {
        final long startNs = System.nanoTime();
        long committed = 0;
        while (System.nanoTime() - startNs < CALIBRATION_S * SECOND_NS) {
            for (int i = 0; i < CELLS; i++) {
                try (Transaction tx = node.engine.transaction().mode(TransactionMode.COORDINATION_FREE)) {
                    tx.increment(cells[i], 1).commitOrThrow();
                }
            }
            committed += CELLS;
            final long enough = committed - 10 * CELLS;
            for (final Child child : children) {
                while (child.applied() < enough) {
                    LockSupport.parkNanos(5_000_000);
                }
            }
        }
        return committed * (double) SECOND_NS / (System.nanoTime() - startNs);
    }

    /** {@code --minutes M --rate N}. */
    public static void main(final String[] args) throws IOException, InterruptedException {
        if (args.length > 2 && args[0].equals("--child")) {
            child(Integer.parseInt(args[1]), Path.of(args[2]), List.of(args).subList(3, args.length));
            return;
        }
        double minutes = 10;
        double rate = 0;
        for (int i = 0; i + 1 < args.length; i += 2) {
            switch (args[i]) {
                case "--minutes" -> minutes = Double.parseDouble(args[i + 1]);
                case "--rate" -> rate = Double.parseDouble(args[i + 1]);
                default -> throw new IllegalArgumentException("no option " + args[i] + "; there are --minutes, --rate");
            }
        }
        final Path root = Files.createTempDirectory("abelia-soak-");
        final List<String> endpoints = new ArrayList<>();
        for (int i = 0; i < NODES; i++) {
            endpoints.add(ReplicateReport.freeEndpoint());
        }
        final List<Child> children = new ArrayList<>();
        final Thread ends = new Thread(() -> {
            children.forEach(Child::close);
            remove(root);
        });
        Runtime.getRuntime().addShutdownHook(ends);
        final boolean held;
        try (Node node = new Node(0, root, endpoints)) {
            for (int i = 1; i < NODES; i++) {
                children.add(new Child(i, root, endpoints));
            }
            for (final Child child : children) {
                child.line();
            }
            held = run(node, children, minutes, rate);
            children.forEach(Child::close);
        }
        System.exit(held ? 0 : 1);
    }

    private static boolean run(
            final Node node, final List<Child> children, final double minutes, final double givenRate)
            throws IOException, InterruptedException {
        final Cell[] cells = new Cell[CELLS];
        for (int i = 0; i < CELLS; i++) {
            cells[i] = node.engine.cell(CellType.COUNTER, "soak", "cell-" + i);
        }
        final double most = sustained(node, cells, children);
        final double rate = givenRate > 0 ? givenRate : most / 2;
        System.out.printf(
                Locale.ROOT,
                "%d processes sustain %,.0f transactions a second; %.1f minutes at %,.0f, node 3 stopped from a third to half%n",
                NODES,
                most,
                minutes,
                rate);
        System.out.println("   s  node  native MiB  heap MiB  resident MiB  files MiB  descriptors        applied");
        final int steps = 24;
        final long stepNs = (long) (minutes * 60 * SECOND_NS / steps);
        final List<List<Sample>> samples = new ArrayList<>();
        for (int i = 0; i < NODES; i++) {
            samples.add(new ArrayList<>());
        }
        long allocated = 0;
        long committed = 0;
        final Child paused = children.get(children.size() - 1);
        for (int step = 0; step < steps; step++) {
            if (step == steps / 3) {
                paused.signal("STOP");
            } else if (step == steps / 2) {
                paused.signal("CONT");
            }
            final long[] result = load(node.engine, cells, rate, System.nanoTime() + stepNs);
            allocated += step == 0 ? 0 : result[0]; // the first warms up
            committed += result[1];
            if (step < steps / 3 || step >= steps / 2) {
                note(samples, node, children, (int) ((step + 1) * stepNs / SECOND_NS));
            }
        }
        return judge(samples, allocated, committed);
    }

    private static void note(
            final List<List<Sample>> samples, final Node node, final List<Child> children, final int second)
            throws IOException {
        for (int i = 0; i < NODES; i++) {
            final Sample sample = i == 0 ? node.sample() : children.get(i - 1).sample();
            samples.get(i).add(sample);
            System.out.printf(
                    Locale.ROOT,
                    "%4d %5d %11d %9d %13d %10d %12d %,14d%n",
                    second,
                    i + 1,
                    sample.nativeKb() >> 10,
                    sample.heapKb() >> 10,
                    sample.residentKb() >> 10,
                    sample.filesKb() >> 10,
                    sample.descriptors(),
                    sample.applied());
        }
    }

    private static boolean judge(final List<List<Sample>> samples, final long allocated, final long committed) {
        boolean held = true;
        for (int i = 0; i < NODES; i++) {
            final List<Sample> of = samples.get(i);
            // before the stop, behind the first two samples, against as many at the end
            final List<Sample> early = of.subList(2, of.size() * 2 / 5);
            final List<Sample> late = of.subList(of.size() - early.size(), of.size());
            held &= flat(i, "native memory", early, late, Sample::nativeKb, SLACK_KB);
            held &= flat(i, "heap", early, late, Sample::heapKb, SLACK_KB);
            held &= flat(i, "files", early, late, Sample::filesKb, FILES_SLACK_KB);
            held &= flat(i, "descriptors", early, late, Sample::descriptors, 4);
            final long behind = samples.get(0).get(samples.get(0).size() - 1).applied()
                    - of.get(of.size() - 1).applied();
            if (behind > committed / 100) {
                System.out.println("node " + (i + 1) + " is " + behind + " transactions behind");
                held = false;
            }
        }
        System.out.printf(
                Locale.ROOT, "%,d transactions, %d bytes allocated by the committing thread%n", committed, allocated);
        if (allocated > committed / 100) { // one sample of a gauge in many seconds is not per transaction
            System.out.println("IT ALLOCATES");
            held = false;
        }
        System.out.println(held ? "flat" : "NOT FLAT");
        return held;
    }

    private static boolean flat(
            final int node,
            final String what,
            final List<Sample> early,
            final List<Sample> late,
            final java.util.function.ToLongFunction<Sample> of,
            final long slack) {
        final long before = early.stream().mapToLong(of).max().orElse(0);
        final long after = late.stream().mapToLong(of).max().orElse(0);
        if (after > before * TOLERANCE + slack) {
            System.out.println("node " + (node + 1) + ": " + what + " grew from " + before + " to " + after);
            return false;
        }
        return true;
    }

    private static void remove(final Path root) {
        try (Stream<Path> files = Files.walk(root)) {
            for (final Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        } catch (final IOException e) {
            System.err.println("could not remove " + root + ": " + e.getMessage());
        }
    }
}
