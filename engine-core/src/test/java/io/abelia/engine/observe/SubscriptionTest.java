package io.abelia.engine.observe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.abelia.engine.Cluster;
import io.abelia.engine.Engine;
import io.abelia.engine.clock.VectorClock;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class SubscriptionTest {
    private static final class Recorder implements TransactionHandler {
        private final List<String> seen = new ArrayList<>();
        private final List<VectorClock> resets = new ArrayList<>();
        private int failuresLeft;

        @Override
        public void onTransaction(
                final long origin, final long seq, final long hybridTime, final List<Change> changes) {
            if (failuresLeft > 0) {
                failuresLeft--;
                throw new IllegalStateException("handler fails");
            }
            seen.add(changes.stream()
                    .map(change -> change.operation() + " " + change.cell() + " "
                            + (change.value() == null ? change.number() : change.value()))
                    .toList()
                    .toString());
        }

        @Override
        public void onReset(final VectorClock clock) {
            resets.add(clock);
        }
    }

    @Test
    void shouldHandOutWholeTransactionsInCausalOrderAndGoOnFromAClock() throws IOException {
        try (Cluster cluster = new Cluster(2, 1)) {
            final Engine engine = cluster.engine(1);
            final Recorder recorder = new Recorder();
            final VectorClock resume;
            try (Subscription subscription = engine.subscribe("carts", "user-", VectorClock.empty(), recorder)) {
                cluster.commit(
                        0, tx -> tx.addToSet("carts", "user-1", "items", "book").increment("carts", "user-1", 2));
                cluster.commit(0, tx -> tx.increment("other", "user-1", 1));
                cluster.commit(0, tx -> tx.removeFromSet("carts", "user-1", "items", "book"));
                cluster.deliver(1, cluster.records().get(2));
                assertEquals(0, subscription.poll(10));
                cluster.deliver(1, cluster.records().get(0));
                cluster.deliver(1, cluster.records().get(1));
                cluster.commit(1, tx -> tx.increment("carts", "admin", 1));
                assertEquals(1, subscription.poll(1));
                recorder.failuresLeft = 1;
                assertThrows(IllegalStateException.class, () -> subscription.poll(10));
                assertEquals(1, subscription.poll(10));
                assertEquals(
                        List.of(
                                "[add carts/user-1/items book, increment carts/user-1 2]",
                                "[remove carts/user-1/items book]"),
                        recorder.seen);
                resume = subscription.clock();
            }
            assertEquals(engine.clock(), resume);
            cluster.commit(1, tx -> tx.increment("carts", "user-2", 5));
            final Recorder later = new Recorder();
            try (Subscription subscription = engine.subscribe("carts", "user-", resume, later)) {
                subscription.poll(100);
            }
            assertEquals(List.of("[increment carts/user-2 5]"), later.seen);
            assertTrue(recorder.resets.isEmpty() && later.resets.isEmpty());
        }
    }

    @Test
    void shouldResetAHandlerWhoseTransactionsHaveBeenRemovedFromTheLog() throws IOException {
        try (Engine engine = Engine.launch(Cluster.small(new Random(3), () -> 1).memoryLogBytes(4 << 20))) {
            final Recorder recorder = new Recorder();
            try (Subscription subscription = engine.subscribe("t", "", VectorClock.empty(), recorder)) {
                commit(engine, 1);
                assertEquals(1, subscription.poll(10));
                for (int i = 0; i < 200_000; i++) {
                    commit(engine, 1);
                    if (i % 1000 == 0) {
                        engine.doWork();
                    }
                }
                int polled;
                do {
                    polled = subscription.poll(1000);
                    polled += subscription.poll(1000);
                } while (polled > 0);
                assertEquals(1, recorder.resets.size());
                final long passedOver = recorder.resets.get(0).get(engine.origin());
                assertTrue(
                        recorder.seen.size() > 200_001 - passedOver,
                        "everything behind the reset, and what was read before");
                assertTrue(recorder.seen.size() < 200_001);
                assertEquals(engine.clock(), subscription.clock());
            }
        }
    }

    private static void commit(final Engine engine, final long delta) {
        try (var tx = engine.transaction().mode(io.abelia.engine.transaction.TransactionMode.COORDINATION_FREE)) {
            tx.increment("t", "k", delta).commitOrThrow();
        }
    }
}
