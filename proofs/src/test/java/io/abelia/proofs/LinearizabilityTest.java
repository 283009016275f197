package io.abelia.proofs;

import io.abelia.engine.Durability;
import io.abelia.engine.Engine;
import io.abelia.engine.EngineContext;
import io.abelia.engine.StoreKind;
import io.abelia.engine.codec.CellType;
import io.abelia.engine.transaction.Cell;
import io.abelia.engine.transaction.Snapshot;
import io.abelia.engine.transaction.Transaction;
import io.abelia.engine.transaction.TransactionMode;
import java.io.IOException;
import org.jetbrains.lincheck.datastructures.IntGen;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Param;
import org.jetbrains.lincheck.datastructures.StressOptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledForJreRange;
import org.junit.jupiter.api.condition.JRE;

/**
 * The public API of one engine under threads: commits, single reads and snapshots are linearizable (Lincheck, by stress). Across engines
 * isolation is causal, which this does not speak of.
 */
@SuppressWarnings("unused") // Lincheck calls the operations
public class LinearizabilityTest {
    private final Engine engine = launch();
    private final Cell left = engine.cell(CellType.COUNTER, "t", "left");
    private final Cell right = engine.cell(CellType.COUNTER, "t", "right");

    private static Engine launch() {
        try {
            return Engine.launch(new EngineContext()
                    .durability(Durability.MEMORY)
                    .store(StoreKind.MEMORY)
                    .segmentBytes(2 << 20)
                    .beforeImageBytes(1 << 20)
                    .closeGraceNs(0)
                    .housekeepingThread(false));
        } catch (final IOException e) {
            throw new IllegalStateException(e);
        }
    }

    @Operation
    public String moveTogether(@Param(gen = IntGen.class, conf = "1:9") final int value) {
        try (Transaction tx = engine.transaction().mode(TransactionMode.COORDINATION_FREE)) {
            tx.increment(left, value);
            tx.increment(right, value);
            return tx.commit().toString();
        }
    }

    @Operation
    public String addLeft(@Param(gen = IntGen.class, conf = "1:9") final int value) {
        try (Transaction tx = engine.transaction().mode(TransactionMode.COORDINATION_FREE)) {
            tx.increment(left, value);
            return tx.commit().toString();
        }
    }

    @Operation
    public long readLeft() {
        return engine.latest().readLong(left);
    }

    @Operation
    public String readBoth() {
        try (Snapshot snapshot = engine.snapshot()) {
            return snapshot.readLong(left) + "," + snapshot.readLong(right);
        }
    }

    /** What one thread after the other would see. */
    public static class Sequential {
        private long left;
        private long right;

        public String moveTogether(final int value) {
            left += value;
            right += value;
            return "COMMITTED";
        }

        public String addLeft(final int value) {
            left += value;
            return "COMMITTED";
        }

        public long readLeft() {
            return left;
        }

        public String readBoth() {
            return left + "," + right;
        }
    }

    @Test
    @DisabledForJreRange(min = JRE.JAVA_22)
    public void shouldBeLinearizableUnderThreads() {
        new StressOptions()
                .iterations(12)
                .invocationsPerIteration(300)
                .threads(3)
                .actorsPerThread(3)
                .sequentialSpecification(Sequential.class)
                .check(LinearizabilityTest.class);
    }
}
