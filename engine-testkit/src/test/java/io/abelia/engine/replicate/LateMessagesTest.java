package io.abelia.engine.replicate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.abelia.engine.Engine;
import io.abelia.engine.codec.CellType;
import io.abelia.engine.transaction.Cell;
import io.abelia.engine.transaction.CommitResult;
import io.abelia.engine.transaction.Transaction;
import io.abelia.engine.transaction.TransactionMode;
import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;

/** What a launch sent before it lost power reaches others after what it wrote has been called impossible. */
class LateMessagesTest extends GroupTest {
    private static final Cell SET = Cell.of(CellType.REMOVE_WINS_SET, "t", "k", "c");
    private static final int ELEMENT = 7;

    private final List<byte[]> held = new ArrayList<>();
    private boolean holding;

    /** As long as messages are held, those of node 3 stay under way, and none reaches it. */
    @Override
    Transport connect(final long node) {
        final Transport inner = super.connect(node);
        return new Transport() {
            @Override
            public boolean send(final long to, final DirectBuffer buffer, final int offset, final int lengthBytes) {
                return hold(buffer, offset, lengthBytes) || inner.send(to, buffer, offset, lengthBytes);
            }

            @Override
            public boolean broadcast(final DirectBuffer buffer, final int offset, final int lengthBytes) {
                return hold(buffer, offset, lengthBytes) || inner.broadcast(buffer, offset, lengthBytes);
            }

            private boolean hold(final DirectBuffer buffer, final int offset, final int lengthBytes) {
                if (holding && node == 3) {
                    final byte[] bytes = new byte[lengthBytes];
                    buffer.getBytes(offset, bytes);
                    held.add(bytes);
                }
                return holding && node == 3;
            }

            @Override
            public int maxMessageBytes() {
                return inner.maxMessageBytes();
            }
        };
    }

    private void commit(final long node, final Consumer<Transaction> operations) {
        try (Transaction tx = nodes.get(node).engine().transaction().mode(TransactionMode.COORDINATION_FREE)) {
            operations.accept(tx);
            assertEquals(CommitResult.COMMITTED, tx.commit());
        }
    }

    /** Node 3 adds an element that nobody hears of and loses it with power; node 1 removes the element, which becomes stable. */
    private void loseAnAddAndCollectARemove() throws IOException {
        commit(1, tx -> tx.addToSet(SET, ELEMENT));
        rounds(200);
        holding = true;
        network.cut(3);
        rounds(20);
        held.clear();
        copy(directory.resolve("node-3"), directory.resolve("image"));
        commit(3, tx -> tx.addToSet(SET, ELEMENT));
        for (int i = 0; i < 120; i++) {
            nowNs += ROUND_NS;
            nodes.get(3L).replica().doWork(); // publishes, and tells; nothing forces
        }
        stop(3);
        Files.move(directory.resolve("node-3"), directory.resolve("lost"));
        Files.move(directory.resolve("image"), directory.resolve("node-3"));
        assertTrue(held.stream().anyMatch(message -> message[5] == Message.RECORDS), "a record is under way");
        holding = false;
        network.heal();
        start(3, false, ReplicaContext::join);
        rounds(300);
        commit(1, tx -> tx.removeFromSet(SET, ELEMENT));
        final Engine first = nodes.get(1L).engine();
        until(() -> first.status().values().get("units dropped as causally stable") > 0);
    }

    /** Heartbeats first, then the rest, as a hostile network would. */
    private void deliverLateTo(final long node) {
        final Replica replica = nodes.get(node).replica();
        for (final boolean heartbeats : new boolean[] {true, false}) {
            for (final byte[] message : held) {
                if (message[5] == Message.HEARTBEAT == heartbeats) {
                    replica.onMessage(new UnsafeBuffer(message), 0, message.length);
                }
            }
        }
    }

    private void requireEqualDigests() {
        until(() -> nodes.values().stream()
                .allMatch(node ->
                        node.engine().clock().equals(nodes.get(1L).engine().clock())));
        nodes.values()
                .forEach(node -> assertEquals(
                        nodes.get(1L).engine().digest(), node.engine().digest()));
        nodes.values().forEach(node -> assertEquals(0, node.engine().latest().size(SET)));
    }

    @Test
    void shouldNotTakeARecordOfADeadLaunchAfterBeingLaunchedAnew() throws IOException {
        startThree();
        loseAnAddAndCollectARemove();
        stop(2);
        start(2, false, ReplicaContext::join);
        deliverLateTo(2);
        rounds(500);
        requireEqualDigests();
    }

    @Test
    void shouldNotTakeARecordOfADeadLaunchWithAnEmptyDirectory() throws IOException {
        startThree();
        loseAnAddAndCollectARemove();
        stop(2);
        Files.move(directory.resolve("node-2"), directory.resolve("wiped"));
        start(2, true, ReplicaContext::join);
        deliverLateTo(2);
        rounds(20);
        deliverLateTo(2);
        until(() -> nodes.get(2L).engine().isJoined());
        deliverLateTo(2);
        requireEqualDigests();
    }

    @Test
    void shouldNotTakeARecordOfADeadLaunchWithAnOldCopyOfItsDirectory() throws IOException {
        startThree();
        copy(directory.resolve("node-2"), directory.resolve("old"));
        loseAnAddAndCollectARemove();
        stop(2);
        stop(1);
        stop(3);
        Files.move(directory.resolve("node-2"), directory.resolve("newer"));
        Files.move(directory.resolve("old"), directory.resolve("node-2"));
        start(2, false, ReplicaContext::join);
        deliverLateTo(2);
        assertEquals(
                0, nodes.get(2L).engine().latest().size(SET), "nothing is taken before a member has told its view");
        start(1, false, ReplicaContext::join);
        start(3, false, ReplicaContext::join);
        rounds(200);
        deliverLateTo(2);
        rounds(200);
        assertNotNull(nodes.get(2L).engine().fenced(), "what was called stable is remembered over launches");
        assertEquals(0, nodes.get(2L).engine().latest().size(SET));
        stop(2);
        requireEqualDigests();
    }

    @Test
    void shouldReportNothingInAViewThatIsNotOnDisk() throws IOException {
        startThree();
        commit(1, tx -> tx.addToSet(SET, ELEMENT));
        rounds(300);
        final String kept = Files.readString(directory.resolve("node-1").resolve("MEMBERS"));
        nodes.get(1L)
                .replica()
                .launches()
                .forEach(
                        (node, origin) -> assertTrue(kept.contains(node + "=" + Long.toHexString(origin) + ":"), kept));
        assertTrue(nodes.get(1L).replica().frontier().size() > 0);
    }
}
