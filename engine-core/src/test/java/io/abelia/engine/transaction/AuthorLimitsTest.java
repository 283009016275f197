package io.abelia.engine.transaction;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.abelia.engine.Cluster;
import io.abelia.engine.clock.HybridClock;
import io.abelia.engine.codec.CellType;
import io.abelia.engine.codec.Limits;
import io.abelia.engine.codec.RecordDescriptor;
import io.abelia.engine.codec.RightsArgument;
import io.abelia.engine.crdt.BoundedCounter;
import io.abelia.engine.status.DeliveryResult;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.zip.CRC32C;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Each limit of the format from its author's side: what may be committed is taken by a peer, what a peer would refuse is refused before the log. */
class AuthorLimitsTest {
    private static final String ASCII = "x";

    private final Cluster cluster;

    AuthorLimitsTest() throws IOException {
        cluster = new Cluster(2, 11);
    }

    @AfterEach
    void close() throws IOException {
        cluster.close();
    }

    private static Cell cell(final CellType type) {
        return Cell.of(type, "t", "k", "c");
    }

    private void taken(final Consumer<Transaction> operations) {
        cluster.commit(0, operations);
        final List<byte[]> records = cluster.records();
        assertEquals(DeliveryResult.APPLIED, cluster.deliver(1, records.get(records.size() - 1)));
        assertEquals(cluster.engine(0).digest(), cluster.engine(1).digest());
    }

    private void refused(final Consumer<Transaction> operations) {
        final long position = cluster.engine(0).kernel().log().appendPosition();
        try (Transaction tx = cluster.engine(0).transaction().mode(TransactionMode.COORDINATION_FREE)) {
            final RuntimeException refusal = assertThrows(RuntimeException.class, () -> operations.accept(tx));
            assertTrue(
                    refusal instanceof TransactionRefusedException || refusal instanceof IllegalArgumentException,
                    refusal.toString());
        }
        assertEquals(position, cluster.engine(0).kernel().log().appendPosition(), "nothing is logged");
        assertNull(cluster.engine(0).kernel().failure());
    }

    private void returns(final CommitResult expected, final Consumer<Transaction> operations) {
        final long position = cluster.engine(0).kernel().log().appendPosition();
        try (Transaction tx = cluster.engine(0).transaction().mode(TransactionMode.COORDINATION_FREE)) {
            operations.accept(tx);
            assertEquals(expected, tx.commit());
        }
        assertEquals(position, cluster.engine(0).kernel().log().appendPosition(), "nothing is logged");
        assertNull(cluster.engine(0).kernel().failure());
    }

    private static Consumer<Transaction> named(final int table, final int key, final int column) {
        return tx -> tx.increment(
                Cell.of(CellType.COUNTER, ASCII.repeat(table), ASCII.repeat(key), ASCII.repeat(column)), 1);
    }

    @Test
    void shouldTakeNamesAsLongAsTheyMayBe() {
        taken(named(Limits.TABLE_BYTES, Limits.KEY_BYTES, Limits.COLUMN_BYTES));
        refused(named(Limits.TABLE_BYTES + 1, 1, 1));
        refused(named(1, Limits.KEY_BYTES + 1, 1));
        refused(named(1, 1, Limits.COLUMN_BYTES + 1));
        refused(named(0, 1, 1));
    }

    @Test
    void shouldTakeValuesAndElementsAsLongAsTheyMayBe() {
        final String longest = ASCII.repeat(Limits.VALUE_BYTES);
        taken(tx -> tx.set(cell(CellType.LWW_REGISTER), longest).addToSet(cell(CellType.ADD_WINS_SET), longest));
        refused(tx -> tx.set(cell(CellType.LWW_REGISTER), longest + ASCII));
        refused(tx -> tx.addToSet(cell(CellType.GROW_SET), longest + ASCII));
    }

    @Test
    void shouldTakeAsManyOperationsAsThereMayBe() {
        taken(tx -> {
            for (int i = 0; i < Limits.OPERATIONS; i++) {
                tx.increment("t", "k" + i, 1);
            }
        });
        refused(tx -> {
            for (int i = 0; i <= Limits.OPERATIONS; i++) {
                tx.increment("t", "k" + i, 1);
            }
        });
    }

    @Test
    void shouldTakeAsManyBytesOfOperationsAsThereMayBe() {
        final int overhead = 16;
        final int values = Limits.OPERATIONS_BYTES / (Limits.VALUE_BYTES + overhead);
        taken(tx -> {
            for (int i = 0; i < values; i++) {
                tx.set(Cell.of(CellType.MV_REGISTER, "t", "k" + i, ""), ASCII.repeat(Limits.VALUE_BYTES));
            }
        });
        refused(tx -> {
            for (int i = 0; i <= values; i++) {
                tx.set(Cell.of(CellType.MV_REGISTER, "t", "k" + i, ""), ASCII.repeat(Limits.VALUE_BYTES));
            }
        });
    }

    @Test
    void shouldTakeAsManyDoublesAsOneCellMayGetInATransaction() {
        taken(tx -> {
            for (int i = 0; i < Limits.DOUBLES; i++) {
                tx.addDouble(cell(CellType.DOUBLE_SUM), 0.1);
            }
        });
        refused(tx -> {
            for (int i = 0; i <= Limits.DOUBLES; i++) {
                tx.addDouble(cell(CellType.DOUBLE_SUM), 0.1);
            }
        });
    }

    @Test
    void shouldTakeTheLargestAmountsOfABoundedCounter() {
        final Cell stock = cell(CellType.BOUNDED_COUNTER);
        taken(tx -> tx.release(stock, RightsArgument.MAX_AMOUNT));
        refused(tx -> tx.release(stock, RightsArgument.MAX_AMOUNT + 1));
        refused(tx -> tx.release(stock, RightsArgument.MAX_AMOUNT).release(stock, 1));
        refused(tx -> tx.release(stock, 0));
        refused(tx -> tx.acquire(stock, Long.MIN_VALUE));
    }

    @Test
    void shouldRefuseAReleaseBeyondTheRangeOfABoundedCounter() {
        final Cell stock = cell(CellType.BOUNDED_COUNTER);
        for (long value = 0; value < BoundedCounter.MAX_VALUE; value += RightsArgument.MAX_AMOUNT) {
            taken(tx -> tx.release(stock, RightsArgument.MAX_AMOUNT));
        }
        returns(CommitResult.OUT_OF_RANGE, tx -> tx.release(stock, 1));
        assertEquals(BoundedCounter.MAX_VALUE, cluster.engine(0).latest().readLong(stock));
        taken(tx -> tx.acquire(stock, 1));
        taken(tx -> tx.release(stock, 1));
    }

    @Test
    void shouldRefuseToAuthorWithAClockBeyondItsRange() {
        cluster.epochMs(HybridClock.MAX_WALL_MS);
        taken(tx -> tx.increment("t", "k", 1));
        cluster.epochMs(HybridClock.MAX_WALL_MS + 1);
        returns(CommitResult.CLOCK_OUT_OF_RANGE, tx -> tx.increment("t", "k", 1));
        cluster.epochMs(1_800_000_000_000L);
        taken(tx -> tx.increment("t", "k", 1));
    }

    @Test
    void shouldTellInSeveralRecordsOfMoreOriginsThanOneMayName() {
        cluster.commit(0, tx -> tx.increment("t", "k", 1));
        final byte[] template = cluster.records().get(0);
        final int origins = 2 * Limits.CLOCK_ENTRIES + 10;
        final List<byte[]> strangers = new ArrayList<>();
        for (int i = 1; i <= origins; i++) {
            strangers.add(by(template, i));
        }
        strangers.forEach(record -> assertEquals(DeliveryResult.APPLIED, cluster.deliver(0, record)));
        cluster.commit(0, tx -> tx.increment("t", "k", 1));
        for (final byte[] record : cluster.records()) {
            assertEquals(
                    isFirst(record) ? DeliveryResult.APPLIED : DeliveryResult.BUFFERED, cluster.deliver(1, record));
        }
        strangers.forEach(record -> cluster.deliver(1, record));
        assertEquals(cluster.engine(0).clock(), cluster.engine(1).clock());
        assertEquals(cluster.engine(0).digest(), cluster.engine(1).digest());
        assertEquals(origins + 2, cluster.engine(1).latest().readLong(Cell.of(CellType.COUNTER, "t", "k", "")));
    }

    private static boolean isFirst(final byte[] record) {
        return new UnsafeBuffer(record).getLong(RecordDescriptor.SEQ_OFFSET) == 1;
    }

    /** The first record of an origin, with the operations of another's. */
    private static byte[] by(final byte[] template, final long origin) {
        final byte[] record = template.clone();
        final UnsafeBuffer buffer = new UnsafeBuffer(record);
        buffer.putLong(RecordDescriptor.ORIGIN_OFFSET, origin);
        final CRC32C crc = new CRC32C();
        crc.update(record, RecordDescriptor.VERSION_OFFSET, record.length - RecordDescriptor.VERSION_OFFSET);
        buffer.putInt(RecordDescriptor.CRC_OFFSET, (int) crc.getValue());
        return record;
    }
}
