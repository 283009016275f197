package io.abelia.engine.log;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.abelia.engine.codec.Crc32c;
import io.abelia.engine.codec.RecordDescriptor;
import io.abelia.engine.lock.CommitLock;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.agrona.UnsafeApi;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A log whose segments differ in length, seen from its files. */
class SegmentsTest {
    private static final int STRIDE = 4 << 20;
    private static final int FIRST = 16 << 10;
    private static final long ORIGIN = 7;

    @TempDir
    private Path directory;

    private final List<Long> positions = new ArrayList<>();
    private long seq;

    private static final CommitLog.SegmentPrologue PROLOGUE = new CommitLog.SegmentPrologue() {
        @Override
        public int write(final long address, final int capacityBytes, final Crc32c crc) {
            RecordDescriptor.writeHeader(address, RecordDescriptor.KIND_LAUNCH, 0, 0, ORIGIN, 0, 0);
            RecordDescriptor.seal(address, RecordDescriptor.HEADER_LENGTH, crc);
            return RecordDescriptor.HEADER_LENGTH;
        }

        @Override
        public int maxLength() {
            return RecordDescriptor.HEADER_LENGTH;
        }
    };

    private CommitLog open(final int stride, final int first) throws IOException {
        final LogRecovery recovery = new LogRecovery(new FileLogStorage(directory), stride, first);
        recovery.scan(0);
        return recovery.start(new Random(1).nextLong(), PROLOGUE, new CommitLock());
    }

    private void append(final CommitLog log, final int lengthBytes) {
        final long record = log.claim(lengthBytes);
        assertNotEquals(CommitLog.FULL, record);
        UnsafeApi.setMemory(record, RecordDescriptor.aligned(lengthBytes), (byte) 0);
        RecordDescriptor.writeHeader(record, RecordDescriptor.KIND_TRANSACTION, 0, 0, ORIGIN, ++seq, 0);
        RecordDescriptor.seal(record, lengthBytes, log.crc());
        positions.add(log.appendPosition());
        log.publish(lengthBytes);
    }

    private List<Long> lengths() throws IOException {
        final List<Long> lengths = new ArrayList<>();
        try (Stream<Path> files = Files.list(directory)) {
            for (final Path file : files.filter(name -> name.toString().endsWith(".seg"))
                    .sorted()
                    .toList()) {
                lengths.add(Files.size(file));
            }
        }
        return lengths;
    }

    /** Appends records of every size, relaunching now and then, and leaves the log forced and closed. */
    private void write(final int records, final int launches) throws IOException {
        final Random random = new Random(11);
        for (int launch = 0; launch < launches; launch++) {
            try (CommitLog log = open(STRIDE, FIRST)) {
                for (int i = 0; i < records; i++) {
                    append(
                            log,
                            RecordDescriptor.HEADER_LENGTH + random.nextInt(random.nextInt(10) == 0 ? 200_000 : 2_000));
                    log.prepareNext();
                }
                assertTrue(log.force());
            }
        }
    }

    @Test
    void shouldBeginEachLaunchShortAndDoubleUntilTheStride() throws IOException {
        write(800, 2);
        final List<Long> lengths = lengths();
        assertEquals(FIRST, lengths.get(0));
        assertEquals(STRIDE, lengths.stream().mapToLong(Long::longValue).max().orElseThrow());
        final int second = lengths.subList(1, lengths.size()).indexOf((long) FIRST) + 1;
        assertTrue(second > 1, "the second launch begins short again: " + lengths);
        for (int i = 2; i < second; i++) {
            assertEquals(Math.min(STRIDE, 2 * lengths.get(i - 1)), lengths.get(i), lengths.toString());
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, FIRST})
    void shouldKeepItsSegmentSizeWhereTheFirstLaunchDiedBeforeItsFirstHeader(final int written) throws IOException {
        Files.write(directory.resolve(FileLogStorage.fileName(0)), new byte[written]);
        try (CommitLog log = open(STRIDE, FIRST)) {
            for (int i = 0; i < 100; i++) {
                append(log, 200_000);
                log.prepareNext();
            }
        }
        assertTrue(lengths().contains((long) STRIDE), lengths().toString());
    }

    @Test
    void shouldReadEveryRecordAtThePositionAtWhichItWasAppended() throws IOException {
        write(800, 2);
        final List<Long> replayed = new ArrayList<>();
        final LogRecovery recovery = new LogRecovery(new FileLogStorage(directory));
        recovery.scan(0);
        recovery.replay(0, (record, lengthBytes, position) -> {
            if (RecordDescriptor.kind(record) == RecordDescriptor.KIND_TRANSACTION) {
                replayed.add(position);
            }
            return true;
        });
        recovery.abandon();
        // where a record did not fit, it came to lie in the next segment
        assertEquals(positions.size(), replayed.size());
        for (int i = 0; i < replayed.size(); i++) {
            assertTrue(positions.get(i) <= replayed.get(i));
            assertTrue(i == 0 || replayed.get(i) > replayed.get(i - 1));
        }
        try (CommitLog log = open(STRIDE, FIRST);
                LogReader reader = log.newReader(replayed.get(300))) {
            final List<Long> read = new ArrayList<>();
            reader.poll((record, lengthBytes, position) -> read.add(position), log.appendPosition(), Integer.MAX_VALUE);
            assertEquals(replayed.subList(300, replayed.size()), read);
        }
    }

    @Test
    void shouldKeepTheStrideThatTheLogWasMadeWith() throws IOException {
        write(5, 1);
        final int before = lengths().size();
        try (CommitLog log = open(64 << 20, 0)) {
            assertEquals(before + 1, log.segmentPositions().length);
            assertEquals(before + 1, log.appendPosition() / STRIDE);
            assertEquals(256L << 10, lengths().get(before));
        }
    }

    @Test
    void shouldTruncateAndCountByWhatTheSegmentsHold() throws IOException {
        try (CommitLog log = open(STRIDE, FIRST)) {
            for (int i = 0; i < 400; i++) {
                append(log, 5_000);
            }
            final long[] begins = log.segmentPositions();
            assertEquals(lengths().stream().mapToLong(Long::longValue).sum(), log.sizeBytes());
            assertEquals(2, log.segmentsFrom(begins[begins.length - 2]));
            assertTrue(log.bytesFrom(begins[1]) < log.sizeBytes());
            final long keeps = log.positionKeeping(log.sizeBytes() - FIRST);
            assertEquals(begins[1], keeps);
            log.dropBefore(keeps);
            assertEquals(begins[1], log.oldestPosition());
            assertEquals(begins.length, lengths().size());
            log.deleteDropped();
            assertEquals(begins.length - 1, lengths().size());
        }
    }

    @Test
    void shouldRefuseADamagedBitBelowTheMarkInWhicheverSegmentItLies() throws IOException {
        write(200, 2);
        final Random random = new Random(5);
        try (Stream<Path> all = Files.list(directory)) {
            for (final Path file : all.filter(name -> name.toString().endsWith(".seg"))
                    .sorted()
                    .toList()) {
                final byte[] good = Files.readAllBytes(file);
                for (int at = 0; at < 160; at++) {
                    final byte[] bad = good.clone();
                    bad[at] ^= (byte) (1 << random.nextInt(8));
                    Files.write(file, bad);
                    requireNoticed(at, file);
                }
                Files.write(file, good);
            }
        }
    }

    private void requireNoticed(final int at, final Path file) throws IOException {
        final LogRecovery recovery = new LogRecovery(new FileLogStorage(directory));
        try {
            recovery.scan(0);
            assertTrue(
                    at >= SegmentDescriptor.STRIDE_OFFSET + Integer.BYTES && at < SegmentDescriptor.HEADER_LENGTH,
                    "byte " + at + " of " + file.getFileName());
        } catch (final LogCorruptedException e) {
            assertTrue(e.getMessage().contains(file.getFileName().toString()), e.getMessage());
        } finally {
            recovery.abandon();
        }
    }

    @Test
    void shouldRefuseSegmentsOfTwoStrides() throws IOException {
        write(5, 1);
        final int last = lengths().size();
        final Path other = Files.createDirectory(directory.resolve("other"));
        for (int launch = 0; launch < last; launch++) {
            final LogRecovery recovery = new LogRecovery(new FileLogStorage(other), 2 * STRIDE, FIRST);
            recovery.scan(0);
            recovery.start(launch, PROLOGUE, new CommitLock()).close();
        }
        Files.copy(
                other.resolve(FileLogStorage.fileName(last)),
                directory.resolve(FileLogStorage.fileName(last)),
                StandardCopyOption.REPLACE_EXISTING);
        final LogRecovery mixed = new LogRecovery(new FileLogStorage(directory));
        assertThrows(IOException.class, () -> mixed.scan(0));
        mixed.abandon();
    }

    @Test
    void shouldWriteTheHeaderThatTheFormatTells() {
        final ByteBuffer bytes =
                ByteBuffer.allocateDirect(SegmentDescriptor.HEADER_LENGTH).order(ByteOrder.LITTLE_ENDIAN);
        final long address = new org.agrona.concurrent.UnsafeBuffer(bytes).addressOffset();
        SegmentDescriptor.writeHeader(address, 0x40000, 0x4000000, 5, 0x0102030405060708L);
        final byte[] written = new byte[SegmentDescriptor.HEADER_LENGTH];
        bytes.get(0, written);
        assertEquals(
                "4142454c4f47303100000400ec496df905000000000000000807060504030201"
                        + "0000000400000000000000000000000000000000000000000000000000000000",
                HexFormat.of().formatHex(written));
    }
}
