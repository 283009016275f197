package io.abelia.nemesis;

import io.abelia.histories.HistoryRecorder;
import io.abelia.histories.RecordedSession;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongSupplier;

/** A client that reads and writes a {@link HistoryTable}, moves between nodes, and notes what it was answered. */
final class HistorySession implements Runnable {
    private static final int MOVE_ONE_IN = 8;
    private static final int READS_ONE_IN = 2;
    private static final int MAX_WRITES = 3;
    private static final int MAX_READS = 6;
    private static final int PATIENCE = 30;
    private static final long REFUSED_NS = 100_000_000L;
    private static final long FAREWELL_NS = 60_000_000_000L;

    private final List<Daemon> nodes;
    private final HistoryTable table;
    private final HistoryRecorder recorder;
    private final LongSupplier values;
    private final Random random;
    private final int farewell;
    private final long pauseNs;
    private RecordedSession record;
    private int node;
    private int inVain;
    private int moves;
    private int refused;
    private int unknown;
    private int abandoned;
    private volatile boolean running = true;

    /**
     * @param farewell the key that it writes when it ends
     * @param pauseNs how long it waits from one transaction to the next
     */
    HistorySession(
            final List<Daemon> nodes,
            final HistoryTable table,
            final HistoryRecorder recorder,
            final LongSupplier values,
            final Random random,
            final int farewell,
            final long pauseNs) {
        this.nodes = nodes;
        this.table = table;
        this.recorder = recorder;
        this.values = values;
        this.random = random;
        this.farewell = farewell;
        this.pauseNs = pauseNs;
        record = recorder.session();
    }

    void stop() {
        running = false;
    }

    int moves() {
        return moves;
    }

    int refused() {
        return refused;
    }

    int unknown() {
        return unknown;
    }

    int abandoned() {
        return abandoned;
    }

    @Override
    public void run() {
        while (running) {
            final Daemon at = nodes.get(node);
            if (!at.isUp() || at.isPaused() || random.nextInt(MOVE_ONE_IN) == 0) {
                node = random.nextInt(nodes.size());
                moves++;
            } else {
                served(random.nextInt(READS_ONE_IN) == 0 ? read(at) : write(at, drawn()));
            }
            LockSupport.parkNanos(pauseNs);
        }
        sayFarewell();
    }

    private void sayFarewell() {
        final long startNs = System.nanoTime();
        while (System.nanoTime() - startNs < FAREWELL_NS) {
            if (write(nodes.get(node), new TreeMap<>(Map.of(farewell, values.getAsLong())))) {
                return;
            }
            served(false);
        }
    }

    /** A node that lacks what the session saw may get it later, or never, if its only copy was destroyed: then another session begins. */
    private void served(final boolean wasServed) {
        if (wasServed) {
            inVain = 0;
            return;
        }
        refused++;
        LockSupport.parkNanos(REFUSED_NS);
        if (++inVain == PATIENCE) {
            abandoned++;
            beginAnother();
        } else if (random.nextBoolean()) {
            node = random.nextInt(nodes.size());
        }
    }

    private void beginAnother() {
        inVain = 0;
        table.forget();
        record = recorder.session();
    }

    private boolean read(final Daemon at) {
        final List<long[]> all = table.read(at);
        if (all.isEmpty()) {
            return false;
        }
        for (int i = 1 + random.nextInt(MAX_READS); i > 0; i--) {
            final int key = random.nextInt(HistoryTable.KEYS);
            record.read(key, all.get(key));
        }
        record.committed();
        return true;
    }

    private SortedMap<Integer, Long> drawn() {
        final SortedMap<Integer, Long> writes = new TreeMap<>();
        for (int i = 1 + random.nextInt(MAX_WRITES); i > 0; i--) {
            writes.computeIfAbsent(random.nextInt(HistoryTable.KEYS), key -> values.getAsLong());
        }
        return writes;
    }

    private boolean write(final Daemon at, final SortedMap<Integer, Long> writes) {
        final HistoryTable.Outcome outcome = table.write(at, writes);
        if (outcome == HistoryTable.Outcome.REFUSED) {
            return false;
        }
        writes.forEach(record::write);
        if (outcome == HistoryTable.Outcome.UNKNOWN) {
            unknown++;
            record.unknown();
            beginAnother();
            return false;
        }
        record.committed();
        return true;
    }
}
