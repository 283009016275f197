package io.abelia.engine.apply;

import io.abelia.engine.clock.HybridClock;
import io.abelia.engine.clock.OriginTable;
import io.abelia.engine.clock.VectorClock;
import io.abelia.engine.codec.ByteReader;
import io.abelia.engine.codec.ByteWriter;
import io.abelia.engine.codec.Crc32c;
import io.abelia.engine.codec.RecordDescriptor;
import io.abelia.engine.log.CommitLog;
import io.abelia.engine.log.LogReader;

/**
 * The record that begins every segment: kind launch, seq 0, the origin of the launch that writes the segment, and as body the
 * applied clock at that point (varint count, then 8 bytes origin, varint seq each). It stays in its log; no peer gets it.
 */
public final class LaunchRecord implements CommitLog.SegmentPrologue {
    private static final int MAX_VARINT = 10;

    private final OriginTable origins;
    private final HybridClock hybridClock;
    private final long origin;

    public LaunchRecord(final OriginTable origins, final HybridClock hybridClock, final long origin) {
        assert origin != 0;
        this.origins = origins;
        this.hybridClock = hybridClock;
        this.origin = origin;
    }

    @Override
    public int maxLength() {
        return RecordDescriptor.HEADER_LENGTH + MAX_VARINT + origins.count() * (Long.BYTES + MAX_VARINT);
    }

    @Override
    public int write(final long address, final int capacityBytes, final Crc32c crc) {
        RecordDescriptor.writeHeader(address, RecordDescriptor.KIND_LAUNCH, 0, 0, origin, 0, hybridClock.last());
        final ByteWriter writer = new ByteWriter().wrap(address, capacityBytes);
        writer.position(address + RecordDescriptor.HEADER_LENGTH);
        int entries = 0;
        for (int i = 0; i < origins.count(); i++) {
            entries += origins.applied(i) > 0 ? 1 : 0;
        }
        writer.writeVarint(entries);
        for (int i = 0; i < origins.count(); i++) {
            if (origins.applied(i) > 0) {
                writer.writeLong(origins.origin(i));
                writer.writeVarint(origins.applied(i));
            }
        }
        assert writer.length() > RecordDescriptor.HEADER_LENGTH + entries * Long.BYTES : writer.length();
        assert writer.length() <= maxLength() : writer.length();
        RecordDescriptor.seal(address, writer.length(), crc);
        return writer.length();
    }

    /** The applied clock at the beginning of a segment of a log; empty if it is gone. */
    public static VectorClock clockAt(final CommitLog log, final long segmentStart) {
        final VectorClock[] clock = {VectorClock.empty()};
        try (LogReader reader = log.newReader(segmentStart)) {
            reader.poll(
                    (record, lengthBytes, at) -> {
                        if (RecordDescriptor.kind(record) == RecordDescriptor.KIND_LAUNCH) {
                            clock[0] = clock(record);
                        }
                        return false;
                    },
                    log.appendPosition(), // a segment that recovery has emptied begins with what follows it
                    1,
                    true);
        }
        return clock[0];
    }

    /** The applied clock that a launch record holds. */
    public static VectorClock clock(final long record) {
        assert RecordDescriptor.kind(record) == RecordDescriptor.KIND_LAUNCH : RecordDescriptor.kind(record);
        final ByteReader reader = new ByteReader()
                .wrap(
                        record + RecordDescriptor.HEADER_LENGTH,
                        RecordDescriptor.length(record) - RecordDescriptor.HEADER_LENGTH);
        final VectorClock.Builder clock = VectorClock.builder();
        final int entries = reader.readVarintInt(Integer.MAX_VALUE);
        for (int i = 0; i < entries; i++) {
            final long entryOrigin = reader.readLong();
            clock.put(entryOrigin, reader.readVarint());
        }
        return clock.build();
    }
}
