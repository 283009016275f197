package io.abelia.engine.replicate;

import io.abelia.engine.clock.VectorClock;
import io.abelia.engine.schema.Schema;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What a node knows of another from its heartbeats. */
public final class Peer {
    private final long node;
    private volatile VectorClock applied = VectorClock.empty();
    private VectorClock reach = VectorClock.empty();
    private VectorClock pendingStable = VectorClock.empty();
    private VectorClock pendingApplied = VectorClock.empty();
    private VectorClock nextStable = VectorClock.empty();
    private VectorClock nextApplied = VectorClock.empty();
    private VectorClock stable = VectorClock.empty();
    private @Nullable VectorClock guide;
    private @Nullable VectorClock promised;
    private long guideEpoch;
    private volatile long lastHeardNs;
    private long schemaHash;
    private boolean schemaIsOther;
    private volatile boolean joined;
    private boolean votes;
    private long origin;
    private long incarnation;
    private long line;
    private long born;
    private boolean trusted;
    private Set<Long> refused = Set.of();
    private boolean heardOnce;
    private boolean hadState;
    /** Directories that others have taken the place of; one that comes back is an old disk. */
    private final Set<Long> replaced = new HashSet<>();
    /** Directories with state that the present one takes the place of once it has joined. */
    private final Set<Long> displaced = new HashSet<>();
    /** What the launches in each directory have reported to be on disk. */
    private final Map<Long, VectorClock> durable = new HashMap<>();

    Peer(final long node) {
        this.node = node;
    }

    public long node() {
        return node;
    }

    /** Its applied clock, as last heard. */
    public VectorClock applied() {
        return applied;
    }

    /** What can be had from it, as last heard: applied, or kept because only a later version understands it. */
    public VectorClock reach() {
        return reach;
    }

    /** When it was last heard, on the replica's nano clock. */
    public long lastHeardNs() {
        return lastHeardNs;
    }

    public long schemaHash() {
        return schemaHash;
    }

    /** Whether it has a schema that differs from this node's; told once. */
    boolean differs(final @Nullable Schema schema) {
        if (schemaIsOther || schema == null || schemaHash == 0 || schemaHash == schema.hash()) {
            return false;
        }
        schemaIsOther = true;
        return true;
    }

    /** Whether the peer may commit: it founded the group or has caught up with it. */
    public boolean isJoined() {
        return joined;
    }

    /** Whether it takes part in agreements. */
    public boolean votes() {
        return votes;
    }

    /** What its launches in a directory have reported to be on disk. */
    VectorClock durable(final long directory) {
        return durable.getOrDefault(directory, VectorClock.empty());
    }

    /** Whether a launch has been introduced, and was found to know all that its directory must. */
    boolean isTrusted(final long launch) {
        return trusted && launch == origin;
    }

    /**
     * Notes what a launch says of itself. The first time, it is refused if an earlier launch in the same directory had reported more to be
     * on disk, or if it lacks something that this node has called stable: the directory has been put back to an earlier state, and others may
     * have dropped what its commits would need.
     *
     * What is not believed changes nothing: who was believed before goes on.
     *
     * @param stable what this node has called stable, in earlier launches as well
     * @return whether to believe the launch
     */
    boolean introduce(final long launch, final Heartbeat heartbeat, final VectorClock stable) {
        final long directory = heartbeat.incarnation();
        final boolean hasState = heartbeat.joined();
        final boolean otherDirectory = heardOnce && directory != incarnation; // of a node that lost its disk
        if (otherDirectory || launch != origin) {
            // an empty directory is no old disk, though a late message of the disk before it may have said so
            final boolean isCurrent = !hasState
                    || !replaced.contains(directory) && heartbeat.known().covers(stable);
            final boolean isWhole =
                    otherDirectory && !hasState || heartbeat.applied().covers(durable(directory));
            if (!isCurrent || !isWhole) {
                return false;
            }
            if (otherDirectory) {
                if (hadState) {
                    displaced.add(incarnation);
                }
                displaced.remove(directory); // the one between may have been an error: it gives the number back
                hadState = false;
            }
            heardOnce = true;
            incarnation = directory;
            origin = launch;
            trusted = true;
        }
        if (hasState) {
            hadState = true;
            replaced.addAll(displaced);
            displaced.clear();
        }
        durable.merge(directory, heartbeat.stableApplied(), VectorClock::merge);
        assert isTrusted(launch) || launch == 0 : launch; // which is no launch's origin
        assert !displaced.contains(incarnation) : incarnation;
        return true;
    }

    /** Origin of the launch that introduced itself last. */
    long origin() {
        return origin;
    }

    /** Directory of the launch that introduced itself last. */
    long incarnation() {
        return incarnation;
    }

    /** Takes no more from a launch that must introduce itself anew, since another one has taken its node's place. */
    void distrust() {
        trusted = false;
        origin = 0;
    }

    /** Whether the launch that introduced itself last lives in a directory that its node goes on in. */
    boolean isOfLine(final Epoch epoch) {
        return !joined || epoch.isOfLine(node, origin, incarnation, line, born);
    }

    /** Notes that the peer knows the present epoch and view, and what could be had from it then. */
    void promises(final VectorClock clock) {
        if (promised == null) {
            promised = clock;
        }
    }

    /** Whether everything that the peer had when it came to know the present epoch and view has been applied here. */
    boolean hasPromised(final VectorClock appliedHere) {
        return promised != null && appliedHere.covers(promised);
    }

    /** Forgets what the peer promised, as another epoch or view is known. */
    void forgetPromise() {
        promised = null;
    }

    /** Whether it refuses somebody's claim of a number, as last heard. */
    boolean refuses(final long claimed) {
        return refused.contains(claimed);
    }

    void heard(final long nowNs, final Heartbeat heartbeat) {
        lastHeardNs = nowNs;
        refused = heartbeat.refused().keySet();
        line = heartbeat.line();
        born = heartbeat.born();
        schemaHash = heartbeat.schemaHash();
        joined = heartbeat.joined();
        votes = heartbeat.votes();
        applied = applied.merge(heartbeat.applied());
        reach = reach.merge(heartbeat.reach());
    }

    /** Notes a report of stability that was made in the view that this node has, too. */
    void reported(final VectorClock newStable, final VectorClock stableApplied) {
        nextStable = newStable;
        nextApplied = stableApplied;
    }

    /** Notes what a member of the group had applied when it knew of this node's launch. */
    void guides(final VectorClock clock, final long epoch) {
        assert epoch >= 0 : epoch;
        if (guide == null || guideEpoch != epoch) { // the first will do: later ones only run away from who catches up
            guide = clock;
            guideEpoch = epoch;
        }
    }

    /** Whether a joiner with this applied clock may commit, as far as this peer can tell that knows the same epoch. */
    boolean isGuideFor(final VectorClock appliedHere, final long epoch) {
        return guide != null && guideEpoch == epoch && appliedHere.covers(guide);
    }

    /** Whether this member has told its view, knowing this node's launch and the same epoch. */
    boolean isGuide(final long epoch) {
        return guide != null && guideEpoch == epoch;
    }

    /** Forgets what it said of a launch of this node that has another time by now. */
    void forgetGuide() {
        guide = null;
    }

    /** Forgets what an earlier launch said: the new one may have lost it. */
    void forgetAll() {
        applied = VectorClock.empty();
        reach = VectorClock.empty();
        guide = null;
        schemaIsOther = false;
    }

    /** Forgets what was reported in another view. */
    void forgetReports() {
        nextStable = VectorClock.empty();
        nextApplied = VectorClock.empty();
        pendingStable = VectorClock.empty();
        pendingApplied = VectorClock.empty();
        stable = VectorClock.empty();
        promised = null;
    }

    /**
     * The clock below which nothing concurrent can come through this peer any more. A report counts once everything that the peer had
     * applied when it was made, by whatever launch of whatever node, has been applied here; until then newer reports wait behind it.
     */
    VectorClock stable(final VectorClock appliedHere) {
        if (appliedHere.covers(pendingApplied)) {
            stable = stable.merge(pendingStable);
            pendingStable = nextStable;
            pendingApplied = nextApplied;
        }
        return stable;
    }
}
