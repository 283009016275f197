package io.abelia.proofs.simulator;

import io.abelia.engine.status.DeliveryResult;
import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.agrona.concurrent.UnsafeBuffer;

/** Does to nodes, disks and network what the seed says. */
final class FaultInjector {
    private final Group group;
    private final SimulatedNetwork network;
    private final SimulatedKeys keys;
    private final Runnable onLoss;
    private final LaterVersion later;
    private final Map<Integer, Kept> images = new HashMap<>();

    /** An image, and what it holds. */
    private record Kept(SimulatedDisk.Image image, Map<Long, Long> applied) {}

    FaultInjector(final Group group, final SimulatedNetwork network, final SimulatedKeys keys, final Runnable onLoss) {
        this.group = group;
        this.network = network;
        this.keys = keys;
        this.onLoss = onLoss;
        this.later = new LaterVersion(group.random.split());
    }

    /** Does one thing to the group, and comes back after a while. */
    void fault() {
        if (group.healed) {
            return;
        }
        group.agenda.in(group.meanTime() + Group.MS / 10, this::fault);
        if (group.faults.kinds().isEmpty()) {
            return;
        }
        final List<Faults.Kind> kinds = List.copyOf(group.faults.kinds());
        final Faults.Kind kind = kinds.get(group.random.nextInt(kinds.size()));
        final SimulatedNode node = group.nodes.get(group.random.nextInt(group.nodes.size()));
        group.used.add(kind);
        switch (kind) {
            case PARTITION, ONE_WAY -> {
                if (group.random.nextInt(3) == 0) {
                    network.mend();
                    group.trace.say(group.agenda.nowNs(), -1, "partitions end");
                } else {
                    network.partition(kind == Faults.Kind.ONE_WAY);
                    group.trace.say(group.agenda.nowNs(), -1, "partition " + kind);
                }
            }
            case SLOW_LINK -> network.slow();
            case HOLD -> hold(node);
            case RAISED_COUNTER, OPEN, REMEMBERED, CHRONICLE -> {
                // of the whole run
            }
            case JUNK -> network.junk(keys::forged);
            case REMOVE -> group.remove(node);
            case KEYS -> group.trace.say(group.agenda.nowNs(), keys.change(), "gets the next key file");
            case PAUSE -> {
                group.trace.say(group.agenda.nowNs(), node.id, "pauses");
                group.paused[node.id] = true;
                group.agenda.in(group.random.nextLong(100 * Group.MS), () -> group.paused[node.id] = false);
            }
            default -> faultOf(kind, node);
        }
    }

    /** What a node sends stays under way, and it may lose what it sent last; or what is under way to it arrives. */
    private void hold(final SimulatedNode node) {
        if (group.random.nextInt(3) == 0) {
            network.release(node.id);
            return;
        }
        final long forNs = Group.MS + group.random.nextLong(40 * Group.MS);
        group.trace.say(group.agenda.nowNs(), node.id, "sends what stays under way");
        network.hold(node.id, forNs);
        for (final Faults.Kind loss : List.of(Faults.Kind.POWER_LOSS, Faults.Kind.WIPE)) {
            if (group.faults.has(loss) && group.random.nextBoolean()) {
                group.agenda.in(forNs - group.random.nextLong(Group.MS), () -> {
                    if (!group.healed && node.isUp()) {
                        group.used.add(loss);
                        faultOf(loss, node);
                    }
                });
                if (group.faults.has(Faults.Kind.KILL) && group.random.nextBoolean()) {
                    group.agenda.in(forNs + group.random.nextLong(200 * Group.MS), this::launchAnother);
                }
                return;
            }
        }
    }

    /** Long enough for others to have called stable what those messages had not observed, any node is launched anew and gets them. */
    private void launchAnother() {
        final SimulatedNode node = group.nodes.get(group.random.nextInt(group.nodes.size()));
        if (!group.healed && node.isUp()) {
            group.used.add(Faults.Kind.KILL);
            faultOf(Faults.Kind.KILL, node);
        }
    }

    private void faultOf(final Faults.Kind kind, final SimulatedNode node) {
        if (group.putBack != null && !group.putBackIsStable) {
            return; // whoever is launched anew does not remember what that directory had
        }
        if (!node.isUp()) {
            group.restart(node);
            return;
        }
        switch (kind) {
            case KILL, BIT_FLIP, MISDIRECTED_WRITE -> {
                group.kill(node, "is killed");
                damage(kind, node);
                group.agenda.in(group.meanTime(), () -> group.restart(node));
            }
            case POWER_LOSS, LOST_NAMES -> group.powerLoss(node, "");
            case POWER_LOSS_INSIDE -> node.disk.losePowerIn(group.random.nextInt(8));
            case STOP -> stop(node);
            case WIPE -> {
                if (group.nodes.size() > 2
                        && group.othersHold(node)
                        && (group.othersLetGo(node) || group.random.nextInt(4) == 0)) {
                    group.kill(node, "is killed");
                    group.wipe(node);
                }
            }
            case COPY -> {
                final SimulatedNode other = group.nodes.get(group.random.nextInt(group.nodes.size()));
                if (other != node && other.isUp() && other.engine().isJoined()) {
                    group.kill(node, "is killed; its directory becomes a copy of node " + other.id + "'s");
                    node.disk.restore(other.disk.image());
                    group.noteLoss(node);
                    group.restart(node);
                }
            }
            case OLD_IMAGE -> image(node);
            case DISK_FULL -> {
                node.disk.full(true);
                group.trace.say(group.agenda.nowNs(), node.id, "disk full");
                group.agenda.in(group.random.nextLong(80 * Group.MS), () -> node.disk.full(false));
            }
            case FAILED_FORCE -> node.disk.failForces(1);
            case LATER_VERSION ->
                group.on(node, engine -> {
                    final byte[] record = later.record();
                    final DeliveryResult result = engine.onRemote(new UnsafeBuffer(record), 0, record.length);
                    if (result != DeliveryResult.UNKNOWN_VERSION) {
                        throw new Violation(
                                Invariant.NO_SURPRISE,
                                "node " + node.id + " takes a record of a later version: " + result);
                    }
                });
            case CLOCK_JUMP ->
                group.trace.say(group.agenda.nowNs(), node.id, "clock jumps by " + node.wallClock.jump() + " ms");
            case NEW_SEGMENT -> letGo().forEach(this::newSegment);
            default -> throw new IllegalStateException(kind + " is not of a node");
        }
    }

    /** Keeps an image of a node's disk, and at times puts the one before back. */
    private void image(final SimulatedNode node) {
        if (!node.engine().isJoined()) {
            return;
        }
        final Kept old = images.get(node.id);
        final boolean back = old != null && group.random.nextBoolean() && mayPutBack(node, old);
        group.kill(node, back ? "is killed; an old image is put back" : "is killed; its image is kept");
        images.put(node.id, new Kept(node.disk.image(), new TreeMap<>(node.applied())));
        if (old != null && back) {
            node.disk.restore(old.image);
            group.noteLoss(node);
            if (group.faults.has(Faults.Kind.REMEMBERED)) {
                group.putBackIsStable = isOnDisk(node, old);
                if (group.putBackIsStable && group.random.nextBoolean()) {
                    launchAllBut(node);
                }
                images.clear(); // those of what is lost, or of who has admitted another directory since
                group.putBack = node;
            }
        }
        group.restart(node);
    }

    /** In a group with members: if all others remember that this directory has more than its image had. */
    private boolean mayPutBack(final SimulatedNode node, final Kept old) {
        return !group.faults.has(Faults.Kind.REMEMBERED)
                || group.nodes.size() > 2
                        && group.putBack == null
                        && group.canJoinAnew(node)
                        && (isOnDisk(node, old) || isTold(node, old));
    }

    /** All others are killed and launched, so that they know only what they have on disk. */
    private void launchAllBut(final SimulatedNode node) {
        for (final SimulatedNode other : group.nodes) {
            if (other != node && other.isUp()) {
                group.kill(other, "is killed as well");
                group.restart(other);
            }
        }
    }

    /** All others have called stable, on disk, what the image lacks: so they will know, however often they are launched. */
    private boolean isOnDisk(final SimulatedNode node, final Kept old) {
        return group.nodes.stream().allMatch(other -> other == node || other.stable.remembers(old.applied));
    }

    /** All others have run since, and have been told what the image lacks. */
    private boolean isTold(final SimulatedNode node, final Kept old) {
        return !Clocks.covers(old.applied, node.knownToOthers())
                && group.nodes.stream()
                        .allMatch(other -> other == node
                                || other.isUp() && group.agenda.nowNs() - other.launchedNs() >= SimulatedNode.TOLD_NS);
    }

    /** Nodes that may let go of log: of a group without a list of members one, or two could each let go of what the other lacks. */
    private List<SimulatedNode> letGo() {
        return group.faults.has(Faults.Kind.OPEN) ? group.nodes.subList(0, 1) : group.nodes;
    }

    /** Has a node's log go on in a new segment, and a snapshot written, so that old segments may go. */
    private void newSegment(final SimulatedNode node) {
        group.on(node, engine -> {
            if (!node.disk.isFull()) {
                engine.kernel().lock().acquire();
                try {
                    engine.kernel().log().beginSegment();
                } catch (final IOException e) {
                    if (!group.used.contains(Faults.Kind.DISK_FULL)) {
                        throw e;
                    }
                    return; // the disk was full until just now, and no segment has been made since
                } finally {
                    engine.kernel().lock().release();
                }
                node.snapshotWanted = engine.requestSnapshot();
            }
        });
    }

    /** Damages the disk of a node that is down, if others can make up for it. */
    private void damage(final Faults.Kind kind, final SimulatedNode node) {
        if (kind != Faults.Kind.KILL && group.nodes.size() > 2 && group.othersHold(node) && !group.damaged[node.id]) {
            final String what = kind == Faults.Kind.BIT_FLIP ? node.disk.flipBit() : node.disk.misdirectWrite();
            if (what != null) {
                group.trace.say(group.agenda.nowNs(), node.id, kind + " " + what);
                group.damaged[node.id] = true;
                group.wipes++;
                onLoss.run();
                // a tail that was never forced may be cut off by it
                group.mustHold.put(node.id, group.forcedAtDeath.getOrDefault(node.id, new TreeMap<>()));
            }
        }
    }

    private void stop(final SimulatedNode node) {
        group.trace.say(group.agenda.nowNs(), node.id, "is stopped");
        node.observe();
        final Map<Long, Long> must = new TreeMap<>(node.applied());
        final Map<Long, Long> forced = node.forced();
        try {
            node.stop();
        } catch (final PowerLoss e) {
            group.trace.say(group.agenda.nowNs(), node.id, "power loss while it stops");
            group.mustHold.put(node.id, forced);
            group.forcedAtDeath.put(node.id, forced);
            onLoss.run();
            node.disk.losePower(group.faults.has(Faults.Kind.LOST_NAMES));
            group.agenda.in(group.meanTime(), () -> group.restart(node));
            return;
        } catch (final IOException e) {
            throw new Violation(Invariant.NO_SURPRISE, "node " + node.id + " does not stop: " + e, e);
        }
        group.mustHold.put(node.id, must);
        // a force that fails while it stops promises nothing beyond the last one
        group.forcedAtDeath.put(node.id, group.used.contains(Faults.Kind.FAILED_FORCE) ? forced : must);
        group.agenda.in(group.meanTime(), () -> group.restart(node));
    }
}
