package io.abelia.engine;

import io.abelia.engine.apply.Collector;
import io.abelia.engine.apply.Kernel;
import io.abelia.engine.clock.VectorClock;
import io.abelia.engine.lock.CommitLock;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Drops what is kept for concurrent operations of others, as long as there are no others: to an engine alone everything is stable that its own
 * open transactions have observed. Before the first time it is written down that this engine collects alone; when the first other engine is
 * heard of, collection ends, and the clock up to which it went is written down as the past that whoever commits must have observed
 * ({@link io.abelia.engine.apply.CommonPast}). {@link #doWork} belongs to housekeeping.
 */
final class AloneCollection {
    private static final long INTERVAL_NS = 100_000_000L;
    /** Pauses last so many times as long as visits. */
    private static final int PAUSE = 9;

    private final Kernel kernel;
    private final @Nullable EngineDirectory directory;
    private final UnaryOperator<long[]> lowerToOpenTransactions;
    private final Collector collector;
    private final VectorClock launched;
    private volatile boolean ended;
    private VectorClock frontier = VectorClock.empty();
    private boolean isHeldUp;
    private boolean wantsNote;
    private long seenTraces;
    private long begunNs;
    private long nextNs;

    private AloneCollection(
            final Kernel kernel,
            final @Nullable EngineDirectory directory,
            final UnaryOperator<long[]> lowerToOpenTransactions,
            final boolean collects,
            final long nowNs) {
        this.kernel = kernel;
        this.directory = directory;
        this.lowerToOpenTransactions = lowerToOpenTransactions;
        this.collector = new Collector(kernel);
        this.launched = kernel.origins().toVectorClock();
        this.ended = !collects;
        this.nextNs = nowNs + INTERVAL_NS;
    }

    /** Collection for an engine that is launched; of one that is not alone any more, what it did then is required of others. */
    static AloneCollection launch(
            final Kernel kernel,
            final EngineContext context,
            final @Nullable EngineDirectory directory,
            final UnaryOperator<long[]> lowerToOpenTransactions)
            throws IOException {
        final boolean alone = kernel.isJoined() && (directory == null || directory.isAlone());
        final AloneCollection made = new AloneCollection(
                kernel,
                directory,
                lowerToOpenTransactions,
                alone && context.collectAlone(),
                context.nanoClock().nanoTime());
        if (directory != null) {
            recall(kernel, directory, alone);
        }
        kernel.rights().alone(alone, made::end);
        return made;
    }

    private static void recall(final Kernel kernel, final EngineDirectory directory, final boolean alone)
            throws IOException {
        if (!kernel.isJoined()) {
            directory.markShared(); // the state that it waits for is that of others
        }
        if (!alone) {
            kernel.commonPast().require(directory.commonPast());
        } else if (directory.hasCollected()) {
            kernel.commonPast().collected();
        }
    }

    /** Visits the next part of the state, if there is anything to drop; returns work done. */
    int doWork(final long nowNs) {
        if (ended) {
            return 0;
        }
        if (collector.isDone()) {
            return nowNs - nextNs < 0 ? 0 : begin(nowNs);
        }
        collector.collect();
        if (wantsNote) {
            wantsNote = false;
            note();
            collector.begin(this::isStable);
        } else if (collector.isDone()) {
            nextNs = nowNs + Math.max(INTERVAL_NS, PAUSE * (nowNs - begunNs));
        }
        return 1;
    }

    private int begin(final long nowNs) {
        nextNs = nowNs + INTERVAL_NS;
        kernel.lock().acquire();
        try {
            final long traces = kernel.applier().traces();
            if (ended || !kernel.isOpen() || traces == seenTraces && !isHeldUp) {
                return 0;
            }
            final VectorClock applied = kernel.origins().toVectorClock();
            final VectorClock next = observedByOpenTransactions();
            if (frontier.size() > 0 && frontier.covers(next)) {
                return 0; // a transaction has been open since
            }
            frontier = next;
            isHeldUp = !next.covers(applied);
            seenTraces = traces;
        } finally {
            kernel.lock().release();
        }
        begunNs = nowNs;
        collector.begin(this::isStable);
        return 1;
    }

    private VectorClock observedByOpenTransactions() {
        final long[] applied = new long[kernel.origins().count()];
        for (int i = 0; i < applied.length; i++) {
            applied[i] = kernel.origins().applied(i);
        }
        final long[] entries = lowerToOpenTransactions.apply(applied);
        final VectorClock.Builder clock = VectorClock.builder();
        for (int i = 0; i < entries.length; i++) {
            clock.put(kernel.origins().origin(i), entries[i]);
        }
        return clock.build();
    }

    /** Asked only where something would be dropped. */
    private boolean isStable(final long origin, final long seq) {
        final boolean stable = seq <= frontier.get(origin);
        final boolean noted = kernel.commonPast().hasCollected();
        wantsNote |= stable && !noted;
        return stable && noted;
    }

    private synchronized void note() {
        assert CommitLock.mayWait();
        if (ended) {
            return;
        }
        try {
            if (directory != null) {
                directory.markCollected();
            }
            kernel.commonPast().collected();
        } catch (final IOException e) {
            kernel.status().error(e);
            ended = true; // this launch drops nothing
        }
    }

    /** Ends collection, durably, before anything of another engine is taken. */
    synchronized void end() {
        assert CommitLock.mayWait();
        final VectorClock past;
        kernel.lock().acquire();
        try {
            ended = true;
            // every transaction of this launch has observed what was recovered
            final VectorClock reached = frontier.size() > 0 ? frontier : launched;
            past = kernel.commonPast().hasCollected() ? reached : VectorClock.empty();
        } finally {
            kernel.lock().release();
        }
        if (directory != null) {
            write(directory, past);
        }
        kernel.lock().acquire();
        try {
            kernel.commonPast().require(past);
        } finally {
            kernel.lock().release();
        }
    }

    private void write(final EngineDirectory into, final VectorClock past) {
        if (past.size() > 0) {
            // who commits must have observed it, so no power loss may take it from here
            if (!kernel.log().force()) {
                throw new UncheckedIOException(new IOException(
                        "the log could not be forced", kernel.log().failure()));
            }
            try {
                into.writeCommonPast(past);
            } catch (final IOException e) {
                throw new UncheckedIOException("what was collected alone could not be written down", e);
            }
        }
        into.markShared();
    }
}
