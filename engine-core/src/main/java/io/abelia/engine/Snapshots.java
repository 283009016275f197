package io.abelia.engine;

import io.abelia.engine.apply.Kernel;
import io.abelia.engine.file.Uninterrupted;
import io.abelia.engine.lock.CommitLock;
import io.abelia.engine.snapshot.SnapshotFormat;
import io.abelia.engine.snapshot.SnapshotWriter;
import io.abelia.engine.status.SnapshotEvent;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * When snapshot files are written, and what may go once they are: of snapshots all but two, of the log what lies before the older one. A
 * snapshot is due for what lies in the log, however short the launches were that wrote it: so a directory stays flat over any number of them.
 * {@link #doWork} belongs to housekeeping; the rest may be called by any thread.
 */
final class Snapshots {
    private static final String CLOSED = "the engine was closed before the snapshot was written";
    private static final int KEPT = 2;
    /** Segments behind the last snapshot for which the next one is due, if it costs no more than they hold. */
    private static final int SEGMENTS_DUE = 2;
    /** Segments behind the last snapshot for which the next one is due whatever it costs; a launch that finds them waits for it. */
    private static final int MAX_SEGMENTS = 32;
    /** Largest state of which a stop writes the snapshot that is due; that of a larger one is left to the next launch. */
    private static final long MAX_BYTES_AT_STOP = 64L << 20;

    private final Kernel kernel;
    private final EngineDirectory directory;
    private final long intervalBytes;
    private final Truncation truncation;
    private final Object lock = new Object();
    private @Nullable SnapshotWriter writer;
    private @Nullable SnapshotEvent event;
    private CompletableFuture<Path> wanted = new CompletableFuture<>();
    private boolean isWanted;
    private boolean closed;
    private long lastPosition;
    private long lastBytes;

    /** Removes log before a position, as far as nobody needs it. */
    @FunctionalInterface
    interface Truncation {
        void truncate(long position) throws IOException;
    }

    /** Work on files. */
    @FunctionalInterface
    interface FileAction {
        void run() throws IOException;
    }

    Snapshots(
            final Kernel kernel,
            final EngineDirectory directory,
            final long intervalBytes,
            final Truncation truncation) {
        this.kernel = kernel;
        this.directory = directory;
        this.intervalBytes = intervalBytes;
        this.truncation = truncation;
    }

    /** Looks at what earlier launches left: what is due is written soon, or now if that has been put off too often. */
    void launched(final boolean wants) throws IOException {
        assert CommitLock.mayWait();
        synchronized (lock) {
            final Path newest = directory.newestSnapshot();
            if (newest != null) {
                lastPosition = SnapshotFormat.position(newest);
                lastBytes = Files.size(newest);
            }
            final int finished = kernel.log().segmentsFrom(lastPosition) - 1;
            isWanted = wants || isDue(finished);
            if (finished >= MAX_SEGMENTS) {
                writeNow();
            }
        }
    }

    /** Writes what is due of a small state, as the last act before a clean stop; nobody commits any more. */
    void stopped() {
        assert CommitLock.mayWait();
        synchronized (lock) {
            if (isDue(kernel.log().segmentsFrom(lastPosition))
                    && kernel.units().store().sizeBytes() <= MAX_BYTES_AT_STOP) {
                writeNow();
            }
        }
    }

    private boolean isDue(final int segments) {
        final long behind = kernel.log().bytesFrom(lastPosition);
        return behind >= intervalBytes || segments >= MAX_SEGMENTS || segments >= SEGMENTS_DUE && behind >= lastBytes;
    }

    private void writeNow() {
        isWanted = true;
        while (isWanted) {
            doWork();
        }
    }

    /** Whether one is being written, or will be. */
    boolean isBusy() {
        assert CommitLock.mayWait();
        synchronized (lock) {
            return writer != null || isWanted;
        }
    }

    /** Does the next part of the snapshot that is wanted or due; returns work done. */
    int doWork() {
        assert CommitLock.mayWait();
        synchronized (lock) {
            if (writer == null && !isWanted && kernel.log().bytesFrom(lastPosition) < intervalBytes) {
                return 0;
            }
            try {
                step();
            } catch (final IOException | RuntimeException e) {
                kernel.status().snapshotFailed(e);
                abandon();
                lastPosition = kernel.log().appendPosition();
                isWanted = false;
                final CompletableFuture<Path> failed = wanted;
                wanted = new CompletableFuture<>();
                failed.completeExceptionally(e);
            }
            return 1;
        }
    }

    private void step() throws IOException {
        SnapshotWriter current = writer;
        if (current == null) {
            current =
                    Uninterrupted.call(() -> new SnapshotWriter(kernel, directory.snapshots(), directory.fileForce()));
            writer = current;
            event = new SnapshotEvent();
            event.begin();
        }
        if (Uninterrupted.call(current::doWork)) {
            return;
        }
        final Path file = current.file();
        abandon();
        if (file != null) {
            lastPosition = SnapshotFormat.position(file);
            lastBytes = Files.size(file);
            kernel.status().snapshotWritten();
            if (event != null) {
                event.finish(file.toString(), lastBytes);
            }
            retain();
            isWanted = false;
            final CompletableFuture<Path> done = wanted;
            wanted = new CompletableFuture<>();
            done.complete(file);
        }
    }

    /** Keeps two snapshots, and the log from the older of them on: a damaged newest one loses nothing. */
    private void retain() throws IOException {
        final List<Path> files = directory.snapshotFiles();
        for (int i = KEPT; i < files.size(); i++) {
            Files.delete(files.get(i));
        }
        if (files.size() >= KEPT) {
            truncation.truncate(SnapshotFormat.position(files.get(KEPT - 1)));
        }
    }

    /** Runs something that no snapshot may be written across; one that is being written is begun again afterwards. */
    void between(final FileAction action) throws IOException {
        assert CommitLock.mayWait();
        synchronized (lock) {
            if (closed) {
                throw new IOException("the engine is closed");
            }
            abandon();
            action.run();
        }
    }

    /** Asks for a snapshot; the future completes with its file, or fails if the engine is closed. */
    CompletableFuture<Path> request() {
        assert CommitLock.mayWait();
        synchronized (lock) {
            if (closed) {
                return CompletableFuture.failedFuture(new IllegalStateException(CLOSED));
            }
            isWanted = true;
            return wanted;
        }
    }

    /** Nobody may wait for a snapshot of an engine that has failed. */
    void giveUp(final Throwable failure) {
        assert CommitLock.mayWait();
        synchronized (lock) {
            if (!wanted.isDone()) {
                abandon();
                isWanted = false;
                wanted.completeExceptionally(failure);
            }
        }
    }

    private void abandon() {
        final SnapshotWriter current = writer;
        writer = null;
        if (current != null) {
            try {
                current.close();
            } catch (final IOException e) {
                kernel.status().error(e);
            }
        }
    }

    /** Ends whatever is under way; who waits for a snapshot is told. */
    void close() {
        assert CommitLock.mayWait();
        synchronized (lock) {
            abandon();
            closed = true;
            isWanted = false;
            wanted.completeExceptionally(new IllegalStateException(CLOSED));
        }
    }
}
