package io.abelia.engine.apply;

import io.abelia.engine.crdt.StableDots;
import io.abelia.engine.state.StateStore;
import org.jspecify.annotations.Nullable;

/**
 * Visits the whole state once, part by part, and drops what is kept only for operations that can no longer arrive. Each part is one short
 * stay in the commit lock. One thread.
 */
public final class Collector {
    private final Kernel kernel;
    private final BlockScratch scratch = new BlockScratch();
    private int slice = StateStore.SLICES;
    private int part;
    private StateStore.@Nullable SliceParts parts;
    private StableDots stable = (origin, seq) -> false;

    public Collector(final Kernel kernel) {
        this.kernel = kernel;
    }

    /** Whether the state has been visited to its end. */
    public boolean isDone() {
        return slice == StateStore.SLICES;
    }

    /** Begins a visit; one that is under way is given up. */
    public void begin(final StableDots newStable) {
        stable = newStable;
        slice = 0;
        part = 0;
        parts = null;
    }

    /** Visits the next part of the state, if there is one; returns work done. */
    public int collect() {
        if (isDone()) {
            return 0;
        }
        assert slice < StateStore.SLICES : slice;
        kernel.lock().acquire();
        try {
            StateStore.SliceParts visited = parts;
            if (visited == null) {
                visited = kernel.units().store().parts(slice);
                parts = visited;
            }
            assert part <= visited.count() : part;
            if (part >= visited.count()) {
                parts = null;
                part = 0;
                slice++;
            } else {
                kernel.status().collected(kernel.applier().collect(visited, part++, stable, scratch));
            }
        } finally {
            kernel.lock().release();
        }
        return 1;
    }
}
