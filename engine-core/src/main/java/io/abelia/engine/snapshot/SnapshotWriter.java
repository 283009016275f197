package io.abelia.engine.snapshot;

import io.abelia.engine.apply.BlockScratch;
import io.abelia.engine.apply.Kernel;
import io.abelia.engine.codec.ByteWriter;
import io.abelia.engine.codec.CellType;
import io.abelia.engine.codec.Limits;
import io.abelia.engine.codec.RecordDescriptor;
import io.abelia.engine.log.FileForce;
import io.abelia.engine.log.LogReader;
import io.abelia.engine.state.Block;
import io.abelia.engine.state.Names;
import io.abelia.engine.state.PlacementKey;
import io.abelia.engine.state.StateStore;
import io.abelia.engine.state.Units;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import org.agrona.UnsafeApi;
import org.jspecify.annotations.Nullable;

/**
 * Writes a snapshot file in slices while commits go on. Each {@link #doWork} copies one slice, as of one log position, through
 * before-images, staying in the commit lock for a few hundred units at a time; the last ones write the tail and rename the
 * file. What a fuzzy checkpoint does for pages, this does for units.
 */
public final class SnapshotWriter implements AutoCloseable {
    private static final int UNITS_PER_STAY = 256;
    private static final int MAX_UNIT_HEADER = 2048;
    private static final int TAIL_CHUNK_BYTES = 1 << 20;
    private static final int TRIES = 3;

    private final Kernel kernel;
    private final Units units;
    private final Path directory;
    private final Path partial;
    private final FileForce force;
    private final FileChannel channel;
    private final ChunkBuffer chunk = new ChunkBuffer();
    private final BlockScratch blocks = new BlockScratch();
    private int slice;
    private int tries;
    private long firstPosition;
    private long written;
    private @Nullable Path finished;

    /** Begins a snapshot in a directory. */
    public SnapshotWriter(final Kernel kernel, final Path directory, final FileForce force) throws IOException {
        this.kernel = kernel;
        this.units = kernel.units();
        this.directory = directory;
        this.force = force;
        this.partial = directory.resolve("snapshot.partial");
        Files.deleteIfExists(partial);
        channel = FileChannel.open(
                partial,
                Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    }

    /** Does the next part; returns false when the snapshot is finished. */
    public boolean doWork() throws IOException {
        assert finished == null || slice == StateStore.SLICES : slice;
        if (firstPosition == 0) {
            writeHeaderAndBases();
            return true;
        }
        if (slice < StateStore.SLICES) {
            if (writeSlice()) {
                slice++;
                tries = 0;
            }
            return true;
        }
        if (finished == null) {
            finished = finish();
        }
        return false;
    }

    /** The finished file; null before. */
    public @Nullable Path file() {
        return finished;
    }

    /** Slices written so far, of {@link StateStore#SLICES}. */
    public int slices() {
        return slice;
    }

    /** Writes one slice; false if changes outran the before-images, to be tried again. */
    private boolean writeSlice() throws IOException {
        assert slice < StateStore.SLICES && tries <= TRIES : slice;
        final int snapshot = tries < TRIES ? openCut() : Units.LATEST;
        if (snapshot == Units.LATEST) {
            writeSliceAtOnce();
        } else if (!writeParts(snapshot)) {
            tries++;
            return false;
        }
        assert chunk.length() > 0 : "a slice without its cut";
        ChunkFile.write(channel, SnapshotFormat.KIND_SLICE, chunk.written());
        return true;
    }

    private boolean writeParts(final int snapshot) {
        try {
            final StateStore.SliceParts parts = parts();
            for (int part = 0; part < parts.count(); part++) {
                if (!writePart(parts, part, snapshot)) {
                    return false;
                }
            }
            return true;
        } finally {
            closeCut(snapshot);
        }
    }

    private StateStore.SliceParts parts() {
        kernel.lock().acquire();
        try {
            return units.store().parts(slice);
        } finally {
            kernel.lock().release();
        }
    }

    private int openCut() {
        kernel.lock().acquire();
        try {
            final int snapshot = units.images().open(kernel.applier().applied());
            assert snapshot >= 0 || snapshot == Units.LATEST : snapshot;
            if (snapshot >= 0) {
                beginSlice();
            }
            return snapshot;
        } finally {
            kernel.lock().release();
        }
    }

    private void closeCut(final int snapshot) {
        kernel.lock().acquire();
        try {
            units.images().close(snapshot);
            units.removePending();
        } finally {
            kernel.lock().release();
        }
    }

    /** Notes the cut of the slice; with the commit lock held. */
    private void beginSlice() {
        assert kernel.lock().isHeld();
        assert kernel.log().appendPosition() >= firstPosition : firstPosition;
        chunk.clear();
        final ByteWriter writer = chunk.reserve(20);
        writer.writeVarint(slice);
        writer.writeVarint(kernel.log().appendPosition());
    }

    private void writeHeaderAndBases() throws IOException {
        kernel.lock().acquire();
        try {
            firstPosition = kernel.log().appendPosition();
            assert firstPosition > 0 : firstPosition;
            chunk.clear();
            Bases.write(chunk.reserve(Bases.maxLength(kernel.origins())), kernel.origins(), kernel.hybridClock());
        } finally {
            kernel.lock().release();
        }
        final PlacementKey key = units.names().key();
        final ByteBuffer header =
                ByteBuffer.allocate(SnapshotFormat.HEADER_PAYLOAD).order(ByteOrder.LITTLE_ENDIAN);
        header.putInt(SnapshotFormat.VERSION).putLong(firstPosition);
        assert header.position() == SnapshotFormat.KEY_OFFSET : "the key lies elsewhere";
        header.putLong(key.low()).putLong(key.high()).flip();
        ChunkFile.write(channel, SnapshotFormat.KIND_HEADER, header);
        ChunkFile.write(channel, SnapshotFormat.KIND_BASES, chunk.written());
    }

    private boolean writePart(final StateStore.SliceParts parts, final int part, final int snapshot) {
        kernel.lock().acquire();
        try {
            blocks.clear();
            parts.forEach(part, blocks::add);
        } finally {
            kernel.lock().release();
        }
        for (int from = 0; from < blocks.count(); from += UNITS_PER_STAY) {
            kernel.lock().acquire();
            try {
                if (units.images().isLost(snapshot)) {
                    return false;
                }
                for (int i = from; i < Math.min(blocks.count(), from + UNITS_PER_STAY); i++) {
                    writeUnit(blocks.block(i), snapshot);
                }
            } finally {
                kernel.lock().release();
            }
        }
        return true;
    }

    /** The whole slice in one stay, which cannot fail. */
    private void writeSliceAtOnce() {
        kernel.lock().acquire();
        try {
            beginSlice();
            final StateStore.SliceParts parts = units.store().parts(slice);
            for (int part = 0; part < parts.count(); part++) {
                blocks.clear();
                parts.forEach(part, blocks::add);
                for (int i = 0; i < blocks.count(); i++) {
                    writeUnit(blocks.block(i), Units.LATEST);
                }
            }
        } finally {
            kernel.lock().release();
        }
    }

    private void writeUnit(final long block, final int snapshot) {
        final CellType type = CellType.ofCode(Block.typeCode(block));
        final boolean element = Block.isElement(block);
        if (type == null || type.isSet() && !element || !units.view(block, snapshot)) {
            return;
        }
        final long body = units.viewBody();
        final int bodyLength = units.viewLength();
        final long cell = element ? units.ownerOf(block) : block;
        assert bodyLength > 0 : bodyLength;
        final ByteWriter writer = chunk.reserve(MAX_UNIT_HEADER + Block.nameLength(block) + bodyLength);
        writer.writeByte(type.code() | (element ? SnapshotFormat.ELEMENT_BIT : 0));
        final long table = units.names().tableBlock(Names.tableOf(cell));
        final long column = units.names().columnBlock(Block.columnId(cell));
        assert Block.nameLength(table) <= Limits.TABLE_BYTES : Block.nameLength(table);
        assert Block.nameLength(cell) <= Limits.KEY_BYTES : Block.nameLength(cell);
        assert Block.nameLength(column) <= Limits.COLUMN_BYTES : Block.nameLength(column);
        writeBytes(writer, Block.name(table), Block.nameLength(table));
        writeBytes(writer, Block.name(cell), Block.nameLength(cell));
        writeBytes(writer, Block.name(column), Block.nameLength(column));
        if (element) {
            assert Block.nameLength(block) <= 1 + Limits.VALUE_BYTES : Block.nameLength(block);
            writeBytes(writer, Block.name(block), Block.nameLength(block));
        }
        writeBytes(writer, body, bodyLength);
        written++;
    }

    private static void writeBytes(final ByteWriter writer, final long address, final int length) {
        writer.writeVarint(length);
        writer.writeBytes(address, length);
    }

    private Path finish() throws IOException {
        final long end;
        kernel.lock().acquire();
        try {
            end = kernel.log().appendPosition();
        } finally {
            kernel.lock().release();
        }
        assert end >= firstPosition : end;
        writeTail(end);
        chunk.clear();
        final ByteWriter writer = chunk.reserve(20);
        writer.writeLong(end);
        writer.writeVarint(written);
        ChunkFile.write(channel, SnapshotFormat.KIND_END, chunk.written());
        // a snapshot must never be ahead of the log that it is a snapshot of
        if (!kernel.log().awaitForced(end)) {
            throw new IOException("the log could not be forced", kernel.log().failure());
        }
        force.force(channel, partial);
        channel.close();
        final Path target = directory.resolve(SnapshotFormat.fileName(end));
        Files.move(partial, target, StandardCopyOption.ATOMIC_MOVE);
        force.forceDirectory(directory);
        return target;
    }

    private void writeTail(final long end) throws IOException {
        try (LogReader reader = kernel.log().newReader(firstPosition)) {
            chunk.clear();
            int records;
            do {
                records = reader.poll(
                        (record, lengthBytes, position) -> {
                            if (chunk.length() >= TAIL_CHUNK_BYTES) {
                                return false; // comes again with the next poll
                            }
                            writeTailRecord(record, lengthBytes, position);
                            return true;
                        },
                        end,
                        Integer.MAX_VALUE);
                if (records == LogReader.TRUNCATED) {
                    throw new IOException("the log was truncated under a snapshot");
                }
                if (chunk.length() > 0) {
                    ChunkFile.write(channel, SnapshotFormat.KIND_TAIL, chunk.written());
                    chunk.clear();
                }
            } while (reader.position() < end && records > 0);
            assert reader.position() == end : reader.position();
        }
    }

    private void writeTailRecord(final long record, final int lengthBytes, final long position) {
        assert position >= firstPosition : position;
        assert lengthBytes >= RecordDescriptor.HEADER_LENGTH : lengthBytes;
        assert RecordDescriptor.length(record) == lengthBytes : lengthBytes;
        final int padded = RecordDescriptor.aligned(lengthBytes);
        final ByteWriter writer = chunk.reserve(padded + Long.BYTES);
        writer.writeLong(position);
        final long at = writer.position();
        writer.writeBytes(record, lengthBytes);
        UnsafeApi.setMemory(writer.position(), padded - lengthBytes, (byte) 0);
        writer.position(at + padded);
    }

    @Override
    public void close() throws IOException {
        chunk.close();
        channel.close();
        if (finished == null) {
            Files.deleteIfExists(partial);
        }
    }
}
