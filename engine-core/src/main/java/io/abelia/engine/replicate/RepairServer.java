package io.abelia.engine.replicate;

import io.abelia.engine.apply.Kernel;
import io.abelia.engine.apply.LaunchRecord;
import io.abelia.engine.clock.VectorClock;
import io.abelia.engine.codec.ByteWriter;
import io.abelia.engine.codec.RecordDescriptor;
import io.abelia.engine.log.CommitLog;
import io.abelia.engine.log.LogReader;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Serves records to a peer that lacks them, whoever wrote them, in log order (capped batches in any other order can ask for ever for
 * records whose causes the cap cut off).
 */
final class RepairServer {
    private final Kernel kernel;
    private final CommitLog log;
    private final MessageWriter writer;
    private final Transport transport;
    private final int maxMessageBytes;
    private final int batchBytes;
    private final UnsafeBuffer view = new UnsafeBuffer(0, 0);
    /** Position that each peer was told to go on from; any other that it names is not trusted. */
    private final Map<Long, Long> positions = new HashMap<>();

    RepairServer(final Kernel kernel, final MessageWriter writer, final Transport transport, final int batchBytes) {
        this.kernel = kernel;
        this.log = kernel.log();
        this.writer = writer;
        this.transport = transport;
        this.maxMessageBytes = transport.maxMessageBytes();
        this.batchBytes = batchBytes;
    }

    /** Newest segment start whose clock the peer covers; 0 if the peer is below the floor. */
    private long start(final VectorClock has) {
        final long[] positions = log.segmentPositions();
        for (int i = positions.length - 1; i >= 0; i--) {
            if (has.covers(LaunchRecord.clockAt(log, positions[i]))) {
                return positions[i];
            }
        }
        return 0;
    }

    /**
     * Answers a request with at most one batch.
     *
     * @param from position that an earlier answer told, 0 for none
     * @param limit first position not to serve
     * @return false if the peer is below the floor
     */
    boolean serve(final long peer, final VectorClock has, final long from, final long limit) {
        final boolean issued = from != 0 && from == positions.getOrDefault(peer, 0L) && from >= log.oldestPosition();
        final long start = issued ? from : start(has);
        if (start == 0) {
            return false;
        }
        final int[] sent = new int[1];
        final int[] inMessage = new int[1];
        ByteWriter out = writer.begin(Message.RECORDS);
        try (LogReader reader = log.newReader(start)) {
            final ByteWriter records = out;
            int polled;
            do {
                polled = reader.poll(
                        (record, lengthBytes, at) -> {
                            if (RecordDescriptor.seq(record) <= has.get(RecordDescriptor.origin(record))) {
                                return true;
                            }
                            if (sent[0] >= batchBytes) {
                                return false;
                            }
                            if (records.length() + Integer.BYTES + lengthBytes > maxMessageBytes && inMessage[0] > 0) {
                                writer.send(transport, peer);
                                writer.begin(Message.RECORDS);
                                inMessage[0] = 0;
                            }
                            records.writeInt(lengthBytes);
                            records.writeBytes(record, lengthBytes);
                            sent[0] += lengthBytes;
                            inMessage[0]++;
                            return true;
                        },
                        limit,
                        Integer.MAX_VALUE);
                if (polled == LogReader.TRUNCATED) {
                    return false;
                }
            } while (polled > 0 && sent[0] < batchBytes);
            if (inMessage[0] > 0) {
                writer.send(transport, peer);
            }
            out = writer.begin(Message.CAUGHT_UP);
            positions.put(peer, reader.position());
            out.writeLong(reader.position());
            out.writeByte(reader.position() < limit ? 1 : 0);
            writer.send(transport, peer);
        }
        return true;
    }

    /** Passes on what this node keeps without understanding it. */
    void serveUnknown(final long peer, final VectorClock has) {
        for (final byte[] record : unknownRecords()) {
            view.wrap(record);
            final long origin = view.getLong(RecordDescriptor.ORIGIN_OFFSET, ByteOrder.LITTLE_ENDIAN);
            if (view.getLong(RecordDescriptor.SEQ_OFFSET, ByteOrder.LITTLE_ENDIAN) > has.get(origin)) {
                final ByteWriter out = writer.begin(Message.RECORDS);
                out.writeInt(record.length);
                out.writeBytes(record);
                writer.send(transport, peer);
            }
        }
    }

    private List<byte[]> unknownRecords() {
        final List<byte[]> records = new ArrayList<>();
        kernel.section().enter();
        try {
            kernel.unknown().forEach(records::add);
        } finally {
            kernel.section().leave();
        }
        return records;
    }
}
