package io.abelia.scheduler.city;

import io.abelia.engine.codec.CellType;
import io.abelia.engine.transaction.CommitResult;
import io.abelia.engine.transaction.Transaction;
import io.abelia.engine.transaction.TransactionMode;
import java.util.ArrayList;
import java.util.List;

/** Measures again and again how long a commit of one broker takes until every other one reads it. Any thread polls it, one at a time. */
final class SyncProbe {
    private static final long INTERVAL_NS = 250_000_000;
    private static final double NS_PER_MS = 1e6;

    private final Town town;
    private final List<Double> millis = new ArrayList<>();
    private boolean paused;
    private int probes;
    private long committedNs;
    private long nextNs;

    SyncProbe(final Town town) {
        this.town = town;
    }

    /** Does not measure while brokers are cut off; what is under way is forgotten. */
    synchronized void pause(final boolean newPaused) {
        paused = newPaused;
        committedNs = 0;
    }

    synchronized void poll() {
        if (paused) {
            return;
        }
        if (committedNs != 0) {
            if (town.brokers().stream().allMatch(broker -> read(broker) == probes)) {
                millis.add((town.nowNs() - committedNs) / NS_PER_MS);
                committedNs = 0;
            }
        } else if (town.nowNs() >= nextNs) {
            nextNs = town.nowNs() + INTERVAL_NS;
            final Town.Seat from =
                    town.broker(CityBroker.name(1 + probes % town.brokers().size()));
            if (from != null) {
                try (Transaction tx = from.engine().transaction().mode(TransactionMode.COORDINATION_FREE)) {
                    final CommitResult result =
                            tx.increment("probe", "probe", 1).commit();
                    if (result != CommitResult.COMMITTED) {
                        throw new IllegalStateException("the probe was not committed: " + result);
                    }
                }
                probes++;
                committedNs = town.nowNs();
            }
        }
    }

    private static long read(final Town.Seat broker) {
        return broker.engine().latest().readLong(broker.engine().cell(CellType.COUNTER, "probe", "probe"));
    }

    synchronized List<Double> millis() {
        return new ArrayList<>(millis);
    }
}
