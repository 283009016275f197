package io.abelia.engine.replicate;

import java.util.Arrays;
import org.agrona.concurrent.NanoClock;
import org.agrona.concurrent.SystemNanoClock;
import org.jspecify.annotations.Nullable;

/** Configuration of one {@link Replica}. */
public final class ReplicaContext {
    private long node;
    private long[] members = new long[0];
    private Entry entry = Entry.REMEMBERED;
    private long group;
    private long foundDelayNs = 2_000_000_000L;
    private NanoClock nanoClock = SystemNanoClock.INSTANCE;
    private long heartbeatIntervalNs = 50_000_000L;
    private long stabilityIntervalNs = 1_000_000_000L;
    private long repairDelayNs = 10_000_000L;
    private long repairTimeoutNs = 200_000_000L;
    private long silenceNs = 2_000_000_000L;
    private long clockDifferenceMs = 10_000;
    private int repairBytes = 1 << 20;
    private long repairBytesPerSecond = 128L << 20;
    private @Nullable RightsListener rightsListener;

    /** How a node whose directory remembers no group comes to one. */
    public enum Entry {
        /** Nothing was said: only for a directory that remembers its group. */
        REMEMBERED,
        /** Its members are configured, the same on every node. */
        STATIC,
        /** Anybody belongs to it. */
        OPEN,
        /** It founds one, of itself alone. */
        FOUND,
        /** It asks the first one it hears to be admitted. */
        JOIN
    }

    /** Number of this node, unique in the group. */
    public ReplicaContext node(final long newNode) {
        node = newNode;
        return this;
    }

    public long node() {
        return node;
    }

    /**
     * All nodes of the group as it begins, this one included; changes are agreed from then on. Nothing is causally stable before all of
     * them have been heard, and the log is kept for those that are away.
     *
     * @throws IllegalArgumentException if nobody is named
     */
    public ReplicaContext members(final long... newMembers) {
        if (newMembers.length == 0) {
            throw new IllegalArgumentException(
                    "members() names nobody; name all nodes, this one included, or say open()");
        }
        entry = Entry.STATIC;
        members = newMembers.clone();
        Arrays.sort(members);
        return this;
    }

    /** Belongs to a group without a list of members: nothing is ever stable, the log is kept for nobody, and anybody belongs to it. */
    public ReplicaContext open() {
        entry = Entry.OPEN;
        return this;
    }

    public long[] members() {
        return members.clone();
    }

    /**
     * Founds a group, if the directory remembers none and none is heard for {@link #foundDelayNs}: a founder that lost its disk must not found
     * another group beside its own. {@code newGroup} is drawn at random, and is not 0.
     */
    public ReplicaContext found(final long newGroup) {
        entry = Entry.FOUND;
        group = newGroup;
        return this;
    }

    /** Nanoseconds that a founder listens before it founds; default 2 s. */
    public ReplicaContext foundDelayNs(final long newFoundDelayNs) {
        foundDelayNs = newFoundDelayNs;
        return this;
    }

    public long foundDelayNs() {
        return foundDelayNs;
    }

    /** Joins the first group that is heard, if the directory remembers none. */
    public ReplicaContext join() {
        entry = Entry.JOIN;
        return this;
    }

    public Entry entry() {
        return entry;
    }

    /** Number of the group to found. */
    public long group() {
        return group;
    }

    /** Source of monotonic nanoseconds. */
    public ReplicaContext nanoClock(final NanoClock newNanoClock) {
        nanoClock = newNanoClock;
        return this;
    }

    public NanoClock nanoClock() {
        return nanoClock;
    }

    /**
     * Least time between two visits of the state that drop what is causally stable, each of which forces a small file first; default one second,
     * in nanoseconds.
     */
    public ReplicaContext stabilityIntervalNs(final long newStabilityIntervalNs) {
        stabilityIntervalNs = newStabilityIntervalNs;
        return this;
    }

    /** See {@link #stabilityIntervalNs(long)}. */
    public long stabilityIntervalNs() {
        return stabilityIntervalNs;
    }

    /** Nanoseconds between heartbeats; default 50 ms. */
    public ReplicaContext heartbeatIntervalNs(final long newHeartbeatIntervalNs) {
        heartbeatIntervalNs = newHeartbeatIntervalNs;
        return this;
    }

    public long heartbeatIntervalNs() {
        return heartbeatIntervalNs;
    }

    /** Nanoseconds that a gap may last before it is repaired, since most close by themselves; default 10 ms. */
    public ReplicaContext repairDelayNs(final long newRepairDelayNs) {
        repairDelayNs = newRepairDelayNs;
        return this;
    }

    public long repairDelayNs() {
        return repairDelayNs;
    }

    /** Nanoseconds after which an unanswered request goes to another peer; default 200 ms. */
    public ReplicaContext repairTimeoutNs(final long newRepairTimeoutNs) {
        repairTimeoutNs = newRepairTimeoutNs;
        return this;
    }

    public long repairTimeoutNs() {
        return repairTimeoutNs;
    }

    /** Nanoseconds without a heartbeat after which a member is taken for silent; default 2 s. */
    public ReplicaContext silenceNs(final long newSilenceNs) {
        silenceNs = newSilenceNs;
        return this;
    }

    public long silenceNs() {
        return silenceNs;
    }

    /**
     * Milliseconds by which the wall clock of a peer may differ from this node's before both say so in their error logs; default 10 s. Hybrid
     * time works with any difference: it only decides between concurrent writes.
     */
    public ReplicaContext clockDifferenceMs(final long newClockDifferenceMs) {
        if (newClockDifferenceMs < 0) {
            throw new IllegalArgumentException(
                    "clockDifferenceMs is " + newClockDifferenceMs + "; it must not be negative");
        }
        clockDifferenceMs = newClockDifferenceMs;
        return this;
    }

    public long clockDifferenceMs() {
        return clockDifferenceMs;
    }

    /** Most bytes of records that one request is answered with; default 1 MiB. */
    public ReplicaContext repairBytes(final int newRepairBytes) {
        repairBytes = newRepairBytes;
        return this;
    }

    public int repairBytes() {
        return repairBytes;
    }

    /** Most bytes of records a second that all requests together are answered with; default 128 MiB. */
    public ReplicaContext repairBytesPerSecond(final long newRepairBytesPerSecond) {
        if (newRepairBytesPerSecond < 1 || newRepairBytesPerSecond > 1L << 40) {
            throw new IllegalArgumentException(
                    "repairBytesPerSecond is " + newRepairBytesPerSecond + "; allowed are 1 to 2^40");
        }
        repairBytesPerSecond = newRepairBytesPerSecond;
        return this;
    }

    public long repairBytesPerSecond() {
        return repairBytesPerSecond;
    }

    /** Told of each move of rights of a bounded counter that replication commits by itself. */
    public ReplicaContext rightsListener(final RightsListener newRightsListener) {
        rightsListener = newRightsListener;
        return this;
    }

    public @Nullable RightsListener rightsListener() {
        return rightsListener;
    }
}
