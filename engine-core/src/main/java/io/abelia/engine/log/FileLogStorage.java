package io.abelia.engine.log;

import io.abelia.engine.file.Uninterrupted;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import java.util.stream.Stream;
import org.agrona.IoUtil;
import org.agrona.concurrent.UnsafeBuffer;
import org.jspecify.annotations.Nullable;

/** Segments as mapped files {@code log-<index>.seg} of one directory, private to their user; symbolic links are refused. */
public final class FileLogStorage implements LogStorage {
    private static final String PREFIX = "log-";
    private static final String SUFFIX = ".seg";
    private static final int MARK_BYTES = 4096;
    private static final int PAGE_BYTES = 4096;
    private static final int MARK_CHECK_OFFSET = Long.BYTES;
    private static final int ZEROS_BYTES = 1 << 20;
    private static final FileAttribute<?> PRIVATE =
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));

    private final Path directory;
    private final boolean readOnly;
    private final @Nullable MappedByteBuffer markBytes;
    private final UnsafeBuffer mark;

    /** The log of a directory, to be written. */
    public FileLogStorage(final Path directory) throws IOException {
        this(directory, false);
    }

    /** The log of a directory to look at: nothing of it is changed, and nothing may be appended or removed. */
    public static FileLogStorage toLookAt(final Path directory) throws IOException {
        return new FileLogStorage(directory, true);
    }

    private FileLogStorage(final Path directory, final boolean readOnly) throws IOException {
        this.directory = directory;
        this.readOnly = readOnly;
        final Path markFile = directory.resolve("durable.mark");
        refuseLink(markFile);
        final boolean marked = Files.exists(markFile) && Files.size(markFile) >= MARK_BYTES;
        markBytes = readOnly && !marked
                ? null
                : Uninterrupted.call(() -> {
                    if (!marked) {
                        try (FileChannel channel = createPrivate(markFile)) {
                            channel.write(ByteBuffer.allocate(MARK_BYTES));
                        }
                    }
                    return map(markFile);
                });
        mark = markBytes == null ? new UnsafeBuffer(new byte[MARK_BYTES]) : new UnsafeBuffer(markBytes);
    }

    @Override
    public LogSegmentStorage create(final long index, final int lengthBytes) throws IOException {
        return Uninterrupted.call(() -> createNow(index, lengthBytes));
    }

    private LogSegmentStorage createNow(final long index, final int lengthBytes) throws IOException {
        assert !readOnly && lengthBytes > SegmentDescriptor.HEADER_LENGTH : lengthBytes;
        final Path file = path(index);
        refuseLink(file);
        try (FileChannel channel = createPrivate(file)) {
            final ByteBuffer zeros = ByteBuffer.allocateDirect(Math.min(lengthBytes, ZEROS_BYTES));
            for (int written = 0; written < lengthBytes; ) {
                zeros.clear().limit(Math.min(zeros.capacity(), lengthBytes - written));
                written += channel.write(zeros);
            }
            // else the file system writes the zeros back later, and write-protects the pages under the commits' hands
            channel.force(true);
        } catch (final IOException e) {
            Files.deleteIfExists(file);
            throw e;
        }
        final MappedByteBuffer mapped = map(file);
        assert mapped.capacity() == lengthBytes : mapped.capacity();
        touch(mapped);
        return new MappedSegment(mapped);
    }

    /** Stores to every page once, so that no commit pays for the fault; the page is backed, so the store cannot fail. */
    private static void touch(final MappedByteBuffer mapped) {
        for (int at = 0; at < mapped.capacity(); at += PAGE_BYTES) {
            mapped.put(at, (byte) 0);
        }
    }

    @Override
    public LogSegmentStorage open(final long index) throws IOException {
        final Path file = path(index);
        refuseLink(file);
        return new MappedSegment(Uninterrupted.call(() -> map(file)));
    }

    @Override
    public long[] indexes() throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.map(file -> file.getFileName().toString())
                    .filter(name -> name.startsWith(PREFIX) && name.endsWith(SUFFIX))
                    .mapToLong(name -> Long.parseUnsignedLong(
                            name.substring(PREFIX.length(), name.length() - SUFFIX.length()), 16))
                    .sorted()
                    .toArray();
        }
    }

    @Override
    public void delete(final long index) throws IOException {
        assert !readOnly : index;
        Files.deleteIfExists(path(index));
    }

    @Override
    public void forceDirectory() throws IOException {
        Uninterrupted.run(() -> FileForce.SYSTEM.forceDirectory(directory));
    }

    @Override
    public long durableMark() {
        final long position = mark.getLong(0);
        return mark.getLong(MARK_CHECK_OFFSET) == ~position ? position : 0;
    }

    @Override
    public void durableMark(final long position) {
        assert !readOnly && position >= durableMark() : position;
        mark.putLong(0, position);
        mark.putLongOrdered(MARK_CHECK_OFFSET, ~position);
    }

    @Override
    public void close() {
        IoUtil.unmap(markBytes);
    }

    /** Name of the file of a segment. */
    public static String fileName(final long index) {
        return PREFIX + String.format("%016x", index) + SUFFIX;
    }

    private Path path(final long index) {
        return directory.resolve(fileName(index));
    }

    private static FileChannel createPrivate(final Path file) throws IOException {
        Files.deleteIfExists(file);
        return FileChannel.open(
                file,
                Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE, StandardOpenOption.READ),
                PRIVATE);
    }

    /** Refuses a path that is a symbolic link: the engine writes only where its directory says. */
    public static void refuseLink(final Path file) throws IOException {
        if (Files.isSymbolicLink(file)) {
            throw new IOException(file + " is a symbolic link; the engine only opens its own regular files");
        }
    }

    private MappedByteBuffer map(final Path file) throws IOException {
        final Set<OpenOption> how = readOnly
                ? Set.of(StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS)
                : Set.of(StandardOpenOption.READ, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS);
        try (FileChannel channel = FileChannel.open(file, how)) {
            final MappedByteBuffer buffer = channel.map(
                    readOnly ? FileChannel.MapMode.READ_ONLY : FileChannel.MapMode.READ_WRITE, 0, channel.size());
            buffer.order(ByteOrder.LITTLE_ENDIAN);
            return buffer;
        } catch (final NoSuchFileException e) {
            throw new IOException("segment file is missing: " + file, e);
        }
    }

    private static final class MappedSegment implements LogSegmentStorage {
        private final MappedByteBuffer buffer;

        MappedSegment(final MappedByteBuffer buffer) {
            this.buffer = buffer;
        }

        @Override
        public ByteBuffer buffer() {
            return buffer;
        }

        @Override
        public void force(final int offset, final int lengthBytes) throws IOException {
            try {
                buffer.force(offset, lengthBytes);
            } catch (final UncheckedIOException e) {
                throw new IOException("forcing the log failed", e);
            }
        }

        @Override
        public void close() {
            IoUtil.unmap(buffer);
        }
    }
}
