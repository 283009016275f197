package io.abelia.bench;

import io.abelia.engine.Engine;
import io.abelia.engine.EngineContext;
import io.abelia.engine.StoreKind;
import io.abelia.engine.codec.CellType;
import io.abelia.engine.replicate.ReplicaContext;
import io.abelia.engine.transaction.Cell;
import io.abelia.engine.transaction.CommitResult;
import io.abelia.engine.transaction.Transaction;
import io.abelia.engine.transaction.TransactionMode;
import io.abelia.replication.Replicator;
import io.abelia.replication.ReplicatorContext;
import io.abelia.replication.security.KeyRing;
import io.abelia.replication.security.Protection;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.stream.Stream;

/** Groups of nodes in one JVM over Aeron: a late node that installs a snapshot, and all nodes committing at once. */
final class GroupReport implements AutoCloseable {
    private static final long SECOND_NS = 1_000_000_000L;
    private static final long GROUP = 5;
    private static final int OPERATIONS = 100;

    private final Path directory;
    private final List<String> endpoints = new ArrayList<>();
    private final List<Engine> engines = new ArrayList<>();
    private final List<Replicator> replicators = new ArrayList<>();

    private GroupReport(final int nodes) throws IOException {
        directory = Files.createTempDirectory("abelia-bench-");
        for (int i = 0; i < nodes; i++) {
            endpoints.add(ReplicateReport.freeEndpoint());
        }
    }

    private Engine launch(final Consumer<ReplicaContext> entry) throws IOException {
        final int index = engines.size();
        final Engine engine = Engine.launch(new EngineContext()
                .directory(directory.resolve("node-" + index))
                .store(StoreKind.MEMORY)
                .joiner(index > 0));
        engines.add(engine);
        final Map<Long, String> peers = new TreeMap<>();
        for (int i = 0; i < endpoints.size(); i++) {
            if (i != index) {
                peers.put(i + 1L, endpoints.get(i));
            }
        }
        final ReplicatorContext context = new ReplicatorContext()
                .engine(engine)
                .idleStrategy(ReplicateReport.idle())
                .unicast(endpoints.get(index), peers)
                .keys(KeyRing.of(new byte[KeyRing.KEY_BYTES]), Protection.AUTH);
        context.replica().node(index + 1L);
        entry.accept(context.replica());
        replicators.add(Replicator.launch(context));
        return engine;
    }

    private static void until(final BooleanSupplier condition) {
        while (!condition.getAsBoolean()) {
            LockSupport.parkNanos(200_000);
        }
    }

    /** A founder writes cells and lets go of its log; how long until a node with nothing has them. */
    static void bootstrap(final int cells) throws IOException {
        try (GroupReport group = new GroupReport(2)) {
            final Engine founder = group.launch(replica -> replica.found(GROUP).foundDelayNs(0));
            until(founder::isJoined);
            for (int i = 0; i < cells; i += OPERATIONS) {
                try (Transaction tx = founder.transaction().mode(TransactionMode.COORDINATION_FREE)) {
                    for (int j = i; j < Math.min(cells, i + OPERATIONS); j++) {
                        tx.increment("cells", "cell-" + j, 1);
                    }
                    require(tx.commit());
                }
            }
            founder.writeSnapshot();
            final Path snapshot = founder.writeSnapshot();
            final long startNs = System.nanoTime();
            final Engine late = group.launch(ReplicaContext::join);
            until(() -> late.isJoined() && late.clock().equals(founder.clock()));
            final double seconds = (System.nanoTime() - startNs) / (double) SECOND_NS;
            final boolean equal = late.digest().equals(founder.digest());
            System.out.printf(
                    Locale.ROOT,
                    "bootstrap of %,d cells: %.1f s from launch to taking commits, %,.0f cells a second, a snapshot of %,d"
                            + " MB; digests %s%n",
                    cells,
                    seconds,
                    cells / seconds,
                    Files.size(snapshot) >> 20,
                    equal ? "equal" : "DIFFER");
            if (!equal) {
                throw new IllegalStateException("digests differ");
            }
        }
    }

    /** All nodes commit at once, as fast as they can; how long until every node has everything. */
    static void allToAll(final int nodes, final int each) throws IOException, InterruptedException {
        try (GroupReport group = new GroupReport(nodes)) {
            group.launch(replica -> replica.found(GROUP).foundDelayNs(0));
            for (int i = 1; i < nodes; i++) {
                group.launch(ReplicaContext::join);
            }
            until(() -> group.engines.stream().allMatch(Engine::isJoined));
            final long startNs = System.nanoTime();
            final List<Thread> threads = new ArrayList<>();
            for (final Engine engine : group.engines) {
                final Thread thread = new Thread(() -> commit(engine, each));
                threads.add(thread);
                thread.start();
            }
            for (final Thread thread : threads) {
                thread.join();
            }
            final long total = (long) nodes * each;
            final double committed = (System.nanoTime() - startNs) / (double) SECOND_NS;
            until(() -> group.engines.stream()
                    .allMatch(engine ->
                            engine.latest().readLong(engine.cell(CellType.COUNTER, "counters", "all")) == total));
            final double seconds = (System.nanoTime() - startNs) / (double) SECOND_NS;
            final boolean equal =
                    group.engines.stream().map(Engine::digest).distinct().count() == 1;
            System.out.printf(
                    Locale.ROOT,
                    "%d nodes commit %,d transactions each at once: %,.0f commits a second in all, on every node after %.1f s:"
                            + " %,.0f a second, %,.0f deliveries a second in all; digests %s%n",
                    nodes,
                    each,
                    total / committed,
                    seconds,
                    total / seconds,
                    total * (nodes - 1) / seconds,
                    equal ? "equal" : "DIFFER");
            if (!equal) {
                throw new IllegalStateException("digests differ");
            }
        }
    }

    private static void commit(final Engine engine, final int count) {
        final Cell cell = engine.cell(CellType.COUNTER, "counters", "all");
        for (int i = 0; i < count; i++) {
            try (Transaction tx = engine.transaction().mode(TransactionMode.COORDINATION_FREE)) {
                require(tx.increment(cell, 1).commit());
            }
        }
    }

    private static void require(final CommitResult result) {
        if (result != CommitResult.COMMITTED) {
            throw new IllegalStateException("not committed: " + result);
        }
    }

    @Override
    public void close() {
        replicators.forEach(ReplicateReport::closeQuietly);
        engines.forEach(ReplicateReport::closeQuietly);
        try (Stream<Path> files = Files.walk(directory)) {
            for (final Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        } catch (final IOException e) {
            System.err.println("could not remove " + directory + ": " + e);
        }
    }
}
