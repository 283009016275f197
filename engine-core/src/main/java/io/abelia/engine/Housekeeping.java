package io.abelia.engine;

import io.abelia.engine.apply.Kernel;
import io.abelia.engine.file.Uninterrupted;
import io.abelia.engine.snapshot.SnapshotFormat;
import io.abelia.engine.snapshot.SnapshotWriter;
import io.abelia.engine.status.CommitStallEvent;
import io.abelia.engine.status.SnapshotEvent;
import io.abelia.engine.transaction.TransactionPool;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.agrona.concurrent.Agent;
import org.jspecify.annotations.Nullable;

/**
 * What has to be done beside commits: the next log segment and the next map ahead of their need, background forces, snapshots,
 * retention, gauges. One thread at a time; each call of {@link #doWork} is short.
 */
final class Housekeeping implements Agent {
    private static final long GAUGE_INTERVAL_NS = 100_000_000L;
    private static final int SNAPSHOTS_KEPT = 2;
    private static final long NS_PER_MS = 1_000_000L;
    private static final long POWER_FORCE_NS = 5 * NS_PER_MS;

    private final Kernel kernel;
    private final EngineContext context;
    private final @Nullable EngineDirectory directory;
    private final TransactionPool transactions;
    private final Object snapshotLock = new Object();
    private @Nullable SnapshotWriter writer;
    private @Nullable SnapshotEvent event;
    private CompletableFuture<Path> wanted = new CompletableFuture<>();
    private boolean isWanted;
    private long lastForceNs;
    private long lastGaugeNs;
    private long lastSnapshotPosition;
    private long lastStalls;
    private volatile long retentionFloor = Long.MAX_VALUE;

    Housekeeping(
            final Kernel kernel,
            final EngineContext context,
            final @Nullable EngineDirectory directory,
            final TransactionPool transactions) {
        this.transactions = transactions;
        this.kernel = kernel;
        this.context = context;
        this.directory = directory;
        this.lastForceNs = context.nanoClock().nanoTime();
        this.lastGaugeNs = lastForceNs;
        this.lastSnapshotPosition = kernel.log().oldestPosition();
    }

    @Override
    public String roleName() {
        return "abelia-housekeeping";
    }

    /** Keeps the log from a position on, whatever else retention would allow; peers may still need it. */
    void retentionFloor(final long position) {
        retentionFloor = position;
    }

    @Override
    public int doWork() {
        if (!kernel.isOpen()) {
            giveUpSnapshot();
            return 0;
        }
        int work = kernel.log().prepareNext() + kernel.units().store().prepare();
        final long nowNs = context.nanoClock().nanoTime();
        if (context.durability() != Durability.MEMORY && nowNs - lastForceNs >= forceIntervalNs()) {
            lastForceNs = nowNs;
            if (kernel.log().forcedPosition() < kernel.log().appendPosition()) {
                if (!kernel.log().force()) {
                    kernel.fail(new IllegalStateException(
                            "forcing the log failed", kernel.log().failure()));
                }
                work++;
            }
        }
        if (nowNs - lastGaugeNs >= GAUGE_INTERVAL_NS) {
            lastGaugeNs = nowNs;
            gauges();
            transactions.watch(nowNs);
        }
        return work + snapshots();
    }

    /** With POWER commits force for themselves, but what peers sent must not wait for one: only then is it passed on. */
    private long forceIntervalNs() {
        final long configured = context.forceIntervalMs() * NS_PER_MS;
        return context.durability() == Durability.POWER ? Math.min(configured, POWER_FORCE_NS) : configured;
    }

    private void gauges() {
        final long stalls = kernel.log().stalls();
        if (stalls > lastStalls) {
            new CommitStallEvent().finish(stalls - lastStalls);
            lastStalls = stalls;
        }
        kernel.status()
                .gauges(
                        kernel.log().appendPosition(),
                        kernel.log().forcedPosition(),
                        stalls,
                        kernel.buffer().records(),
                        kernel.buffer().bytes(),
                        kernel.units().cells(),
                        kernel.units().elements(),
                        kernel.units().store().sizeBytes());
    }

    private int snapshots() {
        if (directory == null) {
            return trimMemoryLog();
        }
        synchronized (snapshotLock) {
            final long logged = kernel.log().appendPosition() - lastSnapshotPosition;
            if (writer == null && !isWanted && logged < context.snapshotIntervalBytes()) {
                return 0;
            }
            try {
                step(directory);
            } catch (final IOException | RuntimeException e) {
                kernel.status().snapshotFailed(e);
                abandon();
                lastSnapshotPosition = kernel.log().appendPosition();
                isWanted = false;
                final CompletableFuture<Path> failed = wanted;
                wanted = new CompletableFuture<>();
                failed.completeExceptionally(e);
            }
            return 1;
        }
    }

    private void step(final EngineDirectory into) throws IOException {
        SnapshotWriter current = writer;
        if (current == null) {
            current = Uninterrupted.call(() -> new SnapshotWriter(kernel, into.snapshots(), into.fileForce()));
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
            lastSnapshotPosition = SnapshotFormat.position(file);
            kernel.status().snapshotWritten();
            if (event != null) {
                event.finish(file.toString(), Files.size(file));
            }
            retain(into);
            isWanted = false;
            final CompletableFuture<Path> done = wanted;
            wanted = new CompletableFuture<>();
            done.complete(file);
        }
    }

    /** Keeps two snapshots, and the log from the older of them on: a damaged newest one loses nothing. */
    private void retain(final EngineDirectory from) throws IOException {
        final List<Path> files = from.snapshotFiles();
        for (int i = SNAPSHOTS_KEPT; i < files.size(); i++) {
            Files.delete(files.get(i));
        }
        if (files.size() >= SNAPSHOTS_KEPT) {
            truncate(SnapshotFormat.position(files.get(SNAPSHOTS_KEPT - 1)));
        }
    }

    private int trimMemoryLog() {
        final long excess = kernel.log().sizeBytes() - context.memoryLogBytes();
        if (excess < context.segmentBytes()) {
            return 0;
        }
        try {
            truncate(kernel.log().oldestPosition() + excess);
            return 1;
        } catch (final IOException e) {
            kernel.status().error(e);
            return 0;
        }
    }

    void truncate(final long position) throws IOException {
        kernel.section().enter();
        try {
            kernel.log().truncateBefore(Math.min(position, retentionFloor));
        } finally {
            kernel.section().leave();
        }
    }

    /** Runs something that no snapshot may be written across; one that is being written is begun again afterwards. */
    void betweenSnapshots(final FileAction action) throws IOException {
        synchronized (snapshotLock) {
            abandon();
            action.run();
        }
    }

    /** Work on files. */
    @FunctionalInterface
    interface FileAction {
        void run() throws IOException;
    }

    /** Asks for a snapshot; the future completes with its file. */
    CompletableFuture<Path> requestSnapshot() {
        synchronized (snapshotLock) {
            isWanted = true;
            return wanted;
        }
    }

    /** Has a snapshot written soon; a failure is counted and in the error log. */
    void wantSnapshot() {
        synchronized (snapshotLock) {
            isWanted = true;
        }
    }

    /** Nobody may wait for a snapshot of an engine that has failed. */
    private void giveUpSnapshot() {
        final Throwable failure = kernel.failure();
        if (failure != null) {
            synchronized (snapshotLock) {
                if (!wanted.isDone()) {
                    abandon();
                    isWanted = false;
                    wanted.completeExceptionally(failure);
                }
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

    @Override
    public void onClose() {
        synchronized (snapshotLock) {
            abandon();
            wanted.completeExceptionally(
                    new IllegalStateException("the engine was closed before the snapshot was written"));
        }
    }
}
