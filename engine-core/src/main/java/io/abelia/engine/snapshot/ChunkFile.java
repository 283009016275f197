package io.abelia.engine.snapshot;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.util.zip.CRC32C;
import org.agrona.BufferUtil;

/** Writes and reads the chunks of a snapshot file. */
final class ChunkFile {
    private ChunkFile() {}

    static void write(final FileChannel channel, final int kind, final ByteBuffer payload) throws IOException {
        assert kind >= SnapshotFormat.KIND_HEADER && kind <= SnapshotFormat.KIND_TOTALS : kind;
        final ByteBuffer header = header(kind, payload.remaining());
        header.putInt(12, crc(header, payload));
        writeFully(channel, header);
        writeFully(channel, payload);
    }

    private static ByteBuffer header(final int kind, final int length) {
        return ByteBuffer.allocate(SnapshotFormat.CHUNK_HEADER)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putInt(0, SnapshotFormat.MAGIC)
                .putInt(4, kind)
                .putInt(8, length);
    }

    private static int crc(final ByteBuffer header, final ByteBuffer payload) {
        final CRC32C crc = new CRC32C();
        crc.update(header.duplicate().position(4).limit(12));
        crc.update(payload.duplicate());
        return (int) crc.getValue();
    }

    private static void writeFully(final FileChannel channel, final ByteBuffer bytes) throws IOException {
        while (bytes.hasRemaining()) {
            channel.write(bytes);
        }
    }

    /** A chunk read into memory of its own, to be freed by {@link #close}. */
    record Chunk(int kind, ByteBuffer payload) implements AutoCloseable {
        @Override
        public void close() {
            BufferUtil.free(payload);
        }
    }

    /**
     * Reads the next chunk.
     *
     * @throws SnapshotCorruptedException if it does not match its checksum
     */
    static Chunk read(final FileChannel channel, final String file) throws IOException {
        final long at = channel.position();
        final ByteBuffer header =
                ByteBuffer.allocate(SnapshotFormat.CHUNK_HEADER).order(ByteOrder.LITTLE_ENDIAN);
        readFully(channel, header, file, at);
        final int length = header.getInt(8);
        if (header.getInt(0) != SnapshotFormat.MAGIC || length < 0 || length > channel.size() - channel.position()) {
            throw new SnapshotCorruptedException(file, at, "no chunk begins there");
        }
        final ByteBuffer payload = ByteBuffer.allocateDirect(length).order(ByteOrder.LITTLE_ENDIAN);
        readFully(channel, payload, file, at);
        payload.flip();
        if (crc(header, payload) != header.getInt(12)) {
            BufferUtil.free(payload);
            throw new SnapshotCorruptedException(file, at, "the chunk does not match its checksum");
        }
        assert payload.remaining() == length : payload.remaining();
        return new Chunk(header.getInt(4), payload);
    }

    private static void readFully(final FileChannel channel, final ByteBuffer into, final String file, final long at)
            throws IOException {
        while (into.hasRemaining()) {
            if (channel.read(into) < 0) {
                throw new SnapshotCorruptedException(file, at, "the file ends inside a chunk");
            }
        }
    }
}
