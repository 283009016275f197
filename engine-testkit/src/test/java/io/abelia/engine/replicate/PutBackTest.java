package io.abelia.engine.replicate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.abelia.engine.Engine;
import io.abelia.engine.codec.CellType;
import io.abelia.engine.transaction.Cell;
import io.abelia.engine.transaction.CommitResult;
import io.abelia.engine.transaction.Transaction;
import io.abelia.engine.transaction.TransactionMode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.agrona.DirectBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Directories that are put back to an earlier state, and directories that are copied. */
class PutBackTest extends GroupTest {
    private static final long TWIN = 33;

    private boolean isDeaf;

    @Override
    boolean isBlocked(final long node, final long origin) {
        return node == TWIN && isDeaf;
    }

    /** What is sent to node 3 reaches both processes that claim to be it. */
    @Override
    Transport connect(final long node) {
        final Transport inner = super.connect(node);
        return new Transport() {
            @Override
            public boolean send(final long to, final DirectBuffer buffer, final int offset, final int lengthBytes) {
                final boolean sent = inner.send(to, buffer, offset, lengthBytes);
                return to == 3 ? inner.send(TWIN, buffer, offset, lengthBytes) && sent : sent;
            }

            @Override
            public boolean broadcast(final DirectBuffer buffer, final int offset, final int lengthBytes) {
                return inner.broadcast(buffer, offset, lengthBytes);
            }

            @Override
            public int maxMessageBytes() {
                return inner.maxMessageBytes();
            }
        };
    }

    private Path directoryOf(final long node) {
        return directory.resolve("node-" + node);
    }

    /** Node 3 has an image of its directory taken, and goes on until all call stable what the image lacks; then it is gone. */
    private void takeImageAndGoOn() throws IOException {
        startThree();
        commit(3, "a");
        until(() -> read(1, "a") == 1 && read(2, "a") == 1);
        stop(3);
        copy(directoryOf(3), directory.resolve("image"));
        start(3, false, ReplicaContext::join);
        commit(1, "b");
        commit(3, "b");
        final long first = nodes.get(1L).engine().origin();
        final long third = nodes.get(3L).engine().origin();
        until(() -> Stream.of(1L, 2L, 3L)
                .map(node -> nodes.get(node).replica().frontier())
                .allMatch(stable -> stable.get(first) >= 1 && stable.get(third) >= 1));
        rounds(1100); // and drop what was kept for them
        stop(3);
    }

    private void putBack() throws IOException {
        Files.move(directoryOf(3), directory.resolve("gone"));
        Files.move(directory.resolve("image"), directoryOf(3));
        start(3, false, ReplicaContext::join);
    }

    private void requireFenced() {
        final Engine engine = nodes.get(3L).engine();
        until(() -> engine.fenced() != null);
        assertTrue(Objects.requireNonNull(engine.fenced()).contains("older copy"), engine.fenced());
        assertEquals(CommitResult.FENCED, commit(3, "c"));
        rounds(100);
        assertEquals(0, read(1, "c"));
    }

    @Test
    void shouldFenceAnOldDirectoryAlsoAfterAllOthersHaveBeenLaunchedAnew() throws IOException {
        takeImageAndGoOn();
        for (final long node : List.of(1L, 2L)) {
            stop(node);
            start(node, false, ReplicaContext::join);
        }
        putBack();
        requireFenced();
    }

    @Test
    void shouldFenceAnOldDirectoryAlsoAfterAnEmptyOneHasHadItsNumber() throws IOException {
        takeImageAndGoOn();
        rounds(3000); // a member that has just been heard keeps its number
        isDeaf = true;
        start(TWIN, true, context -> context.node(3).join());
        rounds(200); // it is heard, hears nobody, and so does not join
        assertFalse(nodes.get(TWIN).engine().isJoined());
        stop(TWIN);
        rounds(3000);
        putBack();
        requireFenced();
    }

    @Test
    void shouldLetOneOfTwoCopiesThatRunGiveWay() throws IOException {
        startThree();
        commit(3, "a");
        until(() -> read(1, "a") == 1 && read(2, "a") == 1);
        stop(3);
        copy(directoryOf(3), directoryOf(TWIN));
        start(3, false, ReplicaContext::join);
        start(TWIN, false, context -> context.node(3).join());
        until(() ->
                Stream.of(3L, TWIN).anyMatch(node -> nodes.get(node).engine().fenced() != null));
        rounds(500);
        final long loser = nodes.get(3L).engine().fenced() == null ? TWIN : 3;
        final long winner = loser == 3 ? TWIN : 3;
        assertNotNull(nodes.get(loser).engine().fenced());
        assertNull(nodes.get(winner).engine().fenced(), "one goes on");
        final long changes = nodes.get(1L).replica().launches().hashCode();
        assertEquals(CommitResult.COMMITTED, commit(winner, "b"));
        until(() -> read(1, "b") == 1 && read(2, "b") == 1);
        rounds(500);
        assertEquals(changes, nodes.get(1L).replica().launches().hashCode(), "the duel is over");
        final long seq = nodes.get(winner)
                .engine()
                .clock()
                .get(nodes.get(winner).engine().origin());
        final long origin = nodes.get(winner).engine().origin();
        until(() -> nodes.get(1L).replica().frontier().get(origin) == seq);
    }

    private void commitSomething(final long node) {
        try (Transaction tx = nodes.get(node).engine().transaction().mode(TransactionMode.COORDINATION_FREE)) {
            final Cell set = Cell.of(CellType.REMOVE_WINS_SET, "t", "k" + random.nextInt(3), "c");
            if (random.nextBoolean()) {
                tx.addToSet(set, random.nextInt(4));
            } else {
                tx.removeFromSet(set, random.nextInt(4));
            }
            final CommitResult result = tx.commit();
            assertTrue(result == CommitResult.COMMITTED || result == CommitResult.FENCED, result.toString());
        }
    }

    /** Both copies write, and others remove and collect, until one has given way; then all that are left are equal. */
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4, 5, 6, 7, 8})
    void shouldEndEqualWhateverTwoCopiesWroteBeforeOneGaveWay(final int seed) throws IOException {
        random.setSeed(seed);
        startThree();
        stop(3);
        copy(directoryOf(3), directoryOf(TWIN));
        network.lose(0.2 * random.nextDouble());
        network.duplicate(0.2);
        network.reorder(0.3);
        start(3, false, ReplicaContext::join);
        rounds(random.nextInt(2000));
        start(TWIN, false, context -> context.node(3).join());
        until(() -> {
            final Long[] all = nodes.keySet().toArray(Long[]::new);
            commitSomething(all[random.nextInt(all.length)]);
            return Stream.of(3L, TWIN).anyMatch(node -> nodes.get(node).engine().fenced() != null);
        });
        rounds(1000); // the other one may have been found to lack what this one had
        for (final long node : List.of(3L, TWIN)) {
            if (nodes.get(node).engine().fenced() != null) {
                stop(node);
            }
        }
        for (int i = 0; i < 300; i++) {
            final Long[] all = nodes.keySet().toArray(Long[]::new);
            commitSomething(all[random.nextInt(all.length)]);
            rounds(5);
        }
        network.lose(0);
        until(() -> nodes.values().stream()
                        .map(node -> node.engine().clock())
                        .distinct()
                        .count()
                == 1);
        assertEquals(
                1,
                nodes.values().stream()
                        .map(node -> node.engine().digest())
                        .distinct()
                        .count());
        nodes.values().forEach(node -> assertNull(node.engine().fenced()));
    }
}
