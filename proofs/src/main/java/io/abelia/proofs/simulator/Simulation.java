package io.abelia.proofs.simulator;

import io.abelia.engine.Digest;
import io.abelia.engine.Engine;
import io.abelia.engine.transaction.CommitResult;
import io.abelia.engine.transaction.Snapshot;
import io.abelia.engine.transaction.SnapshotTooOldException;
import io.abelia.engine.transaction.Transaction;
import io.abelia.engine.transaction.TransactionMode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The run of one seed: a group of nodes, clients, faults, and at the end peace. */
final class Simulation {
    private static final long MS = 1_000_000L;
    private static final long CONVERGENCE_BOUND_NS = 60_000 * MS;
    private static final int RECORDS_MESSAGE = 1;
    private static final int MESSAGE_HEADER = 30;
    private static final int SESSIONS = 3;

    private final long seed;
    private final Faults faults;
    private final SplittableRandom random;
    private final Agenda agenda = new Agenda();
    private final Oracle oracle = new Oracle();
    private final Trace trace;
    private final Workload workload;
    private final SimulatedNetwork network;
    private final List<SimulatedNode> nodes = new ArrayList<>();
    private final List<Session> sessions = new ArrayList<>();
    private final Map<Integer, TreeMap<Long, Long>> mustHold = new HashMap<>();
    private final Map<Integer, TreeMap<Long, Long>> forcedAtDeath = new HashMap<>();
    private final Map<Integer, SimulatedDisk.Image> images = new HashMap<>();
    private final EnumSet<Faults.Kind> used = EnumSet.noneOf(Faults.Kind.class);
    private final boolean[] damaged;
    private final boolean[] paused;
    private boolean healed;
    private int begun;
    private int restarts;
    private int wipes;
    private long convergenceNs;

    /** A client that moves between nodes with its token. */
    private static final class Session {
        final CellName counter;
        final TreeMap<Long, Long> clock = new TreeMap<>();
        long seen;

        Session(final int number) {
            counter = new CellName(io.abelia.engine.crdt.CellType.COUNTER, "sessions", "session-" + number);
        }
    }

    private Simulation(final long seed, final Faults faults, final Path directory, final boolean keepLines) {
        this.seed = seed;
        this.faults = faults;
        this.random = new SplittableRandom(seed ^ 0x5DEECE66DL);
        this.trace = new Trace(keepLines);
        this.workload = new Workload(random.split());
        this.network = new SimulatedNetwork(agenda, random.split(), faults, this::onDeparture, this::onArrival);
        this.damaged = new boolean[faults.nodes()];
        this.paused = new boolean[faults.nodes()];
        for (int i = 0; i < faults.nodes(); i++) {
            final int node = i;
            final SimulatedDisk disk = new SimulatedDisk(
                    directory.resolve("node-" + i), random.split(), () -> meanwhile(node));
            nodes.add(new SimulatedNode(i, disk, faults, agenda, oracle, trace, random.split()));
        }
        for (int i = 0; i < SESSIONS; i++) {
            sessions.add(new Session(i));
        }
    }

    /** Runs a seed with given faults; the directory is used and emptied. */
    static Outcome run(final long seed, final Faults faults, final Path directory, final boolean keepLines) {
        final Simulation simulation = new Simulation(seed, faults, directory, keepLines);
        Violation violation = null;
        try {
            simulation.run();
        } catch (final Violation e) {
            violation = e;
        } finally {
            simulation.close();
        }
        return simulation.outcome(violation);
    }

    private Outcome outcome(final @Nullable Violation violation) {
        return new Outcome(
                seed,
                faults,
                violation,
                trace.hash(),
                trace.events(),
                oracle.count(),
                restarts,
                trace.installations(),
                convergenceNs,
                (convergenceNs + 10 * MS - 1) / (10 * MS),
                trace.lines(),
                trace.actions());
    }

    private void close() {
        for (final SimulatedNode node : nodes) {
            if (node.isUp()) {
                try {
                    node.kill();
                } catch (final RuntimeException e) {
                    // the violation that ended the run tells more
                    continue;
                }
            }
        }
        nodes.forEach(node -> node.disk.delete());
    }

    private void run() {
        for (final SimulatedNode node : nodes) {
            start(node, false);
            tick(node);
        }
        for (int i = 0; i < faults.transactions(); i++) {
            agenda.in(random.nextLong(faults.durationNs()), this::client);
        }
        agenda.in(meanTime(), this::fault);
        while (agenda.nowNs() < faults.durationNs() && agenda.step()) {
            // the agenda is the loop
        }
        heal();
        converge();
        finish();
    }

    private long meanTime() {
        return (long) (-Math.log(1 - random.nextDouble()) * faults.meanBetweenFaultsNs());
    }

    // ---- nodes

    /** Runs something on a node; what fails there must be explained by a fault. */
    private void on(final SimulatedNode node, final Work work) {
        if (!node.isUp()) {
            return;
        }
        try {
            work.run(node.engine());
            node.observe();
        } catch (final PowerLoss e) {
            powerLoss(node, "inside a force");
            return;
        } catch (final Violation e) {
            throw e;
        } catch (final IOException | RuntimeException e) {
            if (node.engine().kernel().failure() == null || !used.contains(Faults.Kind.FAILED_FORCE)) {
                throw new Violation(Invariant.NO_SURPRISE, "node " + node.id + ": " + e, e);
            }
        }
        if (node.isUp() && node.engine().kernel().failure() != null) {
            final Throwable failure = node.engine().kernel().failure();
            if (!used.contains(Faults.Kind.FAILED_FORCE)) {
                throw new Violation(Invariant.NO_SURPRISE, "node " + node.id + " failed: " + failure, failure);
            }
            powerLoss(node, "after a failed force");
        }
    }

    @FunctionalInterface
    private interface Work {
        void run(Engine engine) throws IOException;
    }

    private void tick(final SimulatedNode node) {
        if (!paused[node.id]) {
            on(node, engine -> {
                engine.doWork();
                node.observe();
                node.replica().doWork();
            });
            checks(node);
        }
        agenda.in((healed ? 2 * MS : MS) + random.nextLong(MS), () -> tick(node));
    }

    /** What other threads of a node do while one of its threads waits for the disk. */
    private void meanwhile(final int node) {
        final SimulatedNode running = nodes.get(node);
        if (running.isUp() && !healed && random.nextInt(4) == 0) {
            try {
                running.replica().doWork();
            } catch (final IllegalStateException e) {
                return; // it is being launched
            }
        }
    }

    private void start(final SimulatedNode node, final boolean joiner) {
        try {
            node.start(joiner, network.connect(node.id));
        } catch (final PowerLoss e) {
            trace.say(agenda.nowNs(), node.id, "power loss inside a launch");
            lostPowerWhileDown(node);
            return;
        } catch (final Violation e) {
            throw e;
        } catch (final IOException | RuntimeException e) {
            cannotOpen(node, e);
            return;
        }
        final TreeMap<Long, Long> must = mustHold.getOrDefault(node.id, new TreeMap<>());
        if (!Clocks.covers(node.applied(), must)) {
            throw new Violation(
                    Invariant.DURABLE,
                    "node " + node.id + " comes back without" + Clocks.missing(node.applied(), must));
        }
        damaged[node.id] = false;
    }

    private void lostPowerWhileDown(final SimulatedNode node) {
        node.disk.losePower(faults.has(Faults.Kind.LOST_NAMES));
        mustHold.put(node.id, forcedAtDeath.getOrDefault(node.id, new TreeMap<>()));
        forgetSessions();
        agenda.in(healed ? MS : meanTime(), () -> restart(node));
    }

    /** A node does not open: right if its disk was damaged, or is full; then its operator acts. */
    private void cannotOpen(final SimulatedNode node, final Exception e) {
        if (node.disk.isFull()) {
            trace.say(agenda.nowNs(), node.id, "cannot launch, the disk is full");
            agenda.in(meanTime(), () -> restart(node));
            return;
        }
        if (e instanceof IOException && SimulatedDisk.FORCE_FAILED.equals(e.getMessage())) {
            trace.say(agenda.nowNs(), node.id, "cannot launch, a force failed");
            lostPowerWhileDown(node);
            return;
        }
        if (!damaged[node.id]) {
            throw new Violation(Invariant.OPENS_AGAIN, "node " + node.id + " does not open: " + e, e);
        }
        trace.say(agenda.nowNs(), node.id, "is damaged and says so: " + e.getMessage());
        if (nodes.stream().anyMatch(other -> other != node && other.isUp() && other.engine().isJoined())) {
            wipe(node);
        } else {
            agenda.in(healed ? 10 * MS : meanTime(), () -> restart(node)); // its operator waits for another node
        }
    }

    private void restart(final SimulatedNode node) {
        if (!node.isUp()) {
            restarts++;
            start(node, false);
        }
    }

    private void kill(final SimulatedNode node, final String how) {
        node.observe();
        trace.say(agenda.nowNs(), node.id, how);
        mustHold.put(node.id, new TreeMap<>(node.applied()));
        forcedAtDeath.put(node.id, node.forced());
        node.kill();
    }

    private void powerLoss(final SimulatedNode node, final String when) {
        try {
            node.observe();
        } catch (final PowerLoss e) {
            throw new IllegalStateException("reading forces nothing", e);
        }
        trace.say(agenda.nowNs(), node.id, "power loss " + when);
        mustHold.put(node.id, node.forced());
        forcedAtDeath.put(node.id, node.forced());
        node.kill();
        node.disk.losePower(faults.has(Faults.Kind.LOST_NAMES));
        forgetSessions();
        agenda.in(healed ? MS : meanTime(), () -> restart(node));
    }

    private void forgetSessions() {
        for (final Session session : sessions) {
            session.clock.clear();
            session.seen = Long.MIN_VALUE;
        }
    }

    /** Whether some other node that is up, or will be, has everything that this one must hold. */
    private boolean othersHold(final SimulatedNode node) {
        return wipes == 0 && nodes.stream().anyMatch(other -> other != node && other.isUp() && other.engine().isJoined());
    }

    private void wipe(final SimulatedNode node) {
        trace.say(agenda.nowNs(), node.id, "is wiped and joins anew");
        wipes++;
        node.disk.wipe();
        damaged[node.id] = false;
        mustHold.remove(node.id);
        forcedAtDeath.remove(node.id);
        forgetSessions();
        start(node, true);
    }

    // ---- messages

    private void onDeparture(final int from, final byte[] bytes) {
        if (!faults.power() || bytes[5] != RECORDS_MESSAGE) {
            return;
        }
        final SimulatedNode node = nodes.get(from);
        if (!node.isUp()) {
            return;
        }
        node.observe();
        final TreeMap<Long, Long> forced = node.forced();
        forEachDot(bytes, (origin, seq) -> {
            if (seq <= node.applied().getOrDefault(origin, 0L) && forced.getOrDefault(origin, 0L) < seq) {
                throw new Violation(
                        Invariant.FORCED_BEFORE_SENT,
                        "node " + from + " sends " + Long.toHexString(origin) + ":" + seq + " before it is forced");
            }
        });
    }

    private interface DotHandler {
        void onDot(long origin, long seq);
    }

    private static void forEachDot(final byte[] message, final DotHandler handler) {
        final java.nio.ByteBuffer bytes =
                java.nio.ByteBuffer.wrap(message).order(java.nio.ByteOrder.LITTLE_ENDIAN);
        int at = MESSAGE_HEADER;
        while (at + 44 <= message.length) {
            final int length = bytes.getInt(at);
            handler.onDot(bytes.getLong(at + 4 + 16), bytes.getLong(at + 4 + 24));
            at += 4 + length;
        }
    }

    private void onArrival(final int from, final int to, final byte[] bytes) {
        final SimulatedNode node = nodes.get(to);
        if (!node.isUp() || paused[to]) {
            return;
        }
        trace.note(agenda.nowNs(), 1000 + to, from, bytes.length);
        on(node, engine -> {
            node.replica().onMessage(new org.agrona.concurrent.UnsafeBuffer(bytes), 0, bytes.length);
            if (from >= 0 && bytes[5] == RECORDS_MESSAGE && node.tookRecords()) {
                forEachDot(bytes, (origin, seq) -> node.arrived.add(List.of(origin, seq)));
            }
        });
    }

    // ---- clients

    private void client() {
        final SimulatedNode node = nodes.get(random.nextInt(nodes.size()));
        if (!node.isUp() || paused[node.id] || healed) {
            return;
        }
        begun++;
        if (random.nextInt(6) == 0) {
            session(node, sessions.get(random.nextInt(SESSIONS)));
            return;
        }
        on(node, engine -> {
            final Transaction tx = engine.transaction().mode(TransactionMode.COORDINATION_FREE);
            TreeMap<Long, Long> observed = new TreeMap<>(node.applied());
            final CellName read = workload.any();
            if (random.nextInt(4) == 0) {
                read.read(tx.reads());
            }
            if (random.nextInt(3) > 0) {
                commit(node, engine, tx, observed, workload.operate(tx), null);
                return;
            }
            final SimulatedNode.Held hold = node.hold(tx::close);
            final boolean readLater = random.nextBoolean();
            final TreeMap<Long, Long> observedAtBegin = observed;
            agenda.in(random.nextLong(40 * MS), () -> later(node, engine, tx, observedAtBegin, readLater, hold));
        });
    }

    private void later(
            final SimulatedNode node,
            final Engine engine,
            final Transaction tx,
            final TreeMap<Long, Long> observed,
            final boolean readLater,
            final SimulatedNode.Held hold) {
        if (!node.held.contains(hold)) {
            return; // let go of, or the node died
        }
        on(node, running -> {
            final List<Change> changes = workload.operate(tx);
            if (readLater && random.nextBoolean()) {
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
            final TreeMap<Long, Long> observed,
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
        oracle.about(transaction);
        final CommitResult result;
        try {
            result = tx.commit();
        } finally {
            tx.close();
        }
        if (result == CommitResult.COMMITTED) {
            transaction.acknowledged = true;
            node.observe();
            if (session != null) {
                session.seen++;
                Clocks.merge(session.clock, node.applied());
            }
        } else if (result == CommitResult.DISK_FULL && !used.contains(Faults.Kind.DISK_FULL)
                || result == CommitResult.FAILED && !used.contains(Faults.Kind.FAILED_FORCE)
                || result == CommitResult.CLOSED
                || result == CommitResult.EMPTY) {
            throw new Violation(Invariant.NO_SURPRISE, "node " + node.id + " refuses a commit: " + result);
        }
    }

    private void session(final SimulatedNode node, final Session session) {
        if (!Clocks.covers(node.applied(), session.clock)) {
            return; // it would wait for its token
        }
        on(node, engine -> {
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

    // ---- faults

    private void fault() {
        if (healed) {
            return;
        }
        agenda.in(meanTime() + MS / 10, this::fault);
        if (faults.kinds().isEmpty()) {
            return;
        }
        final List<Faults.Kind> kinds = List.copyOf(faults.kinds());
        final Faults.Kind kind = kinds.get(random.nextInt(kinds.size()));
        final SimulatedNode node = nodes.get(random.nextInt(nodes.size()));
        used.add(kind);
        switch (kind) {
            case PARTITION, ONE_WAY -> {
                if (random.nextInt(3) == 0) {
                    network.mend();
                    trace.say(agenda.nowNs(), -1, "partitions end");
                } else {
                    network.partition(kind == Faults.Kind.ONE_WAY);
                    trace.say(agenda.nowNs(), -1, "partition " + kind);
                }
            }
            case SLOW_LINK -> network.slow();
            case JUNK -> network.junk();
            case PAUSE -> {
                trace.say(agenda.nowNs(), node.id, "pauses");
                paused[node.id] = true;
                agenda.in(random.nextLong(100 * MS), () -> paused[node.id] = false);
            }
            default -> faultOf(kind, node);
        }
    }

    private void faultOf(final Faults.Kind kind, final SimulatedNode node) {
        if (!node.isUp()) {
            restart(node);
            return;
        }
        switch (kind) {
            case KILL, BIT_FLIP, MISDIRECTED_WRITE -> {
                kill(node, "is killed");
                damage(kind, node);
                agenda.in(meanTime(), () -> restart(node));
            }
            case POWER_LOSS, LOST_NAMES -> powerLoss(node, "");
            case POWER_LOSS_INSIDE -> node.disk.losePowerIn(random.nextInt(8));
            case STOP -> stop(node);
            case WIPE -> {
                if (nodes.size() > 2 && othersHold(node)) {
                    kill(node, "is killed");
                    wipe(node);
                }
            }
            case COPY -> {
                final SimulatedNode other = nodes.get(random.nextInt(nodes.size()));
                if (other != node && other.isUp() && other.engine().isJoined()) {
                    kill(node, "is killed; its directory becomes a copy of node " + other.id + "'s");
                    node.disk.restore(other.disk.image());
                    mustHold.remove(node.id);
                    forcedAtDeath.remove(node.id);
                    forgetSessions();
                    restart(node);
                }
            }
            case OLD_IMAGE -> {
                if (!node.engine().isJoined()) {
                    return;
                }
                kill(node, "is killed; its image is kept or put back");
                final SimulatedDisk.Image old = images.put(node.id, node.disk.image());
                if (old != null && random.nextBoolean()) {
                    node.disk.restore(old);
                    mustHold.remove(node.id);
                    forcedAtDeath.remove(node.id);
                    forgetSessions();
                }
                restart(node);
            }
            case DISK_FULL -> {
                node.disk.full(true);
                trace.say(agenda.nowNs(), node.id, "disk full");
                agenda.in(random.nextLong(80 * MS), () -> node.disk.full(false));
            }
            case FAILED_FORCE -> node.disk.failForces(1);
            case NEW_SEGMENT -> on(node, engine -> {
                if (!node.disk.isFull()) {
                    engine.kernel().section().enter();
                    try {
                        engine.kernel().log().beginSegment();
                    } finally {
                        engine.kernel().section().leave();
                    }
                    engine.requestSnapshot();
                }
            });
            default -> throw new IllegalStateException(kind + " is not of a node");
        }
    }

    /** Damages the disk of a node that is down, if others can make up for it. */
    private void damage(final Faults.Kind kind, final SimulatedNode node) {
        if (kind != Faults.Kind.KILL && nodes.size() > 2 && othersHold(node) && !damaged[node.id]) {
            final String what = kind == Faults.Kind.BIT_FLIP ? node.disk.flipBit() : node.disk.misdirectWrite();
            if (what != null) {
                trace.say(agenda.nowNs(), node.id, kind + " " + what);
                damaged[node.id] = true;
                wipes++;
                forgetSessions();
                // a tail that was never forced may be cut off by it
                mustHold.put(node.id, forcedAtDeath.getOrDefault(node.id, new TreeMap<>()));
            }
        }
    }

    private void stop(final SimulatedNode node) {
        trace.say(agenda.nowNs(), node.id, "is stopped");
        node.observe();
        final TreeMap<Long, Long> must = new TreeMap<>(node.applied());
        final TreeMap<Long, Long> forced = node.forced();
        try {
            node.stop();
        } catch (final PowerLoss e) {
            trace.say(agenda.nowNs(), node.id, "power loss while it stops");
            mustHold.put(node.id, forced);
            forcedAtDeath.put(node.id, forced);
            forgetSessions();
            node.disk.losePower(faults.has(Faults.Kind.LOST_NAMES));
            agenda.in(meanTime(), () -> restart(node));
            return;
        } catch (final IOException e) {
            throw new Violation(Invariant.NO_SURPRISE, "node " + node.id + " does not stop: " + e, e);
        }
        mustHold.put(node.id, must);
        forcedAtDeath.put(node.id, must);
        agenda.in(meanTime(), () -> restart(node));
    }

    // ---- checks

    private void checks(final SimulatedNode node) {
        if (!node.isUp()) {
            return;
        }
        if (random.nextInt(8) == 0) {
            compareDigests();
        }
        if (random.nextInt(10) == 0) {
            on(node, engine -> readSome(node, engine));
        }
        if (random.nextInt(40) == 0 && !healed) {
            on(node, engine -> holdSnapshot(node, engine));
        }
    }

    private void compareDigests() {
        final Map<TreeMap<Long, Long>, Digest> digests = new HashMap<>();
        for (final SimulatedNode node : nodes) {
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
        agenda.in(random.nextLong(60 * MS), () -> {
            if (node.held.contains(hold)) {
                on(node, running -> {
                    try {
                        read(node, snapshot, 3);
                    } catch (final SnapshotTooOldException e) {
                        trace.note(agenda.nowNs(), 77, node.id, 0);
                    } finally {
                        node.held.remove(hold);
                        snapshot.close();
                    }
                });
            }
        });
    }

    private void read(final SimulatedNode node, final Snapshot snapshot, final int cells) {
        final List<Committed> transactions = oracle.within(Clocks.of(snapshot.clock()));
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

    private static void check(
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

    // ---- the end

    private void heal() {
        healed = true;
        trace.say(agenda.nowNs(), -1, "all faults end");
        network.heal();
        for (final SimulatedNode node : nodes) {
            paused[node.id] = false;
            node.disk.full(false);
            node.disk.failForces(0);
            node.disk.losePowerIn(-1);
            node.held.forEach(SimulatedNode.Held::letGo);
            node.held.clear();
            restart(node);
        }
    }

    private void converge() {
        final TreeMap<Long, Long> survives = new TreeMap<>();
        nodes.forEach(node -> Clocks.merge(survives, node.applied()));
        final long start = agenda.nowNs();
        while (!isConverged()) {
            if (agenda.nowNs() - start > CONVERGENCE_BOUND_NS) {
                throw new Violation(Invariant.CONVERGES, "after 60 virtual seconds of peace" + lacks());
            }
            agenda.step();
        }
        convergenceNs = agenda.nowNs() - start;
        for (final SimulatedNode node : nodes) {
            if (!Clocks.covers(node.applied(), survives)) {
                throw new Violation(
                        Invariant.CONVERGES,
                        "node " + node.id + " ends without" + Clocks.missing(node.applied(), survives));
            }
        }
    }

    private String lacks() {
        final TreeMap<Long, Long> all = new TreeMap<>();
        nodes.forEach(node -> Clocks.merge(all, node.applied()));
        final StringBuilder lacks = new StringBuilder();
        for (final SimulatedNode node : nodes) {
            lacks.append(", node ").append(node.id);
            if (node.isUp()) {
                lacks.append(node.engine().isJoined() ? "" : " (not joined)");
                lacks.append(" lacks").append(Clocks.missing(node.applied(), all));
                node.engine().status().errors((observations, first, last, error) -> lacks.append(" [")
                        .append(error.lines().findFirst().orElse(""))
                        .append("]"));
            } else {
                lacks.append(" is down");
            }
        }
        return lacks.toString();
    }

    private boolean isConverged() {
        for (final SimulatedNode node : nodes) {
            if (!node.isUp()
                    || !node.engine().isJoined()
                    || !node.applied().equals(nodes.get(0).applied())) {
                return false;
            }
        }
        return true;
    }

    private void finish() {
        compareDigests();
        for (final SimulatedNode node : nodes) {
            final List<Committed> transactions = oracle.within(node.applied());
            try (Snapshot snapshot = node.engine().snapshot()) {
                read(node, snapshot, 0);
                for (final CellName cell : workload.cells()) {
                    check(node, snapshot, cell, transactions);
                }
            }
        }
    }
}
