package io.abelia.proofs.simulator;

import io.abelia.engine.log.FileForce;
import io.abelia.engine.log.LogSegmentStorage;
import io.abelia.engine.log.LogStorage;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.agrona.BufferUtil;

/**
 * One node's disk. The log lies in simulated segments, page by page: what has been stored and what has been forced differ until a
 * force, and power loss leaves of every page in between the old, the new or a torn one. Snapshots and marks are real files in a
 * directory of their own, for which content and names are noted when they are forced, and put back at power loss.
 */
final class SimulatedDisk implements FileForce {
    private static final int PAGE = 4096;
    private static final int SECTOR = 512;
    private static final int STRIDE_OFFSET = 32;
    static final String FORCE_FAILED = "input/output error";

    /** Called in the middle of a force, when other threads of the node would run. */
    interface Meanwhile {
        void run();
    }

    /** A segment as it is stored, and as it was forced. */
    private static final class Stored {
        private final byte[] current;
        private final byte[] forced;

        Stored(final byte[] current, final byte[] forced) {
            this.current = current;
            this.forced = forced;
        }
    }

    /** Everything on a disk, as a copy of it would have it. */
    record Image(Map<Long, byte[]> segments, long mark, Map<String, byte[]> files) {}

    private final Path root;
    private final SplittableRandom random;
    private final Meanwhile meanwhile;
    private final TreeMap<Long, Stored> segments = new TreeMap<>();
    private final Set<Long> forcedNames = new HashSet<>();
    private final Map<Object, byte[]> forcedContent = new HashMap<>();
    private final Map<Path, Map<String, Object>> forcedEntries = new HashMap<>();
    private Log open = new Log();
    private long first = Long.MAX_VALUE;
    private long mark;
    private long forcedMark;
    private boolean full;
    private int failingForces;
    private int powerLossIn = -1;
    private boolean inForce;

    SimulatedDisk(final Path root, final SplittableRandom random, final Meanwhile meanwhile) {
        this.root = root;
        this.random = random;
        this.meanwhile = meanwhile;
    }

    Path root() {
        return root;
    }

    // ---- faults

    void full(final boolean newFull) {
        full = newFull;
    }

    boolean isFull() {
        return full;
    }

    void failForces(final int count) {
        failingForces = count;
    }

    /** Lets the power fail inside one of the next forces. */
    void losePowerIn(final int forces) {
        powerLossIn = forces;
    }

    private void mayLosePower() {
        if (powerLossIn >= 0 && powerLossIn-- == 0) {
            throw new PowerLoss();
        }
    }

    /** Position below which the log has been forced, by the mark that the engine left. */
    long forcedMark() {
        return forcedMark;
    }

    // ---- the log

    private Stored stored(final long index) {
        final Stored stored = segments.get(index);
        if (stored == null) {
            throw new IllegalStateException("no segment " + index);
        }
        return stored;
    }

    /** Whether the first segment is gone. */
    boolean hasLetGo() {
        return !segments.isEmpty() && segments.firstKey() > first;
    }

    /** The log's storage for one launch. */
    LogStorage log() {
        open = new Log();
        return open;
    }

    private final class Log implements LogStorage {
        private final Map<Long, Segment> mapped = new HashMap<>();

        @Override
        public LogSegmentStorage create(final long index, final int lengthBytes) throws IOException {
            if (full) {
                throw new IOException("no space left on device");
            }
            first = Math.min(first, index);
            segments.put(index, new Stored(new byte[lengthBytes], new byte[lengthBytes]));
            return map(index);
        }

        @Override
        public LogSegmentStorage open(final long index) {
            return map(index);
        }

        private Segment map(final long index) {
            final Stored stored = stored(index);
            final ByteBuffer buffer =
                    ByteBuffer.allocateDirect(stored.current.length).order(ByteOrder.LITTLE_ENDIAN);
            buffer.put(0, stored.current);
            final Segment segment = new Segment(index, buffer, this);
            mapped.put(index, segment);
            return segment;
        }

        @Override
        public long[] indexes() {
            return segments.keySet().stream().mapToLong(Long::longValue).toArray();
        }

        @Override
        public void delete(final long index) {
            final Segment segment = mapped.remove(index);
            if (segment != null) {
                segment.detached = true;
            }
            segments.remove(index);
        }

        @Override
        public void forceDirectory() {
            mayLosePower();
            forcedNames.clear();
            forcedNames.addAll(segments.keySet());
        }

        @Override
        public long durableMark() {
            return mark;
        }

        @Override
        public void durableMark(final long position) {
            mark = position;
        }

        @Override
        public void close() {
            sync();
        }

        /** Copies what the engine stored in its mapping to the page cache. */
        void sync() {
            for (final Segment segment : mapped.values()) {
                segment.sync();
            }
        }
    }

    private final class Segment implements LogSegmentStorage {
        private final long index;
        private final ByteBuffer buffer;
        private final Log log;
        private boolean detached;
        private boolean closed;

        Segment(final long index, final ByteBuffer buffer, final Log log) {
            this.index = index;
            this.buffer = buffer;
            this.log = log;
        }

        void sync() {
            final Stored stored = segments.get(index);
            if (!detached && !closed && stored != null) {
                buffer.get(0, stored.current);
            }
        }

        @Override
        public ByteBuffer buffer() {
            return buffer;
        }

        @Override
        public void force(final int offset, final int lengthBytes) throws IOException {
            if (!inForce) {
                inForce = true;
                try {
                    meanwhile.run();
                } finally {
                    inForce = false;
                }
            }
            mayLosePower();
            if (failingForces > 0) {
                failingForces--;
                throw new IOException(FORCE_FAILED);
            }
            sync();
            final Stored stored = segments.get(index);
            if (stored != null && !detached) {
                final int from = offset / PAGE * PAGE;
                final int to = Math.min(stored.current.length, (offset + lengthBytes + PAGE - 1) / PAGE * PAGE);
                System.arraycopy(stored.current, from, stored.forced, from, to - from);
                forcedMark = Math.max(forcedMark, index * stride(stored.current) + offset + lengthBytes);
            }
            mayLosePower();
        }

        @Override
        public void close() {
            if (!closed) {
                sync();
                closed = true;
                BufferUtil.free(buffer);
                log.mapped.remove(index, this);
            }
        }
    }

    /** Bytes of position space of a segment, as the format document tells it. */
    private static int stride(final byte[] segment) {
        final int stride =
                ByteBuffer.wrap(segment).order(ByteOrder.LITTLE_ENDIAN).getInt(STRIDE_OFFSET);
        return stride == 0 ? segment.length : stride;
    }

    // ---- files

    private static Object key(final Path file) throws IOException {
        return Files.readAttributes(file, BasicFileAttributes.class).fileKey();
    }

    @Override
    public void force(final FileChannel channel, final Path file) throws IOException {
        mayLosePower();
        forcedContent.put(key(file), Files.readAllBytes(file));
    }

    @Override
    public void forceDirectory(final Path directory) throws IOException {
        mayLosePower();
        forcedEntries.put(directory, entries(directory));
        mayLosePower();
    }

    private static Map<String, Object> entries(final Path directory) throws IOException {
        final Map<String, Object> entries = new TreeMap<>();
        try (Stream<Path> files = Files.list(directory)) {
            for (final Path file : files.sorted().toList()) {
                if (Files.isRegularFile(file)) {
                    entries.put(file.getFileName().toString(), key(file));
                }
            }
        }
        return entries;
    }

    /** The power fails: of what was not forced, anything may be left. */
    void losePower(final boolean mayLoseNames) {
        powerLossIn = -1;
        failingForces = 0;
        if (mayLoseNames) {
            segments.keySet().removeIf(index -> !forcedNames.contains(index) && random.nextBoolean());
        }
        for (final Stored stored : segments.values()) {
            final int style = random.nextInt(3);
            for (int page = 0; page < stored.current.length; page += PAGE) {
                if (!Arrays.equals(stored.current, page, page + PAGE, stored.forced, page, page + PAGE)) {
                    tear(stored, page, style);
                }
            }
            System.arraycopy(stored.current, 0, stored.forced, 0, stored.current.length);
        }
        if (random.nextBoolean()) {
            mark = Math.min(mark, forcedMark);
        }
        try {
            for (final Path directory : List.of(root, root.resolve("snapshots"))) {
                if (Files.isDirectory(directory)) {
                    loseFiles(directory, mayLoseNames);
                }
            }
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void tear(final Stored stored, final int page, final int style) {
        for (int sector = page; sector < page + PAGE; sector += SECTOR) {
            final boolean old = style == 0 || style == 1 && random.nextBoolean();
            if (old) {
                System.arraycopy(stored.forced, sector, stored.current, sector, SECTOR);
            }
        }
    }

    private void loseFiles(final Path directory, final boolean mayLoseNames) throws IOException {
        final Map<String, Object> now = entries(directory);
        final Map<Object, byte[]> contents = new HashMap<>();
        for (final Map.Entry<String, Object> entry : now.entrySet()) {
            contents.put(entry.getValue(), Files.readAllBytes(directory.resolve(entry.getKey())));
        }
        final Map<String, Object> forced = forcedEntries.get(directory);
        final Map<String, Object> left = forced == null || !mayLoseNames || random.nextBoolean() ? now : forced;
        for (final String name : now.keySet()) {
            Files.delete(directory.resolve(name));
        }
        final Map<String, Object> restored = new TreeMap<>();
        for (final Map.Entry<String, Object> entry : left.entrySet()) {
            final byte[] safe = forcedContent.get(entry.getValue());
            final byte[] current = contents.get(entry.getValue());
            byte[] bytes = safe;
            if (safe == null || current != null && random.nextBoolean()) {
                bytes = current == null ? new byte[0] : current;
                if (safe == null && random.nextBoolean()) {
                    bytes = Arrays.copyOf(bytes, random.nextInt(bytes.length + 1));
                }
            }
            final Path file = directory.resolve(entry.getKey());
            Files.write(file, bytes);
            restored.put(entry.getKey(), key(file));
            forcedContent.put(key(file), bytes);
        }
        forcedEntries.put(directory, restored);
    }

    // ---- images

    Image image() {
        open.sync();
        final Map<Long, byte[]> copies = new TreeMap<>();
        segments.forEach((index, stored) -> copies.put(index, stored.current.clone()));
        final Map<String, byte[]> files = new TreeMap<>();
        try (Stream<Path> all = Files.walk(root)) {
            for (final Path file : all.filter(Files::isRegularFile).toList()) {
                files.put(root.relativize(file).toString(), Files.readAllBytes(file));
            }
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
        return new Image(copies, mark, files);
    }

    /** Makes this disk a copy of an image; no engine may have it open. */
    void restore(final Image image) {
        wipe();
        try {
            for (final Map.Entry<String, byte[]> file : image.files.entrySet()) {
                final Path target = root.resolve(file.getKey());
                Files.createDirectories(target.getParent());
                Files.write(target, file.getValue());
            }
            for (final Path directory : List.of(root, root.resolve("snapshots"))) {
                if (Files.isDirectory(directory)) {
                    forcedEntries.put(directory, entries(directory));
                    for (final Map.Entry<String, Object> entry :
                            entries(directory).entrySet()) {
                        forcedContent.put(entry.getValue(), Files.readAllBytes(directory.resolve(entry.getKey())));
                    }
                }
            }
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
        image.segments.forEach((index, bytes) -> {
            segments.put(index, new Stored(bytes.clone(), bytes.clone()));
            forcedNames.add(index);
        });
        mark = image.mark;
        forcedMark = image.mark;
    }

    /** Loses everything. */
    void wipe() {
        segments.clear();
        forcedNames.clear();
        forcedContent.clear();
        forcedEntries.clear();
        mark = 0;
        forcedMark = 0;
        powerLossIn = -1;
        failingForces = 0;
        delete();
    }

    /** Removes the files. */
    void delete() {
        if (Files.exists(root)) {
            try (Stream<Path> all = Files.walk(root)) {
                for (final Path file :
                        all.sorted(java.util.Comparator.reverseOrder()).toList()) {
                    Files.delete(file);
                }
            } catch (final IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    /** Changes a bit of what has been forced; returns where, or null if there is nothing. */
    @org.jspecify.annotations.Nullable
    String flipBit() {
        if (segments.isEmpty()) {
            return null;
        }
        final List<Long> indexes = List.copyOf(segments.keySet());
        final long index = indexes.get(random.nextInt(indexes.size()));
        final Stored stored = stored(index);
        int used = stored.current.length;
        while (used > 1 && stored.current[used - 1] == 0) {
            used--;
        }
        final int at = random.nextInt(used);
        stored.current[at] ^= (byte) (1 << random.nextInt(8));
        stored.forced[at] = stored.current[at];
        return "segment " + index + " byte " + at;
    }

    /** Overwrites a page by another one, as a disk that writes to the wrong place does. */
    @org.jspecify.annotations.Nullable
    String misdirectWrite() {
        if (segments.isEmpty()) {
            return null;
        }
        final List<Long> indexes = List.copyOf(segments.keySet());
        final Stored from = stored(indexes.get(random.nextInt(indexes.size())));
        final long index = indexes.get(random.nextInt(indexes.size()));
        final Stored to = stored(index);
        final int source = random.nextInt(4) * PAGE;
        final int target = random.nextInt(4) * PAGE;
        System.arraycopy(from.current, source, to.current, target, PAGE);
        System.arraycopy(to.current, target, to.forced, target, PAGE);
        return "page " + source / PAGE + " to page " + target / PAGE + " of segment " + index;
    }
}
