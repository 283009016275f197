package io.abelia.engine.replicate;

import io.abelia.engine.Engine;
import io.abelia.engine.clock.VectorClock;
import java.io.IOException;
import java.util.SortedMap;

/** Lets a node whose state was empty commit, once it has caught up with its group. */
final class Joining {
    private final Engine engine;
    private final long node;
    private final Membership membership;
    private final Acceptor acceptor;
    private final SortedMap<Long, Peer> peers;

    Joining(
            final Engine engine,
            final long node,
            final Membership membership,
            final Acceptor acceptor,
            final SortedMap<Long, Peer> peers) {
        this.engine = engine;
        this.node = node;
        this.membership = membership;
        this.acceptor = acceptor;
        this.peers = peers;
    }

    void doWork(final VectorClock here) {
        if (engine.isJoined() || !mayJoin(here)) {
            return;
        }
        try {
            if (!membership.isOpen()) {
                acceptor.enter();
            }
            engine.markJoined();
        } catch (final IOException e) {
            engine.kernel().status().error(e);
        }
    }

    /**
     * A joiner may commit once it holds what members of the group had applied after they had heard of the joiner's launch: that is all that
     * anybody can have called stable without the joiner. What it heard before may have been under way for long. One member is not enough, since
     * it may have been removed without knowing; it takes so many that one of them took part in, or knows of, every agreement of a majority.
     */
    private boolean mayJoin(final VectorClock here) {
        final Epoch epoch = membership.epoch();
        final long guides = peers.values().stream()
                .filter(peer -> membership.includes(peer.node()) && peer.isGuideFor(here, epoch.number()))
                .count();
        return membership.isOpen() ? guides > 0 : epoch.includes(node) && guides >= epoch.guidesToJoin();
    }
}
