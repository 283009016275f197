package io.abelia.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.abelia.engine.codec.CellType;
import io.abelia.engine.log.LogCorruptedException;
import io.abelia.engine.snapshot.SnapshotCorruptedException;
import io.abelia.engine.transaction.CommitResult;
import io.abelia.engine.transaction.Transaction;
import io.abelia.engine.transaction.TransactionMode;
import io.abelia.engine.transaction.Value;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class RecoveryTest {
    private static final int SEGMENT = 2 << 20;

    @TempDir
    private Path root;

    private Path directory() {
        return root.resolve("engine");
    }

    private EngineContext context(final StoreKind store) {
        return new EngineContext()
                .directory(directory())
                .store(store)
                .segmentBytes(SEGMENT)
                .housekeepingThread(false);
    }

    private static void work(final Engine engine, final Random random, final int transactions) {
        for (int i = 0; i < transactions; i++) {
            try (Transaction tx = engine.transaction().mode(TransactionMode.COORDINATION_FREE)) {
                final String key = "key" + random.nextInt(40);
                tx.increment("t", key, random.nextLong());
                tx.addDouble(tx.cell(CellType.DOUBLE_SUM, "t", key, "d"), random.nextGaussian());
                tx.multiply(tx.cell(CellType.PRODUCT, "t", key, "p"), random.nextInt(5) - 2);
                tx.max(tx.cell(CellType.MAX, "t", key, "m"), random.nextInt());
                tx.min(tx.cell(CellType.MIN_DOUBLE, "t", key, "n"), random.nextDouble());
                tx.setFlag(tx.cell(CellType.FLAG_OR, "t", key, "o"), random.nextBoolean());
                tx.set(tx.cell(CellType.LWW_REGISTER, "t", key, "l"), "v".repeat(random.nextInt(200)));
                tx.set(tx.cell(CellType.FIRST_WRITER_REGISTER, "t", key, "f"), "first" + random.nextInt());
                tx.addToSet(tx.cell(CellType.GROW_SET, "t", "all", "g"), random.nextInt(100));
                tx.addToSet(tx.cell(CellType.ADD_WINS_SET, "t", key, "a"), random.nextInt(20));
                tx.removeFromSet(tx.cell(CellType.ADD_WINS_SET, "t", key, "a"), random.nextInt(20));
                tx.addToSet(tx.cell(CellType.REMOVE_WINS_SET, "t", key, "r"), random.nextInt(20));
                tx.removeFromSet(tx.cell(CellType.REMOVE_WINS_SET, "t", key, "r"), random.nextInt(20));
                tx.release(tx.cell(CellType.BOUNDED_COUNTER, "t", key, "b"), 9);
                tx.acquire(tx.cell(CellType.BOUNDED_COUNTER, "t", key, "b"), 1 + random.nextInt(9));
                tx.addToSketch(tx.cell(CellType.SKETCH, "t", "all", "s"), random.nextLong());
                if (random.nextInt(10) == 0) {
                    tx.clearSet(tx.cell(CellType.ADD_WINS_SET, "t", key, "a"));
                    tx.clear(tx.cell(CellType.FIRST_WRITER_REGISTER, "t", key, "f"));
                }
                assertEquals(CommitResult.COMMITTED, tx.commit());
            }
        }
    }

    @ParameterizedTest
    @EnumSource(StoreKind.class)
    void shouldHoldTheSameStateAfterEveryKindOfStopAtAnyPoint(final StoreKind store) throws IOException {
        final Random random = new Random(23);
        String digest = "";
        for (int launch = 0; launch < 25; launch++) {
            final Engine engine = Engine.launch(context(random.nextInt(5) == 0 ? other(store) : store));
            if (launch > 0) {
                assertEquals(digest, engine.digest().toString(), "launch " + launch + " " + engine.recovery());
            }
            work(engine, random, random.nextInt(150));
            if (random.nextInt(3) == 0) {
                engine.writeSnapshot();
                work(engine, random, random.nextInt(50));
            }
            digest = engine.digest().toString();
            if (random.nextBoolean()) {
                engine.close();
            } else {
                engine.abandon();
            }
        }
        final Verification verification = Verification.of(directory());
        assertTrue(verification.isGood(), () -> String.join("\n", verification.findings()));
    }

    private static StoreKind other(final StoreKind store) {
        return store == StoreKind.MEMORY ? StoreKind.CHRONICLE : StoreKind.MEMORY;
    }

    @Test
    void shouldFindADamagedByteInTheStateMapsOfACleanStop() throws IOException {
        try (Engine engine = Engine.launch(context(StoreKind.CHRONICLE))) {
            work(engine, new Random(1), 100);
            try (Transaction tx = engine.transaction().mode(TransactionMode.COORDINATION_FREE)) {
                tx.set(tx.cell(CellType.LWW_REGISTER, "t", "needle", "c"), "something that stands out");
                tx.commitOrThrow();
            }
        }
        assertTrue(Verification.of(directory()).isGood());
        int damaged = 0;
        try (Stream<Path> files = Files.list(directory().resolve("state"))) {
            for (final Path file : files.toList()) {
                final byte[] bytes = Files.readAllBytes(file);
                final int at = new String(bytes, StandardCharsets.ISO_8859_1).indexOf("something that stands out");
                if (at >= 0) {
                    bytes[at] ^= 1;
                    Files.write(file, bytes);
                    damaged++;
                }
            }
        }
        assertEquals(1, damaged);
        final Verification verification = Verification.of(directory());
        assertFalse(verification.isGood(), () -> verification.findings().toString());
        Files.delete(directory().resolve("clean.mark"));
        assertTrue(Verification.of(directory()).isGood());
        try (Engine engine = Engine.launch(context(StoreKind.CHRONICLE))) {
            final Value value = new Value();
            engine.latest().read(engine.cell(CellType.LWW_REGISTER, "t", "needle", "c"), value);
            assertEquals("something that stands out", value.asString());
        }
    }

    @Test
    void shouldBeAnotherOriginAtEachLaunchAndReopenAtOnceAfterACleanStop() throws IOException {
        final long first;
        try (Engine engine = Engine.launch(context(StoreKind.CHRONICLE))) {
            work(engine, new Random(1), 100);
            first = engine.origin();
        }
        try (Engine engine = Engine.launch(context(StoreKind.CHRONICLE))) {
            assertTrue(engine.recovery().clean());
            assertEquals(0, engine.recovery().replayedRecords());
            assertFalse(first == engine.origin());
            assertEquals(101, engine.clock().get(first), "a hundred transactions and the closing record");
        }
    }

    private Path newestLog() throws IOException {
        try (Stream<Path> files = Files.list(directory().resolve("log"))) {
            return files.filter(file -> file.toString().endsWith(".seg"))
                    .sorted()
                    .reduce((a, b) -> b)
                    .orElseThrow();
        }
    }

    private static void flip(final Path file, final long at, final Random random) throws IOException {
        try (RandomAccessFile bytes = new RandomAccessFile(file.toFile(), "rw")) {
            bytes.seek(at);
            final int old = bytes.read();
            bytes.seek(at);
            bytes.write(old ^ 1 << random.nextInt(8));
        }
    }

    @Test
    void shouldRefuseALogWithADamagedDurableRecordWhereverTheBitIs() throws IOException {
        final Random random = new Random(29);
        final long end;
        final String digest;
        Engine engine = Engine.launch(context(StoreKind.MEMORY));
        work(engine, random, 60);
        engine.kernel().log().force();
        end = engine.kernel().log().appendPosition() % SEGMENT;
        digest = engine.digest().toString();
        engine.abandon();
        final Path log = newestLog();
        final byte[] good = Files.readAllBytes(log);
        int refused = 0;
        for (int i = 0; i < 300; i++) {
            flip(log, i < 64 ? i : random.nextLong(end), random);
            try (Engine opened = Engine.inspect(directory())) {
                assertEquals(digest, opened.digest().toString(), "a flipped bit that nothing depends on");
            } catch (final LogCorruptedException e) {
                assertTrue(e.getMessage().contains(log.getFileName().toString()));
                refused++;
            }
            Files.write(log, good);
        }
        assertTrue(refused > 250, "refused " + refused);
        engine = Engine.launch(context(StoreKind.MEMORY));
        assertEquals(digest, engine.digest().toString());
        engine.close();
    }

    @Test
    void shouldCutOffATornTailThatWasNeverForced() throws IOException {
        final Random random = new Random(31);
        final Engine engine = Engine.launch(context(StoreKind.MEMORY));
        work(engine, random, 20);
        engine.kernel().log().force();
        final String digest = engine.digest().toString();
        final long forced = engine.kernel().log().appendPosition() % SEGMENT;
        work(engine, random, 20);
        final long end = engine.kernel().log().appendPosition() % SEGMENT;
        engine.abandon();
        flip(newestLog(), forced + 20, random);
        assertTrue(end > forced);
        try (Engine opened = Engine.launch(context(StoreKind.MEMORY))) {
            assertEquals(digest, opened.digest().toString());
            assertTrue(opened.recovery().tornBytes() > 0);
            work(opened, random, 20);
        }
        assertTrue(Verification.of(directory()).isGood());
    }

    @Test
    void shouldRefuseADamagedSnapshotAndFallBackToTheOneBefore() throws IOException {
        final Random random = new Random(37);
        final Engine engine = Engine.launch(context(StoreKind.MEMORY));
        work(engine, random, 50);
        engine.writeSnapshot();
        work(engine, random, 50);
        final Path newest = engine.writeSnapshot();
        work(engine, random, 10);
        final String digest = engine.digest().toString();
        engine.abandon();
        final byte[] good = Files.readAllBytes(newest);
        for (int i = 0; i < 60; i++) {
            if (i % 4 == 3) {
                Files.write(newest, java.util.Arrays.copyOf(good, random.nextInt(good.length)));
            } else {
                flip(newest, i < 16 ? i : random.nextInt(good.length), random);
            }
            try (Engine opened = Engine.inspect(directory())) {
                assertEquals(digest, opened.digest().toString());
                assertFalse(opened.recovery().damaged().isEmpty());
            }
            assertFalse(Verification.of(directory()).isGood());
            Files.write(newest, good);
        }
        assertTrue(Verification.of(directory()).isGood());
    }

    @Test
    void shouldRestoreABackupAsAJoinerOrAFounder() throws IOException {
        final Path backup = root.resolve("backup");
        final String digest;
        try (Engine engine = Engine.launch(context(StoreKind.MEMORY))) {
            work(engine, new Random(41), 100);
            digest = engine.digest().toString();
            engine.backup(backup);
        }
        final Path founder = root.resolve("founder");
        Restore.restore(backup, founder, true);
        for (int launch = 0; launch < 3; launch++) {
            try (Engine engine = Engine.launch(new EngineContext()
                    .directory(founder)
                    .store(StoreKind.MEMORY)
                    .segmentBytes(SEGMENT))) {
                if (launch == 0) {
                    assertEquals(digest, engine.digest().toString());
                }
                assertEquals(100 + launch, engine.clock().toJson().isEmpty() ? 0 : countTransactions(engine) - launch);
                work(engine, new Random(launch), 1);
            }
        }
        final Path joiner = root.resolve("joiner");
        Restore.restore(backup, joiner, false);
        try (Engine engine = Engine.launch(new EngineContext()
                        .directory(joiner)
                        .store(StoreKind.MEMORY)
                        .segmentBytes(SEGMENT));
                Transaction tx = engine.transaction().mode(TransactionMode.COORDINATION_FREE)) {
            assertEquals(CommitResult.NOT_JOINED, tx.increment("t", "k", 1).commit());
        }
        assertThrows(IOException.class, () -> Restore.restore(backup, joiner, false));
        flip(backup, Files.size(backup) / 2, new Random(1));
        assertThrows(SnapshotCorruptedException.class, () -> Restore.restore(backup, root.resolve("x"), false));
    }

    /** Transactions in the clock, closing records of the founder's launches included. */
    private static long countTransactions(final Engine engine) {
        final long[] count = new long[1];
        engine.clock().forEach((origin, seq) -> count[0] += seq);
        return count[0];
    }

    @Test
    void shouldKeepFilesPrivateRefuseLinksAndTellWhoHoldsTheLock() throws IOException {
        try (Engine engine = Engine.launch(context(StoreKind.CHRONICLE))) {
            work(engine, new Random(1), 10);
            engine.writeSnapshot();
            final var second =
                    assertThrows(DirectoryLockedException.class, () -> Engine.launch(context(StoreKind.MEMORY)));
            assertTrue(second.getMessage()
                    .contains("pid " + ProcessHandle.current().pid()));
            try (Stream<Path> files = Files.walk(directory())) {
                for (final Path file : files.toList()) {
                    final String expected = Files.isDirectory(file) ? "rwx------" : "rw-------";
                    assertEquals(
                            expected,
                            PosixFilePermissions.toString(Files.getPosixFilePermissions(file)),
                            file.toString());
                }
            }
        }
        final Path link = root.resolve("link");
        Files.createSymbolicLink(link, directory());
        assertThrows(IOException.class, () -> Engine.launch(new EngineContext().directory(link)));
        Files.writeString(root.resolve("stranger"), "x");
        assertThrows(IOException.class, () -> Engine.launch(new EngineContext().directory(root)));
    }
}
