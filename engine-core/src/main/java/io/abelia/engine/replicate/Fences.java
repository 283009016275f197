package io.abelia.engine.replicate;

import io.abelia.engine.Engine;
import io.abelia.engine.clock.VectorClock;
import io.abelia.engine.codec.ByteWriter;

/** Who commits no more, and is told why: a node that has been removed, and a directory that is not what its node was last. */
final class Fences {
    private final Engine engine;
    private final long node;
    private final MessageWriter writer;
    private final Transport transport;

    Fences(final Engine engine, final long node, final MessageWriter writer, final Transport transport) {
        this.engine = engine;
        this.node = node;
        this.writer = writer;
        this.transport = transport;
    }

    /** Fences this node if its group, as an epoch tells, has gone on without it. */
    void check(final Membership membership, final Acceptor acceptor) {
        if (membership.isRemoved()) {
            engine.fence("node " + node + " has been removed from its group (epoch "
                    + membership.epoch().number() + "): its number is not used again. Export the commits that only it"
                    + " has (abelia unseen), and join with an empty directory and another number");
        }
        if (acceptor.isReplaced() && engine.isJoined()) {
            engine.fence(
                    "another directory of node " + node + " has taken the place of this one, which is a copy of it or"
                            + " was put back: export the commits that only this one has (abelia unseen), empty it, and launch it as a"
                            + " joiner");
        }
    }

    /**
     * Tells a node whose directory went back in time that nobody takes anything from it.
     *
     * @param had what the directory must have had
     */
    void tell(final long origin, final VectorClock had) {
        engine.kernel().status().fencedPeer();
        final ByteWriter out = writer.begin(Message.FENCED);
        out.writeLong(origin);
        writer.clock(had);
        writer.broadcast(transport); // of two processes under one number, nobody knows which one has its address
    }

    /** Fences this node, whose directory another process runs a copy of. */
    void giveWay() {
        engine.fence("another process runs from a copy of this directory, and goes on as node " + node
                + ": export the commits that only this one has (abelia unseen), empty it, and launch it as a joiner with a"
                + " number of its own, if it is needed");
    }

    /** Takes such a message. */
    void onFenced(final long from, final long origin, final VectorClock reported) {
        if (origin == engine.origin()) {
            engine.fence("this directory is an older copy of what node " + node + " was: node " + from
                    + " knows that it had "
                    + reported
                    + " on disk. Export the commits that only it has (abelia unseen), empty the directory, and join"
                    + " anew");
        }
    }
}
