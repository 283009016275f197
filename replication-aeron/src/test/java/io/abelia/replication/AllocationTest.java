package io.abelia.replication;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.sun.management.ThreadMXBean;
import io.abelia.engine.Durability;
import io.abelia.engine.Engine;
import io.abelia.engine.EngineContext;
import io.abelia.engine.StoreKind;
import io.abelia.engine.codec.CellType;
import io.abelia.engine.replicate.Replica;
import io.abelia.engine.replicate.ReplicaContext;
import io.abelia.engine.replicate.Transport;
import io.abelia.engine.transaction.Cell;
import io.abelia.engine.transaction.Transaction;
import io.abelia.engine.transaction.TransactionMode;
import io.abelia.replication.security.KeyRing;
import io.abelia.replication.security.Opened;
import io.abelia.replication.security.Opener;
import io.abelia.replication.security.Protection;
import io.abelia.replication.security.Sealer;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import org.agrona.DirectBuffer;
import org.junit.jupiter.api.Test;

/** A transaction that is committed, published, sealed, opened and delivered allocates nothing on the way, on either side. */
class AllocationTest {
    private static final int TRANSACTIONS = 2000;
    private static final int ROUNDS = 400;
    private static final long CLUSTER = 1;
    private static final long HEARTBEAT_NS = 50_000_000;

    private final KeyRing keys = KeyRing.of(new byte[KeyRing.KEY_BYTES]);
    private long nowNs = 1;

    /** Seals what a node sends, and has the other one open and take it at once. */
    private final class Wire implements Transport {
        private final Sealer sealer;
        private final Opener opener;
        private Replica other;

        Wire(final Engine from, final Engine to, final long node) {
            sealer = new Sealer(Protection.AUTH, keys, CLUSTER, node, from.origin(), from.numbers(), maxMessageBytes());
            opener = new Opener(Protection.AUTH, keys, CLUSTER, to.origin(), maxMessageBytes(), () -> nowNs);
        }

        @Override
        public boolean send(final long to, final DirectBuffer buffer, final int offset, final int lengthBytes) {
            return broadcast(buffer, offset, lengthBytes);
        }

        @Override
        public boolean broadcast(final DirectBuffer buffer, final int offset, final int lengthBytes) {
            final int length = sealer.seal(0, 0, buffer, offset, lengthBytes);
            assertEquals(Opened.OPENED, opener.open(sealer.frame(), 0, length));
            if (other != null) {
                other.onMessage(opener.body(), 0, opener.bodyLength());
            }
            return true;
        }

        @Override
        public int maxMessageBytes() {
            return Replica.MIN_MESSAGE_BYTES;
        }
    }

    private static Engine engine() throws IOException {
        return Engine.launch(new EngineContext()
                .durability(Durability.MEMORY)
                .store(StoreKind.MEMORY)
                .memoryLogBytes(8 << 20)
                .segmentBytes(2 << 20)
                .beforeImageBytes(1 << 20)
                .housekeepingThread(false));
    }

    private ReplicaContext context(final long node) {
        return new ReplicaContext().node(node).members(1, 2).nanoClock(() -> nowNs);
    }

    @Test
    void shouldAllocateNothingForATransactionOnEitherSide() throws IOException {
        final Engine left = engine();
        final Engine right = engine();
        final Wire toRight = new Wire(left, right, 1);
        final Wire toLeft = new Wire(right, left, 2);
        final Replica leftReplica = new Replica(left, context(1), toRight);
        final Replica rightReplica = new Replica(right, context(2), toLeft);
        toRight.other = rightReplica;
        toLeft.other = leftReplica;
        leftReplica.doWork(); // introduces itself
        rightReplica.doWork();
        nowNs += HEARTBEAT_NS;
        leftReplica.doWork(); // and says that it knows the other
        final Cell cell = left.cell(CellType.COUNTER, "counters", "views");
        final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long least = Long.MAX_VALUE;
        int rounds = 0;
        while (rounds < ROUNDS && least > 0) { // until the JIT has seen enough
            rounds++;
            left.doWork();
            right.doWork();
            final long before = threads.getCurrentThreadAllocatedBytes();
            for (int i = 0; i < TRANSACTIONS; i++) {
                try (Transaction tx = left.transaction().mode(TransactionMode.COORDINATION_FREE)) {
                    tx.increment(cell, 1).commitOrThrow();
                }
                leftReplica.doWork();
            }
            least = Math.min(least, threads.getCurrentThreadAllocatedBytes() - before);
        }
        assertEquals((long) rounds * TRANSACTIONS, right.latest().readLong(cell), "all of it arrived");
        assertEquals(0, least, "bytes for " + TRANSACTIONS + " transactions");
        leftReplica.close();
        rightReplica.close();
        left.close();
        right.close();
    }
}
