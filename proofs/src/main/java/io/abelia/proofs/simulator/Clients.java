package io.abelia.proofs.simulator;

import io.abelia.engine.Engine;
import io.abelia.engine.codec.CellType;
import io.abelia.engine.transaction.CommitResult;
import io.abelia.engine.transaction.SnapshotTooOldException;
import io.abelia.engine.transaction.Transaction;
import io.abelia.engine.transaction.TransactionMode;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Clients of a simulation: transactions that may stay open for a while, and sessions that move between nodes. */
final class Clients {
    private static final int SESSIONS = 3;

    private final Group group;
    private final Workload workload;
    private final List<Session> sessions = new ArrayList<>();

    /** A client that moves between nodes with its token. */
    private static final class Session {
        final CellName counter;
        final TreeMap<Long, Long> clock = new TreeMap<>();
        long seen;

        Session(final int number) {
            counter = new CellName(CellType.COUNTER, "sessions", "session-" + number);
        }
    }

    Clients(final Group group, final Workload workload) {
        this.group = group;
        this.workload = workload;
        for (int i = 0; i < SESSIONS; i++) {
            sessions.add(new Session(i));
        }
    }

    /** Sessions hold no node to what they saw before a loss that their durability level does not cover. */
    void forgetSessions() {
        for (final Session session : sessions) {
            session.clock.clear();
            session.seen = Long.MIN_VALUE;
        }
    }

    /** Does one thing on a random node. */
    void act() {
        final SimulatedNode node = group.nodes.get(group.random.nextInt(group.nodes.size()));
        if (!node.isUp() || group.paused[node.id] || group.healed) {
            return;
        }
        if (group.random.nextInt(6) == 0) {
            session(node, sessions.get(group.random.nextInt(SESSIONS)));
            return;
        }
        group.on(node, engine -> {
            final Transaction tx = engine.transaction().mode(TransactionMode.COORDINATION_FREE);
            TreeMap<Long, Long> observed = new TreeMap<>(node.applied());
            final CellName read = workload.any();
            final boolean reads = group.random.nextInt(4) == 0;
            if (reads) {
                read.read(tx.reads());
            }
            if (group.random.nextInt(3) > 0) {
                commit(node, engine, tx, observed, workload.operate(tx, place(node, engine, true)), null);
                return;
            }
            final Held hold = node.hold(tx::close);
            final boolean readLater = group.random.nextBoolean();
            final Map<Long, Long> observedAtBegin = observed;
            group.agenda.in(
                    group.random.nextLong(40 * Group.MS),
                    () -> later(node, engine, tx, observedAtBegin, reads, readLater, hold));
        });
    }

    private Workload.Place place(final SimulatedNode node, final Engine engine, final boolean mayRead) {
        return new Workload.Place(
                engine.origin(), node.replica().launches(), mayRead, group.faults.has(Faults.Kind.RAISED_COUNTER));
    }

    /** Brings a bounded counter close to the greatest value that there may be. */
    void raise(final SimulatedNode node) {
        if (!node.isUp() || !node.engine().isJoined()) {
            group.agenda.in(10 * Group.MS, () -> raise(node));
            return;
        }
        group.trace.say(group.agenda.nowNs(), node.id, "raises a bounded counter to almost all that there may be");
        group.on(node, engine -> {
            for (long left = Workload.GREATEST_BOUNDED - 2 * Workload.MOST_RELEASED;
                    left > 0;
                    left -= Workload.MOST_RELEASED) {
                final Transaction tx = engine.transaction().mode(TransactionMode.COORDINATION_FREE);
                tx.release(Workload.RAISED.prepare(), Workload.MOST_RELEASED);
                commit(
                        node,
                        engine,
                        tx,
                        new TreeMap<>(node.applied()),
                        List.of(new Change(Workload.RAISED, "rights", Workload.MOST_RELEASED)),
                        null);
            }
        });
    }

    /** Whether a transaction would raise a bounded counter above what an author may. */
    private static boolean raisesTooHigh(final Engine engine, final List<Change> changes) {
        final Map<CellName, Long> released = new HashMap<>();
        for (final Change change : changes) {
            if (change.kind().equals("rights")) {
                released.merge(change.cell(), (Long) change.argument(), Long::sum);
            }
        }
        return released.entrySet().stream()
                .anyMatch(entry -> entry.getValue() > 0
                        && engine.latest().readLong(entry.getKey().prepare())
                                > Workload.GREATEST_BOUNDED - entry.getValue());
    }

    private void later(
            final SimulatedNode node,
            final Engine engine,
            final Transaction tx,
            final Map<Long, Long> observed,
            final boolean hasRead,
            final boolean readLater,
            final Held hold) {
        if (!node.held.contains(hold)) {
            return; // let go of, or the node died
        }
        group.on(node, running -> {
            final List<Change> changes;
            try {
                changes = workload.operate(tx, place(node, engine, hasRead));
            } catch (final SnapshotTooOldException e) {
                node.held.remove(hold);
                tx.close();
                return;
            }
            if (readLater && group.random.nextBoolean()) {
                // its own operations do not show in what it observes
                tx.canCommitLocally();
            }
            node.held.remove(hold);
            commit(node, engine, tx, observed, changes, null);
        });
    }

    private void commit(
            final SimulatedNode node,
            final Engine engine,
            final Transaction tx,
            final Map<Long, Long> observed,
            final List<Change> changes,
            final @Nullable Session session) {
        node.observe();
        final long own = engine.origin();
        final Committed transaction = new Committed(
                own,
                node.applied().getOrDefault(own, 0L) + 1,
                node.id,
                new TreeMap<>(node.applied()),
                observed,
                List.copyOf(changes));
        group.oracle.about(transaction);
        final boolean tooHigh = raisesTooHigh(engine, changes);
        final CommitResult result;
        try {
            result = tx.commit();
        } finally {
            tx.close();
        }
        if (result == CommitResult.COMMITTED && (node.wallClock.isBeyondLimit() || tooHigh)) {
            throw new Violation(
                    Invariant.WITHIN_LIMITS,
                    "node " + node.id + " commits with a " + (tooHigh ? "counter" : "clock") + " beyond its limit");
        }
        if (result == CommitResult.COMMITTED) {
            transaction.acknowledged = true;
            node.observe();
            if (session != null) {
                session.seen++;
                Clocks.merge(session.clock, node.applied());
            }
        } else if (result == CommitResult.FENCED && node.engine().fenced() == null
                || result == CommitResult.DISK_FULL && !group.used.contains(Faults.Kind.DISK_FULL)
                || result == CommitResult.FAILED && !group.used.contains(Faults.Kind.FAILED_FORCE)
                || result == CommitResult.INSUFFICIENT_RIGHTS
                        && changes.stream().noneMatch(change -> change.cell().type() == CellType.BOUNDED_COUNTER)
                || result == CommitResult.CLOCK_OUT_OF_RANGE && !node.wallClock.isBeyondLimit()
                || result == CommitResult.OUT_OF_RANGE && !tooHigh
                || result == CommitResult.CLOSED
                || result == CommitResult.EMPTY && !changes.isEmpty()) {
            throw new Violation(Invariant.NO_SURPRISE, "node " + node.id + " refuses a commit: " + result);
        }
    }

    private void session(final SimulatedNode node, final Session session) {
        if (!Clocks.covers(node.applied(), session.clock)) {
            return; // it would wait for its token
        }
        group.on(node, engine -> {
            final long value = engine.latest().readLong(session.counter.prepare());
            if (value < session.seen) {
                throw new Violation(
                        Invariant.SESSION,
                        "a session that read " + session.seen + " reads " + value + " on node " + node.id);
            }
            session.seen = value;
            Clocks.merge(session.clock, node.applied());
            final Transaction tx = engine.transaction().mode(TransactionMode.COORDINATION_FREE);
            final TreeMap<Long, Long> observed = new TreeMap<>(node.applied());
            final List<Change> changes = new ArrayList<>();
            Workload.add(tx, session.counter, 1, changes);
            commit(node, engine, tx, observed, changes, session);
        });
    }
}
