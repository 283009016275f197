package io.abelia.engine;

import io.abelia.engine.apply.Kernel;
import io.abelia.engine.status.CommitStallEvent;
import io.abelia.engine.transaction.TransactionPool;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.function.BooleanSupplier;
import org.agrona.concurrent.Agent;
import org.jspecify.annotations.Nullable;

/**
 * What has to be done beside commits: the next log segment and the next map ahead of their need, background forces, snapshots,
 * retention, gauges. One thread at a time; each call of {@link #doWork} is short.
 */
final class Housekeeping implements Agent {
    private static final long GAUGE_INTERVAL_NS = 100_000_000L;
    private static final long NS_PER_MS = 1_000_000L;
    private static final long POWER_FORCE_NS = 5 * NS_PER_MS;

    private final Kernel kernel;
    private final EngineContext context;
    private final @Nullable Snapshots snapshots;
    private final AloneCollection collection;
    private final TransactionPool transactions;
    private long lastForceNs;
    private long lastGaugeNs;
    private long lastStalls;
    private volatile long retentionFloor = Long.MAX_VALUE;

    Housekeeping(
            final Kernel kernel,
            final EngineContext context,
            final @Nullable EngineDirectory directory,
            final TransactionPool transactions)
            throws IOException {
        this.collection = AloneCollection.launch(kernel, context, directory, transactions::lowerToOpen);
        this.transactions = transactions;
        this.kernel = kernel;
        this.context = context;
        this.snapshots = directory == null
                ? null
                : new Snapshots(kernel, directory, context.snapshotIntervalBytes(), this::truncate);
        this.lastForceNs = context.nanoClock().nanoTime();
        this.lastGaugeNs = lastForceNs;
    }

    /** What its thread is to run: should it end before the engine is closed, nothing would be prepared or forced any more, so all fails. */
    Runnable watched(final Runnable task, final BooleanSupplier isClosed) {
        return () -> {
            Throwable cause = null;
            try {
                task.run();
            } catch (final RuntimeException | Error e) {
                cause = e;
                throw e;
            } finally {
                if (!isClosed.getAsBoolean()) {
                    kernel.fail(new IllegalStateException("the engine's housekeeping thread has ended", cause));
                    if (snapshots != null) {
                        snapshots.close(); // who waits for one waits in vain
                    }
                    kernel.status().notices().flush();
                }
            }
        };
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
        kernel.status().notices().flush();
        if (!kernel.isOpen()) {
            final Throwable failure = kernel.failure();
            if (failure != null && snapshots != null) {
                snapshots.giveUp(failure);
            }
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
        work += snapshots == null ? trimMemoryLog() : snapshots.doWork();
        // what is dropped under a snapshot costs before-images
        return snapshots != null && snapshots.isBusy() ? work : work + collection.doWork(nowNs);
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
        kernel.status().watchDisk(String.valueOf(context.directory()));
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

    private int trimMemoryLog() {
        final long position = Math.min(retentionFloor, kernel.log().positionKeeping(context.memoryLogBytes()));
        if (position <= kernel.log().oldestPosition()) {
            return 0;
        }
        try {
            truncate(position);
            return 1;
        } catch (final IOException e) {
            kernel.status().error(e);
            return 0;
        }
    }

    void truncate(final long position) throws IOException {
        kernel.lock().acquire();
        try {
            kernel.log().dropBefore(Math.min(position, retentionFloor));
        } finally {
            kernel.lock().release();
        }
        kernel.log().deleteDropped();
    }

    /** Runs something that no snapshot may be written across; one that is being written is begun again afterwards. */
    void betweenSnapshots(final Snapshots.FileAction action) throws IOException {
        requireSnapshots().between(action);
    }

    /** Asks for a snapshot; the future completes with its file. A failure is counted and in the error log as well. */
    CompletableFuture<Path> requestSnapshot() {
        return requireSnapshots().request();
    }

    private Snapshots requireSnapshots() {
        if (snapshots == null) {
            throw new IllegalStateException("an engine without a directory has no snapshots");
        }
        return snapshots;
    }

    /** Sees to what earlier launches left behind, before the first {@link #doWork}; has a snapshot written in any case if that is wanted. */
    void launched(final boolean wantsSnapshot) throws IOException {
        if (snapshots != null) {
            snapshots.launched(wantsSnapshot);
        }
    }

    /** Does what is due before a clean stop, behind {@link #onClose} and the last commit. */
    void stopped() {
        if (snapshots != null) {
            snapshots.stopped();
        }
    }

    @Override
    public void onClose() {
        if (snapshots != null) {
            snapshots.close();
        }
    }
}
