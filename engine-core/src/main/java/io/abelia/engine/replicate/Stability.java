package io.abelia.engine.replicate;

import io.abelia.engine.Engine;
import io.abelia.engine.apply.Collector;
import io.abelia.engine.clock.VectorClock;
import java.io.IOException;
import java.util.Map;

/** Computes what is causally stable here, and drops what is kept only for operations that can then no longer arrive, part by part. */
final class Stability {
    private final Engine engine;
    private final Membership membership;
    private final Acceptor acceptor;
    private final long intervalNs;
    private final Collector collector;
    private volatile VectorClock frontier = VectorClock.empty();
    private VectorClock visited = VectorClock.empty();
    private long visitedNs;

    Stability(final Engine engine, final Membership membership, final Acceptor acceptor, final ReplicaContext context) {
        this.engine = engine;
        this.membership = membership;
        this.acceptor = acceptor;
        this.intervalNs = context.stabilityIntervalNs();
        this.visitedNs = context.nanoClock().nanoTime() - intervalNs;
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
        assert report.covers(least) : least;
        assert engine.fenced() != null || here.covers(least) : least + " beyond " + here;
        return least;
    }

    /**
     * Computes the frontier anew, and has the state visited for it, once that is done for the one before; returns work done. It is on disk before
     * anything is dropped: a directory that lacks some of it and comes back is to be known as an old one, by the next launch as well.
     *
     * @param report what this node reports as stable
     */
    int advance(final Map<Long, Peer> peers, final VectorClock report, final long nowNs) {
        if (membership.isOpen() || !membership.isMember()) {
            return 0;
        }
        final VectorClock next = compute(peers, report);
        if (!frontier.covers(next)) {
            frontier = next;
        }
        if (!collector.isDone() || nowNs - visitedNs < intervalNs || visited.covers(frontier)) {
            return 0;
        }
        final VectorClock stable = frontier;
        visitedNs = nowNs;
        try {
            acceptor.keepStable(stable);
        } catch (final IOException e) {
            engine.kernel().status().error(e);
            return 0;
        }
        assert acceptor.stable().covers(stable) : stable;
        visited = stable;
        collector.begin((origin, seq) -> seq <= stable.get(origin));
        return 1;
    }

    /** Visits the next part of the state, if there is anything to drop; returns work done. */
    int collect() {
        return collector.collect();
    }
}
