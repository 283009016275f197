package io.abelia.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.abelia.engine.codec.CellType;
import io.abelia.engine.transaction.CommitResult;
import io.abelia.engine.transaction.Transaction;
import io.abelia.engine.transaction.TransactionMode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A directory costs what is in it, not how often it was launched. */
class LaunchesTest {
    private static final int LAUNCHES = 100;
    private static final int KILLS = 70;
    private static final int WARM = 10;

    @TempDir
    private Path root;

    private EngineContext context(final StoreKind store) {
        return new EngineContext()
                .directory(root.resolve("engine"))
                .store(store)
                .housekeepingThread(false)
                .closeGraceNs(0);
    }

    private static void increment(final Engine engine) {
        try (Transaction tx = engine.transaction().mode(TransactionMode.COORDINATION_FREE)) {
            assertEquals(
                    CommitResult.COMMITTED, tx.increment("t", "launches", 1).commit());
        }
    }

    private static long launches(final Engine engine) {
        return engine.latest().readLong(engine.cell(CellType.COUNTER, "t", "launches"));
    }

    private long bytes(final String part) throws IOException {
        long bytes = 0;
        try (Stream<Path> files = Files.walk(root.resolve("engine").resolve(part))) {
            for (final Path file : files.filter(Files::isRegularFile).toList()) {
                bytes += Files.size(file);
            }
        }
        return bytes;
    }

    private long segments() throws IOException {
        try (Stream<Path> files = Files.list(root.resolve("engine").resolve("log"))) {
            return files.filter(file -> file.toString().endsWith(".seg")).count();
        }
    }

    @Test
    void shouldWriteNoSnapshotOfALogThatDoesNotGrow() throws IOException {
        final EngineContext context = context(StoreKind.MEMORY)
                .segmentBytes(8 << 20)
                .firstSegmentBytes(8 << 20)
                .snapshotIntervalBytes(1 << 20);
        try (Engine engine = Engine.launch(context)) {
            for (int i = 0; i < 20_000; i++) {
                increment(engine);
            }
            for (int i = 0; i < 20_000; i++) {
                engine.doWork();
            }
            assertEquals(1, engine.status().values().get("snapshot files written"));
        }
    }

    @ParameterizedTest
    @EnumSource(StoreKind.class)
    void shouldTakeFewMegabytesAtTheFirstLaunch(final StoreKind store) throws IOException {
        try (Engine engine = Engine.launch(context(store))) {
            increment(engine);
            engine.doWork();
            final long limit = store == StoreKind.MEMORY ? 1 << 20 : 8 << 20;
            assertTrue(bytes("") < limit, bytes("") + " bytes while it runs");
        }
    }

    @ParameterizedTest
    @EnumSource(StoreKind.class)
    void shouldStayFlatOverHundredsOfLaunchesThatCommitOnceAndStop(final StoreKind store) throws IOException {
        long warm = 0;
        for (int launch = 0; launch < LAUNCHES; launch++) {
            try (Engine engine = Engine.launch(context(store))) {
                assertEquals(launch, launches(engine));
                increment(engine);
            }
            assertTrue(segments() <= 5, "log segments after launch " + launch + ": " + segments());
            // what grows with launches is their clocks, in the snapshots and the mark
            final long flat = bytes("log") + bytes("state");
            warm = launch < WARM ? Math.max(warm, flat) : warm;
            assertTrue(flat <= warm, flat + " bytes of log and state after " + warm);
            assertTrue(bytes("snapshots") < 1 << 20, bytes("snapshots") + " bytes of snapshots");
        }
        final Verification verification = Verification.of(root.resolve("engine"));
        assertTrue(verification.isGood(), () -> String.join("\n", verification.findings()));
    }

    @ParameterizedTest
    @EnumSource(StoreKind.class)
    void shouldStayFlatOverHundredsOfLaunchesThatAreKilledBeforeHousekeepingRuns(final StoreKind store)
            throws IOException {
        for (int launch = 0; launch < KILLS; launch++) {
            final Engine engine = Engine.launch(context(store));
            assertEquals(launch, launches(engine));
            increment(engine);
            engine.abandon();
            assertTrue(segments() <= 66, "log segments after launch " + launch + ": " + segments());
        }
    }

    @Test
    void shouldLoseNothingWhenTheNewestSnapshotOfManyLaunchesIsDamaged() throws IOException {
        for (int launch = 0; launch < 30; launch++) {
            try (Engine engine = Engine.launch(context(StoreKind.MEMORY))) {
                increment(engine);
            }
            if (launch >= 4) {
                damageNewestSnapshotAndLookAt(launch + 1);
            }
        }
    }

    private void damageNewestSnapshotAndLookAt(final int launches) throws IOException {
        final Path newest;
        try (EngineDirectory directory = EngineDirectory.openExisting(root.resolve("engine"))) {
            assertEquals(2, directory.snapshotFiles().size());
            newest = directory.snapshotFiles().get(0);
        }
        final byte[] good = Files.readAllBytes(newest);
        Files.write(newest, new byte[100]);
        try (Engine engine = Engine.inspect(root.resolve("engine"))) {
            assertEquals(launches, launches(engine));
        }
        Files.write(newest, good);
    }

    @Test
    void shouldMakeLongerSegmentsAsTheLogGrowsAndReadThemAllAgain() throws IOException {
        final String digest;
        final EngineContext context =
                context(StoreKind.MEMORY).firstSegmentBytes(16 << 10).segmentBytes(4 << 20);
        try (Engine engine = Engine.launch(context)) {
            for (int i = 0; i < 40_000; i++) {
                try (Transaction tx = engine.transaction().mode(TransactionMode.COORDINATION_FREE)) {
                    tx.increment("t", "key " + i % 100, i).addToSet("t", "s", "c", "element " + i % 1000);
                    assertEquals(CommitResult.COMMITTED, tx.commit());
                }
                if (i % 100 == 0) {
                    engine.doWork();
                }
            }
            digest = engine.digest().toString();
            engine.abandon();
        }
        final Path log = root.resolve("engine").resolve("log");
        long before = 0;
        int whole = 0;
        try (Stream<Path> files = Files.list(log)) {
            for (final Path file : files.filter(name -> name.toString().endsWith(".seg"))
                    .sorted()
                    .toList()) {
                assertTrue(Files.size(file) >= before && Files.size(file) <= 4 << 20, file.toString());
                before = Files.size(file);
                whole += before == 4 << 20 ? 1 : 0;
            }
        }
        assertTrue(whole >= 1, "segments of whole length");
        // what the directory was made with counts, not what is configured now
        try (Engine engine = Engine.launch(context(StoreKind.MEMORY))) {
            assertEquals(digest, engine.digest().toString());
            assertEquals(
                    40_000,
                    engine.recovery().replayedRecords() - engine.kernel().log().segmentPositions().length + 1);
        }
    }

    @Test
    void shouldTakeARecordOfTheGreatestLengthAsTheFirstOneOfALaunch() throws IOException {
        try (Engine engine = Engine.launch(context(StoreKind.MEMORY).firstSegmentBytes(16 << 10));
                Transaction tx = engine.transaction().mode(TransactionMode.COORDINATION_FREE)) {
            for (int i = 0; i < 7; i++) {
                tx.set(tx.cell(CellType.LWW_REGISTER, "t", "k" + i, "c"), "v".repeat(32_000));
            }
            assertEquals(CommitResult.COMMITTED, tx.commit());
        }
        try (Engine engine = Engine.launch(context(StoreKind.MEMORY))) {
            assertEquals(1, engine.tables().size());
        }
    }
}
