package io.abelia.engine.replicate;

import java.util.HashMap;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Which launch of every node is the current one, as far as this node has heard. A launch that another one of its node has replaced is
 * dead for whoever knows: its messages, which may still be under way, are dropped.
 *
 * <p>That makes reports of stability sound. Let all members have reported a clock in one view, and let this node have applied all that
 * they had applied then. A record that arrives later was either written by a launch of that view behind its report, and so had observed
 * the clock; or it came to a launch of that view, the first to have it, from a dead launch before it adopted the view, and so was part
 * of that launch's report. (What virtual synchrony does for multicast, Birman and Joseph 1987.)
 *
 * <p>A view only grows, also from launch to launch: it is on disk before anything is reported in it ({@link Acceptor#keep}), and a launch
 * takes records only once a member has told it its own view ({@link Joining#hasViews}). A launch that knew nothing of others would take
 * a message of a dead one, which they have long called impossible, and pass it on in its own name.
 */
final class View {
    /** A launch: its origin, and a time that grows from launch to launch of a node. */
    record Launch(long origin, long time) {
        boolean isBefore(final Launch other) {
            return time != other.time ? time < other.time : Long.compareUnsigned(origin, other.origin) < 0;
        }
    }

    /** In place of the launch of a node that has been removed: no other one follows it. */
    static final Launch REMOVED = new Launch(0, Long.MAX_VALUE);

    private static final Launch NONE = new Launch(0, 0);

    private final long ownNode;
    private final SortedMap<Long, Launch> launches = new TreeMap<>();
    /** How often the own launch has overtaken another one of its node, by origin. */
    private final Map<Long, Integer> overtaken = new HashMap<>();

    private boolean gaveWay;

    View(final long ownNode, final long ownOrigin, final long time) {
        assert ownOrigin != 0;
        this.ownNode = ownNode;
        launches.put(ownNode, new Launch(ownOrigin, time));
    }

    /** Takes over what an earlier launch in this directory had kept. */
    void restore(final SortedMap<Long, Launch> kept) {
        assert launches.size() == 1 : launches;
        kept.forEach(this::admit);
    }

    /** What this node's messages say of their launch. */
    Launch own() {
        return launches.getOrDefault(ownNode, NONE);
    }

    /** Whether a launch is known to be the current one of its node. */
    boolean isCurrent(final long node, final long origin, final long time) {
        final Launch known = launches.get(node);
        return known != null && known.origin == origin && known.time == time;
    }

    /** Whether a launch is known to be the current one of its node, whatever its time. */
    boolean isCurrentOrigin(final long node, final long origin) {
        final Launch known = launches.get(node);
        return known != null && known.origin == origin;
    }

    /** Whether a launch is known to have been replaced by another one of its node. */
    boolean isDead(final long node, final Launch launch) {
        final Launch known = launches.get(node);
        return known != null && launch.origin != known.origin && launch.isBefore(known);
    }

    /** Whether this node has adopted all that another view knows. */
    boolean covers(final SortedMap<Long, Launch> other) {
        return other.entrySet().stream().allMatch(entry -> {
            final Launch known = launches.get(entry.getKey());
            return known != null && !known.isBefore(entry.getValue());
        });
    }

    /** Whether a launch is the current one of its node; an unknown or a later one becomes it. */
    boolean admit(final long node, final Launch launch) {
        final Launch known = launches.get(node);
        if (known == null || known.isBefore(launch) && node != ownNode) {
            launches.put(node, launch);
            return true;
        }
        if (node == ownNode
                && launch.origin != known.origin
                && known.isBefore(launch)
                && launch.time < Long.MAX_VALUE) {
            // the wall clock went back between two launches of this node: the living one overtakes the dead one
            if (!gaveWay) {
                launches.put(ownNode, new Launch(known.origin, launch.time + 1));
                assert known.isBefore(own()) : own();
                overtaken.merge(launch.origin, 1, Integer::sum);
            }
        }
        assert node == ownNode || !known.isBefore(launch) : launch;
        return launch.origin == known.origin || !launch.isBefore(known);
    }

    /** Whether another launch of this node lives: it was overtaken, and has overtaken this one since, which no dead one does. */
    boolean isAlive(final long origin) {
        return overtaken.getOrDefault(origin, 0) > 1;
    }

    /** The own launch overtakes no other one any more. */
    void giveWay() {
        assert !gaveWay;
        gaveWay = true;
    }

    /** Origins of the current launches, by node. */
    SortedMap<Long, Long> origins() {
        final SortedMap<Long, Long> origins = new TreeMap<>();
        launches.forEach((node, launch) -> origins.put(node, launch.origin()));
        return origins;
    }

    SortedMap<Long, Launch> launches() {
        return launches;
    }

    /** A copy to compare with, taken before something may change the view. */
    SortedMap<Long, Launch> copy() {
        assert launches.containsKey(ownNode) : launches;
        return new TreeMap<>(launches);
    }
}
