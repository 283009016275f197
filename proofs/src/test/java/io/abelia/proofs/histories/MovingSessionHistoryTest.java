package io.abelia.proofs.histories;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.abelia.engine.transaction.Transaction;
import io.abelia.engine.transaction.TransactionMode;
import io.abelia.engine.transaction.Value;
import io.abelia.histories.Anomaly;
import io.abelia.histories.CausalConsistencyChecker;
import io.abelia.histories.HistoryRecorder;
import io.abelia.histories.RecordedSession;
import io.abelia.testkit.InProcessNetwork;
import java.io.IOException;
import java.nio.file.Path;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The smallest case of a session that reads after its last commit and then moves. */
class MovingSessionHistoryTest {
    private static final int X = 0;
    private static final int Y = 1;
    private static final long TURN_NS = 1_000_000;
    private static final int TURNS = 200;

    @TempDir
    private Path directory;

    private final InProcessNetwork network = new InProcessNetwork(1);
    private final HistoryRecorder recorder = new HistoryRecorder();
    private final RecordedSession session = recorder.session();
    private final RecordedSession other = recorder.session();
    private final EmbeddedNode[] nodes = new EmbeddedNode[2];
    private long nowNs;

    @BeforeEach
    void launch() throws IOException {
        for (int node = 0; node < nodes.length; node++) {
            nodes[node] = new EmbeddedNode(
                    node, new long[] {0, 1}, directory, network, () -> nowNs, new SplittableRandom(node));
            nodes[node].launch();
        }
    }

    @AfterEach
    void kill() throws IOException {
        for (final EmbeddedNode node : nodes) {
            node.kill();
        }
    }

    private void turns() throws IOException {
        for (int turn = 0; turn < TURNS; turn++) {
            nowNs += TURN_NS;
            for (final EmbeddedNode node : nodes) {
                node.turn();
            }
        }
    }

    private void write(final int node, final RecordedSession by, final Mover mover, final int key, final long value) {
        try (Transaction tx = nodes[node].engine().transaction().mode(TransactionMode.COORDINATION_FREE)) {
            tx.reads(); // takes the snapshot
            mover.hasRead(tx, nodes[node].engine().clock());
            tx.set(nodes[node].cell(key), value);
            tx.commitOrThrow();
            mover.hasCommitted(tx, true);
            by.write(key, value).committed();
        }
    }

    private void read(final int node, final Mover mover, final int key) {
        final Value value = new Value();
        try (Transaction tx = nodes[node].engine().transaction().mode(TransactionMode.COORDINATION_FREE)) {
            if (tx.reads().read(nodes[node].cell(key), value)) {
                session.read(key, value.asLong());
            } else {
                session.read(key);
            }
            mover.hasRead(tx, nodes[node].engine().clock());
            tx.commitOrThrow();
            mover.hasCommitted(tx, false);
            session.committed();
        }
    }

    /** The session writes y, which node 1 gets, and reads x, which it does not. */
    private void writeAndRead(final Mover mover) throws IOException {
        write(0, session, mover, Y, 1);
        turns();
        network.cut(1);
        write(0, other, new CarelessMover(), X, 2);
        read(0, mover, X);
    }

    @Test
    void shouldRejectTheMoveOfASessionThatWaitsForItsLastCommitOnly() throws IOException {
        final Mover mover = new CommitTokenMover();
        writeAndRead(mover);
        assertTrue(mover.mayGoOnAt(nodes[1].engine()));
        read(1, mover, X);
        assertEquals(
                Anomaly.Kind.MONOTONIC_READS,
                CausalConsistencyChecker.check(recorder.build()).kind());
    }

    @Test
    void shouldAcceptTheMoveOfASessionThatWaitsForAllThatItHasSeen() throws IOException {
        final Mover mover = new TokenMover();
        writeAndRead(mover);
        assertFalse(mover.mayGoOnAt(nodes[1].engine()));
        network.heal();
        turns();
        assertTrue(mover.mayGoOnAt(nodes[1].engine()));
        read(1, mover, X);
        assertTrue(CausalConsistencyChecker.check(recorder.build()).isAccepted());
    }
}
