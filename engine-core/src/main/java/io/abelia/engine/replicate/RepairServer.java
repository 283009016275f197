package io.abelia.engine.replicate;

import io.abelia.engine.apply.Kernel;
import io.abelia.engine.apply.LaunchRecord;
import io.abelia.engine.clock.VectorClock;
import io.abelia.engine.codec.ByteWriter;
import io.abelia.engine.codec.RecordDescriptor;
import io.abelia.engine.log.CommitLog;
import io.abelia.engine.log.LogReader;
import java.nio.ByteOrder;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.agrona.concurrent.NanoClock;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Serves records to a peer that lacks them, whoever wrote them, in log order (capped batches in any other order can ask for ever for
 * records whose causes the cap cut off).
 */
final class RepairServer {
    /** Messages stay below what a receiver's window takes at once; only a record that is longer makes a longer one. */
    private static final int MESSAGE_BYTES = 64 << 10;

    /** What the transport did not take is offered again after this: it is sealed each time. */
    private static final long RETRY_NS = 500_000L;

    private static final long STALLED_NS = 5_000_000_000L;
    private static final long NS_PER_SECOND = 1_000_000_000L;
    private static final long NS_PER_MICROSECOND = 1_000;
    private static final long MICROSECONDS = 1_000_000;

    /** An answer that is under way. */
    private final class Answer {
        private final long peer;
        private final VectorClock has;
        private final LogReader reader;
        private int left = batchBytes;
        private long progressNs = nanoClock.nanoTime();
        private long refusedNs = progressNs - RETRY_NS;
        private long first;

        Answer(final long peer, final VectorClock has, final LogReader reader) {
            this.peer = peer;
            this.has = has;
            this.reader = reader;
        }
    }

    private final Kernel kernel;
    private final CommitLog log;
    private final MessageWriter writer;
    private final Transport transport;
    private final int batchBytes;
    private final long bytesPerSecond;
    private final NanoClock nanoClock;
    private long filledNs;
    private long allowance;
    private final UnsafeBuffer view = new UnsafeBuffer(0, 0);
    private final Map<Long, Answer> answers = new LinkedHashMap<>();
    /** Position that each peer was told to go on from; any other that it names is not trusted. */
    private final Map<Long, Long> positions = new HashMap<>();

    RepairServer(
            final Kernel kernel, final MessageWriter writer, final Transport transport, final ReplicaContext context) {
        this.kernel = kernel;
        this.log = kernel.log();
        this.writer = writer;
        this.transport = transport;
        this.batchBytes = context.repairBytes();
        this.bytesPerSecond = context.repairBytesPerSecond();
        this.nanoClock = context.nanoClock();
        this.filledNs = nanoClock.nanoTime();
        this.allowance = batchBytes;
    }

    /** Newest segment start whose clock the peer covers; 0 if the peer is below the floor. */
    private long start(final VectorClock has) {
        final long[] positions = log.segmentPositions();
        for (int i = positions.length - 1; i >= 0; i--) {
            if (has.covers(LaunchRecord.clockAt(log, positions[i]))) {
                assert positions[i] > 0 : positions[i];
                return positions[i];
            }
        }
        return 0;
    }

    /**
     * Answers a request with at most one batch. What the transport does not take at once follows in {@link #doWork}: a peer whose batch broke
     * off would ask again only after its time-out, and never catch up with a group that goes on committing.
     *
     * @param from position that an earlier answer told, 0 for none
     * @param limit first position not to serve
     * @return false if the peer is below the floor
     */
    boolean serve(final long peer, final VectorClock has, final long from, final long limit) {
        final boolean issued = from != 0 && from == positions.getOrDefault(peer, 0L) && from >= log.oldestPosition();
        final long start = issued ? from : start(has);
        forget(peer);
        if (start == 0) {
            return false;
        }
        assert start > 0 : start;
        final Answer answer = new Answer(peer, has, log.newReader(start));
        answers.put(peer, answer);
        return proceed(answer, limit);
    }

    /** Goes on with answers that were broken off, but not at once; returns how many. */
    int doWork(final long limit) {
        if (answers.isEmpty()) {
            return 0;
        }
        final long nowNs = nanoClock.nanoTime();
        int work = 0;
        for (final Answer answer : List.copyOf(answers.values())) {
            assert answers.get(answer.peer) == answer : answer.peer;
            if (nowNs - answer.progressNs > STALLED_NS) {
                forget(answer.peer); // nobody takes it; its log must not be kept for that
            } else if (nowNs - answer.refusedNs >= RETRY_NS) {
                proceed(answer, limit);
                work++;
            }
        }
        return work;
    }

    /** Sends what the transport takes of an answer; false if the log that it comes from is gone. */
    private boolean proceed(final Answer answer, final long limit) {
        assert limit <= log.appendPosition() : limit;
        boolean more = true;
        while (more && answer.left > 0) {
            if (!hasAllowance()) {
                answer.refusedNs = nanoClock.nanoTime();
                return true;
            }
            final int sent = message(answer, limit);
            if (sent == LogReader.TRUNCATED) {
                forget(answer.peer);
                return false;
            }
            if (sent > 0 && !writer.send(transport, answer.peer)) {
                answer.reader.seek(answer.first);
                answer.refusedNs = nanoClock.nanoTime();
                return true;
            }
            answer.left -= sent;
            allowance -= sent;
            answer.progressNs = nanoClock.nanoTime();
            more = sent > 0;
        }
        final long position = answer.reader.position();
        assert position >= answer.first : position + " before " + answer.first;
        final ByteWriter out = writer.begin(Message.CAUGHT_UP);
        out.writeLong(position);
        out.writeByte(position < limit ? 1 : 0);
        assert out.length() == Message.HEADER_BYTES + Long.BYTES + Byte.BYTES : out.length();
        if (writer.send(transport, answer.peer)) {
            positions.put(answer.peer, position);
            forget(answer.peer);
        } else {
            answer.refusedNs = nanoClock.nanoTime();
        }
        return true;
    }

    /** Writes the next message of an answer; returns the bytes of its records, or {@link LogReader#TRUNCATED}. */
    private int message(final Answer answer, final long limit) {
        assert answer.left > 0 : answer.left;
        final ByteWriter records = writer.begin(Message.RECORDS);
        final int[] sent = new int[1];
        final int polled = answer.reader.poll(
                (record, lengthBytes, at) -> {
                    if (RecordDescriptor.seq(record) <= answer.has.get(RecordDescriptor.origin(record))) {
                        return true;
                    }
                    if (sent[0] > 0 && (sent[0] >= answer.left || records.length() + lengthBytes > MESSAGE_BYTES)) {
                        return false;
                    }
                    answer.first = sent[0] == 0 ? at : answer.first;
                    records.writeInt(lengthBytes);
                    records.writeBytes(record, lengthBytes);
                    sent[0] += lengthBytes;
                    return true;
                },
                limit,
                Integer.MAX_VALUE);
        return polled == LogReader.TRUNCATED ? polled : sent[0];
    }

    private void forget(final long peer) {
        final Answer answer = answers.remove(peer);
        if (answer != null) {
            answer.reader.close();
        }
    }

    void close() {
        List.copyOf(answers.keySet()).forEach(this::forget);
    }

    /** Whether what may be sent a second leaves room for a batch. */
    private boolean hasAllowance() {
        final long nowNs = nanoClock.nanoTime();
        final long refill =
                Math.min(nowNs - filledNs, NS_PER_SECOND) / NS_PER_MICROSECOND * bytesPerSecond / MICROSECONDS;
        if (refill > 0) {
            allowance = Math.min(Math.max(batchBytes, bytesPerSecond / 10), allowance + refill);
            filledNs = nowNs - (nowNs - filledNs) % NS_PER_MICROSECOND;
        }
        assert allowance <= Math.max(batchBytes, bytesPerSecond / 10) : allowance;
        return allowance > 0;
    }

    /** Passes on what this node keeps without understanding it. */
    void serveUnknown(final long peer, final VectorClock has) {
        for (final byte[] record : kernel.unknown().all()) {
            assert record.length >= RecordDescriptor.HEADER_LENGTH : record.length;
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
}
