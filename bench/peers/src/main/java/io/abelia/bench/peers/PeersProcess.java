package io.abelia.bench.peers;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.SplittableRandom;
import java.util.concurrent.locks.LockSupport;

/**
 * Measures one system, as lines on standard input ask: {@code visible SAMPLES}, {@code rate KEYS COUNT}, {@code fill KEYS}, {@code memory},
 * {@code late KEYS}. Answers each in one line of numbers; ends with its input.
 */
public final class PeersProcess {
    private static final long POLL_NS = 20_000;
    private static final long PATIENCE_NS = 120_000_000_000L;
    private static final double NS_PER_S = 1e9;
    private static final int KIB = 1024;

    private final Peers peers;
    private long updatesOfFirst;

    private PeersProcess(final Peers peers) {
        this.peers = peers;
    }

    /** Answers until the input ends. */
    public static void serve(final Peers peers) throws Exception {
        final PeersProcess process = new PeersProcess(peers);
        final PrintStream answers = System.out;
        System.setOut(System.err); // what else is said is no answer
        try (BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8))) {
            answers.println("ready");
            for (String line = in.readLine(); line != null; line = in.readLine()) {
                answers.println(process.answer(line.split(" ", -1)));
            }
        }
    }

    private String answer(final String[] words) throws Exception {
        return switch (words[0]) {
            case "visible" -> visible(Integer.parseInt(words[1]));
            case "rate" -> rate(Integer.parseInt(words[1]), Integer.parseInt(words[2]));
            case "fill" -> fill(Integer.parseInt(words[1]));
            case "memory" -> memory();
            case "late" -> late(Integer.parseInt(words[1]));
            default -> throw new IllegalArgumentException("no measurement " + words[0]);
        };
    }

    /** Nanoseconds from before an update on the first member until the second reads it; at random moments, so not in step with any timer. */
    private String visible(final int samples) throws Exception {
        final StringBuilder all = new StringBuilder();
        final SplittableRandom random = new SplittableRandom(samples);
        for (int i = 0; i < samples; i++) {
            LockSupport.parkNanos(random.nextLong(1_000_000, 20_000_000));
            final long startNs = System.nanoTime();
            peers.update(0);
            final long expected = ++updatesOfFirst;
            await(startNs, () -> peers.readOnSecond(0) >= expected);
            all.append(i == 0 ? "" : " ").append(System.nanoTime() - startNs);
        }
        return all.toString();
    }

    /** Something that becomes true. */
    @FunctionalInterface
    private interface Condition {
        boolean holds() throws Exception;
    }

    private static void await(final long startNs, final Condition condition) throws Exception {
        while (!condition.holds()) {
            if (System.nanoTime() - startNs > PATIENCE_NS) {
                throw new IllegalStateException("not reached within " + PATIENCE_NS / NS_PER_S + " s");
            }
            LockSupport.parkNanos(POLL_NS);
        }
    }

    private String rate(final int keys, final int count) throws Exception {
        final long startNs = System.nanoTime();
        peers.updateMany(keys, count);
        final double seconds = (System.nanoTime() - startNs) / NS_PER_S;
        updatesOfFirst += (count + keys - 1) / keys;
        return Double.toString(count / seconds);
    }

    /** Seconds until the second member has so many counters, each updated once by the first; and how many it has by then. */
    private String fill(final int keys) throws Exception {
        final long startNs = System.nanoTime();
        peers.updateMany(keys, keys);
        updatesOfFirst++;
        return arrived(keys, startNs, peers::readOnSecond);
    }

    private String late(final int keys) throws Exception {
        final long startNs = System.nanoTime();
        peers.startThird();
        return arrived(keys, startNs, peers::readOnThird);
    }

    /** Reads a counter of one member. */
    @FunctionalInterface
    private interface Reader {
        long read(int key) throws Exception;
    }

    private static String arrived(final int keys, final long startNs, final Reader reader) throws Exception {
        int present = 0;
        while (present < keys && System.nanoTime() - startNs < PATIENCE_NS) {
            if (reader.read(present) > 0) {
                present++;
            } else {
                LockSupport.parkNanos(POLL_NS);
            }
        }
        return (System.nanoTime() - startNs) / NS_PER_S + " " + present;
    }

    /** Bytes of heap in use after collections, and of anonymous memory outside it (the heap is touched from the start, so it does not grow). */
    private static String memory() throws IOException, InterruptedException {
        for (int i = 0; i < 3; i++) {
            System.gc();
            Thread.sleep(200);
        }
        final long heap =
                ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
        long anonymous = 0;
        for (final String line : Files.readAllLines(Path.of("/proc/self/status"))) {
            if (line.startsWith("RssAnon:")) {
                anonymous = Long.parseLong(line.replaceAll("\\D", "")) * KIB;
            }
        }
        return heap + " " + anonymous;
    }

    /** Serves {@code pekko} or {@code hazelcast}. */
    public static void main(final String[] args) throws Exception {
        try (Peers peers = args[0].equals("pekko") ? new PekkoPeers() : new HazelcastPeers()) {
            serve(peers);
        }
        System.exit(0); // whatever threads they leave
    }
}
