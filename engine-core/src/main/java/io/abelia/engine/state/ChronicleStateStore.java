package io.abelia.engine.state;

import io.abelia.engine.file.Uninterrupted;
import io.abelia.engine.lock.CommitLock;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Blocks as values of Chronicle Maps, one row of maps for each size class. When a map holds the entries that it was made for, a
 * larger one is put beside it, so no map ever overflows and no block ever moves. Segments follow the low bits of the placement, so
 * slices are groups of segments. After an unclean stop the files are thrown away.
 *
 * <p>Every page of a map file is backed before the map is used: a store to an unbacked page of a full disk would kill the JVM. A
 * ballast file is given up when the disk runs full, so that what is already logged can still be applied.
 */
public final class ChronicleStateStore implements StateStore {
    private static final int FIRST_MAP_BYTES = 1 << 18;
    private static final int FIRST_LARGE_MAP_BYTES = 1 << 21;
    private static final int ANNOUNCED_MAX_BYTES = 256;
    private static final int ANNOUNCED_STEP = 8;
    private static final long LARGE_ENTRIES = 1L << 20;
    private static final int COPY_BYTES = 1 << 20;
    /** Disk kept back so that a transaction which is already logged can always be applied: room for new maps of most size classes at once. */
    private static final int BALLAST_BYTES = 32 << 20;
    /** While the disk has far more room, what a small transaction needs: three new maps. */
    private static final int SMALL_BALLAST_BYTES = 4 << 20;
    /** Below so much room the disk may be full before it is looked at again. */
    private static final long TIGHT_BYTES = 256L << 20;
    /** Calls of {@link #prepare} from one look at the disk to the next. */
    private static final int LOOK_INTERVAL = 256;

    private static final FileAttribute<?> PRIVATE =
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));

    private static final String BALLAST = "ballast";
    private static final String PREFIX = "blocks-";
    private static final String SUFFIX = ".map";

    private final @Nullable Path directory;
    private final long expectedBlocks;
    private final @Nullable Maps[] classes = new Maps[BlockSizes.count()];
    private final Object prepareLock = new Object();
    private int looks;
    private boolean closed;
    private volatile boolean degraded;

    /**
     * Opens a store.
     *
     * @param directory of the map files, which an earlier run closed clean or which is empty; null for anonymous memory
     * @param expectedBlocks how many cells and elements to make room for at the first growth; 0 if unknown
     */
    public ChronicleStateStore(final @Nullable Path directory, final long expectedBlocks) throws IOException {
        this.directory = directory;
        this.expectedBlocks = expectedBlocks;
        if (directory != null) {
            final List<Path> files;
            try (Stream<Path> list = Files.list(directory)) {
                files = list.filter(file -> file.getFileName().toString().endsWith(SUFFIX))
                        .sorted()
                        .toList();
            }
            for (final Path file : files) {
                reopen(file);
            }
            layBallast();
        }
    }

    private boolean layBallast() throws IOException {
        return directory != null && Uninterrupted.call(() -> layBallast(directory));
    }

    /** Lays as much as the room on the disk calls for; where that fails, what was laid before stays. */
    private static boolean layBallast(final Path directory) throws IOException {
        final long wanted = directory.toFile().getUsableSpace() < TIGHT_BYTES ? BALLAST_BYTES : SMALL_BALLAST_BYTES;
        try (FileChannel channel = FileChannel.open(
                directory.resolve(BALLAST),
                Set.of(StandardOpenOption.CREATE, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS),
                PRIVATE)) {
            final long before = channel.size();
            final ByteBuffer zeros = ByteBuffer.allocateDirect(COPY_BYTES);
            try {
                for (long written = before; written < wanted; ) {
                    written += channel.write(zeros.clear(), written);
                }
            } catch (final IOException e) {
                channel.truncate(before);
                throw e;
            }
            channel.truncate(wanted);
            return before < wanted;
        }
    }

    /** Looks at the disk now and then; where a ballast is called for that it has no room for, commits are refused. */
    private int keepBallast() {
        if (closed || !degraded && looks++ % LOOK_INTERVAL != 0) {
            return 0;
        }
        try {
            final boolean laid = layBallast() || degraded;
            degraded = false;
            return laid ? 1 : 0;
        } catch (final IOException e) {
            degraded = true; // still no room, or no more
            return 0;
        }
    }

    private void reopen(final Path file) throws IOException {
        final String name = file.getFileName().toString();
        final String[] parts =
                name.substring(PREFIX.length(), name.length() - SUFFIX.length()).split("-", -1);
        final int classIndex = Integer.parseInt(parts[0]);
        final long entries = Long.parseLong(parts[2]);
        final SizedMap map = new SizedMap(classIndex, entries, file);
        map.count();
        maps(classIndex).add(map);
    }

    private Maps maps(final int classIndex) {
        Maps maps = classes[classIndex];
        if (maps == null) {
            maps = new Maps();
            VarHandle.releaseFence(); // housekeeping finds it whole, now or later
            classes[classIndex] = maps;
        }
        return maps;
    }

    @Override
    public long find(final long scope, final long placement, final int meta) {
        final Maps maps = classes[BlockSizes.classIndex(meta)];
        if (maps == null) {
            return NONE;
        }
        for (int i = maps.count - 1; i >= 0; i--) {
            final long block = maps.at(i).map.find(scope, placement, meta);
            if (block != NONE) {
                return block;
            }
        }
        return NONE;
    }

    @Override
    public long create(final long scope, final long placement, final int meta) {
        final int classIndex = BlockSizes.classIndex(meta);
        assert classIndex > 0 && classIndex < classes.length : classIndex;
        assert find(scope, placement, meta) == NONE : scope;
        final SizedMap map = withRoom(classIndex, placement);
        final long block = map.map.create(scope, placement, meta);
        map.change(placement, 1);
        Block.identity(block, scope, placement, meta);
        return block;
    }

    private SizedMap withRoom(final int classIndex, final long placement) {
        final Maps maps = maps(classIndex);
        for (int i = maps.count - 1; i >= 0; i--) {
            if (maps.at(i).hasRoom(placement)) {
                return maps.at(i);
            }
        }
        final SizedMap ready = maps.prepared;
        if (ready != null) {
            assert ready.hasRoom(placement) : classIndex;
            maps.add(ready);
            maps.prepared = null; // housekeeping may make the one behind it
            return ready;
        }
        CommitLock.beginStall();
        try {
            synchronized (prepareLock) {
                SizedMap next = maps.prepared;
                if (next == null) {
                    next = newMap(classIndex, maps);
                }
                assert next.hasRoom(placement) : classIndex;
                maps.add(next);
                maps.prepared = null;
                return next;
            }
        } finally {
            CommitLock.endStall();
        }
    }

    @Override
    public void remove(final long scope, final long placement, final int meta) {
        final Maps maps = classes[BlockSizes.classIndex(meta)];
        for (int i = maps == null ? -1 : maps.count - 1; i >= 0; i--) {
            final SizedMap map = maps.at(i);
            if (map.map.find(scope, placement, meta) != NONE) {
                map.map.remove(scope, placement, meta);
                map.change(placement, -1);
                return;
            }
        }
    }

    @Override
    public int prepare() {
        assert CommitLock.mayWait();
        synchronized (prepareLock) {
            int work = keepBallast();
            if (degraded) {
                return work;
            }
            for (int i = 1; i < classes.length && !closed; i++) {
                final Maps maps = classes[i];
                // a row whose first map is being made belongs to whoever makes it
                if (maps != null && maps.count > 0 && maps.prepared == null && maps.isNearlyFull()) {
                    try {
                        maps.prepared = newMap(i, maps.count, growth(i, maps));
                        work++;
                    } catch (final StateStoreFullException e) {
                        return work; // the commit that needs the room will say so
                    }
                }
            }
            return work;
        }
    }

    private static long first(final int classIndex) {
        final int bytes = BlockSizes.bytes(classIndex);
        return bytes > SizedMap.LARGE_BYTES
                ? Math.max(1, FIRST_LARGE_MAP_BYTES / bytes)
                : Math.max(SizedMap.MIN_ENTRIES, FIRST_MAP_BYTES / bytes);
    }

    /** Entries of the next map: in large steps towards what was announced, then doubling, then by quarters. */
    private long growth(final int classIndex, final Maps maps) {
        final long capacity = maps.capacity();
        final long announced = BlockSizes.bytes(classIndex) <= ANNOUNCED_MAX_BYTES ? expectedBlocks : 0;
        if (announced > capacity) {
            return Math.max(capacity / 4, Math.min(announced - capacity, capacity * ANNOUNCED_STEP));
        }
        return capacity < LARGE_ENTRIES ? capacity : capacity / 4;
    }

    private SizedMap newMap(final int classIndex, final Maps maps) {
        final long first = first(classIndex);
        final long entries = maps.count == 0 ? first : growth(classIndex, maps);
        try {
            return newMap(classIndex, maps.count, entries);
        } catch (final StateStoreFullException e) {
            if (directory == null) {
                throw e;
            }
            degraded = true;
            directory.resolve(BALLAST).toFile().delete();
            return newMap(classIndex, maps.count, first);
        }
    }

    private SizedMap newMap(final int classIndex, final int number, final long entries) {
        assert entries > 0 : entries;
        try {
            return Uninterrupted.call(() -> directory == null
                    ? new SizedMap(classIndex, entries, null)
                    : newMap(directory, classIndex, number, entries));
        } catch (final IOException e) {
            throw new StateStoreFullException("no room for " + entries + " more blocks of state", e);
        }
    }

    private static SizedMap newMap(final Path directory, final int classIndex, final int number, final long entries)
            throws IOException {
        final Path file =
                directory.resolve(PREFIX + String.format("%02d-%02d-%d", classIndex, number, entries) + SUFFIX);
        Files.deleteIfExists(file);
        Files.createFile(file, PRIVATE);
        final SizedMap map;
        try {
            map = new SizedMap(classIndex, entries, file);
        } catch (final IOException | RuntimeException e) {
            Files.deleteIfExists(file); // the next launch would take it for a map
            throw e;
        }
        try {
            back(file);
        } catch (final IOException e) {
            map.map.close();
            Files.deleteIfExists(file);
            throw e;
        }
        return map;
    }

    /** Backs every page of a sparse file, so that no later store through a mapping can fail. Nobody may write meanwhile. */
    private static void back(final Path file) throws IOException {
        final ByteBuffer copy = ByteBuffer.allocateDirect(COPY_BYTES);
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            final long size = channel.size();
            for (long position = 0; position < size; ) {
                copy.clear();
                final int read = channel.read(copy, position);
                copy.flip();
                while (copy.hasRemaining()) {
                    position += channel.write(copy, position);
                }
                if (read <= 0) {
                    throw new IOException("state file shrank: " + file);
                }
            }
        }
    }

    /** The segments that the slice has now, one a part; maps added later hold only blocks made later. */
    @Override
    public SliceParts parts(final int slice) {
        assert slice >= 0 && slice < SLICES : slice;
        final List<ChronicleBlockMap> maps = new ArrayList<>();
        final List<Integer> segments = new ArrayList<>();
        for (final Maps row : classes) {
            for (int i = 0; row != null && i < row.count; i++) {
                final int count = row.at(i).segments;
                for (int segment = slice & count - 1; segment < count; segment += SLICES) {
                    maps.add(row.at(i).map);
                    segments.add(segment);
                }
            }
        }
        return new SliceParts() {
            @Override
            public int count() {
                return maps.size();
            }

            @Override
            public void forEach(final int part, final BlockVisitor visitor) {
                maps.get(part).forEach(segments.get(part), block -> {
                    if ((Block.placement(block) & SLICES - 1) == slice) {
                        visitor.onBlock(block);
                    }
                });
            }
        };
    }

    @Override
    public boolean isDegraded() {
        return degraded;
    }

    @Override
    public long sizeBytes() {
        long bytes = 0;
        for (final Maps maps : classes) {
            for (int i = 0; maps != null && i < maps.count; i++) {
                bytes += maps.at(i).map.sizeBytes();
            }
        }
        return bytes;
    }

    @Override
    public boolean closeClean() throws IOException {
        final List<Path> files = new ArrayList<>();
        for (final Maps maps : classes) {
            for (int i = 0; maps != null && i < maps.count; i++) {
                final Path file = maps.at(i).file;
                if (file != null) {
                    files.add(file);
                }
            }
        }
        close();
        Uninterrupted.run(() -> {
            for (final Path file : files) {
                try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
                    channel.force(true);
                }
            }
        });
        return directory != null;
    }

    @Override
    public void close() {
        synchronized (prepareLock) {
            if (closed) {
                return;
            }
            closed = true;
            for (final Maps maps : classes) {
                if (maps != null) {
                    maps.close();
                }
            }
        }
    }

    /** Removes the files of an earlier run. */
    public static void discard(final Path directory) throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            files.filter(file -> file.getFileName().toString().startsWith(PREFIX))
                    .forEach(file -> {
                        try {
                            Files.delete(file);
                        } catch (final IOException e) {
                            throw new UncheckedIOException(e);
                        }
                    });
        }
    }

    /** The maps of one size class, smallest first. */
    private static final class Maps {
        private volatile SizedMap[] all = new SizedMap[2];
        private volatile int count;
        /** Made with {@link #prepareLock}; taken with the commit lock. */
        private volatile @Nullable SizedMap prepared;

        SizedMap at(final int index) {
            assert index >= 0 && index < count : index;
            return all[index];
        }

        void add(final SizedMap map) {
            final int index = count;
            if (index == all.length) {
                all = Arrays.copyOf(all, index << 1);
            }
            all[index] = map;
            count = index + 1;
        }

        long capacity() {
            long entries = 0;
            for (int i = 0; i < count; i++) {
                entries += all[i].entries;
            }
            return entries;
        }

        boolean isNearlyFull() {
            long used = 0;
            for (int i = 0; i < count; i++) {
                used += all[i].used;
            }
            return capacity() - used < Math.max(SizedMap.MIN_ENTRIES, capacity() / 16);
        }

        void close() {
            for (int i = 0; i < count; i++) {
                all[i].map.close();
            }
            final SizedMap unused = prepared;
            if (unused != null) {
                unused.map.close();
                if (unused.file != null) {
                    unused.file.toFile().delete();
                }
            }
        }
    }
}
