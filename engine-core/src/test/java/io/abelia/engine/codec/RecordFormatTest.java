package io.abelia.engine.codec;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.abelia.engine.Cluster;
import java.io.IOException;
import java.util.HexFormat;
import java.util.Random;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;

/** The bytes of a record are pinned: what an older build wrote must always be read, and FORMAT.md tells these very figures. */
class RecordFormatTest {

    private static String hex(final byte[] bytes, final int from, final int to) {
        return HexFormat.of().formatHex(bytes, from, to);
    }

    @Test
    void shouldEncodeATransactionAsPinned() throws IOException {
        try (Cluster cluster = new Cluster(2, 42)) {
            cluster.epochMs(1_700_000_000_000L);
            cluster.commit(0, tx -> {
                tx.increment("counters", "page_views", 1);
                tx.increment("counters", "page_views", "daily", -300);
                tx.addToSet("users", "user_123", "tags", "premium");
            });
            final byte[] record = cluster.records().get(0);
            assertEquals(record.length, new UnsafeBuffer(record).getInt(0));
            assertEquals("01010000" + "00000000", hex(record, 8, 16), "version, kind, flags, link");
            assertEquals("0100000000000000", hex(record, 24, 32), "seq");
            assertEquals("0000" + "0068e5cf8b01", hex(record, 32, 40), "hybrid time");
            assertEquals("00", hex(record, 40, 41), "no clock entries");
            assertEquals(
                    "0101" + "08" + text("counters") + "0a" + text("page_views") + "00" + "01" + "01"
                            + "6101" + "05" + text("daily") + "02" + "d4fe"
                            + "0e08" + "05" + text("users") + "08" + text("user_123") + "04" + text("tags") + "08"
                            + "02"
                            + text("premium"),
                    hex(record, 41, record.length));

            cluster.deliver(1, record);
            cluster.commit(1, tx -> tx.max(tx.cell(CellType.MAX, "t", "k", ""), 7));
            final byte[] second = cluster.records().get(1);
            assertEquals(
                    "01" + "01" + hex(record, 16, 24) + "01" + "0404" + "01" + text("t") + "01" + text("k") + "00"
                            + "0700000000000000",
                    hex(second, 40, second.length),
                    "one clock entry: slot 0 is new and names the origin, advance 1");

            cluster.commit(0, tx -> tx.increment("counters", "page_views", 1));
            assertEquals(hex(record, 4, 8), hex(cluster.records().get(2), 12, 16), "the link is the CRC before");
            cluster.deliver(1, cluster.records().get(2));
            cluster.commit(1, tx -> tx.increment("t", "k", 1));
            assertEquals("01" + "00" + "01", hex(cluster.records().get(3), 40, 43), "slot 0 again, advance 1");
            cluster.commit(1, tx -> tx.increment("t", "k", 1));
            assertEquals("00", hex(cluster.records().get(4), 40, 41), "in a burst the clock is one byte");
        }
    }

    private static String text(final String text) {
        return HexFormat.of().formatHex(text.getBytes(java.nio.charset.StandardCharsets.UTF_8));
    }

    /** Sizes that FORMAT.md tells: operations {1, 5, 100} at {1, 20, 100} origins that all moved since the last commit. */
    @Test
    void shouldTakeAsManyBytesAsTheFormatDocumentSays() throws IOException {
        final int[][] expected = {{61, 101, 1141}, {251, 291, 1331}, {1086, 1126, 2166}};
        final int[] origins = {1, 20, 100};
        for (int i = 0; i < origins.length; i++) {
            final int[] actual = {size(origins[i], 1), size(origins[i], 5), size(origins[i], 100)};
            assertArrayEquals(expected[i], actual, origins[i] + " origins, bytes of 1, 5 and 100 operations");
        }
    }

    private static int size(final int origins, final int operations) throws IOException {
        try (Cluster cluster = new Cluster(origins, 5)) {
            for (int node = 1; node < origins; node++) {
                cluster.commit(node, tx -> tx.increment("counters", "key_0", 1));
                cluster.deliver(0, cluster.records().get(node - 1));
            }
            cluster.commit(0, tx -> {
                for (int i = 0; i < operations; i++) {
                    tx.increment("counters", "key_" + i, 1);
                }
            });
            return cluster.records().get(origins - 1).length;
        }
    }

    @Test
    void shouldCountAndDropBytesThatAreNoRecord() throws IOException {
        final Random random = new Random(3);
        try (Cluster cluster = new Cluster(2, 6)) {
            cluster.commit(0, tx -> tx.increment("t", "k", 1).addToSet("t", "k", "c", "element"));
            final byte[] record = cluster.records().get(0);
            for (int i = 0; i < 5000; i++) {
                final byte[] damaged = record.clone();
                damaged[random.nextInt(damaged.length)] ^= (byte) (1 << random.nextInt(8));
                assertEquals(io.abelia.engine.status.DeliveryResult.MALFORMED, cluster.deliver(1, damaged));
            }
            for (int length = 0; length < record.length; length++) {
                assertEquals(
                        io.abelia.engine.status.DeliveryResult.MALFORMED,
                        cluster.deliver(1, java.util.Arrays.copyOf(record, length)));
            }
            assertEquals(0, cluster.engine(1).clock().size());
            assertEquals(io.abelia.engine.status.DeliveryResult.APPLIED, cluster.deliver(1, record));
            assertTrue(cluster.engine(1).status().values().get("malformed records dropped") > 5000);
        }
    }
}
