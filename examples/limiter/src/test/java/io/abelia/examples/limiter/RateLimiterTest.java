package io.abelia.examples.limiter;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.abelia.engine.Engine;
import io.abelia.engine.EngineContext;
import io.abelia.engine.StoreKind;
import io.abelia.replication.Replicator;
import io.abelia.replication.ReplicatorContext;
import io.abelia.replication.security.KeyRing;
import io.abelia.replication.security.Protection;
import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Three nodes over Aeron on 127.0.0.1, each with a limiter. */
class RateLimiterTest {
    private static final long DEADLINE_NS = 30_000_000_000L;
    private static final long LIMIT = 30;

    @TempDir
    private Path directory;

    private final List<Engine> engines = new ArrayList<>();
    private final List<Replicator> replicators = new ArrayList<>();
    private final List<RateLimiter> limiters = new ArrayList<>();
    private long nowMs = 1_000_000;

    @BeforeEach
    void start() throws IOException {
        final Map<Long, String> endpoints = new TreeMap<>();
        for (long node = 1; node <= 3; node++) {
            try (DatagramSocket socket =
                    new DatagramSocket(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))) {
                endpoints.put(node, "127.0.0.1:" + socket.getLocalPort());
            }
        }
        for (long node = 1; node <= 3; node++) {
            final Engine engine = Engine.launch(new EngineContext()
                    .directory(directory.resolve("node-" + node))
                    .store(StoreKind.MEMORY));
            engines.add(engine);
            final Map<Long, String> peers = new TreeMap<>(endpoints);
            final String own = peers.remove(node);
            final ReplicatorContext context = new ReplicatorContext()
                    .engine(engine)
                    .unicast(own, peers)
                    .keys(KeyRing.of(new byte[KeyRing.KEY_BYTES]), Protection.AUTH);
            context.replica().node(node).members(1, 2, 3);
            replicators.add(Replicator.launch(context));
            limiters.add(new RateLimiter(engine, LIMIT, 60_000, () -> nowMs));
        }
    }

    @AfterEach
    void stop() throws IOException {
        replicators.forEach(Replicator::close);
        for (final Engine engine : engines) {
            engine.close();
        }
    }

    private static void until(final BooleanSupplier condition) {
        final long startNs = System.nanoTime();
        while (!condition.getAsBoolean()) {
            assertTrue(System.nanoTime() - startNs < DEADLINE_NS, "not reached in time");
            LockSupport.parkNanos(1_000_000);
        }
    }

    @Test
    void shouldCountAUsersRequestsOnAllNodesTogether() {
        for (int i = 0; i < LIMIT; i++) {
            assertTrue(limiters.get(i % 3).allow("ann"));
        }
        until(() -> limiters.stream().allMatch(limiter -> limiter.used("ann") == LIMIT));
        limiters.forEach(limiter -> assertFalse(limiter.allow("ann")));
        limiters.forEach(limiter -> assertTrue(limiter.allow("bob"), "another user"));
        nowMs += 60_000;
        limiters.forEach(limiter -> assertTrue(limiter.allow("ann"), "the next window"));
    }

    @Test
    void shouldGoOnAloneAndAgreeAfterwards() {
        replicators.get(2).isolate(true).join();
        for (int i = 0; i < LIMIT; i++) {
            assertTrue(limiters.get(0).allow("eve"));
            assertTrue(limiters.get(2).allow("eve"), "the part that is cut off decides from what it knows");
        }
        assertFalse(limiters.get(2).allow("eve"));
        replicators.get(2).isolate(false).join();
        until(() -> limiters.stream().allMatch(limiter -> limiter.used("eve") == 2 * LIMIT));
        assertEquals(engines.get(0).digest(), engines.get(2).digest());
    }
}
