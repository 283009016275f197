package io.abelia.engine.replicate;

import io.abelia.engine.Engine;
import io.abelia.engine.clock.VectorClock;
import java.io.IOException;
import java.util.SortedMap;
import org.jspecify.annotations.Nullable;

/**
 * When a launch may take what others send, and when one whose state was empty may commit: once it has heard from members that know of it, and
 * once it has caught up with them.
 */
final class Joining {
    private final Engine engine;
    private final long node;
    private final Membership membership;
    private final Acceptor acceptor;
    private final View view;
    private final SortedMap<Long, Peer> peers;
    private boolean viewed;
    private View.@Nullable Launch viewedAs;

    Joining(
            final Engine engine,
            final long node,
            final Membership membership,
            final Acceptor acceptor,
            final View view,
            final SortedMap<Long, Peer> peers) {
        this.engine = engine;
        this.node = node;
        this.membership = membership;
        this.acceptor = acceptor;
        this.view = view;
        this.peers = peers;
    }

    void doWork(final VectorClock here) {
        if (engine.isJoined() || !mayJoin(here)) {
            return;
        }
        try {
            if (!membership.isOpen()) {
                acceptor.keep(view.launches()); // what it joined with had been observed in this view
                acceptor.enter();
            }
            assert membership.isOpen() || acceptor.view().equals(view.launches()) : acceptor.view();
            assert membership.isOpen() || acceptor.born() == membership.epoch().number() : acceptor.born();
            engine.markJoined();
            if (!membership.isOpen() && !membership.votes()) {
                engine.kernel().status().withoutVote(node);
            }
        } catch (final IOException e) {
            engine.kernel().status().error(e);
        }
    }

    /**
     * Whether members that know of this launch have told it their views. Until then it takes nothing: what it kept of launches may be old, or
     * nothing at all, and a message of a launch that all others know to be dead would be taken and passed on. A member that has state needs
     * one of them; who joins needs as many as tell it when it may commit.
     */
    boolean hasViews() {
        if (!engine.isJoined() && !view.own().equals(viewedAs)) {
            viewed = false; // they may have known of a dead launch instead
        }
        if (!viewed) {
            final Epoch epoch = membership.epoch();
            final long guides = peers.values().stream()
                    .filter(peer -> membership.includes(peer.node()) && peer.isGuide(epoch.number()))
                    .count();
            viewed = guides >= (engine.isJoined() ? 1 : epoch.guidesToJoin());
            viewedAs = view.own();
        }
        assert !viewed || engine.isJoined() || view.own().equals(viewedAs) : viewedAs;
        return viewed;
    }

    /** Whether that has been so, without looking again. */
    boolean isGuided() {
        return viewed;
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
