package io.abelia.engine.snapshot;

import io.abelia.engine.apply.Applier;
import io.abelia.engine.clock.HybridClock;
import io.abelia.engine.clock.OriginTable;
import io.abelia.engine.clock.RecordClock;
import io.abelia.engine.clock.VectorClock;
import io.abelia.engine.codec.ByteReader;
import io.abelia.engine.codec.Limits;
import io.abelia.engine.codec.MalformedRecordException;
import io.abelia.engine.codec.RecordDescriptor;
import io.abelia.engine.lock.CommitLock;
import io.abelia.engine.state.FileSlices;
import io.abelia.engine.state.PlacementKey;
import io.abelia.engine.state.StateStore;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import org.agrona.concurrent.UnsafeBuffer;

/** Fills an empty engine state from a snapshot file. {@link #check} first: loading assumes a whole file. */
public final class SnapshotLoader {
    private final OriginTable origins;
    private final Applier applier;
    private final HybridClock hybridClock;
    private final ByteReader reader = new ByteReader();
    private final SliceReader units = new SliceReader();
    private final long[] slicePositions = new long[StateStore.SLICES];
    private FileSlices slices = new FileSlices(null);

    public SnapshotLoader(final OriginTable origins, final Applier applier, final HybridClock hybridClock) {
        this.origins = origins;
        this.applier = applier;
        this.hybridClock = hybridClock;
    }

    /**
     * Reads a whole file against its checksums and changes nothing.
     *
     * @return what the file says of itself
     * @throws SnapshotCorruptedException naming the place of the first damage
     */
    public static Summary check(final Path file) throws IOException {
        final String name = String.valueOf(file.getFileName());
        long units = -1;
        long end = 0;
        int slices = 0;
        long records = 0;
        final SliceReader slice = new SliceReader();
        try (FileChannel channel = open(file);
                OriginTable clock = new OriginTable(new CommitLock())) {
            int kind = 0;
            while (kind != SnapshotFormat.KIND_END) {
                final long at = channel.position();
                try (ChunkFile.Chunk chunk = ChunkFile.read(channel, name)) {
                    if (kind == 0 && chunk.kind() != SnapshotFormat.KIND_HEADER || chunk.kind() < kind) {
                        throw new SnapshotCorruptedException(name, at, "chunks are out of order");
                    }
                    kind = chunk.kind();
                    if (kind == SnapshotFormat.KIND_HEADER) {
                        requireKnown(file, at, chunk.payload());
                    }
                    slices += kind == SnapshotFormat.KIND_SLICE ? 1 : 0;
                    records += checkContent(chunk, clock, slice);
                    if (kind == SnapshotFormat.KIND_END) {
                        final ByteReader payload = wrap(new ByteReader(), chunk);
                        end = payload.readLong();
                        units = payload.readVarint();
                    }
                } catch (final MalformedRecordException e) {
                    throw new SnapshotCorruptedException(name, at, String.valueOf(e.getMessage()));
                }
            }
            if (slices != StateStore.SLICES || channel.position() != channel.size()) {
                throw new SnapshotCorruptedException(
                        name,
                        channel.position(),
                        slices + " slices, and " + (channel.size() - channel.position()) + " bytes behind the end");
            }
            return new Summary(end, units, records, clock.toVectorClock(), ended(clock));
        }
    }

    /** Reads what a chunk holds, into nothing but a clock; returns how many records that are. */
    private static long checkContent(final ChunkFile.Chunk chunk, final OriginTable clock, final SliceReader slice) {
        switch (chunk.kind()) {
            case SnapshotFormat.KIND_BASES ->
                Bases.read(wrap(new ByteReader(), chunk), clock, new HybridClock(() -> 0));
            case SnapshotFormat.KIND_SLICE -> {
                slice.wrap(wrap(new ByteReader(), chunk));
                while (slice.next()) {
                    // it is laid out as it must be
                }
            }
            case SnapshotFormat.KIND_TAIL -> {
                return advance(clock, chunk);
            }
            default -> {
                // nothing of units or origins
            }
        }
        return 0;
    }

    private static void requireKnown(final Path file, final long at, final ByteBuffer header) throws IOException {
        final int version = header.limit() < Integer.BYTES ? 0 : header.getInt(0);
        if (version < SnapshotFormat.OLDEST_VERSION || version > SnapshotFormat.VERSION) {
            throw new IOException(file + " has snapshot format version " + version + "; this build reads versions "
                    + SnapshotFormat.OLDEST_VERSION + " to " + SnapshotFormat.VERSION);
        }
        if (version >= SnapshotFormat.KEYED_VERSION && header.limit() < SnapshotFormat.HEADER_PAYLOAD) {
            throw new SnapshotCorruptedException(
                    String.valueOf(file.getFileName()), at, "the header holds no key of the slices");
        }
    }

    private static FileSlices slices(final ByteBuffer header) {
        return new FileSlices(
                header.getInt(0) < SnapshotFormat.KEYED_VERSION
                        ? null
                        : new PlacementKey(
                                header.getLong(SnapshotFormat.KEY_OFFSET),
                                header.getLong(SnapshotFormat.KEY_OFFSET + Long.BYTES)));
    }

    private static long advance(final OriginTable clock, final ChunkFile.Chunk chunk) {
        final ByteReader payload = wrap(new ByteReader(), chunk);
        long records = 0;
        while (payload.hasRemaining()) {
            payload.readLong();
            final long record = tailRecord(payload);
            final int index = clock.register(RecordDescriptor.origin(record));
            clock.advance(index, Math.max(clock.applied(index), RecordDescriptor.seq(record)), 0);
            records++;
        }
        return records;
    }

    /** The record that a tail goes on with; its content is not checked. */
    private static long tailRecord(final ByteReader tail) {
        final long record = tail.skip(RecordDescriptor.HEADER_LENGTH);
        final int length = RecordDescriptor.length(record);
        if (length < RecordDescriptor.HEADER_LENGTH || length > Limits.RECORD_BYTES) {
            throw new MalformedRecordException("record of " + length + " bytes");
        }
        tail.position(record);
        return tail.skip(RecordDescriptor.aligned(length));
    }

    /**
     * What a snapshot holds.
     *
     * @param endPosition log position behind its tail
     * @param units cells and elements in its slices
     * @param tailRecords records in its tail
     * @param clock what it contains
     * @param ended of that, origins that have ended
     */
    public record Summary(long endPosition, long units, long tailRecords, VectorClock clock, VectorClock ended) {}

    /** Ends that the tail tells of are found when it is applied. */
    private static VectorClock ended(final OriginTable origins) {
        final VectorClock.Builder ended = VectorClock.builder();
        for (int i = 0; i < origins.count(); i++) {
            if (origins.isClosed(i)) {
                ended.put(origins.origin(i), origins.applied(i));
            }
        }
        return ended.build();
    }

    private static FileChannel open(final Path file) throws IOException {
        return FileChannel.open(file, StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS);
    }

    private static ByteReader wrap(final ByteReader reader, final ChunkFile.Chunk chunk) {
        assert chunk.payload().isDirect() && chunk.payload().position() == 0 : chunk.payload();
        return reader.wrap(
                new UnsafeBuffer(chunk.payload()).addressOffset(),
                chunk.payload().limit());
    }

    /** Loads a checked file. */
    public void load(final Path file) throws IOException {
        final String name = String.valueOf(file.getFileName());
        Arrays.fill(slicePositions, 0);
        try (FileChannel channel = open(file)) {
            int kind = 0;
            while (kind != SnapshotFormat.KIND_END) {
                try (ChunkFile.Chunk chunk = ChunkFile.read(channel, name)) {
                    kind = chunk.kind();
                    wrap(reader, chunk);
                    switch (kind) {
                        case SnapshotFormat.KIND_HEADER -> slices = slices(chunk.payload());
                        case SnapshotFormat.KIND_BASES -> Bases.read(reader, origins, hybridClock);
                        case SnapshotFormat.KIND_SLICE -> loadSlice();
                        case SnapshotFormat.KIND_TAIL -> loadTail();
                        default -> {
                            // the end holds nothing to load
                        }
                    }
                }
            }
        } finally {
            applier.release();
        }
    }

    private void loadSlice() {
        units.wrap(reader);
        slicePositions[units.slice()] = units.position();
        while (units.next()) {
            if (units.isElement) {
                applier.restoreElement(
                        units.type,
                        units.table,
                        units.key,
                        units.column,
                        units.name,
                        units.nameLength,
                        units.body,
                        units.bodyLength);
            } else {
                applier.restoreCell(units.type, units.table, units.key, units.column, units.body, units.bodyLength);
            }
        }
    }

    private void loadTail() {
        applier.holdBack(slices, slicePositions);
        while (reader.hasRemaining()) {
            final long position = reader.readLong();
            replay(tailRecord(reader), position);
        }
    }

    /** Applies a record of a log that is being read back; a record that is applied already is passed over. */
    public void replay(final long record, final long position) {
        if (RecordDescriptor.kind(record) >= RecordDescriptor.KIND_LAUNCH
                || RecordDescriptor.seq(record) <= origins.appliedOf(RecordDescriptor.origin(record))) {
            return;
        }
        final RecordClock clock = applier.clock();
        clock.read(record);
        if (RecordDescriptor.seq(record) != origins.applied(clock.authorIndex()) + 1
                || clock.deliverability() != RecordClock.DELIVERABLE) {
            throw new IllegalStateException("the log holds a record before its causes, at position " + position);
        }
        applier.apply(record, position, null);
        assert origins.applied(clock.authorIndex()) == RecordDescriptor.seq(record) : RecordDescriptor.seq(record);
    }
}
