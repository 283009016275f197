package io.abelia.engine.replicate;

import io.abelia.engine.Engine;
import io.abelia.engine.codec.ByteWriter;
import io.abelia.engine.codec.RecordDescriptor;
import io.abelia.engine.log.CommitLog;
import io.abelia.engine.log.LogReader;

/** Sends what this engine commits to all others, as it comes to stand in the log, which is the send buffer: what the transport cannot take now waits in it. */
final class LivePublisher implements LogReader.RecordHandler, AutoCloseable {
    private static final int LIVE_RECORDS = 256;

    private final long origin;
    private final CommitLog log;
    private final MessageWriter writer;
    private final Transport transport;
    private final LogReader reader;
    private ByteWriter out;
    private int records;

    LivePublisher(final Engine engine, final MessageWriter writer, final Transport transport) {
        this.origin = engine.origin();
        this.log = engine.kernel().log();
        this.writer = writer;
        this.transport = transport;
        this.reader = log.newReader(log.appendPosition());
        this.out = writer.begin(Message.RECORDS);
    }

    /** Sends at most one message; returns how many records were looked at. */
    int publish(final long limit) {
        assert limit <= log.appendPosition() : limit;
        if (reader.position() >= limit) {
            return 0;
        }
        out = writer.begin(Message.RECORDS);
        records = 0;
        final long start = reader.position();
        final int polled = reader.poll(this, limit, LIVE_RECORDS);
        if (polled == LogReader.TRUNCATED) {
            reader.seek(log.oldestPosition());
        }
        assert reader.position() >= start : reader.position() + " after " + start;
        if (records > 0 && !writer.broadcast(transport)) {
            reader.seek(start);
            return 0;
        }
        return Math.max(0, polled);
    }

    @Override
    public boolean onRecord(final long record, final int lengthBytes, final long position) {
        assert lengthBytes >= RecordDescriptor.HEADER_LENGTH : lengthBytes;
        if (RecordDescriptor.origin(record) != origin) {
            return true;
        }
        if (out.length() + Integer.BYTES + lengthBytes > transport.maxMessageBytes()) {
            assert records > 0 : "no message takes a record of " + lengthBytes + " bytes";
            return false;
        }
        out.writeInt(lengthBytes);
        out.writeBytes(record, lengthBytes);
        records++;
        return true;
    }

    @Override
    public void close() {
        reader.close();
    }
}
