package io.abelia.proofs.simulator;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** A transaction as the oracle knows it: from the client that made it, not from the engine's bytes. */
final class Committed {
    final long origin;
    final long seq;
    final int node;
    /** What its author had applied, by origin, without itself. */
    final Map<Long, Long> delivery;
    /** What its snapshot contained. */
    final Map<Long, Long> observed;

    final List<Change> changes;
    /** What is left of them when those of one unit are folded, by cell. */
    private final Map<CellName, List<Change>> effects = new HashMap<>();

    boolean acknowledged;
    long hybridTime;
    long contentHash;
    boolean seen;

    Committed(
            final long origin,
            final long seq,
            final int node,
            final Map<Long, Long> delivery,
            final Map<Long, Long> observed,
            final List<Change> changes) {
        this.origin = origin;
        this.seq = seq;
        this.node = node;
        this.delivery = delivery;
        this.observed = observed;
        this.changes = changes;
        for (final Change change : changes) {
            effects.computeIfAbsent(change.cell(), ignored -> new ArrayList<>()).add(change);
        }
        effects.replaceAll((cell, program) -> Change.folded(program));
    }

    List<Change> effectsOn(final CellName cell) {
        return effects.getOrDefault(cell, List.of());
    }

    boolean observes(final Committed other) {
        return other.seq <= observed.getOrDefault(other.origin, 0L);
    }

    @Override
    public String toString() {
        return Long.toHexString(origin) + ":" + seq;
    }
}
