package io.abelia.engine.snapshot;

import io.abelia.engine.clock.HybridClock;
import io.abelia.engine.clock.OriginTable;
import io.abelia.engine.codec.ByteReader;
import io.abelia.engine.codec.ByteWriter;
import io.abelia.engine.log.FileForce;
import io.abelia.engine.state.StateDigest;
import io.abelia.engine.state.StateStore;
import io.abelia.engine.state.Units;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import java.util.stream.IntStream;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * What a clean stop leaves so that the persisted store can be used at once: log end, bases and the totals that the store does not
 * hold itself. Removed before the first change; without it the store is thrown away.
 */
public final class CleanMark {
    private static final String FILE = "clean.mark";
    /** Changes with the layout of the blocks and with how they are placed: a store of another version is thrown away. */
    private static final int VERSION = 2;

    private static final int TOTALS_BYTES = 3 * Long.BYTES + StateStore.SLICES * 2 * Long.BYTES;

    private CleanMark() {}

    /** Writes the mark, as the last act of a clean stop. */
    public static void write(
            final Path directory,
            final FileForce force,
            final long logEnd,
            final OriginTable origins,
            final HybridClock hybridClock,
            final Totals totals)
            throws IOException {
        assert logEnd > 0 : logEnd;
        final Path file = directory.resolve(FILE);
        Files.deleteIfExists(file);
        try (FileChannel channel = FileChannel.open(
                        file,
                        Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
                        PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
                ChunkBuffer chunk = new ChunkBuffer()) {
            final ByteBuffer header = ByteBuffer.allocate(12).order(ByteOrder.LITTLE_ENDIAN);
            ChunkFile.write(
                    channel,
                    SnapshotFormat.KIND_HEADER,
                    header.putInt(VERSION).putLong(logEnd).flip());
            Bases.write(chunk.reserve(Bases.maxLength(origins)), origins, hybridClock);
            ChunkFile.write(channel, SnapshotFormat.KIND_BASES, chunk.written());
            chunk.clear();
            totals.write(chunk.reserve(TOTALS_BYTES));
            ChunkFile.write(channel, SnapshotFormat.KIND_TOTALS, chunk.written());
            force.force(channel, file);
        }
        force.forceDirectory(directory);
    }

    /** Whether there is a mark, whole or not. */
    public static boolean exists(final Path directory) {
        return Files.exists(directory.resolve(FILE), LinkOption.NOFOLLOW_LINKS);
    }

    /** Whether the mark was left by a build that lays the state out otherwise. */
    public static boolean isOfOtherLayout(final Path directory) throws IOException {
        if (!exists(directory)) {
            return false;
        }
        try (FileChannel channel = FileChannel.open(directory.resolve(FILE), StandardOpenOption.READ);
                ChunkFile.Chunk header = ChunkFile.read(channel, FILE)) {
            return header.payload().getInt(0) != VERSION;
        } catch (final SnapshotCorruptedException e) {
            return false;
        }
    }

    /** Log end that the mark tells, or 0 where there is none that is whole and of this layout. */
    public static long logEnd(final Path directory) throws IOException {
        final Path file = directory.resolve(FILE);
        if (!Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
            return 0;
        }
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            final long end;
            try (ChunkFile.Chunk header = ChunkFile.read(channel, FILE)) {
                end = header.payload().getInt(0) == VERSION ? header.payload().getLong(4) : 0;
            }
            ChunkFile.read(channel, FILE).close();
            ChunkFile.read(channel, FILE).close();
            return end;
        } catch (final SnapshotCorruptedException e) {
            return 0;
        }
    }

    /** Loads a whole mark. */
    public static Totals load(final Path directory, final OriginTable origins, final HybridClock hybridClock)
            throws IOException {
        try (FileChannel channel = FileChannel.open(directory.resolve(FILE), StandardOpenOption.READ)) {
            ChunkFile.read(channel, FILE).close();
            try (ChunkFile.Chunk bases = ChunkFile.read(channel, FILE)) {
                Bases.read(reader(bases), origins, hybridClock);
            }
            try (ChunkFile.Chunk totals = ChunkFile.read(channel, FILE)) {
                return Totals.read(reader(totals));
            }
        }
    }

    private static ByteReader reader(final ChunkFile.Chunk chunk) {
        assert chunk.payload().isDirect() && chunk.payload().position() == 0 : chunk.payload();
        return new ByteReader()
                .wrap(
                        new UnsafeBuffer(chunk.payload()).addressOffset(),
                        chunk.payload().limit());
    }

    /** Removes the mark, durably. */
    public static void remove(final Path directory, final FileForce force) throws IOException {
        if (Files.deleteIfExists(directory.resolve(FILE))) {
            force.forceDirectory(directory);
        }
    }

    /** Number of the last transaction, counts and digest sums of a store. */
    public static final class Totals {
        private final long applied;
        private final long cells;
        private final long elements;
        private final long[] low;
        private final long[] high;

        private Totals(final long applied, final long cells, final long elements, final long[] low, final long[] high) {
            assert low.length == StateStore.SLICES && high.length == StateStore.SLICES : low.length;
            this.applied = applied;
            this.cells = cells;
            this.elements = elements;
            this.low = low;
            this.high = high;
        }

        /** Totals of a store whose digest has been folded. */
        public static Totals of(final Units units) {
            final long[] low = new long[StateStore.SLICES];
            final long[] high = new long[StateStore.SLICES];
            for (int i = 0; i < StateStore.SLICES; i++) {
                low[i] = units.digest().low(i);
                high[i] = units.digest().high(i);
            }
            return new Totals(units.version(), units.cells(), units.elements(), low, high);
        }

        /** Gives the totals to a store that was reopened. */
        public void restore(final Units units) {
            units.version(applied);
            units.restoreCounts(cells, elements);
            for (int i = 0; i < StateStore.SLICES; i++) {
                units.digest().restore(i, low[i], high[i]);
            }
        }

        /** Slices in which a digest differs from the one noted. */
        public int[] differing(final StateDigest digest) {
            return IntStream.range(0, StateStore.SLICES)
                    .filter(i -> low[i] != digest.low(i) || high[i] != digest.high(i))
                    .toArray();
        }

        void write(final ByteWriter writer) {
            assert writer.remaining() >= TOTALS_BYTES : writer.remaining();
            writer.writeLong(applied);
            writer.writeLong(cells);
            writer.writeLong(elements);
            for (int i = 0; i < StateStore.SLICES; i++) {
                writer.writeLong(low[i]);
                writer.writeLong(high[i]);
            }
            assert writer.length() == TOTALS_BYTES : writer.length();
        }

        static Totals read(final ByteReader reader) {
            final long applied = reader.readLong();
            final long cells = reader.readLong();
            final long elements = reader.readLong();
            final long[] low = new long[StateStore.SLICES];
            final long[] high = new long[StateStore.SLICES];
            for (int i = 0; i < StateStore.SLICES; i++) {
                low[i] = reader.readLong();
                high[i] = reader.readLong();
            }
            return new Totals(applied, cells, elements, low, high);
        }
    }
}
