package io.abelia.engine.transaction;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.abelia.engine.Cluster;
import io.abelia.engine.Engine;
import io.abelia.engine.clock.VectorClock;
import io.abelia.engine.codec.CellType;
import io.abelia.engine.observe.Change;
import io.abelia.engine.observe.Subscription;
import io.abelia.engine.observe.TransactionHandler;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class SketchTest {
    private static final Cell VISITORS = Cell.of(CellType.SKETCH, "site", "home", "visitors");
    private final Engine engine;

    SketchTest() throws IOException {
        engine = Engine.launch(Cluster.small(new Random(1), () -> 1).segmentBytes(64 << 20));
    }

    @AfterEach
    void close() throws IOException {
        engine.close();
    }

    private Transaction begin() {
        return engine.transaction().mode(TransactionMode.COORDINATION_FREE);
    }

    @Test
    void shouldEstimateWithinItsErrorAtEverySize() {
        long added = 0;
        double squares = 0;
        int measured = 0;
        for (long size = 1; size <= 300_000; size = Math.max(size + 1, size * 5 / 4)) {
            while (added < size) {
                try (Transaction tx = begin()) {
                    for (int i = 0; i < 1000 && added < size; i++) {
                        tx.addToSketch(VISITORS, "visitor " + added++);
                    }
                    tx.commitOrThrow();
                }
            }
            final double error = (double) (engine.latest().readLong(VISITORS) - size) / size;
            assertTrue(
                    Math.abs(error) < 0.065,
                    () -> "four standard errors at " + engine.latest().readLong(VISITORS));
            squares += error * error;
            measured++;
        }
        assertTrue(Math.sqrt(squares / measured) < 0.025, "root mean square error " + Math.sqrt(squares / measured));
    }

    @Test
    void shouldNotCountWhatHasBeenAddedBefore() {
        for (int i = 0; i < 3; i++) {
            try (Transaction tx = begin()) {
                tx.addToSketch(VISITORS, "a").addToSketch(VISITORS, 7).addToSketch(VISITORS, "b");
                tx.addToSketch(VISITORS, "a");
                assertEquals(3, tx.reads().readLong(VISITORS), "a transaction sees its own operations");
                tx.commitOrThrow();
            }
        }
        assertEquals(3, engine.latest().readLong(VISITORS));
        assertEquals(0, engine.latest().readLong(Cell.of(CellType.SKETCH, "site", "other", "visitors")));
    }

    @Test
    void shouldBeRebuiltFromWhatASubscriptionTells() throws IOException {
        final List<String> told = new ArrayList<>();
        try (Subscription subscription = engine.subscribe("site", "", engine.clock(), new TransactionHandler() {
            @Override
            public void onTransaction(final long origin, final long seq, final long time, final List<Change> changes) {
                changes.forEach(change -> told.add(change.number()));
            }

            @Override
            public void onReset(final VectorClock clock) {
                throw new AssertionError(clock);
            }
        })) {
            try (Transaction tx = begin()) {
                for (int i = 0; i < 700; i++) {
                    tx.addToSketch(VISITORS, i);
                }
                tx.commitOrThrow();
            }
            subscription.poll(Integer.MAX_VALUE);
        }
        try (Engine other = Engine.launch(Cluster.small(new Random(2), () -> 1));
                Transaction tx = other.transaction().mode(TransactionMode.COORDINATION_FREE)) {
            for (final String entry : told.get(0).split(",", -1)) {
                tx.raise(VISITORS, Integer.parseInt(entry));
            }
            assertThrows(TransactionRefusedException.class, () -> tx.raise(VISITORS, 0));
            tx.commitOrThrow();
            assertEquals(engine.digest().toString(), other.digest().toString());
        }
    }
}
