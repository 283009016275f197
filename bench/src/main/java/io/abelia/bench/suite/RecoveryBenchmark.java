package io.abelia.bench.suite;

import io.abelia.engine.Engine;
import io.abelia.engine.EngineContext;
import io.abelia.engine.StoreKind;
import io.abelia.engine.transaction.Transaction;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Snapshots, and launches after a clean stop and after none. */
final class RecoveryBenchmark implements Benchmark {
    private static final double NS_PER_MS = 1e6;
    private static final int PER_TRANSACTION = 1000;

    @Override
    public void run(final Options options, final Results results) throws IOException {
        final int cells = options.choose(200_000, 1_000_000);
        results.method(cells
                + " counters, durability PROCESS, files in the page cache. After a kill: no closing record, no clean mark; the state"
                + " is rebuilt from the newest snapshot, or from the log alone.");
        for (final StoreKind store : StoreKind.values()) {
            final List<Double> snapshot = new ArrayList<>();
            final List<Double> clean = new ArrayList<>();
            final List<Double> killed = new ArrayList<>();
            final List<Double> logOnly = new ArrayList<>();
            for (int round = 0; round < options.rounds(); round++) {
                try (Scratch scratch = new Scratch()) {
                    final Path directory = scratch.path().resolve("engine");
                    Engine engine = launch(directory, store, cells);
                    fill(engine, cells);
                    engine.abandon();
                    long startNs = System.nanoTime();
                    engine = launch(directory, store, cells);
                    logOnly.add((System.nanoTime() - startNs) / NS_PER_MS);
                    startNs = System.nanoTime();
                    engine.writeSnapshot();
                    snapshot.add((System.nanoTime() - startNs) / NS_PER_MS);
                    engine.close();
                    startNs = System.nanoTime();
                    engine = launch(directory, store, cells);
                    clean.add((System.nanoTime() - startNs) / NS_PER_MS);
                    engine.abandon();
                    startNs = System.nanoTime();
                    engine = launch(directory, store, cells);
                    killed.add((System.nanoTime() - startNs) / NS_PER_MS);
                    engine.close();
                }
            }
            final String id = store.name().toLowerCase(Locale.ROOT);
            results.row(id + ".snapshot", store + ": writing a snapshot", "ms", snapshot);
            results.row(id + ".clean", store + ": launch after a clean stop", "ms", clean);
            results.row(id + ".killed", store + ": launch after a kill, from a snapshot", "ms", killed);
            results.row(id + ".log", store + ": launch after a kill, from the log alone", "ms", logOnly);
        }
        results.fact("cells", "counters", "", cells);
    }

    private static Engine launch(final Path directory, final StoreKind store, final int cells) throws IOException {
        return Engine.launch(new EngineContext()
                .directory(directory)
                .store(store)
                .expectedCells(cells)
                .snapshotIntervalBytes(1L << 40));
    }

    private static void fill(final Engine engine, final int cells) {
        for (int i = 0; i < cells; i += PER_TRANSACTION) {
            try (Transaction tx = Work.begin(engine)) {
                for (int j = i; j < i + PER_TRANSACTION; j++) {
                    tx.increment("counters", "key_" + j, 1);
                }
                Work.require(tx.commit());
            }
        }
    }
}
