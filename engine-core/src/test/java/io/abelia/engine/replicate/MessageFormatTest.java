package io.abelia.engine.replicate;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.abelia.engine.Cluster;
import io.abelia.engine.Engine;
import io.abelia.engine.transaction.Transaction;
import io.abelia.engine.transaction.TransactionMode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.zip.CRC32C;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;

/** Pins the bytes of messages as {@link Message} lays them out. */
class MessageFormatTest {
    private final List<String> sent = new ArrayList<>();

    private final Transport transport = new Transport() {
        @Override
        public boolean send(final long to, final DirectBuffer buffer, final int offset, final int lengthBytes) {
            final byte[] bytes = new byte[lengthBytes];
            buffer.getBytes(offset, bytes);
            final CRC32C crc = new CRC32C();
            crc.update(bytes, Integer.BYTES, lengthBytes - Integer.BYTES);
            assertEquals((int) crc.getValue(), new UnsafeBuffer(bytes).getInt(0));
            sent.add(HexFormat.of().formatHex(bytes, Integer.BYTES, lengthBytes));
            return true;
        }

        @Override
        public boolean broadcast(final DirectBuffer buffer, final int offset, final int lengthBytes) {
            return send(0, buffer, offset, lengthBytes);
        }

        @Override
        public int maxMessageBytes() {
            return Replica.MIN_MESSAGE_BYTES;
        }
    };

    private static String littleEndian(final long value) {
        return HexFormat.of().toHexDigits(Long.reverseBytes(value));
    }

    @Test
    void shouldSendTheBytesThatTheLayoutSays() throws IOException {
        try (Engine engine = Engine.launch(Cluster.small(new Random(1), () -> 1000));
                Replica replica =
                        new Replica(engine, new ReplicaContext().open().node(7).nanoClock(() -> 1), transport);
                Transaction tx = engine.transaction().mode(TransactionMode.COORDINATION_FREE)) {
            tx.increment("t", "k", 1);
            tx.commitOrThrow();
            replica.doWork();
            final String origin = littleEndian(engine.origin());
            final String launch = littleEndian(7) + origin + littleEndian(1000);
            final String sender = littleEndian(0) + launch;
            final String clock = "01" + origin + "01";
            final String record = sent.get(0).substring(2 * Message.HEADER_BYTES);
            assertEquals("01" + "01" + sender + "32000000" + record, sent.get(0), "records");
            assertEquals(0x32, record.length() / 2);
            assertEquals(
                    "01" + "02" + sender + "0000000000" + "00".repeat(8) + "01" + launch + "01" + littleEndian(0)
                            + clock + clock + "00" + "00" + clock + littleEndian(0) + "00"
                            + littleEndian(1000) + "00",
                    sent.get(1),
                    "heartbeat: epoch 0 of nobody, no schema, view, joined, incarnation, applied, to be had, nothing"
                            + " stable yet, known, of no heir, wall clock, no claims");

            final String launch8 = littleEndian(8) + littleEndian(99) + littleEndian(1000);
            final String peer = littleEndian(0) + launch8;
            sent.clear();
            receive(replica, "01" + "03" + peer + littleEndian(0) + "00");
            assertEquals("01" + "01" + sender + "32000000" + record, sent.get(0), "the answer to a request: records,");
            final long position = engine.kernel().log().appendPosition();
            assertEquals("01" + "04" + sender + littleEndian(position) + "00", sent.get(1), "caught up");

            sent.clear();
            receive(
                    replica,
                    // a later version, with something behind what this one knows
                    "02" + "02" + peer + "0000000000" + "00".repeat(8) + "01" + launch8 + "01" + littleEndian(0)
                            + ("01" + littleEndian(99) + "05").repeat(2) + "00" + "00" + "00" + littleEndian(0)
                            + "00" + littleEndian(1000) + "01" + littleEndian(3) + littleEndian(77) + "0badcafe");
            assertEquals(5, replica.peers().iterator().next().applied().get(99));
            replica.doWork();
            assertEquals(List.of(), sent, "a gap may close by itself");
        }
    }

    private static void receive(final Replica replica, final String hex) {
        final byte[] bytes = HexFormat.of().parseHex("00000000" + hex);
        final CRC32C crc = new CRC32C();
        crc.update(bytes, Integer.BYTES, bytes.length - Integer.BYTES);
        new UnsafeBuffer(bytes).putInt(0, (int) crc.getValue());
        replica.onMessage(new UnsafeBuffer(bytes), 0, bytes.length);
    }
}
