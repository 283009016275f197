package io.abelia.proofs.histories;

import io.abelia.engine.clock.VectorClock;
import io.abelia.testkit.InProcessNetwork;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;

/**
 * Three nodes under virtual time, whose network changes from good to bad and back: cut off, losing, doubling, overtaking. Kills are the
 * caller's, since sessions must know. One thread.
 */
final class EmbeddedGroup implements AutoCloseable {
    static final int NODES = 3;

    private static final long TURN_NS = 300_000;
    private static final int LEAST_WEATHER_TURNS = 200;
    private static final int MOST_WEATHER_TURNS = 1_500;
    private static final int MAX_CONVERGENCE_TURNS = 50_000;
    private static final double MAX_LOSS = 0.4;
    private static final double DUPLICATION = 0.2;
    private static final double REORDERING = 0.3;

    private final SplittableRandom random;
    private final RunCounts counts;
    private final InProcessNetwork network;
    private final List<EmbeddedNode> nodes;
    private long nowNs;
    private int weatherTurns;

    EmbeddedGroup(final Path directory, final SplittableRandom random, final RunCounts counts) throws IOException {
        this.random = random;
        this.counts = counts;
        network = new InProcessNetwork(random.nextLong());
        final long[] members = IntStream.range(0, NODES).asLongStream().toArray();
        nodes = IntStream.range(0, NODES)
                .mapToObj(node -> new EmbeddedNode(node, members, directory, network, () -> nowNs, random.split()))
                .toList();
        launchAll();
    }

    EmbeddedNode node(final int number) {
        return nodes.get(number);
    }

    boolean areAllUp() {
        return nodes.stream().allMatch(EmbeddedNode::isUp);
    }

    /** Launches who is down. */
    void launchAll() throws IOException {
        for (final EmbeddedNode node : nodes) {
            if (!node.isUp()) {
                node.launch();
            }
        }
    }

    /** Time goes on, and one node works: so nodes are never in step. */
    void turn() throws IOException {
        nowNs += TURN_NS;
        if (weatherTurns-- == 0) {
            changeWeather();
        }
        nodes.get(random.nextInt(NODES)).turn();
    }

    /** Ends all faults, and turns until all nodes have applied the same; whether they have come to that. */
    boolean converge() throws IOException {
        network.heal();
        for (int turn = 0; turn < MAX_CONVERGENCE_TURNS; turn++) {
            nowNs += TURN_NS;
            nodes.get(turn % NODES).turn();
            final VectorClock clock = nodes.get(0).engine().clock();
            if (nodes.stream().allMatch(node -> node.engine().clock().equals(clock))) {
                return true;
            }
        }
        return false;
    }

    private void changeWeather() {
        weatherTurns = random.nextInt(LEAST_WEATHER_TURNS, MOST_WEATHER_TURNS);
        network.heal();
        final int weather = random.nextInt(4);
        if (weather == 1 || weather == 3) {
            network.lose(random.nextDouble() * MAX_LOSS);
            network.duplicate(DUPLICATION);
            network.reorder(REORDERING);
        }
        if (weather >= 2) {
            network.cut(random.nextInt(NODES));
            counts.cuts++;
        }
    }

    @Override
    public void close() throws IOException {
        for (final EmbeddedNode node : nodes) {
            if (node.isUp()) {
                node.kill();
            }
        }
    }
}
