package io.abelia.engine.replicate;

import io.abelia.engine.Engine;
import java.util.SortedMap;

/** What peers are like that have been heard lately. */
final class RecentPeers implements Membership.Heard {
    private final Engine engine;
    private final ReplicaContext context;
    private final Acceptor acceptor;
    private final SortedMap<Long, Peer> peers;

    RecentPeers(
            final Engine engine,
            final ReplicaContext context,
            final Acceptor acceptor,
            final SortedMap<Long, Peer> peers) {
        this.engine = engine;
        this.context = context;
        this.acceptor = acceptor;
        this.peers = peers;
    }

    @Override
    public boolean votes(final long node) {
        final Peer peer = peers.get(node);
        return peer != null && peer.votes() && isRecent(peer);
    }

    @Override
    public boolean guides(final long node) {
        final Peer peer = peers.get(node);
        return node == context.node() ? engine.isJoined() : peer != null && peer.isJoined() && isRecent(peer);
    }

    @Override
    public boolean livesElsewhere(final long node, final long incarnation) {
        final Epoch epoch = acceptor.epoch();
        if (node == context.node()) {
            return engine.isJoined() && acceptor.votes() && acceptor.incarnation() != incarnation;
        }
        final Peer peer = peers.get(node);
        return peer != null
                && peer.isJoined()
                && peer.incarnation() != incarnation
                && epoch.isVoter(node, peer.incarnation())
                && isRecent(peer);
    }

    @Override
    public boolean someoneJoins() {
        return peers.values().stream().anyMatch(peer -> !peer.isJoined() && isRecent(peer));
    }

    /** Whether a node has been heard lately. */
    boolean isHeard(final long node) {
        final Peer peer = peers.get(node);
        return peer != null && isRecent(peer);
    }

    private boolean isRecent(final Peer peer) {
        return context.nanoClock().nanoTime() - peer.lastHeardNs() < context.silenceNs();
    }
}
