package io.abelia.engine.replicate;

import static org.junit.jupiter.api.Assertions.assertEquals;
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
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** An engine that was alone, and had dropped what it needed for nobody, founds a group. */
class FoundAloneTest extends GroupTest {
    private static final Cell SET = Cell.of(CellType.REMOVE_WINS_SET, "t", "k", "set");
    private static final int ALONE = 500;
    private static final long STEP_NS = 1_000_000L;
    private static final int STEPS = 100;

    private static void operate(final Engine engine, final Random random) {
        try (Transaction tx = engine.transaction().mode(TransactionMode.COORDINATION_FREE)) {
            final String element = "e" + random.nextInt(8);
            if (random.nextBoolean()) {
                tx.addToSet(SET, element);
            } else {
                tx.removeFromSet(SET, element);
            }
            assertEquals(CommitResult.COMMITTED, tx.commit());
        }
    }

    private void workAlone(final Random work) throws IOException {
        try (Engine alone = Engine.launch(new EngineContext()
                .directory(directory.resolve("node-1"))
                .store(StoreKind.MEMORY)
                .segmentBytes(2 << 20)
                .housekeepingThread(false)
                .nanoClock(() -> nowNs)
                .idSource(random::nextLong))) {
            for (int i = 0; i < ALONE; i++) {
                operate(alone, work);
                for (int step = 0; step < STEPS; step++) {
                    nowNs += STEP_NS;
                    alone.doWork();
                }
            }
            assertTrue(
                    alone.status().values().get("units dropped as causally stable") > 0,
                    () -> "" + alone.status().values());
        }
    }

    private boolean isConverged() {
        final Engine first = nodes.get(1L).engine();
        return nodes.values().stream().allMatch(node -> node.engine().clock().equals(first.clock()));
    }

    @Test
    void shouldConvergeWithThoseThatJoinAlsoAfterTheFounderIsLaunchedAgain() throws IOException {
        final Random work = new Random(3);
        workAlone(work);
        start(1, false, context -> context.found(GROUP).foundDelayNs(0));
        start(2, true, ReplicaContext::join);
        start(3, true, ReplicaContext::join);
        until(() -> nodes.values().stream()
                .allMatch(node -> members(node).equals(Set.of(1L, 2L, 3L))
                        && node.engine().isJoined()));
        for (int i = 0; i < 300; i++) {
            operate(nodes.get(1L + work.nextInt(3)).engine(), work);
            rounds(work.nextInt(3));
        }
        stop(1);
        start(1, false, context -> context.found(GROUP).foundDelayNs(0));
        for (int i = 0; i < 300; i++) {
            operate(nodes.get(1L + work.nextInt(3)).engine(), work);
            rounds(work.nextInt(3));
        }
        until(this::isConverged);
        nodes.values().forEach(node -> {
            assertEquals(nodes.get(1L).engine().digest(), node.engine().digest());
            assertEquals(0, node.engine().status().values().get("records of outsiders refused"));
        });
    }
}
