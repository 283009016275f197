package io.abelia.proofs.simulator;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** What the replicas of one directory have called causally stable, over all its launches: whatever is delivered there later has to have observed it. */
final class StablePast {
    private final int node;
    private final TreeMap<Long, Long> frontier = new TreeMap<>();
    private Map<Long, Long> kept = Map.of();
    private Map<Long, Long> replaced = Map.of();
    private final List<Collection> collections = new ArrayList<>();

    /** What was called stable in a state. */
    private record Collection(Map<Long, Long> applied, Map<Long, Long> frontier) {}

    StablePast(final int node) {
        this.node = node;
    }

    /** Whether an old state of another directory lacks something that this one remembers, over launches, as stable. */
    boolean remembers(final Map<Long, Long> old) {
        return !Clocks.covers(old, kept);
    }

    /** Notes what the directory remembers now. */
    void keeps(final Map<Long, Long> now) {
        kept = now;
    }

    /** The directory is lost, and with it all that was dropped because of it. */
    void forget() {
        frontier.clear();
        collections.clear();
        kept = Map.of();
        replaced = Map.of();
    }

    /** A launch begins with what the disk has kept; what was dropped in a state that is lost is there again. */
    void launched(final Map<Long, Long> applied) {
        replaced = Map.of();
        collections.removeIf(collection -> !Clocks.covers(applied, collection.applied));
        frontier.clear();
        collections.forEach(collection -> Clocks.merge(frontier, collection.frontier));
    }

    /** Notes what a replica calls stable now. */
    void advance(final Map<Long, Long> now, final Map<Long, Long> applied) {
        if (!Clocks.covers(applied, now)) {
            throw new Violation(Invariant.STABLE_IS_OBSERVED, "node " + node + " calls stable what it has not applied");
        }
        if (!Clocks.covers(frontier, now)) {
            Clocks.merge(frontier, now);
            collections.add(new Collection(new TreeMap<>(applied), new TreeMap<>(frontier)));
        }
    }

    /** A snapshot takes the place of all that was applied; what it lacks of that is applied again, to a state that may have dropped less. */
    void installed(final Map<Long, Long> applied) {
        replaced = new TreeMap<>(applied);
    }

    /** A transaction has been delivered. */
    void requireObserved(final Committed transaction) {
        final boolean isAgain = transaction.seq <= replaced.getOrDefault(transaction.origin, 0L);
        if (!isAgain && !transaction.changes.isEmpty() && !Clocks.covers(transaction.observed, frontier)) {
            throw new Violation(
                    Invariant.STABLE_IS_OBSERVED,
                    "node " + node + " delivers " + transaction + ", which had not observed"
                            + Clocks.missing(transaction.observed, frontier) + ", which was called stable there");
        }
    }
}
