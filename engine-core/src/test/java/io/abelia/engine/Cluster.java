package io.abelia.engine;

import io.abelia.engine.clock.VectorClock;
import io.abelia.engine.log.LogReader;
import io.abelia.engine.status.DeliveryResult;
import io.abelia.engine.transaction.Transaction;
import io.abelia.engine.transaction.TransactionMode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.function.Consumer;
import org.agrona.concurrent.UnsafeBuffer;

/** Several real engines without files or threads, whose records a test carries to and fro as it likes. */
public final class Cluster implements AutoCloseable {
    private final List<Engine> engines = new ArrayList<>();
    private final List<LogReader> readers = new ArrayList<>();
    private final List<byte[]> records = new ArrayList<>();
    private final long[] epochMs = new long[1];

    public Cluster(final int nodes, final long seed) throws IOException {
        final Random ids = new Random(seed);
        for (int i = 0; i < nodes; i++) {
            engines.add(Engine.launch(small(ids, () -> epochMs[0])));
            readers.add(engines.get(i).logReader());
        }
    }

    /** A small engine in memory. */
    public static EngineContext small(final Random ids, final org.agrona.concurrent.EpochClock epochClock) {
        return new EngineContext()
                .durability(Durability.MEMORY)
                .store(StoreKind.MEMORY)
                .segmentBytes(2 << 20)
                .beforeImageBytes(1 << 20)
                .housekeepingThread(false)
                .epochClock(epochClock)
                .idSource(ids::nextLong)
                .keySource(ids::nextLong);
    }

    public Engine engine(final int node) {
        return engines.get(node);
    }

    public int size() {
        return engines.size();
    }

    /** Moves the shared wall clock. */
    public void epochMs(final long newEpochMs) {
        epochMs[0] = newEpochMs;
    }

    /** Commits one transaction; returns its dot's seq. */
    public long commit(final int node, final Consumer<Transaction> operations) {
        try (Transaction tx = engines.get(node).transaction().mode(TransactionMode.COORDINATION_FREE)) {
            operations.accept(tx);
            tx.commitOrThrow();
            return tx.seq();
        } finally {
            collect();
        }
    }

    /** All records committed so far, in commit order. */
    public List<byte[]> records() {
        return records;
    }

    private void collect() {
        for (int i = 0; i < engines.size(); i++) {
            final long own = engines.get(i).origin();
            readers.get(i)
                    .poll(
                            (buffer, offset, length) -> {
                                final byte[] bytes = new byte[length];
                                buffer.getBytes(offset, bytes);
                                if (new UnsafeBuffer(bytes).getLong(16) == own) {
                                    records.add(bytes);
                                }
                            },
                            Integer.MAX_VALUE);
        }
    }

    public DeliveryResult deliver(final int node, final byte[] record) {
        return engines.get(node).onRemote(new UnsafeBuffer(record), 0, record.length);
    }

    /** Delivers everything everywhere, in an order of its own for each node, some of it twice. */
    public void exchangeAll(final Random random) {
        for (int node = 0; node < engines.size(); node++) {
            final List<byte[]> shuffled = new ArrayList<>(records);
            for (final byte[] record : records) {
                if (random.nextInt(5) == 0) {
                    shuffled.add(record);
                }
            }
            Collections.shuffle(shuffled, random);
            for (final byte[] record : shuffled) {
                deliver(node, record);
            }
        }
        requireConverged();
    }

    private void requireConverged() {
        final VectorClock clock = engines.get(0).clock();
        final Digest digest = engines.get(0).digest();
        for (final Engine engine : engines) {
            if (!engine.clock().equals(clock)) {
                throw new AssertionError("clocks differ: " + engine.clock() + " and " + clock + " "
                        + engine.status().values());
            }
            if (!engine.digest().equals(digest)) {
                throw new AssertionError("digests differ at equal clocks, in slices "
                        + java.util.Arrays.toString(engine.digest().differingSlices(digest)));
            }
        }
    }

    @Override
    public void close() throws IOException {
        for (int i = 0; i < engines.size(); i++) {
            readers.get(i).close();
            engines.get(i).close();
        }
    }
}
