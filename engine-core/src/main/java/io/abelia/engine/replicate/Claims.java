package io.abelia.engine.replicate;

import io.abelia.engine.Engine;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Launches that claim the number of a member which lives in another directory: an operator gave one number twice, or copied a start
 * command. The living member goes on; who claims its number is refused and told, and so is the member. A directory that takes the place of
 * a lost one is heard once its member has been silent for a while.
 */
final class Claims {
    /** A claim that is refused, and when it was heard last. */
    private record Claim(long origin, long heardNs) {}

    private final Engine engine;
    private final ReplicaContext context;
    private final Membership membership;
    private final SortedMap<Long, Claim> refused = new TreeMap<>();
    private long refusedSinceNs;
    private long refusedLastNs = Long.MIN_VALUE;

    Claims(final Engine engine, final ReplicaContext context, final Membership membership) {
        this.engine = engine;
        this.context = context;
        this.membership = membership;
    }

    /** Whether a launch claims the number of a member that is heard from another directory. */
    boolean refuses(final Peer holder, final Heartbeat claimant, final long origin, final long nowNs) {
        final Epoch epoch = membership.epoch();
        final long node = holder.node();
        assert node != context.node() : node;
        final boolean claims = isLiving(holder, nowNs)
                && holder.incarnation() != claimant.incarnation()
                && (epoch.isVoter(node, holder.incarnation()) || !epoch.isVoter(node, claimant.incarnation()));
        final Claim known = refused.get(node);
        if (claims) {
            refused.put(node, new Claim(origin, nowNs));
            if (known == null || known.origin() != origin) {
                engine.kernel().status().numberTaken(node);
            }
        } else if (known != null && known.origin() == origin) {
            refused.remove(node);
        }
        return claims;
    }

    /** Whether what others tell of a node's launch contradicts a launch of it that is heard here, from the directory it has joined with. */
    boolean isHeld(final Peer holder, final View.Launch told, final View view, final long nowNs) {
        return isLiving(holder, nowNs)
                && told.origin() != holder.origin()
                && told.origin() != View.REMOVED.origin()
                && view.isCurrentOrigin(holder.node(), holder.origin());
    }

    private boolean isLiving(final Peer holder, final long nowNs) {
        return holder.isJoined()
                && holder.isTrusted(holder.origin())
                && nowNs - holder.lastHeardNs() < context.silenceNs();
    }

    /** Claims refused here lately: origins by number. */
    SortedMap<Long, Long> refused(final long nowNs) {
        refused.values().removeIf(claim -> nowNs - claim.heardNs() >= context.silenceNs());
        final SortedMap<Long, Long> origins = new TreeMap<>();
        refused.forEach((node, claim) -> origins.put(node, claim.origin()));
        return origins;
    }

    /**
     * Takes what a member says of the claims that it refuses. A launch that has joined commits no more once it has been refused for so long
     * that no message which was under way can be meant.
     */
    void onRefused(final long from, final Map<Long, Long> claims, final long nowNs) {
        assert from != context.node() : from;
        final Long claimant = claims.get(context.node());
        if (claimant == null) {
            return;
        }
        if (claimant != engine.origin()) {
            engine.kernel().status().numberClaimed(context.node(), from);
            return;
        }
        final String reason = "node number " + context.node() + " is held by a living member, as node " + from
                + " hears it: nothing of this node is taken. Give it a number of its own; if the other process is meant to be replaced,"
                + " stop it first";
        if (refusedLastNs == Long.MIN_VALUE || nowNs - refusedLastNs >= context.silenceNs() / 2) {
            refusedSinceNs = nowNs;
            engine.kernel().status().numberRefused(reason);
        }
        refusedLastNs = nowNs;
        if (engine.isJoined() && nowNs - refusedSinceNs >= 2 * context.silenceNs()) {
            engine.fence(reason);
        }
    }
}
