package io.abelia.engine.transaction;

import io.abelia.engine.apply.Kernel;
import io.abelia.engine.clock.SessionToken;
import io.abelia.engine.clock.VectorClock;
import io.abelia.engine.crdt.BoundedCounter;
import java.math.BigInteger;
import org.jspecify.annotations.Nullable;

/**
 * One consistent cut of all cells. Commits go on while it is open; what they change is kept as it was, in bounded memory. A
 * snapshot that outlives that memory fails its reads with {@link SnapshotTooOldException}. Close it as soon as possible.
 *
 * <p>One thread at a time; any thread may close it, also while another one reads, whose next look at the state is refused then.
 */
public final class Snapshot implements ReadView, AutoCloseable {
    private final ReadLease lease;
    private final StateView view;
    private final VectorClock clock;
    private final @Nullable LongOpen watch;

    private Snapshot(
            final Kernel kernel, final ReadLease lease, final VectorClock clock, final @Nullable LongOpen watch) {
        this.lease = lease;
        this.watch = watch;
        this.view = new StateView(new StateReader(kernel, lease), lease.id());
        this.clock = clock;
    }

    /** Opens a snapshot of everything applied so far. */
    public static Snapshot open(final Kernel kernel) {
        return open(kernel, null);
    }

    /** As {@link #open(Kernel)}; it is named if it stays open. */
    static Snapshot open(final Kernel kernel, final @Nullable LongOpen watch) {
        final Snapshot snapshot;
        kernel.lock().acquire();
        try {
            snapshot = new Snapshot(
                    kernel, ReadLease.openWithLock(kernel), kernel.origins().toVectorClock(), watch);
        } finally {
            kernel.lock().release();
        }
        if (watch != null) {
            watch.opened(snapshot.lease);
        }
        return snapshot;
    }

    /** The applied clock of the cut. */
    public VectorClock clock() {
        return clock;
    }

    /** What a session has seen that reads here, to be waited for at another node. */
    public SessionToken token() {
        return lease.token();
    }

    @Override
    public boolean exists(final Cell cell) {
        return view.exists(cell);
    }

    @Override
    public long readLong(final Cell cell) {
        return view.readLong(cell);
    }

    @Override
    public BigInteger readExact(final Cell cell) {
        return view.readExact(cell);
    }

    @Override
    public long readRights(final Cell cell) {
        return view.readRights(cell);
    }

    @Override
    public void forEachHolder(final Cell cell, final BoundedCounter.HolderHandler handler) {
        view.forEachHolder(cell, handler);
    }

    @Override
    public double readDouble(final Cell cell) {
        return view.readDouble(cell);
    }

    @Override
    public boolean readFlag(final Cell cell) {
        return view.readFlag(cell);
    }

    @Override
    public boolean read(final Cell cell, final Value into) {
        return view.read(cell, into);
    }

    @Override
    public int readAll(final Cell cell, final ValueHandler handler) {
        return view.readAll(cell, handler);
    }

    @Override
    public long size(final Cell cell) {
        return view.size(cell);
    }

    @Override
    public boolean contains(final Cell cell, final Value element) {
        return view.contains(cell, element);
    }

    @Override
    public long forEach(final Cell cell, final ValueHandler handler) {
        return view.forEach(cell, handler);
    }

    @Override
    public long scan(final String table, final String keyPrefix, final CellHandler handler) {
        return view.scan(table, keyPrefix, handler);
    }

    @Override
    public long scan(final String table, final String keyPrefix, final KeyFilter wanted, final CellHandler handler) {
        return view.scan(table, keyPrefix, wanted, handler);
    }

    @Override
    public long scanRow(final String table, final String key, final CellHandler handler) {
        return view.scanRow(table, key, handler);
    }

    @Override
    public void close() {
        if (watch != null) {
            watch.closed(lease);
        }
        lease.end("the snapshot is closed");
    }
}
