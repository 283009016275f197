package io.abelia.proofs.simulator;

import io.abelia.engine.replicate.Transport;
import io.abelia.engine.transaction.Snapshot;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The run of one seed: a group of nodes, clients, faults, and at the end peace. */
final class Simulation {
    private static final long MS = 1_000_000L;
    private static final long CONVERGENCE_BOUND_NS = 60_000 * MS;
    private static final int RECORDS_MESSAGE = 1;
    private static final int HEARTBEAT_MESSAGE = 2;
    private static final int MESSAGE_HEADER = 38;

    private final long seed;
    private final Faults faults;
    private final Agenda agenda = new Agenda();
    private final Oracle oracle = new Oracle();
    private final Trace trace;
    private final Workload workload;
    private final SimulatedNetwork network;
    private final SimulatedKeys keys;
    private final Group group;
    private final Clients clients;
    private final FaultInjector injector;
    private final Checks checks;
    private final SplittableRandom random;
    private long convergenceNs;

    private Simulation(final long seed, final Faults faults, final Path directory, final boolean keepLines) {
        this.seed = seed;
        this.faults = faults;
        this.random = new SplittableRandom(seed ^ 0x5DEECE66DL);
        this.trace = new Trace(keepLines);
        this.workload = new Workload(random.split());
        this.network = new SimulatedNetwork(agenda, random.split(), faults, this::onDeparture, this::onArrival);
        this.keys = new SimulatedKeys(agenda, random.split(), faults.nodes(), this::onDeparture);
        this.group = new Group(faults, agenda, oracle, trace, random, this::connect, this::onLoss, this::onStep);
        this.clients = new Clients(group, workload);
        this.injector = new FaultInjector(group, network, keys, this::onLoss);
        this.checks = new Checks(group, workload);
        for (int i = 0; i < faults.nodes(); i++) {
            final int node = i;
            final SimulatedDisk disk =
                    new SimulatedDisk(directory.resolve("node-" + i), random.split(), () -> meanwhile(node));
            group.nodes.add(new SimulatedNode(i, disk, faults, agenda, oracle, trace, random.split()));
        }
    }

    private Transport connect(final int node, final long origin) {
        final Transport plain = network.connect(node);
        return faults.has(Faults.Kind.KEYS) ? keys.connect(node, origin, plain) : plain;
    }

    private void onStep(final SimulatedNode node) {
        checks.compareDigest(node);
    }

    private void onLoss() {
        clients.forgetSessions();
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
                group.restarts,
                trace.installations(),
                convergenceNs,
                (convergenceNs + 10 * MS - 1) / (10 * MS),
                trace.lines(),
                trace.actions());
    }

    private void close() {
        for (final SimulatedNode node : group.nodes) {
            if (node.isUp()) {
                try {
                    node.kill();
                } catch (final RuntimeException e) {
                    trace.say(agenda.nowNs(), node.id, "does not even end: " + e);
                }
            }
        }
        group.nodes.forEach(node -> node.disk.delete());
    }

    private void run() {
        for (final SimulatedNode node : group.nodes) {
            group.start(node, false);
            tick(node);
        }
        for (int i = 0; i < faults.transactions(); i++) {
            agenda.in(random.nextLong(faults.durationNs()), clients::act);
        }
        if (faults.has(Faults.Kind.RAISED_COUNTER)) {
            agenda.in(20 * MS, () -> clients.raise(group.nodes.get(0)));
        }
        agenda.in(group.meanTime(), injector::fault);
        while (agenda.nowNs() < faults.durationNs() && agenda.step()) {
            // the agenda is the loop
        }
        heal();
        converge();
        finish();
    }

    private void tick(final SimulatedNode node) {
        if (!group.paused[node.id]) {
            group.on(node, engine -> {
                engine.doWork();
                node.observe();
                node.inReplica = true;
                try {
                    node.replica().doWork();
                } finally {
                    node.inReplica = false;
                }
                group.noteEpoch(node);
            });
            checks.sometimes(node);
            if (node.isUp() && faults.has(Faults.Kind.REMEMBERED)) {
                node.noteForced();
                group.tendPutBack(node);
            }
        }
        agenda.in((group.healed ? 2 * MS : MS) + random.nextLong(MS), () -> tick(node));
    }

    /** What other threads of a node do (but for joining, which waits for a force itself) while one of its threads waits for the disk. */
    private void meanwhile(final int node) {
        final SimulatedNode running = group.nodes.get(node);
        if (running.isUp()
                && !group.healed
                && !running.inReplica
                && running.engine().isJoined()
                && random.nextInt(4) == 0) {
            try {
                running.replica().doWork();
            } catch (final IllegalStateException e) {
                return; // it is being launched
            }
        }
    }

    // ---- messages

    private void onDeparture(final int from, final byte[] bytes) {
        tellDeparture(from, bytes);
        if (!faults.power() || bytes[5] != RECORDS_MESSAGE) {
            return;
        }
        final SimulatedNode node = group.nodes.get(from);
        if (!node.isUp()) {
            return;
        }
        node.observe();
        final Map<Long, Long> forced = node.forced();
        forEachDot(bytes, (origin, seq) -> {
            if (seq <= node.applied().getOrDefault(origin, 0L) && forced.getOrDefault(origin, 0L) < seq) {
                throw new Violation(
                        Invariant.FORCED_BEFORE_SENT,
                        "node " + from + " sends " + Long.toHexString(origin) + ":" + seq + " before it is forced");
            }
        });
    }

    /** In the specification's words: what a heartbeat says, behind all that led to it. */
    private void tellDeparture(final int from, final byte[] bytes) {
        final SimulatedNode node = group.nodes.get(from);
        if (trace.isKept() && bytes[5] == HEARTBEAT_MESSAGE && node.isUp()) {
            node.observe();
            node.told.sends(bytes, node.replica());
        }
    }

    private void tellArrival(final int from, final SimulatedNode node, final byte[] bytes) {
        final Set<List<Long>> dots = new HashSet<>();
        if (trace.isKept() && from >= 0 && bytes[5] == RECORDS_MESSAGE) {
            forEachDot(bytes, (origin, seq) -> dots.add(List.of(origin, seq)));
        }
        node.told.receives(bytes, from, dots);
    }

    private interface DotHandler {
        void onDot(long origin, long seq);
    }

    private static void forEachDot(final byte[] message, final DotHandler handler) {
        final java.nio.ByteBuffer bytes = java.nio.ByteBuffer.wrap(message).order(java.nio.ByteOrder.LITTLE_ENDIAN);
        int at = MESSAGE_HEADER;
        while (at + 44 <= message.length) {
            final int length = bytes.getInt(at);
            handler.onDot(bytes.getLong(at + 4 + 16), bytes.getLong(at + 4 + 24));
            at += 4 + length;
        }
    }

    private void onArrival(final int from, final int to, final byte[] arrived) {
        final SimulatedNode node = group.nodes.get(to);
        if (!node.isUp() || group.paused[to]) {
            return;
        }
        final byte[] bytes = faults.has(Faults.Kind.KEYS) ? keys.open(to, arrived) : arrived;
        if (bytes == null) {
            return;
        }
        if (faults.has(Faults.Kind.KEYS) && from == SimulatedNetwork.FORGED) {
            throw new Violation(
                    Invariant.NOTHING_FORGED, "node " + to + " takes a frame that nobody of the group sent");
        }
        trace.note(agenda.nowNs(), 1000 + to, from, bytes.length);
        tellArrival(from, node, bytes);
        group.on(node, engine -> {
            node.inReplica = true;
            try {
                node.replica().onMessage(new org.agrona.concurrent.UnsafeBuffer(bytes), 0, bytes.length);
            } finally {
                node.inReplica = false;
            }
            final boolean took = node.tookRecords();
            if (from >= 0 && bytes[5] == RECORDS_MESSAGE && took) {
                forEachDot(bytes, (origin, seq) -> node.arrived.add(List.of(origin, seq)));
            }
        });
    }

    // ---- the end

    private void heal() {
        group.healed = true;
        trace.say(agenda.nowNs(), -1, "all faults end");
        network.heal();
        for (final SimulatedNode node : group.nodes) {
            group.paused[node.id] = false;
            node.disk.full(false);
            node.disk.failForces(0);
            node.disk.losePowerIn(-1);
            node.held.forEach(Held::letGo);
            node.held.clear();
            group.restart(node);
        }
    }

    private void converge() {
        final Map<SimulatedNode, Map<Long, Long>> had = new HashMap<>();
        group.nodes.stream()
                .filter(node -> !group.damaged[node.id] && node != group.putBack)
                .forEach(node -> had.put(node, new TreeMap<>(node.applied())));
        final long start = agenda.nowNs();
        while (!isConverged()) {
            if (agenda.nowNs() - start > CONVERGENCE_BOUND_NS) {
                throw new Violation(Invariant.CONVERGES, "after 60 virtual seconds of peace" + lacks());
            }
            agenda.step();
        }
        convergenceNs = agenda.nowNs() - start;
        final TreeMap<Long, Long> survives = new TreeMap<>();
        group.remaining().forEach(node -> Clocks.merge(survives, had.getOrDefault(node, Map.of())));
        for (final SimulatedNode node : group.remaining()) {
            if (!Clocks.covers(node.applied(), survives)) {
                throw new Violation(
                        Invariant.CONVERGES,
                        "node " + node.id + " ends without" + Clocks.missing(node.applied(), survives));
            }
        }
    }

    private String lacks() {
        final TreeMap<Long, Long> all = new TreeMap<>();
        group.nodes.forEach(node -> Clocks.merge(all, node.applied()));
        final StringBuilder lacks = new StringBuilder();
        for (final SimulatedNode node : group.nodes) {
            lacks.append(", node ").append(node.id);
            if (node.isUp()) {
                lacks.append(group.isRemoved(node) ? " (removed)" : "");
                lacks.append(node.engine().isJoined() ? "" : " (not joined)");
                lacks.append(" ").append(node.replica().epoch());
                lacks.append(" lacks").append(Clocks.missing(node.applied(), all));
                node.engine()
                        .status()
                        .errors((observations, first, last, error) -> lacks.append(" [")
                                .append(error.lines().findFirst().orElse(""))
                                .append("]"));
            } else {
                lacks.append(" is down");
            }
        }
        return lacks.toString();
    }

    private boolean isConverged() {
        final List<SimulatedNode> remaining = group.remaining();
        if (remaining.stream()
                        .filter(SimulatedNode::isUp)
                        .map(SimulatedNode::keptAside)
                        .distinct()
                        .count()
                > 1) {
            return false;
        }
        for (final SimulatedNode node : group.nodes) {
            if (!node.isUp()) {
                return false;
            }
            if (group.isRemoved(node)
                    ? node.engine().fenced() == null
                    : !node.engine().isJoined()
                            || !node.applied().equals(remaining.get(0).applied())) {
                return false;
            }
        }
        return true;
    }

    private void finish() {
        checks.compareDigests();
        for (final SimulatedNode node : group.nodes) {
            final List<Committed> transactions = oracle.within(node.applied());
            try (Snapshot snapshot = node.engine().snapshot()) {
                checks.read(node, snapshot, 0);
                for (final CellName cell : workload.cells()) {
                    Checks.check(node, snapshot, cell, transactions);
                }
            }
        }
    }
}
