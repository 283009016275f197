package io.abelia.engine.transaction;

import io.abelia.engine.apply.Kernel;
import io.abelia.engine.clock.VectorClock;
import io.abelia.engine.crdt.BoundedCounter;
import io.abelia.engine.state.BeforeImages;
import java.math.BigInteger;

/**
 * One consistent cut of all cells. Commits go on while it is open; what they change is kept as it was, in bounded memory. A
 * snapshot that outlives that memory fails its reads with {@link SnapshotTooOldException}. Close it as soon as possible.
 *
 * <p>One thread at a time.
 */
public final class Snapshot implements ReadView, AutoCloseable {
    private final Kernel kernel;
    private final int id;
    private final StateView view;
    private final VectorClock clock;
    private boolean closed;

    private Snapshot(final Kernel kernel, final int id, final VectorClock clock) {
        this.kernel = kernel;
        this.id = id;
        this.view = new StateView(new StateReader(kernel), id);
        this.clock = clock;
    }

    /** Opens a snapshot of everything applied so far. */
    public static Snapshot open(final Kernel kernel) {
        kernel.section().enter();
        try {
            if (!kernel.isOpen() && kernel.failure() == null) {
                throw new IllegalStateException("the engine is closed");
            }
            final int id = openId(kernel);
            return new Snapshot(kernel, id, kernel.origins().toVectorClock());
        } finally {
            kernel.section().leave();
        }
    }

    /** Opens the images of a snapshot; within the exclusive section. */
    static int openId(final Kernel kernel) {
        final int id = kernel.units().images().open(kernel.applier().applied());
        if (id == BeforeImages.TOO_MANY) {
            throw new IllegalStateException(
                    BeforeImages.MAX_SNAPSHOTS + " snapshots and reading transactions are open; close some");
        }
        return id;
    }

    /** Closes the images of a snapshot. */
    static void closeId(final Kernel kernel, final int id) {
        kernel.section().enter();
        try {
            if (kernel.isReleased()) {
                return; // the engine is closed and its memory gone
            }
            kernel.units().images().close(id);
            kernel.units().removePending();
        } finally {
            kernel.section().leave();
        }
    }

    /** The applied clock of the cut. */
    public VectorClock clock() {
        return clock;
    }

    private StateView view() {
        if (closed) {
            throw new IllegalStateException("the snapshot is closed");
        }
        return view;
    }

    @Override
    public boolean exists(final Cell cell) {
        return view().exists(cell);
    }

    @Override
    public long readLong(final Cell cell) {
        return view().readLong(cell);
    }

    @Override
    public BigInteger readExact(final Cell cell) {
        return view().readExact(cell);
    }

    @Override
    public long readRights(final Cell cell) {
        return view().readRights(cell);
    }

    @Override
    public void forEachHolder(final Cell cell, final BoundedCounter.HolderHandler handler) {
        view().forEachHolder(cell, handler);
    }

    @Override
    public double readDouble(final Cell cell) {
        return view().readDouble(cell);
    }

    @Override
    public boolean readFlag(final Cell cell) {
        return view().readFlag(cell);
    }

    @Override
    public boolean read(final Cell cell, final Value into) {
        return view().read(cell, into);
    }

    @Override
    public int readAll(final Cell cell, final ValueHandler handler) {
        return view().readAll(cell, handler);
    }

    @Override
    public long size(final Cell cell) {
        return view().size(cell);
    }

    @Override
    public boolean contains(final Cell cell, final Value element) {
        return view().contains(cell, element);
    }

    @Override
    public long forEach(final Cell cell, final ValueHandler handler) {
        return view().forEach(cell, handler);
    }

    @Override
    public long scan(final String table, final String keyPrefix, final CellHandler handler) {
        return view().scan(table, keyPrefix, handler);
    }

    @Override
    public void close() {
        if (!closed) {
            closed = true;
            closeId(kernel, id);
        }
    }
}
