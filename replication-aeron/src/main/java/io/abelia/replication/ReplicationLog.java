package io.abelia.replication;

import io.abelia.engine.Engine;
import io.abelia.engine.replicate.Epoch;
import io.abelia.engine.replicate.Peer;
import io.abelia.engine.status.Notices;
import io.abelia.replication.transport.Strangers;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** Tells operators what becomes of a node's part in its group: on the replicator's thread, a few times a second. */
final class ReplicationLog {
    private static final long TURN_NS = 200_000_000L;
    private static final long SILENT_NS = 2_000_000_000L;
    private static final long ALONE_NS = 5_000_000_000L;

    private final Engine engine;
    private final Replicator replicator;
    private final ReplicatorContext context;
    private final Strangers strangers;
    private final Set<Long> heard = new TreeSet<>();
    private final long startNs;
    private @Nullable Epoch epoch;
    private boolean joined;
    private boolean toldAlone;
    private long turnNs;

    ReplicationLog(
            final Engine engine,
            final Replicator replicator,
            final ReplicatorContext context,
            final Strangers strangers,
            final long nowNs) {
        this.engine = engine;
        this.replicator = replicator;
        this.context = context;
        this.strangers = strangers;
        this.startNs = nowNs;
        this.turnNs = nowNs;
    }

    void doWork(final long nowNs) {
        if (nowNs - turnNs < TURN_NS) {
            return;
        }
        turnNs = nowNs;
        final Notices notices = engine.status().notices();
        final Epoch now = replicator.epoch();
        if (!now.equals(epoch) && !now.members().isEmpty()) {
            epoch = now;
            notices.info(me() + "epoch " + now.number() + ", members " + now.members());
        }
        if (engine.isJoined() != joined) {
            joined = engine.isJoined();
            notices.info(me() + (joined ? "has joined and takes commits" : "is no longer joined and takes no commits"));
        }
        for (final Peer peer : replicator.peers()) {
            final boolean alive = nowNs - peer.lastHeardNs() < SILENT_NS;
            if (alive && heard.add(peer.node())) {
                notices.info(me() + "hears node " + peer.node());
            } else if (!alive && heard.remove(peer.node())) {
                notices.warn(me() + "node " + peer.node() + " is silent");
            }
        }
        final String found = strangers.takeReport(nowNs);
        if (found != null) {
            notices.warn(me() + found);
        }
        notices.flush();
        if (!joined && !toldAlone && heard.isEmpty() && nowNs - startNs > ALONE_NS) {
            toldAlone = true;
            notices.warn(me() + alone());
        }
    }

    private String me() {
        return "node " + context.replica().node() + ": ";
    }

    /** Why nobody is heard, as far as can be told from here. */
    private String alone() {
        final String where = context.transport().multicast() == null
                ? "at " + context.transport().peers().values()
                : "in the multicast group " + context.transport().multicast() + " on "
                        + context.transport().networkInterface();
        return "hears no node of its group " + where
                + ". Either none is up or reached there, or its key, cluster name or protection is another: then its log says so too";
    }

    /** Why the node has not joined, for its readiness. */
    String unjoined() {
        final String refusal = engine.status().refusal();
        if (refusal != null) {
            return refusal;
        }
        final String found = strangers.last();
        return found != null ? found : heard.isEmpty() ? alone() : "";
    }
}
