package io.abelia.coordination.member;

import io.abelia.coordination.state.CoordinatedState;
import io.abelia.engine.Digest;
import io.aeron.ExclusivePublication;
import io.aeron.FragmentAssembler;
import io.aeron.Image;
import io.aeron.Publication;
import io.aeron.cluster.codecs.CloseReason;
import io.aeron.cluster.service.ClientSession;
import io.aeron.cluster.service.Cluster;
import io.aeron.cluster.service.ClusteredService;
import io.aeron.logbuffer.Header;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.AgentTerminationException;
import org.agrona.concurrent.UnsafeBuffer;
import org.jspecify.annotations.Nullable;

/** Hands the requests that consensus has ordered to the state, and its responses to who asked. On the cluster's service thread. */
final class CoordinationService implements ClusteredService {
    private static final int RESPONSE_TRIES = 100;
    private static final int CHUNK_BYTES = 1 << 16;

    private final Path directory;
    private final UnsafeBuffer response = new UnsafeBuffer(0, 0);
    private volatile @Nullable CoordinatedState state;
    private @Nullable Cluster cluster;
    private volatile Cluster.Role role = Cluster.Role.FOLLOWER;
    private volatile long position;

    CoordinationService(final Path directory) {
        this.directory = directory;
    }

    @Override
    public void onStart(final Cluster newCluster, final @Nullable Image snapshotImage) {
        cluster = newCluster;
        final CoordinatedState fresh = new CoordinatedState();
        if (snapshotImage != null) {
            try (DataInputStream in = new DataInputStream(new ImageInput(snapshotImage, newCluster))) {
                fresh.read(in, directory);
            } catch (final IOException e) {
                throw new UncheckedIOException("the snapshot of the coordinated state cannot be read", e);
            }
        }
        position = fresh.position();
        state = fresh;
    }

    private Cluster cluster() {
        if (cluster == null) {
            throw new IllegalStateException("not started");
        }
        return cluster;
    }

    private CoordinatedState state() {
        final CoordinatedState current = state;
        if (current == null) {
            throw new IllegalStateException("not started");
        }
        return current;
    }

    @Override
    public void onSessionMessage(
            final @Nullable ClientSession session,
            final long timestamp,
            final DirectBuffer buffer,
            final int offset,
            final int length,
            final Header header) {
        final long timestampMs = cluster().timeUnit().toMillis(timestamp);
        final byte[] bytes;
        try {
            bytes = state().apply(timestampMs, buffer, offset, length);
        } catch (final RuntimeException | Error e) {
            throw new AgentTerminationException(e); // to go on would be to differ from the other members
        }
        position = state().position();
        if (session != null) {
            respond(session, bytes);
        }
    }

    /** A response that the client cannot take now is dropped: the client asks again, and is answered the same. */
    private void respond(final ClientSession session, final byte[] bytes) {
        response.wrap(bytes);
        for (int i = 0; i < RESPONSE_TRIES; i++) {
            final long result = session.offer(response, 0, bytes.length);
            if (result != Publication.BACK_PRESSURED && result != Publication.ADMIN_ACTION) {
                return;
            }
            cluster().idleStrategy().idle();
        }
    }

    @Override
    public void onTakeSnapshot(final ExclusivePublication publication) {
        try (DataOutputStream out = new DataOutputStream(new PublicationOutput(publication, cluster()))) {
            state().write(out, directory, () -> cluster().idleStrategy().idle(0));
        } catch (final IOException e) {
            throw new UncheckedIOException("the snapshot of the coordinated state cannot be written", e);
        } catch (final Error e) {
            throw new AgentTerminationException(e);
        }
    }

    @Override
    public void onRoleChange(final Cluster.Role newRole) {
        role = newRole;
    }

    @Override
    public void onTerminate(final Cluster terminated) {
        close();
    }

    /** Gives the state's memory back; any thread, once no message comes any more. */
    synchronized void close() {
        final CoordinatedState last = state;
        state = null;
        role = Cluster.Role.FOLLOWER;
        if (last != null) {
            last.close();
        }
    }

    @Override
    public void onSessionOpen(final ClientSession session, final long timestamp) {
        // clients register by a request: their numbers outlive sessions
    }

    @Override
    public void onSessionClose(final ClientSession session, final long timestamp, final CloseReason closeReason) {
        // see onSessionOpen
    }

    @Override
    public void onTimerEvent(final long correlationId, final long timestamp) {
        // no timers are set
    }

    // ---- any thread

    boolean isLeader() {
        return role == Cluster.Role.LEADER;
    }

    long position() {
        return position;
    }

    @Nullable
    synchronized Digest digest() {
        final CoordinatedState current = state;
        return current == null ? null : current.digest();
    }

    /** A snapshot's bytes, in messages. */
    private static final class PublicationOutput extends OutputStream {
        private final ExclusivePublication publication;
        private final Cluster cluster;
        private final UnsafeBuffer chunk = new UnsafeBuffer(new byte[CHUNK_BYTES]);
        private int length;

        PublicationOutput(final ExclusivePublication publication, final Cluster cluster) {
            this.publication = publication;
            this.cluster = cluster;
        }

        @Override
        public void write(final int value) throws IOException {
            chunk.putByte(length++, (byte) value);
            if (length == CHUNK_BYTES) {
                flush();
            }
        }

        @Override
        public void write(final byte[] bytes, final int offset, final int count) throws IOException {
            int done = 0;
            while (done < count) {
                final int part = Math.min(count - done, CHUNK_BYTES - length);
                chunk.putBytes(length, bytes, offset + done, part);
                length += part;
                done += part;
                if (length == CHUNK_BYTES) {
                    flush();
                }
            }
        }

        @Override
        public void flush() throws IOException {
            if (length == 0) {
                return;
            }
            long result = publication.offer(chunk, 0, length);
            while (result < 0) {
                if (result != Publication.BACK_PRESSURED && result != Publication.ADMIN_ACTION) {
                    throw new IOException("the snapshot's publication is gone: " + Publication.errorString(result));
                }
                cluster.idleStrategy().idle();
                result = publication.offer(chunk, 0, length);
            }
            length = 0;
        }
    }

    /** A snapshot's bytes, out of messages. */
    private static final class ImageInput extends InputStream {
        private final Image image;
        private final Cluster cluster;
        private final FragmentAssembler assembler = new FragmentAssembler(this::onFragment);
        private byte[] chunk = new byte[0];
        private int at;

        ImageInput(final Image image, final Cluster cluster) {
            this.image = image;
            this.cluster = cluster;
        }

        private void onFragment(final DirectBuffer buffer, final int offset, final int length, final Header header) {
            chunk = new byte[length];
            buffer.getBytes(offset, chunk);
            at = 0;
        }

        private boolean fill() {
            while (at == chunk.length) {
                final int fragments = image.poll(assembler, 1);
                if (fragments == 0 && (image.isClosed() || image.isEndOfStream()) && at == chunk.length) {
                    return false;
                }
                cluster.idleStrategy().idle(fragments);
            }
            return true;
        }

        @Override
        public int read() {
            return fill() ? chunk[at++] & 0xFF : -1;
        }

        @Override
        public int read(final byte[] target, final int offset, final int count) {
            if (count == 0) {
                return 0;
            }
            if (!fill()) {
                return -1;
            }
            final int part = Math.min(count, chunk.length - at);
            System.arraycopy(chunk, at, target, offset, part);
            at += part;
            return part;
        }
    }
}
