package io.abelia.engine.replicate;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import org.agrona.DirectBuffer;
import org.junit.jupiter.api.Test;

/** A transport that takes only some bytes a round from each node, as one does whose receivers have little room. */
class BackPressureTest extends GroupTest {
    private static final int BYTES_A_ROUND = 100_000;

    private final Map<Long, Integer> sent = new HashMap<>();
    private long roundNs;

    @Override
    Transport connect(final long node) {
        final Transport plain = super.connect(node);
        return new Transport() {
            @Override
            public boolean send(final long to, final DirectBuffer buffer, final int offset, final int lengthBytes) {
                return maySend(node, lengthBytes) && plain.send(to, buffer, offset, lengthBytes);
            }

            @Override
            public boolean broadcast(final DirectBuffer buffer, final int offset, final int lengthBytes) {
                return plain.broadcast(buffer, offset, lengthBytes);
            }

            @Override
            public int maxMessageBytes() {
                return plain.maxMessageBytes();
            }
        };
    }

    /** Like a publication, it takes a message that is too long while there is any room at all. */
    private boolean maySend(final long node, final int lengthBytes) {
        if (roundNs != nowNs) {
            roundNs = nowNs;
            sent.clear();
        }
        final int before = sent.getOrDefault(node, 0);
        if (before >= BYTES_A_ROUND) {
            return false;
        }
        sent.put(node, before + lengthBytes);
        return true;
    }

    @Test
    void shouldCatchUpWithAGroupThatGoesOnCommitting() throws IOException {
        startThree();
        network.cut(3);
        int committed = 0;
        while (committed < 40_000) {
            for (int i = 0; i < 1000; i++) {
                commit(1, "a");
                committed++;
            }
            round();
        }
        network.heal();
        rounds(20);
        final long requestsBefore = nodes.get(3L).replica().repairRequests();
        int rounds = 0;
        while (read(3, "a") < committed) {
            for (int i = 0; i < 50; i++) {
                commit(1, "a");
                committed++;
            }
            round();
            rounds++;
            assertTrue(rounds < 600, "does not catch up: " + read(3, "a") + " of " + committed);
        }
        final long requests = nodes.get(3L).replica().repairRequests() - requestsBefore;
        assertTrue(requests < 60, requests + " requests in " + rounds + " rounds");
    }
}
