package io.abelia.engine.replicate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.abelia.engine.Engine;
import io.abelia.engine.EngineContext;
import io.abelia.engine.StoreKind;
import io.abelia.engine.codec.CellType;
import io.abelia.engine.transaction.Cell;
import io.abelia.engine.transaction.CommitResult;
import io.abelia.engine.transaction.Transaction;
import io.abelia.engine.transaction.TransactionMode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Bounded counters while nodes are cut off, launched again, lose their disks, and are run twice: from a copy of their directory, with the
 * original aside, selling on, until the two change places. Whatever happens, no node that is of the group sees a holder below zero.
 */
class EscrowStormTest extends GroupTest {
    private static final int NODES = 4;
    private static final Cell STOCK = Cell.of(CellType.BOUNDED_COUNTER, "stock", "item", "");

    private record Aside(long node, Path directory, Node running) {}

    private final Map<Long, Path> directories = new TreeMap<>();
    private final List<Aside> aside = new ArrayList<>();
    private final Set<Long> cut = new HashSet<>();
    private int copies;

    static LongStream seeds() {
        return LongStream.range(0, Long.getLong("abelia.storms", 12));
    }

    @AfterEach
    void closeAside() throws IOException {
        for (final Aside twin : aside) {
            twin.running().replica().close();
            twin.running().engine().abandon();
        }
    }

    private Node launch(final long node, final Path from, final boolean joiner) throws IOException {
        final Engine engine = Engine.launch(new EngineContext()
                .directory(from)
                .store(StoreKind.MEMORY)
                .segmentBytes(2 << 20)
                .beforeImageBytes(1 << 20)
                .housekeepingThread(false)
                .joiner(joiner)
                .forceIntervalMs(5)
                .nanoClock(() -> nowNs)
                .idSource(random::nextLong));
        final ReplicaContext context =
                new ReplicaContext().node(node).nanoClock(() -> nowNs).join();
        if (node == 1 && directories.isEmpty()) {
            context.found(GROUP).foundDelayNs(0);
        }
        directories.put(node, from);
        return new Node(engine, new Replica(engine, context, network.connect(node)));
    }

    private void copy(final long node) throws IOException {
        final Path to = directory.resolve("copy-" + copies++);
        final Path from = directories.get(node);
        try (Stream<Path> files = Files.walk(from)) {
            for (final Path file : files.sorted().toList()) {
                if (!file.endsWith("abelia.lock")) {
                    Files.copy(file, to.resolve(from.relativize(file)));
                }
            }
        }
        aside.add(new Aside(node, from, nodes.remove(node)));
        nodes.put(node, launch(node, to, false));
    }

    /** The twin that was aside takes its node's place, and the other one steps aside. */
    private void swap(final int index) throws IOException {
        final Aside twin = aside.remove(index);
        final Node now = nodes.remove(twin.node());
        if (now != null) {
            aside.add(new Aside(twin.node(), directories.get(twin.node()), now));
        }
        twin.running().replica().close();
        directories.put(twin.node(), twin.directory());
        nodes.put(
                twin.node(),
                new Node(
                        twin.running().engine(),
                        new Replica(
                                twin.running().engine(),
                                new ReplicaContext()
                                        .node(twin.node())
                                        .nanoClock(() -> nowNs)
                                        .join(),
                                network.connect(twin.node()))));
    }

    private void trade(final Engine engine, final Random storm) {
        try (Transaction tx = engine.transaction().mode(TransactionMode.COORDINATION_FREE)) {
            if (storm.nextInt(4) == 0) {
                tx.release(STOCK, 1L + storm.nextInt(5));
            } else {
                tx.acquire(STOCK, 1L + storm.nextInt(4));
            }
            assertNotEquals(CommitResult.FAILED, tx.commit());
        }
    }

    private void check() {
        nodes.forEach((id, node) -> node.engine().latest().forEachHolder(STOCK, (origin, holder, rights) -> {
            assertTrue(
                    rights >= 0,
                    () -> "node " + id + " sees " + Long.toHexString(origin) + " of node " + holder + " hold "
                            + rights);
        }));
    }

    private void disturb(final Random storm) throws IOException {
        final long node = 1L + storm.nextInt(NODES);
        switch (storm.nextInt(6)) {
            case 0 -> {
                network.cut(node);
                cut.add(node);
            }
            case 1 -> {
                network.heal();
                cut.clear();
            }
            case 2 -> {
                stop(node);
                nodes.put(node, launch(node, directories.get(node), false));
            }
            case 3 -> copy(node);
            case 4 -> {
                if (!aside.isEmpty()) {
                    swap(storm.nextInt(aside.size()));
                }
            }
            default -> wipe(node);
        }
    }

    private void wipe(final long node) throws IOException {
        final boolean allJoined =
                nodes.values().stream().allMatch(each -> each.engine().isJoined());
        final boolean noneFenced =
                nodes.values().stream().allMatch(each -> each.engine().fenced() == null);
        if (allJoined && noneFenced && cut.isEmpty()) {
            stop(node);
            nodes.put(node, launch(node, directory.resolve("wiped-" + copies++), true));
        }
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void shouldNeverSellWhatANodeDoesNotHold(final long seed) throws IOException {
        final Random storm = new Random(seed);
        for (long node = 1; node <= NODES; node++) {
            nodes.put(node, launch(node, directory.resolve("node-" + node), true));
        }
        until(() -> nodes.values().stream()
                .allMatch(node -> node.engine().isJoined()
                        && node.replica().epoch().members().size() == NODES));
        for (int i = 0; i < 2500; i++) {
            round();
            final Engine engine = nodes.get(1L + storm.nextInt(NODES)).engine();
            if (engine.isJoined() && storm.nextInt(3) == 0) {
                trade(engine, storm);
            }
            if (!aside.isEmpty() && storm.nextInt(6) == 0) {
                trade(aside.get(storm.nextInt(aside.size())).running().engine(), storm);
            }
            if (storm.nextInt(120) == 0) {
                disturb(storm);
            }
            check();
        }
        network.heal();
        rounds(1500);
        check();
        final List<Engine> group = nodes.values().stream()
                .map(Node::engine)
                .filter(engine -> engine.isJoined() && engine.fenced() == null)
                .toList();
        for (final Engine engine : group) {
            if (engine.clock().equals(group.get(0).clock())) {
                assertEquals(group.get(0).digest(), engine.digest());
            }
        }
    }
}
