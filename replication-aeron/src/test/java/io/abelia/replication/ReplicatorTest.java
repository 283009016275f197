package io.abelia.replication;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.abelia.engine.AwaitResult;
import io.abelia.engine.Engine;
import io.abelia.engine.EngineContext;
import io.abelia.engine.StoreKind;
import io.abelia.engine.clock.SessionToken;
import io.abelia.engine.codec.CellType;
import io.abelia.engine.replicate.Peer;
import io.abelia.engine.transaction.Cell;
import io.abelia.engine.transaction.CommitResult;
import io.abelia.engine.transaction.Transaction;
import io.abelia.engine.transaction.TransactionMode;
import io.abelia.replication.security.KeyRing;
import io.abelia.replication.security.Opened;
import io.abelia.replication.security.Protection;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Nodes of one process over Aeron, on 127.0.0.1 by unicast. */
class ReplicatorTest {
    private static final Duration LONG = Duration.ofSeconds(30);
    private static final byte[] KEY = new byte[KeyRing.KEY_BYTES];

    @TempDir
    private Path directory;

    private final TreeMap<Long, Engine> engines = new TreeMap<>();
    private final TreeMap<Long, Replicator> replicators = new TreeMap<>();
    private final TreeMap<Long, String> endpoints = new TreeMap<>();

    private static String freeEndpoint() throws IOException {
        try (DatagramSocket socket = new DatagramSocket(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))) {
            return "127.0.0.1:" + socket.getLocalPort();
        }
    }

    private ReplicatorContext context(final long node, final Engine engine) throws IOException {
        if (!endpoints.containsKey(node)) {
            endpoints.put(node, freeEndpoint());
        }
        final Map<Long, String> known = new TreeMap<>();
        if (node != 1) {
            known.put(1L, endpoints.get(1L)); // the others are told of
        }
        final ReplicatorContext context =
                new ReplicatorContext().engine(engine).cluster("test").unicast(endpoints.get(node), known);
        context.replica().node(node);
        if (node == 1) {
            context.replica().found(99);
        } else {
            context.replica().join();
        }
        return context;
    }

    private Engine launch(final long node) throws IOException {
        final Engine engine = Engine.launch(new EngineContext()
                .directory(directory.resolve("node-" + node))
                .store(StoreKind.MEMORY)
                .segmentBytes(4 << 20)
                .beforeImageBytes(1 << 20)
                .joiner(true));
        engines.put(node, engine);
        return engine;
    }

    private void start(final long node, final Protection protection, final byte[] key) throws IOException {
        final Engine engine = launch(node);
        final ReplicatorContext context = context(node, engine);
        replicators.put(
                node,
                Replicator.launch(
                        protection == Protection.INSECURE
                                ? context.insecure()
                                : context.keys(KeyRing.of(key), protection)));
    }

    private void stop(final long node) throws IOException {
        replicators.remove(node).close();
        engines.remove(node).close();
    }

    private void startThree(final Protection protection) throws IOException {
        for (long node = 1; node <= 3; node++) {
            start(node, protection, KEY);
        }
        until(() -> engines.values().stream().allMatch(Engine::isJoined));
    }

    private void until(final BooleanSupplier condition) {
        final long startNs = System.nanoTime();
        while (!condition.getAsBoolean()) {
            assertTrue(System.nanoTime() - startNs < LONG.toNanos(), () -> {
                final StringBuilder text = new StringBuilder("not reached");
                replicators.forEach((node, replicator) -> text.append('\n')
                        .append(node)
                        .append(' ')
                        .append(replicator.epoch())
                        .append(engines.get(node).clock())
                        .append(replicator.status().values()));
                return text.toString();
            });
            LockSupport.parkNanos(1_000_000);
        }
    }

    private long read(final long node, final String key) {
        final Engine engine = engines.get(node);
        return engine.latest().readLong(engine.cell(CellType.COUNTER, "counters", key));
    }

    private SessionToken commit(final long node, final String key) {
        try (Transaction tx = engines.get(node).transaction().mode(TransactionMode.COORDINATION_FREE)) {
            assertEquals(
                    CommitResult.COMMITTED, tx.increment("counters", key, 1).commit());
            return tx.token();
        }
    }

    @AfterEach
    void close() throws IOException {
        for (final long node : engines.keySet().toArray(Long[]::new)) {
            stop(node);
        }
    }

    @ParameterizedTest
    @EnumSource(Protection.class)
    void shouldShowACommitOnEveryNode(final Protection protection) throws IOException, InterruptedException {
        startThree(protection);
        for (long node = 1; node <= 3; node++) {
            final SessionToken token = commit(node, "a");
            for (long other = 1; other <= 3; other++) {
                assertEquals(AwaitResult.APPLIED, engines.get(other).await(token, LONG));
            }
        }
        assertEquals(3, read(2, "a"));
        assertEquals(engines.get(1L).digest(), engines.get(3L).digest());
        assertEquals(Set.of(1L, 2L, 3L), replicators.get(2L).epoch().members());
    }

    @Test
    void shouldCatchUpANodeThatWasAwayAndOneThatLostItsDisk() throws IOException {
        startThree(Protection.AUTH);
        stop(3);
        for (int i = 0; i < 20_000; i++) {
            commit(1 + i % 2, "k" + i % 100);
        }
        start(3, Protection.AUTH, KEY);
        until(() -> engines.get(3L).clock().covers(engines.get(1L).clock()));
        stop(3);
        deleteDirectory(directory.resolve("node-3"));
        start(3, Protection.AUTH, KEY);
        until(() -> engines.get(3L).isJoined()
                && engines.get(3L).clock().equals(engines.get(1L).clock()));
        assertEquals(engines.get(1L).digest(), engines.get(3L).digest());
    }

    private static void deleteDirectory(final Path path) throws IOException {
        try (var files = java.nio.file.Files.walk(path)) {
            for (final Path file :
                    files.sorted(java.util.Comparator.reverseOrder()).toList()) {
                java.nio.file.Files.delete(file);
            }
        }
    }

    @Test
    void shouldWaitForCopiesAndForTokens() throws IOException, InterruptedException {
        startThree(Protection.AUTH);
        final SessionToken token = commit(1, "a");
        assertEquals(AwaitResult.APPLIED, replicators.get(1L).awaitReplicated(token, 2, LONG));
        assertEquals(1, read(3, "a"));
        assertEquals(
                AwaitResult.TIMED_OUT,
                replicators.get(1L).awaitReplicated(token, 3, Duration.ofMillis(20)),
                "there are no three others");
        final SessionToken never = SessionToken.of(engines.get(1L).origin(), 50);
        assertEquals(AwaitResult.TIMED_OUT, engines.get(2L).await(never, Duration.ofMillis(20)));
        stop(1);
        start(1, Protection.AUTH, KEY); // it passes on how its earlier launch ended
        assertEquals(AwaitResult.LOST, engines.get(2L).await(never, LONG), "its origin has ended before that");
    }

    @Test
    void shouldKeepStrangersOutAndGoOn() throws IOException, InterruptedException {
        startThree(Protection.AUTH);
        final byte[] wrong = KEY.clone();
        wrong[0] = 1;
        start(4, Protection.AUTH, wrong);
        final Random random = new Random(3);
        try (DatagramSocket socket = new DatagramSocket()) {
            final InetSocketAddress target = address(endpoints.get(1L));
            final byte[] junk = new byte[1400];
            for (int i = 0; i < 20_000; i++) {
                random.nextBytes(junk);
                socket.send(new DatagramPacket(junk, 1 + random.nextInt(junk.length), target));
            }
        }
        final SessionToken token = commit(2, "a");
        assertEquals(AwaitResult.APPLIED, engines.get(1L).await(token, LONG));
        until(() -> replicators.get(1L).status().refusals(Opened.FORGED) > 0);
        assertTrue(!engines.get(4L).isJoined());
        assertTrue(replicators.get(1L).peers().stream().mapToLong(Peer::node).noneMatch(node -> node == 4));
        assertEquals(Set.of(1L, 2L, 3L), replicators.get(1L).epoch().members());
    }

    private static InetSocketAddress address(final String endpoint) {
        return new InetSocketAddress(
                InetAddress.getLoopbackAddress(), Integer.parseInt(endpoint.substring(endpoint.lastIndexOf(':') + 1)));
    }

    @Test
    void shouldCarryTheLongestTransaction() throws IOException, InterruptedException {
        startThree(Protection.ENCRYPT);
        final String value = "x".repeat(32_000);
        final SessionToken token;
        final Cell cell = Cell.of(CellType.LWW_REGISTER, "t", "k", "c");
        try (Transaction tx = engines.get(2L).transaction().mode(TransactionMode.COORDINATION_FREE)) {
            for (int i = 0; i < 7; i++) {
                tx.set(Cell.of(CellType.LWW_REGISTER, "t", "k" + i, "c"), value);
            }
            assertEquals(CommitResult.COMMITTED, tx.set(cell, "last").commit());
            token = tx.token();
        }
        assertEquals(AwaitResult.APPLIED, engines.get(1L).await(token, LONG));
        assertEquals(engines.get(1L).digest(), engines.get(2L).digest());
    }

    @Test
    void shouldRemoveANodeForGood() throws IOException {
        startThree(Protection.AUTH);
        until(() -> replicators.get(1L).epoch().members().size() == 3);
        replicators.get(1L).remove(3, false).join();
        until(() -> engines.get(3L).fenced() != null);
        assertEquals(Set.of(1L, 2L), replicators.get(1L).epoch().members());
        assertThrows(
                java.util.concurrent.CompletionException.class,
                () -> replicators.get(1L).remove(7, false).join());
    }

    @Test
    void shouldChangeKeysWhileItRuns() throws IOException, InterruptedException {
        startThree(Protection.AUTH);
        final Path file = directory.resolve("keys");
        final String first = "1 " + "00".repeat(32) + "\n";
        final String second = "2 " + "ab".repeat(32) + "\n";
        for (final String content : new String[] {first + second, second + first, second}) {
            java.nio.file.Files.writeString(file, content);
            for (final Replicator replicator : replicators.values()) {
                replicator.keys(KeyRing.read(file)).join();
                final SessionToken token = commit(2, "a");
                assertEquals(AwaitResult.APPLIED, engines.get(3L).await(token, LONG));
            }
        }
        assertEquals(0, replicators.get(1L).status().refusals(Opened.STRANGER));
    }

    @Test
    void shouldSayWhatWasNotConfigured() throws IOException {
        final Engine engine = launch(1);
        final ReplicatorContext open =
                new ReplicatorContext().engine(engine).multicast("224.0.1.61:40456", "localhost");
        assertTrue(assertThrows(IllegalStateException.class, () -> Replicator.launch(open))
                .getMessage()
                .contains("insecure()"));
        final ReplicatorContext nowhere = new ReplicatorContext().engine(engine).insecure();
        assertTrue(assertThrows(IllegalStateException.class, () -> Replicator.launch(nowhere))
                .getMessage()
                .contains("multicast or unicast"));
        engines.remove(1L).close();
    }
}
