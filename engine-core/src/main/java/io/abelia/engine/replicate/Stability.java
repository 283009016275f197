package io.abelia.engine.replicate;

import io.abelia.engine.Engine;
import io.abelia.engine.apply.Collector;
import io.abelia.engine.clock.VectorClock;
import java.util.Map;

/** Computes what is causally stable here, and drops what is kept only for operations that can then no longer arrive, part by part. */
final class Stability {
    private final Engine engine;
    private final Membership membership;
    private final Collector collector;
    private volatile VectorClock frontier = VectorClock.empty();

    Stability(final Engine engine, final Membership membership) {
        this.engine = engine;
        this.membership = membership;
        this.collector = new Collector(engine.kernel());
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
        if (!collector.isDone() || membership.isOpen() || !membership.isMember()) {
            return 0;
        }
        final VectorClock next = compute(peers, report);
        if (frontier.covers(next)) {
            return 0;
        }
        final VectorClock stable = next;
        frontier = next;
        collector.begin((origin, seq) -> seq <= stable.get(origin));
        return 1;
    }

    /** Visits the next part of the state, if there is anything to drop; returns work done. */
    int collect() {
        return collector.collect();
    }
}
