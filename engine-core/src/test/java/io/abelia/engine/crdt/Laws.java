package io.abelia.engine.crdt;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.abelia.engine.Digest;
import io.abelia.engine.Engine;
import io.abelia.engine.codec.CellType;
import io.abelia.engine.status.DeliveryResult;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * The laws that a data type obeys, on real engines: whatever the history, and in whatever causal order each node delivers it, with
 * duplicates, digests are equal and reads return what {@link Model} computes from the set of operations.
 */
abstract class Laws {
    /** Few enough for all their causal orders: three nodes have at most 90. */
    private static final int FEW_TRANSACTIONS = 6;

    private final CellType type;

    Laws(final CellType type) {
        this.type = type;
    }

    @Property(tries = 40)
    void shouldReadTheSameFunctionOfTheOperationsOnEveryNode(
            @ForAll @IntRange(min = 1, max = 60) final int steps, @ForAll final long seed) throws IOException {
        try (History history = new History(type, seed)) {
            history.run(steps);
            history.exchangeAll();
            history.check();
        }
    }

    @Property(tries = 8)
    void shouldReachOneDigestInEveryCausalOrder(
            @ForAll @IntRange(min = 2, max = FEW_TRANSACTIONS) final int transactions, @ForAll final long seed)
            throws IOException {
        try (History history = new History(type, seed)) {
            history.commitTransactions(transactions);
            history.exchangeAll();
            final Digest expected = history.engine(0).digest();
            for (final List<byte[]> order : history.causalOrders()) {
                try (Engine engine = history.freshEngine()) {
                    final List<DeliveryResult> results = new ArrayList<>();
                    for (final byte[] record : order) {
                        results.add(engine.onRemote(new UnsafeBuffer(record), 0, record.length));
                    }
                    final byte[] again = order.get(new Random(seed).nextInt(order.size()));
                    assertEquals(DeliveryResult.DUPLICATE, engine.onRemote(new UnsafeBuffer(again), 0, again.length));
                    assertEquals(
                            List.of(DeliveryResult.APPLIED),
                            results.stream().distinct().toList());
                    assertEquals(expected, engine.digest());
                    history.checkReads(engine.latest());
                }
            }
        }
    }
}
