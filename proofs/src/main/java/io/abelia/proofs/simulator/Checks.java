package io.abelia.proofs.simulator;

import io.abelia.engine.Digest;
import io.abelia.engine.Engine;
import io.abelia.engine.transaction.Snapshot;
import io.abelia.engine.transaction.SnapshotTooOldException;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** What is looked at beside the log: digests of equal clocks, and reads against the reference. */
final class Checks {
    private static final int MOST_CLOCKS = 4096;

    private final Group group;
    private final Workload workload;
    /** By clock, of the latest clocks that any node had. */
    private final Map<Map<Long, Long>, Digest> digests = new LinkedHashMap<>() {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(final Map.Entry<Map<Long, Long>, Digest> eldest) {
            return size() > MOST_CLOCKS;
        }
    };

    Checks(final Group group, final Workload workload) {
        this.group = group;
        this.workload = workload;
    }

    /** Now and then, on a node: alarms, reads, snapshots that stay open. */
    void sometimes(final SimulatedNode node) {
        if (!node.isUp()) {
            return;
        }
        if (group.random.nextInt(8) == 0) {
            checkForks(node);
        }
        if (group.random.nextInt(10) == 0) {
            group.on(node, engine -> readSome(node, engine));
        }
        if (group.random.nextInt(40) == 0 && !group.healed) {
            group.on(node, engine -> holdSnapshot(node, engine));
        }
    }

    /**
     * Looks at a node after each thing that it did: whoever had a clock, now or earlier, must have had this digest with it. Costs what has
     * changed since the last look.
     */
    void compareDigest(final SimulatedNode node) {
        if (!node.isUp() || node.engine().kernel().isReleased()) {
            return;
        }
        final Digest digest = node.engine().digest();
        final Digest other = digests.get(node.applied());
        if (other == null) {
            digests.put(new TreeMap<>(node.applied()), digest);
        } else if (!other.equals(digest)) {
            throw new Violation(
                    Invariant.EQUAL_CLOCKS_EQUAL_DIGESTS,
                    "node " + node.id
                            + " differs from another, or from what it was before, at the same clock, in slices "
                            + Arrays.toString(other.differingSlices(digest)));
        }
    }

    /** The engine's own alarm: two contents of one dot. */
    private static void checkForks(final SimulatedNode node) {
        if (node.engine().status().values().getOrDefault("forked origins (alarm)", 0L) > 0) {
            throw new Violation(Invariant.ONE_CONTENT_PER_DOT, "node " + node.id + " saw two contents for one dot");
        }
    }

    /** All nodes at once, when everything has ended. */
    void compareDigests() {
        group.nodes.stream().filter(SimulatedNode::isUp).forEach(node -> {
            checkForks(node);
            compareDigest(node);
        });
    }

    private void readSome(final SimulatedNode node, final Engine engine) {
        try (Snapshot snapshot = engine.snapshot()) {
            read(node, snapshot, 3);
        }
    }

    private void holdSnapshot(final SimulatedNode node, final Engine engine) {
        final Snapshot snapshot = engine.snapshot();
        final Held hold = node.hold(snapshot::close);
        group.agenda.in(group.random.nextLong(60 * Group.MS), () -> {
            if (node.held.contains(hold)) {
                group.on(node, running -> {
                    try {
                        read(node, snapshot, 3);
                    } catch (final SnapshotTooOldException e) {
                        group.trace.note(group.agenda.nowNs(), 77, node.id, 0);
                    } finally {
                        node.held.remove(hold);
                        snapshot.close();
                    }
                });
            }
        });
    }

    void read(final SimulatedNode node, final Snapshot snapshot, final int cells) {
        final List<Committed> transactions = group.oracle.within(Clocks.of(snapshot.clock()));
        final String left = Workload.LEFT.read(snapshot);
        final String right = Workload.RIGHT.read(snapshot);
        if (!left.equals(right)) {
            throw new Violation(
                    Invariant.NO_HALF_TRANSACTION,
                    "node " + node.id + " reads " + left + " and " + right + " of a pair that moves together");
        }
        for (int i = 0; i < cells; i++) {
            check(node, snapshot, workload.any(), transactions);
        }
    }

    static void check(
            final SimulatedNode node,
            final Snapshot snapshot,
            final CellName cell,
            final List<Committed> transactions) {
        final String expected = Reference.read(cell, transactions);
        final String actual = cell.read(snapshot);
        if (!expected.equals(actual)) {
            throw new Violation(
                    Invariant.READS_EQUAL_REFERENCE,
                    "node " + node.id + " reads " + actual + " of " + cell + " where the transactions make " + expected
                            + Reference.explain(cell, transactions));
        }
    }
}
