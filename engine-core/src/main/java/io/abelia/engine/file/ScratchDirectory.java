package io.abelia.engine.file;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Comparator;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Stream;

/**
 * A name for a directory in shared memory that lasts as long as the process: for a media driver's files. A lock on a file beside it tells
 * that its owner lives. What a killed process left behind is removed by whoever opens the next one of the same kind: tens of megabytes of
 * memory each, of which a container has 64.
 */
public final class ScratchDirectory implements AutoCloseable {
    private static final String LOCK = ".lock";
    private static final int TRIES = 16;

    private final Path path;
    private final Path lockFile;
    private final ProcessLock lock;

    private ScratchDirectory(final Path path, final Path lockFile, final ProcessLock lock) {
        this.path = path;
        this.lockFile = lockFile;
        this.lock = lock;
    }

    /**
     * Takes a new name.
     *
     * @param kind what its name begins with, as {@code abelia-client}; those of dead processes that begin with it are removed
     * @throws IOException if nothing can be written there
     */
    public static ScratchDirectory open(final String kind) throws IOException {
        return open(base(), kind);
    }

    /** Where memory is shared; the directory for temporary files where there is no such place. */
    public static Path base() {
        final Path memory = Path.of("/dev/shm");
        return Files.isWritable(memory) ? memory : Path.of(System.getProperty("java.io.tmpdir"));
    }

    static ScratchDirectory open(final Path base, final String kind) throws IOException {
        sweep(base, kind);
        for (int i = 0; i < TRIES; i++) {
            final Path path = base.resolve(kind + "-" + UUID.randomUUID());
            final Path lockFile = path.resolveSibling(path.getFileName() + LOCK);
            final ProcessLock lock =
                    ProcessLock.tryTake(lockFile, Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE));
            if (lock != null) {
                return new ScratchDirectory(path, lockFile, lock);
            } // else somebody who sweeps was quicker, and removes it
        }
        throw new IOException("no file in " + base + " can be locked");
    }

    /** The directory; it is not made. */
    public Path path() {
        return path;
    }

    private static void sweep(final Path base, final String kind) throws IOException {
        try (DirectoryStream<Path> locks = Files.newDirectoryStream(base, kind + "-*" + LOCK)) {
            for (final Path lockFile : locks) {
                sweep(lockFile);
            }
        }
    }

    /** Another user's cannot be opened, and another process may be quicker: neither is our concern. */
    private static void sweep(final Path lockFile) {
        try (ProcessLock dead = ProcessLock.tryTake(lockFile, Set.of(StandardOpenOption.WRITE))) {
            if (dead != null) {
                final String name = lockFile.getFileName().toString();
                remove(lockFile.resolveSibling(name.substring(0, name.length() - LOCK.length())));
                Files.deleteIfExists(lockFile);
            }
        } catch (final IOException e) {
            // as above
        }
    }

    private static void remove(final Path directory) throws IOException {
        try (Stream<Path> files = Files.walk(directory)) {
            for (final Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(file);
            }
        } catch (final NoSuchFileException e) {
            // it was never made, or its owner took it away
        }
    }

    /** Removes the directory, if it is still there. */
    @Override
    public void close() throws IOException {
        remove(path);
        Files.deleteIfExists(lockFile);
        lock.close();
    }
}
