package io.abelia.bench.suite;

import io.abelia.engine.Durability;
import io.abelia.engine.Engine;
import io.abelia.engine.EngineContext;
import io.abelia.engine.StoreKind;
import io.abelia.engine.clock.OriginTable;
import io.abelia.engine.clock.RecordClock;
import io.abelia.engine.replicate.Replica;
import io.abelia.engine.replicate.ReplicaContext;
import io.abelia.testkit.InProcessNetwork;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.stream.IntStream;

/** Engines in memory and the whole replication protocol over a network in this process, on this thread, under a clock that only rounds move. */
final class SimulatedNodes implements Nodes {
    private static final long ROUND_NS = 1_000_000;
    private static final int MOST_ROUNDS = 100_000;
    private static final int MEMORY_SEGMENT_BYTES = 2 << 20;

    private final List<Engine> engines = new ArrayList<>();
    private final List<Replica> replicas = new ArrayList<>();
    private final InProcessNetwork network = new InProcessNetwork(7);
    private long nowNs;
    private long total;
    private int rounds;

    SimulatedNodes(final int size) throws IOException {
        this(size, RecordClock::new);
    }

    SimulatedNodes(final int size, final Function<OriginTable, RecordClock> clock) throws IOException {
        final long[] members = IntStream.range(0, size).asLongStream().toArray();
        for (int i = 0; i < size; i++) {
            final Engine engine = Engine.launch(new EngineContext()
                    .durability(Durability.MEMORY)
                    .store(StoreKind.MEMORY)
                    .segmentBytes(MEMORY_SEGMENT_BYTES)
                    .memoryLogBytes(8L * MEMORY_SEGMENT_BYTES)
                    .closeGraceNs(0)
                    .recordClock(clock)
                    .housekeepingThread(false));
            engines.add(engine);
            replicas.add(new Replica(
                    engine, new ReplicaContext().node(i).members(members).nanoClock(() -> nowNs), network.connect(i)));
        }
    }

    @Override
    public int size() {
        return engines.size();
    }

    @Override
    public String describe() {
        return "simulated";
    }

    InProcessNetwork network() {
        return network;
    }

    Engine engine(final int index) {
        return engines.get(index);
    }

    /** Delivers everything that is under way, and has every node send what it has to. */
    void round() {
        nowNs += ROUND_NS;
        rounds++;
        for (int i = 0; i < engines.size(); i++) {
            engines.get(i).doWork();
            network.deliver(i, replicas.get(i)::onMessage);
            replicas.get(i).doWork();
        }
    }

    /** Rounds since the last call of {@link #run}, or of this. */
    int takeRounds() {
        final int taken = rounds;
        rounds = 0;
        return taken;
    }

    /** Notes transactions that were committed otherwise than by {@link #run}. */
    void expectMore(final long transactions) {
        total += transactions;
    }

    /** Whether every engine has applied everything. */
    boolean isConverged() {
        return engines.stream().allMatch(engine -> Work.applied(engine) == total);
    }

    void converge() {
        while (!isConverged()) {
            if (rounds > MOST_ROUNDS) {
                throw new IllegalStateException("no convergence within " + MOST_ROUNDS + " rounds");
            }
            round();
        }
    }

    @Override
    public long run(final Work work, final int count) {
        rounds = 0;
        final long startNs = System.nanoTime();
        for (int i = 0; i < engines.size(); i++) {
            work.run(engines.get(i), i, count);
        }
        total += (long) engines.size() * count;
        converge();
        return System.nanoTime() - startNs;
    }

    @Override
    public void check(final Work work, final long times) {
        for (final Engine engine : engines) {
            if (!engine.digest().equals(engines.get(0).digest())) {
                throw new IllegalStateException("digests differ");
            }
            work.check(engine, engines.size(), times);
        }
    }

    @Override
    public void close() throws IOException {
        for (final Engine engine : engines) {
            engine.close();
        }
    }
}
