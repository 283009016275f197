package io.abelia.proofs.simulator;

import io.abelia.engine.Digest;
import io.abelia.engine.Engine;
import io.abelia.engine.transaction.Snapshot;
import io.abelia.engine.transaction.SnapshotTooOldException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** What is looked at beside the log: digests of nodes with equal clocks, and reads against the reference. */
final class Checks {
    private final Group group;
    private final Workload workload;

    Checks(final Group group, final Workload workload) {
        this.group = group;
        this.workload = workload;
    }

    /** Now and then, on a node: digests, reads, snapshots that stay open. */
    void sometimes(final SimulatedNode node) {
        if (!node.isUp()) {
            return;
        }
        if (group.random.nextInt(8) == 0) {
            compareDigests();
        }
        if (group.random.nextInt(10) == 0) {
            group.on(node, engine -> readSome(node, engine));
        }
        if (group.random.nextInt(40) == 0 && !group.healed) {
            group.on(node, engine -> holdSnapshot(node, engine));
        }
    }

    void compareDigests() {
        final Map<Map<Long, Long>, Digest> digests = new HashMap<>();
        for (final SimulatedNode node : group.nodes) {
            if (node.isUp()) {
                if (node.engine().status().values().getOrDefault("forked origins (alarm)", 0L) > 0) {
                    throw new Violation(
                            Invariant.ONE_CONTENT_PER_DOT, "node " + node.id + " saw two contents for one dot");
                }
                final Digest digest = node.engine().digest();
                final Digest other = digests.putIfAbsent(node.applied(), digest);
                if (other != null && !other.equals(digest)) {
                    throw new Violation(
                            Invariant.EQUAL_CLOCKS_EQUAL_DIGESTS,
                            "node " + node.id + " differs from another at the same clock, in slices "
                                    + java.util.Arrays.toString(other.differingSlices(digest)));
                }
            }
        }
    }

    private void readSome(final SimulatedNode node, final Engine engine) {
        try (Snapshot snapshot = engine.snapshot()) {
            read(node, snapshot, 3);
        }
    }

    private void holdSnapshot(final SimulatedNode node, final Engine engine) {
        final Snapshot snapshot = engine.snapshot();
        final SimulatedNode.Held hold = node.hold(snapshot::close);
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
