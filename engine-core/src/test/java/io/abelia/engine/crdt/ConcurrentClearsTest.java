package io.abelia.engine.crdt;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.abelia.engine.Cluster;
import io.abelia.engine.codec.CellType;
import io.abelia.engine.transaction.Cell;
import java.io.IOException;
import java.util.Random;
import org.junit.jupiter.api.Test;

class ConcurrentClearsTest {
    private static final Cell CELL = Cell.of(CellType.FIRST_WRITER_REGISTER, "t", "k", "c");
    private static final int NODES = 24;

    @Test
    void shouldKeepOneGhostForEachWriteAndClearHoweverManyClearsAreConcurrent() throws IOException {
        try (Cluster cluster = new Cluster(NODES, 17)) {
            cluster.commit(0, tx -> tx.set(CELL, 1));
            for (int node = 1; node < NODES; node++) {
                cluster.deliver(node, cluster.records().get(0));
            }
            final long before = cluster.engine(0).kernel().units().store().sizeBytes();
            for (int node = 0; node < NODES; node++) {
                cluster.commit(node, tx -> tx.clear(CELL));
            }
            cluster.exchangeAll(new Random(5));
            final long grown = cluster.engine(0).kernel().units().store().sizeBytes() - before;
            assertTrue(grown < 64 << 20, () -> NODES + " concurrent clears took " + grown + " bytes");
            cluster.commit(3, tx -> tx.set(CELL, 2));
            cluster.exchangeAll(new Random(6));
            assertEquals(1, cluster.engine(0).latest().readAll(CELL, value -> {}));
        }
    }
}
