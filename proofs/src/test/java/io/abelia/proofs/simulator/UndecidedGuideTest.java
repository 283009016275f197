package io.abelia.proofs.simulator;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.abelia.engine.Durability;
import io.abelia.engine.Engine;
import io.abelia.engine.EngineContext;
import io.abelia.engine.StoreKind;
import io.abelia.engine.codec.CellType;
import io.abelia.engine.replicate.Replica;
import io.abelia.engine.replicate.ReplicaContext;
import io.abelia.engine.replicate.Transport;
import io.abelia.engine.transaction.Cell;
import io.abelia.engine.transaction.CommitResult;
import io.abelia.engine.transaction.Transaction;
import io.abelia.engine.transaction.TransactionMode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code GuidedByRemoved} of {@code tla/Directed.tla} with real engines: nodes 0, 1 and 2 are the script's 2, 1 and 3. */
class UndecidedGuideTest {
    private static final long MS = 1_000_000L;
    private static final int MAX_ROUNDS = 5_000;
    private static final int KIND_OFFSET = 5;
    private static final int HEARTBEAT = 2;
    private static final int MEMBERSHIP = 8;
    private static final Cell SET = Cell.of(CellType.REMOVE_WINS_SET, "t", "k", "c");

    private record Sent(long from, long to, UnsafeBuffer message) {
        boolean isOf(final long node) {
            return from == node || to == node;
        }

        boolean agrees() {
            return message.getByte(KIND_OFFSET) == HEARTBEAT || message.getByte(KIND_OFFSET) == MEMBERSHIP;
        }
    }

    private record Node(Engine engine, Replica replica) {}

    @TempDir
    private Path directory;

    private final Map<Long, Node> nodes = new TreeMap<>();
    private final Deque<Sent> underWay = new ArrayDeque<>();
    private Predicate<Sent> passes = sent -> true;
    private long nowNs = 1_000 * MS;
    private int launches;

    private void start(final long node, final int disk, final UnaryOperator<ReplicaContext> entry) throws IOException {
        final Engine engine = Engine.launch(new EngineContext()
                .directory(directory.resolve("disk-" + disk))
                .store(StoreKind.MEMORY)
                .durability(Durability.POWER)
                .housekeepingThread(false)
                .joiner(disk > 1)
                .closeGraceNs(0)
                .epochClock(() -> nowNs / MS)
                .nanoClock(() -> nowNs)
                .idSource(new SplittableRandom(launches++)::nextLong));
        final ReplicaContext context = entry.apply(new ReplicaContext())
                .node(node)
                .nanoClock(() -> nowNs)
                .heartbeatIntervalNs(10 * MS)
                .silenceNs(400 * MS);
        nodes.put(node, new Node(engine, new Replica(engine, context, connect(node))));
    }

    private Transport connect(final long from) {
        return new Transport() {
            @Override
            public boolean send(final long to, final DirectBuffer buffer, final int offset, final int lengthBytes) {
                final byte[] bytes = new byte[lengthBytes];
                buffer.getBytes(offset, bytes);
                underWay.add(new Sent(from, to, new UnsafeBuffer(bytes)));
                return true;
            }

            @Override
            public boolean broadcast(final DirectBuffer buffer, final int offset, final int lengthBytes) {
                nodes.keySet().stream().filter(to -> to != from).forEach(to -> send(to, buffer, offset, lengthBytes));
                return true;
            }

            @Override
            public int maxMessageBytes() {
                return Replica.MIN_MESSAGE_BYTES;
            }
        };
    }

    private void until(final BooleanSupplier condition) {
        for (int i = 0; i < MAX_ROUNDS && !condition.getAsBoolean(); i++) {
            nowNs += MS;
            nodes.values().forEach(node -> {
                node.engine().doWork();
                node.replica().doWork();
            });
            while (!underWay.isEmpty()) {
                final Sent sent = underWay.poll();
                if (passes.test(sent)) {
                    nodes.get(sent.to())
                            .replica()
                            .onMessage(sent.message(), 0, sent.message().capacity());
                }
            }
        }
        assertEquals(
                true,
                condition.getAsBoolean(),
                () -> "never; epochs: "
                        + nodes.values().stream()
                                .map(node -> node.replica().epoch())
                                .toList());
    }

    private void commit(final long node, final Consumer<Transaction> operations) {
        try (Transaction tx = engine(node).transaction().mode(TransactionMode.COORDINATION_FREE)) {
            operations.accept(tx);
            assertEquals(CommitResult.COMMITTED, tx.commit());
        }
    }

    private Engine engine(final long node) {
        return nodes.get(node).engine();
    }

    private long epoch(final long node) {
        return nodes.get(node).replica().epoch().number();
    }

    private void stop(final long node) throws IOException {
        final Node stopped = nodes.remove(node);
        stopped.replica().close();
        stopped.engine().abandon();
    }

    @AfterEach
    void stopAll() throws IOException {
        for (final long node : List.copyOf(nodes.keySet())) {
            stop(node);
        }
    }

    /** Nodes 0 and 1 have one element; then node 1 adds it again, and node 0, which does not know that, removes it. */
    private void writeApart() throws IOException {
        Files.createDirectories(directory);
        start(0, 0, context -> context.members(0, 1));
        start(1, 1, context -> context.members(0, 1));
        commit(0, tx -> tx.addToSet(SET, 1));
        until(() -> engine(1).clock().equals(engine(0).clock())
                && nodes.values().stream()
                        .allMatch(node -> node.replica().launches().size() == 2));
        final long later = nowNs + 100 * MS;
        until(() -> nowNs > later);
        passes = Sent::agrees;
        commit(1, tx -> tx.addToSet(SET, 1));
        commit(0, tx -> tx.removeFromSet(SET, 1));
    }

    /** Node 1 accepts that node 2 is admitted, does not hear that it was decided, and is removed by the two. */
    private void admitAndRemove() throws IOException {
        passes = sent -> sent.agrees() && !(sent.isOf(1) && sent.isOf(2)) && !(sent.to() == 1 && epoch(0) > 0);
        start(2, 2, ReplicaContext::join);
        until(() -> epoch(0) == 1);
        passes = sent -> !sent.isOf(1);
        until(() -> epoch(2) == 1);
        nodes.get(0L).replica().remove(1);
        until(() -> engine(2).isJoined() && epoch(2) == 2);
        until(() -> engine(2).status().values().get("units dropped as causally stable") > 0);
    }

    @Test
    void shouldNotJoinGuidedByWhoDoesNotKnowWhatItHelpedToDecide() throws IOException {
        writeApart();
        admitAndRemove();
        stop(0);
        passes = sent -> !sent.isOf(2);
        start(0, 3, context -> context.members(0, 1));
        final long later = nowNs + 1_000 * MS;
        until(() -> nowNs > later);
        passes = sent -> !sent.isOf(1);
        until(() -> engine(0).isJoined() && engine(0).clock().equals(engine(2).clock()));
        assertEquals(engine(2).digest(), engine(0).digest());
    }
}
