package io.abelia.engine.file;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A file that one owner at most holds, of all processes and within this one. The system's locks belong to a process, and it loses them as soon as
 * it closes the file through any descriptor (POSIX, fcntl): so what this process holds is remembered here, and its files are not opened again.
 */
public final class ProcessLock implements AutoCloseable {
    private static final Set<Path> HELD = new HashSet<>();

    private final Path key;
    private final FileChannel channel;
    private final FileLock lock;

    private ProcessLock(final Path key, final FileChannel channel, final FileLock lock) {
        this.key = key;
        this.channel = channel;
        this.lock = lock;
    }

    /**
     * Takes a file.
     *
     * @param options to open it with, writing among them
     * @return null if somebody has it
     */
    public static @Nullable ProcessLock tryTake(
            final Path file, final Set<? extends OpenOption> options, final FileAttribute<?>... attributes)
            throws IOException {
        final Path key = key(file);
        synchronized (HELD) {
            if (!HELD.add(key)) {
                return null;
            }
        }
        ProcessLock taken = null;
        try {
            taken = tryTake(key, FileChannel.open(file, options, attributes));
            return taken;
        } finally {
            if (taken == null) {
                forget(key);
            }
        }
    }

    private static @Nullable ProcessLock tryTake(final Path key, final FileChannel channel) throws IOException {
        ProcessLock taken = null;
        try {
            final FileLock lock = channel.tryLock();
            taken = lock == null ? null : new ProcessLock(key, channel, lock);
            return taken;
        } catch (final OverlappingFileLockException e) {
            return null; // another class loader of this process has it
        } finally {
            if (taken == null) {
                channel.close();
            }
        }
    }

    private static Path key(final Path file) throws IOException {
        final Path absolute = file.toAbsolutePath().normalize();
        final Path parent = absolute.getParent();
        return parent == null || !Files.exists(parent)
                ? absolute
                : parent.toRealPath().resolve(absolute.getFileName());
    }

    private static void forget(final Path key) {
        synchronized (HELD) {
            HELD.remove(key);
        }
    }

    /** Whether this process holds a file: then it must not be opened otherwise. */
    public static boolean isHeldHere(final Path file) throws IOException {
        synchronized (HELD) {
            return HELD.contains(key(file));
        }
    }

    /** What its owner has written into a file that somebody holds; empty if nothing. */
    public static String text(final Path file) throws IOException {
        return isHeldHere(file)
                ? "pid " + ProcessHandle.current().pid()
                : Files.readString(file).strip();
    }

    /**
     * Whether nobody holds a file, asked without opening it for writing. What holds it later is not kept out.
     *
     * @return false also if this process holds it
     */
    public static boolean isFree(final Path file) throws IOException {
        if (isHeldHere(file)) {
            return false;
        }
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ);
                FileLock shared = channel.tryLock(0, Long.MAX_VALUE, true)) {
            return shared != null;
        } catch (final NoSuchFileException e) {
            return true;
        }
    }

    /** Replaces what is in the file. */
    public void write(final String text) throws IOException {
        channel.truncate(0);
        channel.write(ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)), 0);
    }

    @Override
    public void close() throws IOException {
        if (channel.isOpen()) { // once: another owner may have it since
            try {
                lock.release();
                channel.close();
            } finally {
                forget(key);
            }
        }
    }
}
