package io.abelia.engine.replicate;

import io.abelia.engine.Durability;
import io.abelia.engine.Engine;
import io.abelia.engine.codec.ByteReader;
import io.abelia.engine.codec.ByteWriter;
import io.abelia.engine.snapshot.SnapshotFormat;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.agrona.BufferUtil;
import org.agrona.concurrent.UnsafeBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Snapshot transfer for a node that is below the floor of its peers' logs: pieces, asked for one after the other, so that a lost one
 * is asked for again and a broken transfer goes on where it stopped. The snapshot is installed as one cut, together with what this
 * node's log holds beyond it; a node that had empty state may commit from then on.
 */
final class Bootstrap implements AutoCloseable {
    private static final int PIECE_BYTES = 256 * 1024;
    private static final long TIMEOUT_NS = 200_000_000L;
    /** Requests without an answer before the donor is given up. */
    private static final int MAX_ASKED = 10;

    private final Engine engine;
    private final MessageWriter writer;
    private final Transport transport;
    private final ByteBuffer piece;
    private @Nullable CompletableFuture<Path> making;
    private @Nullable Path offered;
    private @Nullable FileChannel incoming;
    private @Nullable Path incomingFile;
    private long donor;
    private long snapshotId;
    private long totalBytes;
    private long receivedBytes;
    private long askedNs;
    private int asked;
    private boolean fetching;

    Bootstrap(final Engine engine, final MessageWriter writer, final Transport transport) {
        this.engine = engine;
        this.writer = writer;
        this.transport = transport;
        this.piece = ByteBuffer.allocateDirect(PIECE_BYTES);
    }

    boolean isFetching() {
        return fetching;
    }

    // ---- the donor's side

    /** Tells a peer which snapshot to fetch; makes one first if there is none. */
    void offer(final long peer) throws IOException {
        if (engine.durability() == Durability.MEMORY) {
            throw new IOException(
                    "node " + peer + " lacks what is no longer logged here, and an engine without a directory"
                            + " cannot give a snapshot: give it one, or raise memoryLogBytes");
        }
        if (offered == null) {
            if (making == null) {
                making = engine.requestSnapshot();
            }
            if (!making.isDone()) {
                return; // the peer asks again
            }
            final CompletableFuture<Path> made = making;
            making = null;
            try {
                offered = made.join();
            } catch (final CompletionException e) {
                throw new IOException("no snapshot for node " + peer, e.getCause());
            }
        }
        assert making == null;
        if (!Files.exists(offered)) {
            offered = null;
            return;
        }
        final ByteWriter out = writer.begin(Message.BELOW_FLOOR);
        out.writeLong(SnapshotFormat.position(offered));
        out.writeLong(Files.size(offered));
        assert out.length() == Message.HEADER_BYTES + 2 * Long.BYTES : out.length();
        writer.send(transport, peer);
    }

    void onFetch(final long peer, final ByteReader reader) throws IOException {
        final long id = reader.readLong();
        final long offset = reader.readLong();
        final Path file = offered;
        if (file == null || SnapshotFormat.position(file) != id || offset < 0 || !Files.exists(file)) {
            offer(peer); // retention may have removed it: another one takes its place
            return;
        }
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            piece.clear();
            final int read = channel.read(piece, offset);
            if (read > 0) {
                final ByteWriter out = writer.begin(Message.PIECE);
                out.writeLong(id);
                out.writeLong(offset);
                out.writeBytes(new UnsafeBuffer(piece).addressOffset(), read);
                assert out.length() == Message.HEADER_BYTES + 2 * Long.BYTES + read : out.length();
                writer.send(transport, peer);
            }
        }
    }

    // ---- the receiver's side

    void onBelowFloor(final long peer, final ByteReader reader) throws IOException {
        final long id = reader.readLong();
        final long length = reader.readLong();
        if (fetching && (peer != donor || id == snapshotId)) {
            return;
        }
        if (engine.durability() == Durability.MEMORY) {
            throw new IOException(
                    "node " + peer + " no longer logs what this node lacks, and an engine without a directory"
                            + " cannot take a snapshot: give it one, or raise memoryLogBytes");
        }
        close();
        final Path file = engine.incomingSnapshot();
        incomingFile = file;
        incoming = FileChannel.open(
                file,
                StandardOpenOption.CREATE,
                StandardOpenOption.TRUNCATE_EXISTING,
                StandardOpenOption.WRITE,
                StandardOpenOption.READ);
        donor = peer;
        snapshotId = id;
        totalBytes = length;
        receivedBytes = 0;
        asked = 0;
        fetching = true;
        askedNs = Long.MIN_VALUE;
    }

    void onPiece(final long peer, final ByteReader reader) throws IOException {
        final long id = reader.readLong();
        final long offset = reader.readLong();
        final FileChannel channel = incoming;
        final Path file = incomingFile;
        if (!fetching
                || peer != donor
                || id != snapshotId
                || offset != receivedBytes
                || channel == null
                || file == null) {
            return;
        }
        final int length = reader.remaining();
        if (length > totalBytes - receivedBytes || length > PIECE_BYTES) {
            engine.status().malformed();
            return;
        }
        piece.clear().limit(length);
        org.agrona.UnsafeApi.copyMemory(reader.skip(length), new UnsafeBuffer(piece).addressOffset(), length);
        while (piece.hasRemaining()) {
            channel.write(piece, receivedBytes + piece.position());
        }
        receivedBytes += length;
        assert receivedBytes <= totalBytes : receivedBytes + " of " + totalBytes;
        asked = 0;
        askedNs = Long.MIN_VALUE;
        if (receivedBytes == totalBytes) {
            assert channel.size() == totalBytes : channel.size() + " of " + totalBytes;
            fetching = false;
            engine.install(file);
            close();
        }
    }

    /** Asks for the next piece, again if it does not come. */
    int doWork(final long nowNs) {
        if (!fetching || askedNs != Long.MIN_VALUE && nowNs - askedNs < TIMEOUT_NS) {
            return 0;
        }
        assert incoming != null && incomingFile != null && receivedBytes >= 0 : receivedBytes;
        assert asked <= MAX_ASKED : asked;
        if (asked++ == MAX_ASKED) {
            close(); // the donor has gone; repair finds another
            return 1;
        }
        askedNs = nowNs;
        final ByteWriter out = writer.begin(Message.FETCH);
        out.writeLong(snapshotId);
        out.writeLong(receivedBytes);
        assert out.length() == Message.HEADER_BYTES + 2 * Long.BYTES : out.length();
        writer.send(transport, donor);
        return 1;
    }

    void free() {
        BufferUtil.free(piece);
    }

    @Override
    public void close() {
        fetching = false;
        try {
            if (incoming != null) {
                incoming.close();
                incoming = null;
            }
            if (incomingFile != null) {
                Files.deleteIfExists(incomingFile);
                incomingFile = null;
            }
        } catch (final IOException e) {
            engine.status().error(e);
        }
    }
}
