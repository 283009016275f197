package io.abelia.engine.replicate;

import io.abelia.engine.clock.VectorClock;

/** What a node knows of another from its heartbeats. */
public final class Peer {
    private final long node;
    private VectorClock applied = VectorClock.empty();
    private VectorClock durable = VectorClock.empty();
    private VectorClock pendingStable = VectorClock.empty();
    private VectorClock pendingAuthored = VectorClock.empty();
    private VectorClock stable = VectorClock.empty();
    private long lastHeardNs;
    private long schemaHash;

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

    /** Its durable clock, as last heard. */
    public VectorClock durable() {
        return durable;
    }

    /** When it was last heard, on the replica's nano clock. */
    public long lastHeardNs() {
        return lastHeardNs;
    }

    public long schemaHash() {
        return schemaHash;
    }

    void heard(
            final long nowNs,
            final long newSchemaHash,
            final long origin,
            final VectorClock newApplied,
            final VectorClock newStable) {
        lastHeardNs = nowNs;
        schemaHash = newSchemaHash;
        applied = applied.merge(newApplied);
        durable = durable.merge(newStable);
        pendingStable = newStable;
        pendingAuthored =
                VectorClock.builder().put(origin, newApplied.get(origin)).build();
    }

    /**
     * The clock below which nothing concurrent can come from this peer any more: its report counts once everything that it had
     * authored by then has been applied here.
     */
    VectorClock stable(final VectorClock appliedHere) {
        if (appliedHere.covers(pendingAuthored)) {
            stable = stable.merge(pendingStable);
        }
        return stable;
    }
}
