package io.abelia.proofs;

import com.code_intelligence.jazzer.api.FuzzedDataProvider;
import io.abelia.engine.Durability;
import io.abelia.engine.Engine;
import io.abelia.engine.EngineContext;
import io.abelia.engine.StoreKind;
import io.abelia.engine.codec.MalformedRecordException;
import io.abelia.engine.log.LogCorruptedException;
import io.abelia.engine.schema.Schema;
import io.abelia.engine.snapshot.SnapshotCorruptedException;
import io.abelia.engine.transaction.Transaction;
import io.abelia.engine.transaction.TransactionMode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.stream.Stream;
import java.util.zip.CRC32C;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Whatever bytes come in, the engine says what is wrong with them, by the exceptions and results that it declares. {@code ./abelia fuzz}
 * searches with Jazzer.
 */
class FuzzTest {
    private static final int SEGMENT_BYTES = 2 << 20;
    private static final int CRC_OFFSET = 4;
    private static final int VERSION_OFFSET = 8;
    private static final int KIND_OFFSET = 9;
    private static final int ORIGIN_OFFSET = 16;
    private static final int SEQ_OFFSET = 24;
    private static final int HEADER_LENGTH = 40;

    private static EngineContext context() {
        return new EngineContext()
                .store(StoreKind.MEMORY)
                .segmentBytes(SEGMENT_BYTES)
                .beforeImageBytes(1 << 20)
                .closeGraceNs(0)
                .housekeepingThread(false);
    }

    /** A record of a foreign origin, its header and checksum right, the rest as it comes. */
    @com.code_intelligence.jazzer.junit.FuzzTest(maxDuration = "2m")
    void shouldTakeOrRefuseAnyRecord(final FuzzedDataProvider data) throws IOException {
        try (Engine engine = Engine.launch(context().durability(Durability.MEMORY))) {
            for (long seq = 1; seq <= 3; seq++) {
                final byte[] body = data.consumeBytes(400);
                final byte[] bytes = new byte[HEADER_LENGTH + body.length];
                System.arraycopy(body, 0, bytes, HEADER_LENGTH, body.length);
                final UnsafeBuffer record = new UnsafeBuffer(bytes);
                record.putInt(0, bytes.length);
                record.putByte(VERSION_OFFSET, (byte) 1);
                record.putByte(KIND_OFFSET, (byte) (data.consumeInt(0, 20) == 0 ? 2 : 1));
                record.putShort(KIND_OFFSET + 1, (short) data.consumeInt(0, 1));
                record.putLong(ORIGIN_OFFSET, 7);
                record.putLong(SEQ_OFFSET, data.consumeInt(0, 9) == 0 ? data.consumeLong() : seq);
                final CRC32C crc = new CRC32C();
                crc.update(bytes, VERSION_OFFSET, bytes.length - VERSION_OFFSET);
                record.putInt(CRC_OFFSET, (int) crc.getValue());
                engine.onRemote(record, 0, bytes.length);
            }
            engine.digest();
        }
    }

    /** Any calls of the public interface, see {@link AnyCalls}. */
    @com.code_intelligence.jazzer.junit.FuzzTest(maxDuration = "2m")
    void shouldRefuseOrKeepAnyCall(final FuzzedDataProvider data) throws IOException, InterruptedException {
        final Path directory = Files.createTempDirectory("abelia-fuzz-");
        try {
            new AnyCalls(
                            new AnyCalls.Choices() {
                                @Override
                                public int choose(final int bound) {
                                    return data.consumeInt(0, bound - 1);
                                }

                                @Override
                                public long number() {
                                    return data.consumeLong();
                                }

                                @Override
                                public String text(final int most) {
                                    return data.consumeString(most);
                                }

                                @Override
                                public boolean hasMore() {
                                    return data.remainingBytes() > 0;
                                }
                            },
                            directory,
                            StoreKind.MEMORY)
                    .run();
        } finally {
            delete(directory);
        }
    }

    private static void commit(final Engine engine) {
        for (int i = 0; i < 5; i++) {
            try (Transaction tx = engine.transaction().mode(TransactionMode.COORDINATION_FREE)) {
                tx.increment("t", "k" + i, i).addToSet("t", "s", "c", "e" + i);
                tx.commitOrThrow();
            }
        }
    }

    private static void delete(final Path directory) {
        try (Stream<Path> files = Files.walk(directory)) {
            for (final Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void overwrite(final Path file, final FuzzedDataProvider data) throws IOException {
        final byte[] bytes = Files.readAllBytes(file);
        for (int i = data.consumeInt(0, 8); i > 0 && data.remainingBytes() > 0; i--) {
            final byte[] piece = data.consumeBytes(32);
            final int at = data.consumeInt(0, Math.min(bytes.length, 2048) - 1);
            System.arraycopy(piece, 0, bytes, at, Math.min(piece.length, bytes.length - at));
        }
        Files.write(file, bytes);
    }

    @com.code_intelligence.jazzer.junit.FuzzTest(maxDuration = "2m")
    void shouldOpenOrRefuseAnyLog(final FuzzedDataProvider data) throws IOException {
        final Path directory = Files.createTempDirectory("abelia-fuzz-");
        try {
            try (Engine engine = Engine.launch(context().directory(directory))) {
                commit(engine);
            }
            try (Stream<Path> files = Files.list(directory.resolve("log"))) {
                for (final Path file : files.sorted().toList()) {
                    overwrite(file, data);
                }
            }
            try (Engine engine = Engine.launch(context().directory(directory))) {
                engine.digest();
            } catch (final LogCorruptedException e) {
                // says the file and the place
            } catch (final IOException e) {
                // says what cannot be read
            } catch (final IllegalStateException e) {
                if (e.getMessage() == null || !e.getMessage().contains("log")) {
                    throw e;
                }
            }
        } finally {
            delete(directory);
        }
    }

    @com.code_intelligence.jazzer.junit.FuzzTest(maxDuration = "2m")
    void shouldLoadOrRefuseAnySnapshot(final FuzzedDataProvider data) throws IOException {
        final Path directory = Files.createTempDirectory("abelia-fuzz-");
        try {
            final Path file = directory.resolve("copy.snap");
            try (Engine engine = Engine.launch(context().directory(directory.resolve("engine")))) {
                commit(engine);
                Files.copy(engine.writeSnapshot(), file);
            }
            overwrite(file, data);
            if (data.consumeBoolean()) {
                seal(file);
            }
            try (Engine engine = Engine.inspectSnapshot(file)) {
                engine.digest();
            } catch (final IOException | MalformedRecordException | SnapshotCorruptedException e) {
                // says the file and the place
            }
        } finally {
            delete(directory);
        }
    }

    /** Makes the checksums of a snapshot's chunks right again, as somebody who forges one would. */
    private static void seal(final Path file) throws IOException {
        final byte[] bytes = Files.readAllBytes(file);
        final UnsafeBuffer buffer = new UnsafeBuffer(bytes);
        int at = 0;
        while (at + 16 <= bytes.length) {
            final int length = buffer.getInt(at + 8);
            if (length < 0 || length > bytes.length - at - 16) {
                break;
            }
            final CRC32C crc = new CRC32C();
            crc.update(bytes, at + 4, 8);
            crc.update(bytes, at + 16, length);
            buffer.putInt(at + 12, (int) crc.getValue());
            at += 16 + length;
        }
        Files.write(file, bytes);
    }

    @com.code_intelligence.jazzer.junit.FuzzTest(maxDuration = "2m")
    void shouldReadOrRefuseAnySchema(final FuzzedDataProvider data) throws IOException {
        final Path file = Files.createTempFile("abelia-fuzz-", ".schema");
        try {
            Files.write(file, data.consumeRemainingAsBytes());
            Schema.read(file);
        } catch (final IllegalArgumentException | IOException e) {
            // says line and reason, or that it is no text
        } finally {
            Files.delete(file);
        }
    }
}
