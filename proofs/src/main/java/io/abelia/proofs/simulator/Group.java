package io.abelia.proofs.simulator;

import io.abelia.engine.Engine;
import io.abelia.engine.replicate.Epoch;
import java.io.IOException;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The nodes of a simulation, how they begin and end, and what they must come back with. */
final class Group {
    static final long MS = 1_000_000L;

    final Faults faults;
    final Agenda agenda;
    final Oracle oracle;
    final Trace trace;
    final SplittableRandom random;
    final List<SimulatedNode> nodes = new ArrayList<>();
    final EnumSet<Faults.Kind> used = EnumSet.noneOf(Faults.Kind.class);
    final boolean[] paused;
    /** What each node that is down must come back with. */
    final Map<Integer, Map<Long, Long>> mustHold = new HashMap<>();

    final Map<Integer, Map<Long, Long>> forcedAtDeath = new HashMap<>();
    final boolean[] damaged;
    private final Map<Long, Epoch> epochs = new HashMap<>();
    private Epoch newest = new Epoch(0, -1, new TreeMap<>(), new TreeMap<>(), new TreeMap<>(), new TreeMap<>());
    /** A node whose directory has been put back to an older state, until it has been fenced and has joined anew. */
    @Nullable
    SimulatedNode putBack;
    /** Whether all others remember over launches what that directory had. */
    boolean putBackIsStable;

    int removals;
    boolean healed;
    int restarts;
    int wipes;
    private final Connector transports;
    private final Runnable onLoss;
    private final Consumer<SimulatedNode> onStep;

    /** A group whose nodes are connected by {@code transports}; {@code onLoss} runs when a node loses what it had, {@code onStep} when it has done something. */
    Group(
            final Faults faults,
            final Agenda agenda,
            final Oracle oracle,
            final Trace trace,
            final SplittableRandom random,
            final Connector transports,
            final Runnable onLoss,
            final Consumer<SimulatedNode> onStep) {
        this.faults = faults;
        this.agenda = agenda;
        this.oracle = oracle;
        this.trace = trace;
        this.random = random;
        this.transports = transports;
        this.onLoss = onLoss;
        this.onStep = onStep;
        this.paused = new boolean[faults.nodes()];
        this.damaged = new boolean[faults.nodes()];
    }

    /** Checks and keeps what a node knows of the group. */
    void noteEpoch(final SimulatedNode node) {
        final Epoch epoch = node.replica().epoch();
        final Epoch before = epochs.putIfAbsent(epoch.number(), epoch);
        if (before != null && !before.equals(epoch)) {
            throw new Violation(Invariant.EPOCHS_AGREE, "node " + node.id + " knows " + epoch + ", others " + before);
        }
        if (epoch.number() > newest.number()) {
            newest = epoch;
            trace.say(agenda.nowNs(), node.id, "epoch " + epoch.number() + ": members " + epoch.members());
        }
    }

    /** Whether a node has been removed from the group. */
    boolean isRemoved(final SimulatedNode node) {
        return newest.removed().contains((long) node.id);
    }

    /** Nodes that have not been removed. */
    List<SimulatedNode> remaining() {
        return nodes.stream().filter(node -> !isRemoved(node)).toList();
    }

    /** An operator asks another node to remove this one. */
    void remove(final SimulatedNode node) {
        final SimulatedNode asked = nodes.get(random.nextInt(nodes.size()));
        if (removals >= faults.maxRemovals()
                || asked == node
                || !asked.isUp()
                || isRemoved(asked)
                || !asked.replica().epoch().members().contains((long) node.id)) {
            return;
        }
        removals++;
        trace.say(agenda.nowNs(), asked.id, "is asked to remove node " + node.id);
        asked.replica().remove(node.id);
    }

    /** Exponentially distributed time to the next fault, or to its end. */
    long meanTime() {
        return (long) (-Math.log(1 - random.nextDouble()) * faults.meanBetweenFaultsNs());
    }

    /** A node may have come back with less than a client saw there. */
    void noteLoss(final SimulatedNode node) {
        mustHold.remove(node.id);
        forcedAtDeath.remove(node.id);
        onLoss.run();
    }

    /** Runs something on a node; what fails there must be explained by a fault. */
    void on(final SimulatedNode node, final Work work) {
        if (!node.isUp()) {
            return;
        }
        try {
            work.run(node.engine());
            node.observe();
            onStep.accept(node);
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
    interface Work {
        void run(Engine engine) throws IOException;
    }

    void start(final SimulatedNode node, final boolean joiner) {
        try {
            node.start(joiner, transports);
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
        final Map<Long, Long> must = mustHold.getOrDefault(node.id, new TreeMap<>());
        if (!Clocks.covers(node.applied(), must)) {
            throw new Violation(
                    Invariant.DURABLE,
                    "node " + node.id + " comes back without" + Clocks.missing(node.applied(), must));
        }
        damaged[node.id] = false;
    }

    void lostPowerWhileDown(final SimulatedNode node) {
        node.disk.losePower(faults.has(Faults.Kind.LOST_NAMES));
        mustHold.put(node.id, forcedAtDeath.getOrDefault(node.id, new TreeMap<>()));
        onLoss.run();
        agenda.in(healed ? MS : meanTime(), () -> restart(node));
    }

    /** A node does not open: right if its disk was damaged, or is full; then its operator acts. */
    void cannotOpen(final SimulatedNode node, final Exception e) {
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
        if (canJoinAnew(node)) {
            wipe(node);
        } else {
            agenda.in(healed ? 10 * MS : meanTime(), () -> restart(node)); // its operator waits for another node
        }
    }

    void restart(final SimulatedNode node) {
        if (!node.isUp()) {
            restarts++;
            start(node, false);
        }
    }

    void kill(final SimulatedNode node, final String how) {
        node.observe();
        trace.say(agenda.nowNs(), node.id, how);
        mustHold.put(node.id, new TreeMap<>(node.applied()));
        forcedAtDeath.put(node.id, node.forced());
        node.kill();
    }

    void powerLoss(final SimulatedNode node, final String when) {
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
        onLoss.run();
        agenda.in(healed ? MS : meanTime(), () -> restart(node));
    }

    /** Whether some other node that is up, or will be, has everything that this one must hold. */
    boolean othersHold(final SimulatedNode node) {
        return wipes == 0 && canJoinAnew(node);
    }

    /** Whether other nodes have let go of the beginning of their logs, so that who joins anew cannot catch up from these alone. */
    boolean othersLetGo(final SimulatedNode node) {
        return nodes.stream().filter(other -> other != node && other.isUp()).allMatch(other -> other.disk.hasLetGo());
    }

    /** Whether there are as many others as a node needs to join anew. */
    boolean canJoinAnew(final SimulatedNode node) {
        return remaining().stream()
                        .filter(other ->
                                other != node && other.isUp() && other.engine().isJoined())
                        .count()
                >= (newest.members().size() + 1) / 2;
    }

    /** The operator of a node that has been told that its directory is an old one empties it, and lets it join anew. */
    void tendPutBack(final SimulatedNode node) {
        if (putBack == node && node.isUp() && node.engine().fenced() != null && canJoinAnew(node)) {
            kill(node, "is fenced: " + node.engine().fenced());
            putBack = null;
            wipe(node);
        }
    }

    void wipe(final SimulatedNode node) {
        trace.say(agenda.nowNs(), node.id, "is wiped and joins anew");
        wipes++;
        node.disk.wipe();
        damaged[node.id] = false;
        noteLoss(node);
        start(node, true);
    }
}
