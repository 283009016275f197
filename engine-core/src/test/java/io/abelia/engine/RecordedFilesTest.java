package io.abelia.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.abelia.engine.codec.CellType;
import io.abelia.engine.transaction.ElementList;
import io.abelia.engine.transaction.Transaction;
import io.abelia.engine.transaction.TransactionMode;
import io.abelia.engine.transaction.Value;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A directory that an earlier build wrote is read as it was meant. {@link #main} writes one for a new recording. */
class RecordedFilesTest {
    private static final String LOG = "log";
    private static final String SNAPSHOTS = "snapshots";

    /** Directories as they were written: file, number of types, digest, whether snapshots are still written so. */
    private enum Recording {
        FIRST("format-1.zip", 18, "13a4747e7bd2764cb0f3d72d1601e115", false),
        WITH_RIGHTS_AND_SKETCHES("format-1-types-20.zip", 20, "90d0891bb5442b32b4c22a7666902368", false),
        SNAPSHOT_FORMAT_TWO("format-2.zip", 20, "90d0891bb5442b32b4c22a7666902368", true);

        private final String file;
        private final int types;
        private final String digest;
        private final boolean writesSnapshots;

        Recording(final String file, final int types, final String digest, final boolean writesSnapshots) {
            this.file = file;
            this.types = types;
            this.digest = digest;
            this.writesSnapshots = writesSnapshots;
        }
    }

    @TempDir
    private Path root;

    private static EngineContext context(final Path directory) {
        return new EngineContext()
                .directory(directory)
                .store(StoreKind.MEMORY)
                .segmentBytes(2 << 20)
                .housekeepingThread(false);
    }

    private Path unzip(final String recorded) throws IOException {
        final Path directory = root.resolve("engine");
        try (InputStream file = RecordedFilesTest.class.getResourceAsStream("/recorded/" + recorded)) {
            assertNotNull(file);
            final ZipInputStream zip = new ZipInputStream(file);
            for (ZipEntry entry = zip.getNextEntry(); entry != null; entry = zip.getNextEntry()) {
                final Path target = directory.resolve(entry.getName()).normalize();
                assertTrue(target.startsWith(directory));
                Files.createDirectories(target.getParent());
                Files.write(target, zip.readAllBytes());
            }
        }
        return directory;
    }

    @ParameterizedTest
    @EnumSource
    void shouldStillWriteTheSameBytes(final Recording recording) throws IOException {
        final Path recorded = unzip(recording.file);
        final Path written = root.resolve("written");
        write(written, recording.types);
        final List<String> parts = recording.writesSnapshots ? List.of(LOG, SNAPSHOTS) : List.of(LOG);
        int files = 0;
        for (final String part : parts) {
            try (Stream<Path> list = Files.list(recorded.resolve(part))) {
                for (final Path file : list.toList()) {
                    assertEquals(
                            -1,
                            Files.mismatch(file, written.resolve(part).resolve(file.getFileName())),
                            () -> "first different byte of " + file.getFileName());
                    files++;
                }
            }
        }
        assertTrue(files > parts.size(), "a segment, the durable mark and perhaps a snapshot");
    }

    @ParameterizedTest
    @EnumSource
    void shouldReadARecordedDirectory(final Recording recording) throws IOException {
        final Path directory = unzip(recording.file);
        final Verification verification = Verification.of(directory);
        assertTrue(verification.isGood(), () -> verification.findings().toString());
        try (Engine engine = Engine.launch(context(directory))) {
            assertEquals(recording.digest, engine.digest().toString());
            assertEquals(1013, engine.latest().readLong(engine.cell(CellType.COUNTER, "t", "k", "COUNTER")));
            final Value value = new Value();
            assertTrue(engine.latest().read(engine.cell(CellType.LWW_REGISTER, "t", "k", "LWW_REGISTER"), value));
            assertEquals("value 39", value.asString());
        }
    }

    @Test
    void shouldHoldBackWhatIsInTheSlicesOfASnapshotOfVersionOne() throws IOException {
        final Path file = root.resolve("snapshot-0000000000203c18.snap");
        try (InputStream recorded =
                RecordedFilesTest.class.getResourceAsStream("/recorded/format-1-written-under-load.snap")) {
            Files.copy(Objects.requireNonNull(recorded), file);
        }
        try (Engine engine = Engine.inspectSnapshot(file)) {
            assertEquals(64, engine.recovery().replayedRecords(), "one commit between any two slices");
            assertEquals("bb5a68e25973b18d0b4ea4e483eb4e4d", engine.digest().toString());
        }
    }

    @Test
    void shouldRebuildTheStateThatABuildWithoutKeysHadStoppedClean() throws IOException {
        final Path directory = unzip("format-1-stopped-clean.zip");
        final Verification verification = Verification.of(directory);
        assertTrue(verification.isGood(), () -> verification.findings().toString());
        assertTrue(
                verification.findings().stream().anyMatch(finding -> finding.contains("lays the state out otherwise")),
                () -> verification.findings().toString());
        for (int launch = 0; launch < 2; launch++) {
            try (Engine engine = Engine.launch(context(directory).store(StoreKind.CHRONICLE))) {
                assertEquals(launch > 0, engine.recovery().clean());
                assertEquals(launch > 0 ? 0 : 62, engine.recovery().replayedRecords());
                assertEquals("4b8a355617e517c16486198f733ec7bf", engine.digest().toString());
            }
        }
    }

    /** Writes the directory to record; the argument names it. */
    public static void main(final String[] args) throws IOException {
        write(Path.of(args[0]), CellType.values().length);
    }

    private static void write(final Path directory, final int types) throws IOException {
        final Random ids = new Random(1);
        try (Engine engine = Engine.launch(context(directory)
                .idSource(ids::nextLong)
                .keySource(new Random(2)::nextLong)
                .epochClock(() -> 1_800_000_000_000L))) {
            for (int i = 0; i < 40; i++) {
                if (i == 25) {
                    engine.writeSnapshot();
                }
                try (Transaction tx = engine.transaction().mode(TransactionMode.COORDINATION_FREE)) {
                    for (int code = 1; code <= types; code++) {
                        final CellType type = Objects.requireNonNull(CellType.ofCode(code));
                        operate(tx, type, i);
                    }
                    tx.commitOrThrow();
                }
            }
            System.out.println(engine.digest());
        }
    }

    private static void operate(final Transaction tx, final CellType type, final int i) {
        final var cell = tx.cell(type, "t", "k", type.name());
        switch (type) {
            case COUNTER -> tx.increment(cell, i % 2 == 0 ? i * 3L : -i / 3);
            case DOUBLE_SUM -> tx.addDouble(cell, i * 0.1);
            case PRODUCT -> tx.multiply(cell, -1 - i % 3);
            case MAX -> tx.max(cell, i);
            case MIN -> tx.min(cell, -i);
            case MAX_DOUBLE -> tx.max(cell, i * 0.5);
            case MIN_DOUBLE -> tx.min(cell, i * -0.5);
            case FLAG_OR, FLAG_AND -> tx.setFlag(cell, i % 2 == 0);
            case ENABLE_WINS, DISABLE_WINS -> tx.enable(cell);
            case GROW_SET -> tx.addToSet(cell, i);
            case INTERSECT_SET ->
                tx.intersect(cell, new ElementList().add("a").add(7).add("only " + i));
            case ADD_WINS_SET, REMOVE_WINS_SET -> tx.addToSet(cell, "e" + i % 5).removeFromSet(cell, "e" + (i + 1) % 5);
            case BOUNDED_COUNTER -> tx.release(cell, 3).acquire(cell, 2);
            case SKETCH -> tx.addToSketch(cell, i);
            default -> tx.set(cell, "value " + i);
        }
    }
}
