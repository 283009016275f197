package io.abelia.bench.suite;

import io.abelia.engine.Engine;
import io.abelia.engine.EngineContext;
import io.abelia.engine.StoreKind;
import io.abelia.engine.clock.OriginTable;
import io.abelia.engine.clock.RecordClock;
import io.abelia.replication.Replicator;
import io.abelia.replication.ReplicatorContext;
import io.abelia.replication.security.KeyRing;
import io.abelia.replication.security.Protection;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Function;
import org.agrona.concurrent.BackoffIdleStrategy;
import org.agrona.concurrent.IdleStrategy;
import org.jspecify.annotations.Nullable;

/** An engine with durability PROCESS and its replication over Aeron. */
final class RealNode implements AutoCloseable {
    private static final long PATIENCE_NS = 120_000_000_000L;
    private static final long TURN_NS = 100_000;

    private static final int MANY = 10;
    private static final long OFTEN_NS = 50_000_000;
    private static final long RARE_NS = 200_000_000;

    private final Engine engine;
    private final Replicator replicator;

    /** Starts the node of an index; the one of index 0 founds the group. */
    RealNode(final int index, final List<String> endpoints, final Path directory, final @Nullable String driver)
            throws IOException {
        this(index, endpoints, directory, driver, RecordClock::new);
    }

    RealNode(
            final int index,
            final List<String> endpoints,
            final Path directory,
            final @Nullable String driver,
            final Function<OriginTable, RecordClock> clock)
            throws IOException {
        engine = Engine.launch(new EngineContext()
                .directory(directory.resolve("node-" + index))
                .store(StoreKind.MEMORY)
                .segmentBytes(8 << 20)
                .recordClock(clock)
                .joiner(index > 0));
        final Map<Long, String> peers = new TreeMap<>();
        for (int i = 0; i < endpoints.size(); i++) {
            if (i != index) {
                peers.put(i + 1L, endpoints.get(i));
            }
        }
        final ReplicatorContext context = new ReplicatorContext()
                .engine(engine)
                .idleStrategy(idle(driver != null))
                .unicast(endpoints.get(index), peers)
                .keys(KeyRing.of(new byte[KeyRing.KEY_BYTES]), Protection.AUTH);
        if (driver != null) {
            context.externalDriver(driver);
        }
        context.replica().node(index + 1L).heartbeatIntervalNs(endpoints.size() > MANY ? RARE_NS : OFTEN_NS);
        if (index == 0) {
            context.replica().found(5).foundDelayNs(0);
        } else {
            context.replica().join();
        }
        replicator = Replicator.launch(context);
    }

    /** Nodes that share a machine with many others sleep longer. */
    private static IdleStrategy idle(final boolean shares) {
        return shares
                ? new BackoffIdleStrategy(1, 1, 10_000, 1_000_000)
                : new BackoffIdleStrategy(100, 10, 1_000, 100_000);
    }

    Engine engine() {
        return engine;
    }

    void awaitJoined() {
        final long startNs = System.nanoTime();
        while (!engine.isJoined()) {
            requireTime(startNs, "join");
            LockSupport.parkNanos(TURN_NS);
        }
    }

    /** Waits until so many transactions have been applied. */
    void awaitApplied(final long transactions) {
        final long startNs = System.nanoTime();
        while (Work.applied(engine) < transactions) {
            requireTime(startNs, "apply " + transactions + " transactions; it has " + Work.applied(engine));
            LockSupport.parkNanos(TURN_NS);
        }
    }

    private static void requireTime(final long sinceNs, final String what) {
        if (System.nanoTime() - sinceNs > PATIENCE_NS) {
            throw new IllegalStateException("a node did not " + what + " in time");
        }
    }

    @Override
    public void close() throws IOException {
        replicator.close();
        engine.close();
    }
}
