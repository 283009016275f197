package io.abelia.bench.suite;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import org.HdrHistogram.Histogram;

/** Load of two kinds: so many callers that each wait for an answer, and an open loop at a rate, which does not omit what a stall delays. */
final class Load {
    private static final long HIGHEST_NS = 100_000_000_000L;
    private static final long SPIN_NS = 60_000;
    private static final double NS_PER_S = 1e9;

    /** What is measured; throws if it is not done. */
    @FunctionalInterface
    interface Call {
        void run() throws Exception;
    }

    /**
     * What a load measured.
     *
     * @param latencies nanoseconds a call
     * @param perSecond calls a second, of all callers together
     */
    record Measured(Histogram latencies, double perSecond) {
        double microseconds(final double percentile) {
            return latencies.getValueAtPercentile(percentile) / 1e3;
        }
    }

    private Load() {}

    static Histogram histogram() {
        return new Histogram(HIGHEST_NS, 3);
    }

    /** So many threads, each with a call of its own, each calling again as soon as it has been answered. */
    static Measured closed(final int callers, final long durationNs, final Supplier<Call> calls) throws Exception {
        final List<Thread> threads = new ArrayList<>();
        final List<Histogram> histograms = new ArrayList<>();
        final AtomicReference<Exception> failure = new AtomicReference<>();
        final long startNs = System.nanoTime();
        for (int i = 0; i < callers; i++) {
            final Histogram histogram = histogram();
            histograms.add(histogram);
            final Call call = calls.get();
            final Thread thread = new Thread(() -> {
                try {
                    long beforeNs = System.nanoTime();
                    while (beforeNs - startNs < durationNs) {
                        call.run();
                        final long afterNs = System.nanoTime();
                        histogram.recordValue(Math.min(HIGHEST_NS, afterNs - beforeNs));
                        beforeNs = afterNs;
                    }
                } catch (final Exception e) {
                    failure.set(e);
                }
            });
            threads.add(thread);
            thread.start();
        }
        for (final Thread thread : threads) {
            thread.join();
        }
        final double seconds = (System.nanoTime() - startNs) / NS_PER_S;
        if (failure.get() != null) {
            throw failure.get();
        }
        final Histogram all = histogram();
        histograms.forEach(all::add);
        return new Measured(all, all.getTotalCount() / seconds);
    }

    /** One caller at a rate; each call counts from the moment at which it was due. */
    static Measured open(final double perSecond, final long durationNs, final Call call) throws Exception {
        final Histogram histogram = histogram();
        final long intervalNs = (long) (NS_PER_S / perSecond);
        final long startNs = System.nanoTime();
        for (long dueNs = startNs; dueNs - startNs < durationNs; dueNs += intervalNs) {
            await(dueNs);
            call.run();
            histogram.recordValue(Math.min(HIGHEST_NS, System.nanoTime() - dueNs));
        }
        return new Measured(histogram, histogram.getTotalCount() * NS_PER_S / (System.nanoTime() - startNs));
    }

    /** Leaves the processor to others until a moment is near. */
    static void await(final long untilNs) {
        long leftNs = untilNs - System.nanoTime();
        while (leftNs > 0) {
            if (leftNs > 2 * SPIN_NS) {
                LockSupport.parkNanos(leftNs - SPIN_NS);
            } else {
                Thread.onSpinWait();
            }
            leftNs = untilNs - System.nanoTime();
        }
    }
}
