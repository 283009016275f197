package io.abelia.engine.replicate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.abelia.engine.Engine;
import io.abelia.engine.EngineContext;
import io.abelia.engine.StoreKind;
import io.abelia.engine.transaction.CommitResult;
import io.abelia.engine.transaction.Transaction;
import io.abelia.engine.transaction.TransactionMode;
import io.abelia.testkit.InProcessNetwork;
import java.io.IOException;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.io.TempDir;

/** Several real engines with directories and replicas on a simulated network and clock, for tests of groups. */
abstract class GroupTest {
    static final int MAX_ROUNDS = 20_000;
    static final long ROUND_NS = 1_000_000;
    private static final int SENDER_ORIGIN_OFFSET = 22;
    static final long WALL_MS = 1_800_000_000_000L;
    static final long GROUP = 0xabe11aL;

    @TempDir
    Path directory;

    record Node(Engine engine, Replica replica) {}

    final TreeMap<Long, Node> nodes = new TreeMap<>();
    final InProcessNetwork network = new InProcessNetwork(5);
    final Random random = new Random(23);
    /** Epoch number -> members, as any node ever knew them. */
    final Map<Long, Set<Long>> epochs = new TreeMap<>();

    /** By how much the wall clocks of nodes are wrong. */
    final Map<Long, Long> wrongMs = new TreeMap<>();

    long nowNs;

    Engine start(final long node, final boolean joiner, final Consumer<ReplicaContext> entry) throws IOException {
        final Engine engine = Engine.launch(new EngineContext()
                .directory(directory.resolve("node-" + node))
                .store(StoreKind.MEMORY)
                .segmentBytes(2 << 20)
                .beforeImageBytes(1 << 20)
                .housekeepingThread(false)
                .joiner(joiner)
                .forceIntervalMs(5)
                .nanoClock(() -> nowNs)
                .epochClock(() -> WALL_MS + nowNs / ROUND_NS + wrongMs.getOrDefault(node, 0L))
                .idSource(random::nextLong));
        final ReplicaContext context = new ReplicaContext().node(node).nanoClock(() -> nowNs);
        entry.accept(context);
        try {
            nodes.put(node, new Node(engine, new Replica(engine, context, connect(node))));
        } catch (final RuntimeException e) {
            engine.close();
            throw e;
        }
        return engine;
    }

    /** Whether a node hears nothing of a launch. */
    boolean isBlocked(final long node, final long origin) {
        return false;
    }

    Transport connect(final long node) {
        return network.connect(node);
    }

    void startThree() throws IOException {
        start(1, true, context -> context.found(GROUP).foundDelayNs(0));
        start(2, true, ReplicaContext::join);
        start(3, true, ReplicaContext::join);
        until(() -> nodes.values().stream()
                .allMatch(node -> members(node).equals(Set.of(1L, 2L, 3L))
                        && node.engine().isJoined()));
        until(() -> nodes.values().stream()
                .allMatch(node -> node.replica().peers().stream().allMatch(Peer::votes)));
    }

    /** Copies the directory of an engine that is down. */
    static void copy(final Path from, final Path to) throws IOException {
        try (Stream<Path> files = Files.walk(from)) {
            for (final Path file : files.sorted().toList()) {
                Files.copy(file, to.resolve(from.relativize(file).toString()));
            }
        }
        Files.deleteIfExists(to.resolve("LOCK"));
    }

    static Set<Long> members(final Node node) {
        return node.replica().epoch().members();
    }

    void round() {
        nowNs += ROUND_NS;
        nodes.forEach((id, node) -> {
            node.engine().doWork();
            network.deliver(id, (buffer, offset, length) -> {
                if (!isBlocked(id, buffer.getLong(offset + SENDER_ORIGIN_OFFSET, ByteOrder.LITTLE_ENDIAN))) {
                    node.replica().onMessage(buffer, offset, length);
                }
            });
            node.replica().doWork();
            final Epoch epoch = node.replica().epoch();
            if (epoch.group() == GROUP) {
                assertEquals(
                        epochs.computeIfAbsent(epoch.number(), number -> epoch.members()),
                        epoch.members(),
                        "one content for an epoch");
            }
        });
    }

    void rounds(final int count) {
        for (int i = 0; i < count; i++) {
            round();
        }
    }

    void until(final BooleanSupplier condition) {
        for (int i = 0; !condition.getAsBoolean(); i++) {
            assertTrue(i < MAX_ROUNDS, () -> "not reached: " + describe());
            round();
        }
    }

    String describe() {
        final StringBuilder text = new StringBuilder();
        nodes.forEach((id, node) -> text.append('\n')
                .append(id)
                .append(' ')
                .append(node.replica().epoch())
                .append(node.engine().isJoined() ? " joined " : " not joined ")
                .append(node.engine().clock())
                .append(node.replica().peers().stream()
                        .map(peer -> peer.node() + (peer.votes() ? " votes" : ""))
                        .toList()));
        return text.toString();
    }

    void stop(final long node) throws IOException {
        final Node stopped = nodes.remove(node);
        network.disconnect(node);
        stopped.replica().close();
        stopped.engine().abandon();
    }

    CommitResult commit(final long node, final String key) {
        try (Transaction tx = nodes.get(node).engine().transaction().mode(TransactionMode.COORDINATION_FREE)) {
            return tx.increment("counters", key, 1)
                    .addToSet("sets", key, "tags", "tag-" + nowNs)
                    .commit();
        }
    }

    long read(final long node, final String key) {
        final Engine engine = nodes.get(node).engine();
        return engine.latest().readLong(engine.cell(io.abelia.engine.codec.CellType.COUNTER, "counters", key));
    }

    @AfterEach
    void close() throws IOException {
        for (final long node : nodes.keySet().toArray(Long[]::new)) {
            stop(node);
        }
    }
}
