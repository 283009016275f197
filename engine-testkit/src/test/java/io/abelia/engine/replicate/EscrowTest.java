package io.abelia.engine.replicate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.abelia.engine.Engine;
import io.abelia.engine.EngineContext;
import io.abelia.engine.StoreKind;
import io.abelia.engine.apply.RightsShortage;
import io.abelia.engine.codec.CellType;
import io.abelia.engine.transaction.Cell;
import io.abelia.engine.transaction.CommitResult;
import io.abelia.engine.transaction.Transaction;
import io.abelia.engine.transaction.TransactionMode;
import io.abelia.engine.transaction.TransactionRefusedException;
import java.io.IOException;
import java.nio.file.Files;
import org.junit.jupiter.api.Test;

class EscrowTest extends GroupTest {
    private static final Cell SEATS = Cell.of(CellType.BOUNDED_COUNTER, "flight", "LH1", "seats");

    private Engine engine(final long node) {
        return nodes.get(node).engine();
    }

    private static CommitResult release(final Engine engine, final long amount) {
        try (Transaction tx = engine.transaction().mode(TransactionMode.COORDINATION_FREE)) {
            return tx.release(SEATS, amount).commit();
        }
    }

    private static CommitResult acquire(final Engine engine, final long amount) {
        try (Transaction tx = engine.transaction().mode(TransactionMode.COORDINATION_FREE)) {
            return tx.acquire(SEATS, amount).commit();
        }
    }

    private static long value(final Engine engine) {
        return engine.latest().readLong(SEATS);
    }

    private void acquireInTime(final long node, final long amount) {
        until(() -> acquire(engine(node), amount) == CommitResult.COMMITTED);
    }

    private void restart(final long node) throws IOException {
        stop(node);
        start(node, false, ReplicaContext::join);
    }

    @Test
    void shouldRefuseToSpendWhatANodeDoesNotHoldAndSayWhatItHolds() throws IOException {
        startThree();
        release(engine(1), 10);
        until(() -> value(engine(2)) == 10);
        try (Transaction tx = engine(2).transaction().mode(TransactionMode.COORDINATION_FREE)) {
            tx.increment("sold", "LH1", 1).acquire(SEATS, 3);
            assertEquals(CommitResult.INSUFFICIENT_RIGHTS, tx.commit());
            final RightsShortage shortage = tx.shortage();
            assertNotNull(shortage);
            assertEquals(
                    "flight/LH1/seats: wanted 3, this node may spend 0, all nodes together 10", shortage.toString());
            assertEquals(0, engine(2).latest().readLong(engine(2).cell(CellType.COUNTER, "sold", "LH1")));
            until(() -> tx.commit() == CommitResult.COMMITTED);
            assertNull(tx.shortage());
        }
        until(() -> value(engine(1)) == 7 && value(engine(3)) == 7);
        assertEquals(1, engine(2).latest().readLong(engine(2).cell(CellType.COUNTER, "sold", "LH1")));
    }

    @Test
    void shouldNeverSellMoreThanThereIsHoweverManyNodesSell() throws IOException {
        startThree();
        network.lose(0.1);
        network.duplicate(0.2);
        network.reorder(0.2);
        release(engine(1), 100);
        int sold = 0;
        for (int i = 0; i < 3000; i++) {
            round();
            if (acquire(engine(1 + i % 3), 1 + i % 2) == CommitResult.COMMITTED) {
                sold += 1 + i % 2;
            }
            for (long node = 1; node <= 3; node++) {
                assertTrue(value(engine(node)) >= 0);
            }
        }
        assertEquals(100, sold, "nothing is left unsold while all nodes can be asked");
    }

    @Test
    void shouldAskOthersWhenTheOneThatHoldsTheMostIsOutOfReach() throws IOException {
        startThree();
        release(engine(1), 50);
        release(engine(2), 40);
        until(() -> value(engine(3)) == 90 && value(engine(1)) == 90);
        network.cut(1);
        acquireInTime(3, 1);
        assertEquals(50, engine(1).latest().readRights(SEATS));
    }

    @Test
    void shouldInheritNothingAloneOnceItHasHeardOfOthers() throws IOException {
        startThree();
        release(engine(1), 10);
        until(() -> value(engine(2)) == 10);
        stop(2);
        try (Engine engine = Engine.launch(new EngineContext()
                .directory(directory.resolve("node-2"))
                .store(StoreKind.MEMORY)
                .segmentBytes(2 << 20)
                .housekeepingThread(false)
                .idSource(random::nextLong))) {
            assertEquals(CommitResult.INSUFFICIENT_RIGHTS, acquire(engine, 1), "they are node 1's, which lives");
        }
        assertEquals(CommitResult.COMMITTED, acquire(engine(1), 10));
    }

    @Test
    void shouldHandOverRightsToANodeThatIsNamed() throws IOException {
        startThree();
        release(engine(1), 10);
        try (Transaction tx = engine(1).transaction().mode(TransactionMode.COORDINATION_FREE)) {
            assertThrows(TransactionRefusedException.class, () -> tx.transfer(SEATS, 9, 1));
            tx.transfer(SEATS, 3, 4);
            assertEquals(6, tx.reads().readRights(SEATS));
            tx.transfer(SEATS, 3, 2).commitOrThrow();
        }
        assertEquals(4, engine(1).latest().readRights(SEATS));
        until(() -> engine(3).latest().readRights(SEATS) == 6);
        assertEquals(10, value(engine(3)));
    }

    @Test
    void shouldInheritTheRightsOfItsEarlierLaunchesOnceAllMembersHavePromised() throws IOException {
        startThree();
        release(engine(1), 10);
        acquire(engine(1), 1);
        until(() -> value(engine(2)) == 9 && value(engine(3)) == 9);
        network.cut(3);
        restart(1);
        assertEquals(CommitResult.INSUFFICIENT_RIGHTS, acquire(engine(1), 1), "a launch begins without rights");
        rounds(1000);
        assertEquals(CommitResult.INSUFFICIENT_RIGHTS, acquire(engine(1), 1), "node 3 has not promised");
        network.heal();
        acquireInTime(1, 9);
        until(() -> value(engine(2)) == 0 && value(engine(3)) == 0);
    }

    @Test
    void shouldFetchTheRightsOfAnotherNodesEarlierLaunches() throws IOException {
        startThree();
        release(engine(1), 10);
        until(() -> value(engine(2)) == 10 && value(engine(3)) == 10);
        restart(1);
        acquireInTime(2, 10);
        until(() -> value(engine(1)) == 0 && value(engine(3)) == 0);
    }

    @Test
    void shouldInheritTheRightsOfANodeThatLostItsDisk() throws IOException {
        startThree();
        release(engine(1), 10);
        until(() -> value(engine(2)) == 10 && value(engine(3)) == 10);
        stop(1);
        Files.move(directory.resolve("node-1"), directory.resolve("lost"));
        start(1, true, ReplicaContext::join);
        until(() -> engine(1).isJoined());
        acquireInTime(1, 10);
    }

    @Test
    void shouldInheritTheRightsOfANodeThatHasBeenRemoved() throws IOException {
        startThree();
        release(engine(3), 10);
        until(() -> value(engine(1)) == 10 && value(engine(2)) == 10);
        stop(3);
        rounds(100);
        assertEquals(CommitResult.INSUFFICIENT_RIGHTS, acquire(engine(2), 10));
        rounds(1000);
        assertEquals(CommitResult.INSUFFICIENT_RIGHTS, acquire(engine(2), 10), "lost until its removal is agreed");
        nodes.get(1L).replica().remove(3);
        acquireInTime(2, 10);
        until(() -> value(engine(1)) == 0);
    }

    @Test
    void shouldNotLetACopyOfADirectorySpendTheSameRightsTwice() throws IOException {
        startThree();
        release(engine(1), 10);
        until(() -> value(engine(2)) == 10 && value(engine(3)) == 10);
        rounds(100);
        copy(directory.resolve("node-1"), directory.resolve("copy"));

        // the copy runs elsewhere under the same number, while the original is out of reach and goes on selling
        final Node original = nodes.remove(1L);
        network.disconnect(1);
        assertEquals(CommitResult.COMMITTED, acquire(original.engine(), 7));
        final Engine copy = Engine.launch(new EngineContext()
                .directory(directory.resolve("copy"))
                .store(StoreKind.MEMORY)
                .segmentBytes(2 << 20)
                .beforeImageBytes(1 << 20)
                .housekeepingThread(false)
                .nanoClock(() -> nowNs)
                .idSource(random::nextLong));
        final Replica replica = new Replica(
                copy, new ReplicaContext().node(1).nanoClock(() -> nowNs).join(), network.connect(1));
        nodes.put(1L, new Node(copy, replica));
        acquireInTime(1, 10);
        until(() -> value(engine(2)) == 0 && value(engine(3)) == 0);

        // the original comes back: it is told, and what it sold meanwhile does not count twice
        stop(1);
        final Transport again = network.connect(1);
        original.replica().close();
        final Replica back = new Replica(
                original.engine(),
                new ReplicaContext().node(1).nanoClock(() -> nowNs).join(),
                again);
        nodes.put(1L, new Node(original.engine(), back));
        until(() -> original.engine().fenced() != null);
        rounds(500);
        assertEquals(0, value(engine(2)));
        assertEquals(0, value(engine(3)));
        assertEquals(CommitResult.FENCED, acquire(original.engine(), 1));
    }

    @Test
    void shouldStayHeirWhenItDiedBeforeItHeardThatItHadBecomeIt() throws IOException {
        startThree();
        release(engine(1), 10);
        until(() -> value(engine(2)) == 10 && value(engine(3)) == 10);
        restart(1);
        until(() -> !nodes.get(1L).replica().peers().isEmpty());
        acquire(engine(1), 1);
        until(() -> nodes.get(2L).replica().epoch().heirs().containsKey(1L)
                || nodes.get(1L).replica().epoch().heirs().containsKey(1L));
        restart(1);
        acquireInTime(1, 10);
        assertNull(engine(1).fenced());
        assertNotEquals(0, engine(1).origin());
    }

    @Test
    void shouldGoOnWithItsStockWhenAnEngineAloneIsLaunchedAgain() throws IOException {
        try (Engine engine = alone()) {
            assertEquals(CommitResult.COMMITTED, release(engine, 10));
            assertEquals(CommitResult.INSUFFICIENT_RIGHTS, acquire(engine, 11));
            assertEquals(CommitResult.COMMITTED, acquire(engine, 4));
        }
        try (Engine engine = alone()) {
            assertEquals(6, value(engine));
            assertEquals(CommitResult.COMMITTED, acquire(engine, 5));
            assertEquals(CommitResult.INSUFFICIENT_RIGHTS, acquire(engine, 2));
            assertEquals(1, value(engine));
        }
        start(7, false, context -> context.found(GROUP).foundDelayNs(0)); // and with that, a group
        try (Engine engine = alone()) {
            release(engine, 3);
        }
    }

    private Engine alone() throws IOException {
        return Engine.launch(new EngineContext()
                .directory(directory.resolve("alone"))
                .store(StoreKind.MEMORY)
                .segmentBytes(2 << 20)
                .beforeImageBytes(1 << 20)
                .housekeepingThread(false)
                .idSource(random::nextLong));
    }

    @Test
    void shouldInheritAsTheFounderWhatTheEngineHeldBeforeThereWasAGroup() throws IOException {
        Files.createDirectories(directory.resolve("node-1"));
        try (Engine engine = Engine.launch(new EngineContext()
                .directory(directory.resolve("node-1"))
                .store(StoreKind.MEMORY)
                .segmentBytes(2 << 20)
                .housekeepingThread(false)
                .idSource(random::nextLong))) {
            release(engine, 10);
        }
        start(1, false, context -> context.found(GROUP).foundDelayNs(0));
        start(2, true, ReplicaContext::join);
        until(() -> engine(2).isJoined() && value(engine(2)) == 10);
        acquireInTime(2, 10);
    }
}
