package io.abelia.engine.replicate;

import io.abelia.engine.Engine;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

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
        assert node != context.node() : node;
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
                        && isRecent(peer)
                || peers.values().stream().anyMatch(other -> isRecent(other) && other.refuses(node));
    }

    @Override
    public boolean someoneJoins() {
        return peers.values().stream().anyMatch(peer -> !peer.isJoined() && isRecent(peer));
    }

    /** Members that take no part in agreements, since their directories are new. */
    SortedSet<Long> withoutVote(final Membership membership) {
        final SortedSet<Long> without = new TreeSet<>();
        if (membership.isOpen()) {
            return without;
        }
        if (membership.isMember() && !membership.votes()) {
            without.add(context.node());
        }
        peers.values().stream()
                .filter(peer -> membership.includes(peer.node()) && !peer.votes() && isRecent(peer))
                .forEach(peer -> without.add(peer.node()));
        return without;
    }

    /** Why a change that is wanted is not decided yet, in words; null if none is. */
    @Nullable
    String undecided(final Membership membership) {
        if (!membership.isChanging()) {
            return null;
        }
        final Epoch epoch = membership.epoch();
        final SortedSet<Long> silent = new TreeSet<>(epoch.members());
        silent.removeIf(node -> node == context.node() || isHeard(node));
        return "it takes the votes of " + epoch.majority() + " of the members " + epoch.members()
                + "; not heard lately: " + silent + "; without a vote, as their directories are new: "
                + withoutVote(membership);
    }

    private boolean isHeard(final long node) {
        final Peer peer = peers.get(node);
        return peer != null && isRecent(peer);
    }

    private boolean isRecent(final Peer peer) {
        return context.nanoClock().nanoTime() - peer.lastHeardNs() < context.silenceNs();
    }
}
