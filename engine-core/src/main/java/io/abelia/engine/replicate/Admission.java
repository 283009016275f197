package io.abelia.engine.replicate;

import io.abelia.engine.Engine;
import java.io.IOException;
import java.util.SortedMap;
import org.jspecify.annotations.Nullable;

/** Which launches are listened to: those that are not dead, are what they say, and hold their number. A new one changes the view. */
final class Admission {
    private final Engine engine;
    private final ReplicaContext context;
    private final View view;
    private final Membership membership;
    private final Acceptor acceptor;
    private final SortedMap<Long, Peer> peers;
    private final DurableClock durable;
    private final Claims claims;
    private final Fences fences;
    private boolean news;

    Admission(
            final Engine engine,
            final ReplicaContext context,
            final View view,
            final Membership membership,
            final Acceptor acceptor,
            final SortedMap<Long, Peer> peers,
            final DurableClock durable,
            final Claims claims,
            final Fences fences) {
        this.engine = engine;
        this.context = context;
        this.view = view;
        this.membership = membership;
        this.acceptor = acceptor;
        this.peers = peers;
        this.durable = durable;
        this.claims = claims;
        this.fences = fences;
    }

    /** Whether a message of a launch is to be looked at; {@code heartbeat} is what it says if it is one. */
    boolean isGranted(final @Nullable Heartbeat heartbeat, final long from, final View.Launch launch) {
        assert from != context.node() : from;
        return isOfLine(heartbeat, from, launch.origin()) && isBelieved(heartbeat, from, launch) && admit(from, launch);
    }

    /** Whether the view has changed since the last call: a launch takes nothing before it has been told that it is known. */
    boolean takeNews() {
        final boolean changed = news;
        news = false;
        return changed;
    }

    /** Has the directory keep the view; returns whether it does. Others build on what is told of it, so only then it is told. */
    boolean keepView() {
        if (!membership.isOpen() && !acceptor.view().equals(view.launches())) {
            try {
                acceptor.keep(view.launches());
            } catch (final IOException e) {
                engine.kernel().status().error(e);
                return false;
            }
        }
        assert membership.isOpen() || acceptor.view().equals(view.launches()) : acceptor.view();
        return true;
    }

    /** Takes what a member tells of a node's current launch, unless that node is heard here under another one. */
    void tell(final long node, final View.Launch launch, final long nowNs) {
        final Peer holder = peers.get(node);
        assert holder == null || node != context.node() : node;
        if (holder == null || membership.isOpen() || !claims.isHeld(holder, launch, view, nowNs)) {
            admit(node, launch);
        }
    }

    /** Whether a message does not come from an old copy of a directory whose place another one has taken. */
    private boolean isOfLine(final @Nullable Heartbeat heartbeat, final long from, final long origin) {
        if (heartbeat != null) {
            return heartbeat.isOfLine(from, origin, membership.epoch());
        }
        final Peer peer = peers.get(from);
        return membership.isOpen() || peer != null && peer.isTrusted(origin);
    }

    /** Whether a launch is what it says: it holds its number and has not forgotten what its directory had. Only then it replaces another. */
    private boolean isBelieved(final @Nullable Heartbeat heartbeat, final long from, final View.Launch launch) {
        if (heartbeat == null || membership.isOpen()) {
            return true;
        }
        if (view.isDead(from, launch)) {
            return false;
        }
        final Peer peer = peers.computeIfAbsent(from, Peer::new);
        if (claims.refuses(peer, heartbeat, launch.origin(), context.nanoClock().nanoTime())) {
            return false;
        }
        final boolean believed = peer.introduce(launch.origin(), heartbeat, acceptor.stable());
        if (!believed) {
            fences.tell(launch.origin(), peer.durable(heartbeat.incarnation()).merge(acceptor.stable()));
        }
        return believed;
    }

    /** Whether a launch is not dead; a new one makes all reports of stability of the view before void. */
    boolean admit(final long node, final View.Launch launch) {
        final SortedMap<Long, View.Launch> before = view.copy();
        final boolean current = view.admit(node, launch);
        if (!before.equals(view.launches())) {
            assert view.covers(before) : before + " becomes " + view.launches();
            assert view.own().origin() == engine.origin() : view.own();
            news = true;
            peers.values().forEach(Peer::forgetReports);
            durable.restart();
            if (node == context.node()) {
                peers.values().forEach(Peer::forgetGuide); // they may have known of a dead launch instead
                settleDuel(launch.origin());
            }
            final Peer replaced = peers.get(node);
            if (replaced != null) {
                replaced.forgetAll();
            }
            engine.kernel().rights().launches(view.origins());
            final View.Launch old = before.get(node);
            final View.Launch now = view.launches().get(node);
            if (old != null && now != null && old.origin() != now.origin()) {
                engine.kernel().dropBuffered(); // the dead launch may have sent it; who is alive can send it again
            }
        }
        return current;
    }

    /** The own launch has overtaken another one: of two that live, in copies of one directory, the one with the lesser origin gives way. */
    private void settleDuel(final long other) {
        assert other != engine.origin() : other;
        if (membership.isOpen() || !view.isAlive(other)) {
            return;
        }
        if (Long.compareUnsigned(engine.origin(), other) < 0) {
            view.giveWay();
            fences.giveWay();
        } else {
            engine.kernel().status().copyRuns(context.node());
        }
    }
}
