package io.abelia.replication;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.abelia.engine.Durability;
import io.abelia.engine.Engine;
import io.abelia.engine.EngineContext;
import io.abelia.engine.clock.SessionToken;
import io.abelia.engine.transaction.Transaction;
import io.abelia.replication.security.KeyRing;
import io.abelia.replication.security.Protection;
import io.aeron.driver.DefaultNameResolver;
import io.aeron.driver.NameResolverAgent;
import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Where nodes say that they are, and what is told of addresses and keys that are wrong. */
class AddressesTest {
    private static final long DEADLINE_NS = 60_000_000_000L;

    @TempDir
    private Path directory;

    private static int freePort() throws IOException {
        try (DatagramSocket socket = new DatagramSocket(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))) {
            return socket.getLocalPort();
        }
    }

    private static void until(final String what, final BooleanSupplier condition) {
        final long startNs = System.nanoTime();
        while (!condition.getAsBoolean()) {
            assertTrue(System.nanoTime() - startNs < DEADLINE_NS, what);
            LockSupport.parkNanos(10_000_000);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "0.0.0.0:0, is every address of this machine",
        "192.0.2.1:40400, cannot be bound",
        "no-such-name.invalid:40400, does not resolve",
        "127.0.0.1, is no endpoint",
        "127.0.0.1:70000, is no endpoint"
    })
    void anEndpointThatIsNotOnesOwnIsRefusedBeforeAnythingIsMade(final String endpoint, final String why) {
        final ReplicatorContext context = new ReplicatorContext().unicast(endpoint, Map.of());
        final String said =
                assertThrows(IllegalStateException.class, context::check).getMessage();
        assertTrue(said.contains(endpoint) && said.contains(why), said);
    }

    @Test
    void aPortThatIsTakenAndAPeerThatIsNoneAreRefused() throws IOException {
        try (DatagramSocket taken = new DatagramSocket(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))) {
            final String endpoint = "127.0.0.1:" + taken.getLocalPort();
            final String said = assertThrows(
                            IllegalStateException.class,
                            () -> new ReplicatorContext()
                                    .unicast(endpoint, Map.of())
                                    .check())
                    .getMessage();
            assertTrue(said.contains("another process has the port"), said);
        }
        final String said = assertThrows(
                        IllegalStateException.class,
                        () -> new ReplicatorContext()
                                .unicast("127.0.0.1:0", Map.of(1L, "0.0.0.0:40400"))
                                .check())
                .getMessage();
        assertTrue(said.contains("reaches none"), said);
    }

    private Engine engine(final String name) throws IOException {
        return Engine.launch(new EngineContext()
                .directory(directory.resolve(name))
                .segmentBytes(2 << 20)
                .durability(Durability.PROCESS)
                .joiner(true));
    }

    private static Replicator launch(final ReplicatorContext context, final long node) {
        context.replica().node(node);
        if (node == 1) {
            context.replica().found(7).foundDelayNs(0);
        } else {
            context.replica().join();
        }
        return Replicator.launch(context);
    }

    @Test
    void whatIsAdvertisedIsToldAndNamesAreResolvedAgainWhenTheyStopAnswering() throws IOException {
        final Map<String, String> names =
                new ConcurrentHashMap<>(Map.of("one.test", "127.0.0.1", "two.test", "127.0.0.2"));
        final NameResolverAgent resolver = (name, parameter, again) -> names.containsKey(name)
                ? address(names.get(name))
                : DefaultNameResolver.INSTANCE.resolve(name, parameter, again);
        final int port = freePort();
        final int portOfTwo = freePort();
        try (Engine one = engine("one");
                Replicator first = launch(
                        new ReplicatorContext()
                                .engine(one)
                                .insecure()
                                .nameResolver(resolver)
                                .unicast("0.0.0.0:" + port, Map.of())
                                .advertise("one.test:0"),
                        1)) {
            try (Engine two = engine("two");
                    Replicator second = launch(two(two, resolver, "127.0.0.2:" + portOfTwo, port), 2)) {
                until("node 2 joins", two::isJoined);
                assertEquals("one.test:" + port, second.endpoints().join().get(1L));
                assertEquals("two.test:" + portOfTwo, first.endpoints().join().get(2L));
            }
            names.put("two.test", "127.0.0.3");
            try (Engine two = engine("two");
                    Replicator second = launch(two(two, resolver, "127.0.0.3:" + portOfTwo, port), 2)) {
                final SessionToken token;
                try (Transaction tx = one.transaction()) {
                    tx.increment("t", "k", 1).commitOrThrow();
                    token = tx.token();
                }
                until("node 2 hears node 1 at its new address", () -> two.hasApplied(token));
                assertEquals("two.test:" + portOfTwo, first.endpoints().join().get(2L));
                assertEquals(2, second.epoch().members().size());
            }
        }
    }

    private static ReplicatorContext two(
            final Engine engine, final NameResolverAgent resolver, final String endpoint, final int portOfOne) {
        return new ReplicatorContext()
                .engine(engine)
                .insecure()
                .nameResolver(resolver)
                .unicast(endpoint, Map.of(1L, "one.test:" + portOfOne))
                .advertise("two.test:0");
    }

    private static InetAddress address(final String text) {
        try {
            return InetAddress.getByName(text);
        } catch (final IOException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void anotherKeyIsToldOnBothSides() throws IOException {
        final int port = freePort();
        try (Engine one = engine("one");
                Engine two = engine("two");
                Replicator first = launch(
                        new ReplicatorContext()
                                .engine(one)
                                .keys(KeyRing.of(new byte[KeyRing.KEY_BYTES]), Protection.AUTH)
                                .unicast("127.0.0.1:" + port, Map.of()),
                        1)) {
            until("node 1 commits", one::isJoined);
            final byte[] other = new byte[KeyRing.KEY_BYTES];
            other[0] = 1;
            try (Replicator second = launch(
                    new ReplicatorContext()
                            .engine(two)
                            .keys(KeyRing.of(other), Protection.AUTH)
                            .unicast("127.0.0.1:0", Map.of(1L, "127.0.0.1:" + port)),
                    2)) {
                until("node 1 tells", () -> first.strangers().contains("sealed with another key"));
                assertTrue(second.unjoined().contains("its key"), second.unjoined());
            }
        }
    }
}
