package io.abelia.engine.replicate;

import io.abelia.engine.Engine;
import io.abelia.engine.apply.BlockScratch;
import io.abelia.engine.apply.Kernel;
import io.abelia.engine.clock.VectorClock;
import io.abelia.engine.state.StateStore;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Computes what is causally stable here, and drops what is kept only for operations that can then no longer arrive, part by part. */
final class Stability {
    private final Engine engine;
    private final Membership membership;
    private final BlockScratch scratch = new BlockScratch();
    private volatile VectorClock frontier = VectorClock.empty();
    private int slice = StateStore.SLICES;
    private int part;
    private StateStore.@Nullable SliceParts parts;

    Stability(final Engine engine, final Membership membership) {
        this.engine = engine;
        this.membership = membership;
    }

    VectorClock frontier() {
        return frontier;
    }

    /** The clock that every member reports as stable in this node's view; empty before all have been heard. */
    private VectorClock compute(final Map<Long, Peer> peers, final VectorClock report) {
        final VectorClock here = engine.clock();
        VectorClock least = report;
        for (final long member : membership.others()) {
            final Peer peer = peers.get(member);
            least = peer == null ? VectorClock.empty() : least.least(peer.stable(here));
        }
        return least;
    }

    /**
     * Computes the frontier anew, once the state has been visited for the one before; returns whether it moved.
     *
     * @param report what this node reports as stable
     */
    int advance(final Map<Long, Peer> peers, final VectorClock report) {
        if (slice < StateStore.SLICES || membership.isOpen() || !membership.isMember()) {
            return 0;
        }
        final VectorClock next = compute(peers, report);
        if (frontier.covers(next)) {
            return 0;
        }
        frontier = next;
        slice = 0;
        part = 0;
        return 1;
    }

    /** Visits the next part of the state, if there is anything to drop; returns work done. */
    int collect() {
        if (slice == StateStore.SLICES) {
            return 0;
        }
        final Kernel kernel = engine.kernel();
        kernel.section().enter();
        try {
            StateStore.SliceParts visited = parts;
            if (visited == null) {
                visited = kernel.units().store().parts(slice);
                parts = visited;
            }
            if (part >= visited.count()) {
                parts = null;
                part = 0;
                slice++;
            } else {
                final VectorClock stable = frontier;
                kernel.status()
                        .collected(kernel.applier()
                                .collect(visited, part++, (origin, seq) -> seq <= stable.get(origin), scratch));
            }
        } finally {
            kernel.section().leave();
        }
        return 1;
    }
}
