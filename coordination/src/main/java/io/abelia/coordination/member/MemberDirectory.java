package io.abelia.coordination.member;

import io.abelia.engine.file.ProcessLock;
import java.io.IOException;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Set;
import org.agrona.IoUtil;
import org.agrona.concurrent.UnsafeBuffer;

/** Directory of a member: whose it is, that one process uses it, and that there is room in it. */
final class MemberDirectory implements AutoCloseable {
    /** Free bytes below which a member is not launched: two segments of the log, and the files that are mapped. */
    static final long LEAST_ROOM_BYTES = 160L << 20;

    private static final int PAGE_BYTES = 4096;
    private static final String STARTED = "member";
    private static final String[] PARTS = {"archive", "cluster"};

    private final Path path;
    private final ProcessLock lock;

    private MemberDirectory(final Path path, final ProcessLock lock) {
        this.path = path;
        this.lock = lock;
    }

    /**
     * Opens the directory.
     *
     * @param firstStart whether the member has never run
     * @throws IOException if it cannot be used: it is another member's, another process has it, it has forgotten what it promised, or there is
     *     no room
     */
    static MemberDirectory open(final Path path, final int member, final boolean firstStart) throws IOException {
        Files.createDirectories(path);
        final ProcessLock lock = lock(path.resolve("member.lock"));
        try {
            requireKnown(path, member, firstStart);
            final MemberDirectory directory = new MemberDirectory(path, lock);
            if (!directory.hasRoom()) {
                throw new IOException(directory.wantOfRoom());
            }
            return directory;
        } catch (final IOException e) {
            lock.close();
            throw e;
        }
    }

    private static void requireKnown(final Path path, final int member, final boolean firstStart) throws IOException {
        final String owner;
        try {
            owner = Files.readString(path.resolve(STARTED)).strip();
        } catch (final NoSuchFileException e) {
            if (!firstStart && !hasState(path)) {
                throw new IOException("nothing of coordination member " + member + " is in " + path
                        + ". If it has never run, say so (firstStart; on the command line --coordination-first-start). If its disk is"
                        + " lost, an empty directory would let the group forget what it acknowledged: stop all members, copy the"
                        + " directory of the one with the most transactions but for the file " + STARTED
                        + ", and start this one once with that option");
            }
            return;
        }
        if (!owner.equals(String.valueOf(member))) {
            throw new IOException(path + " is the directory of coordination member " + owner + ", not of " + member);
        }
        if (firstStart) {
            throw new IOException("coordination member " + member + " has run in " + path
                    + " before: leave out that this is its first start (firstStart; --coordination-first-start)");
        }
    }

    /** Whether there is what a member remembers, of a build before this one or copied from another member. */
    private static boolean hasState(final Path path) {
        return Files.exists(path.resolve("archive/archive.catalog"))
                && Files.exists(path.resolve("cluster/recording.log"));
    }

    private static ProcessLock lock(final Path file) throws IOException {
        final ProcessLock lock = ProcessLock.tryTake(file, Set.of(StandardOpenOption.CREATE, StandardOpenOption.WRITE));
        if (lock == null) {
            throw new IOException(
                    "another process runs the member in " + file.getParent() + "; stop it, or name another directory");
        }
        return lock;
    }

    /** Remembers that the member has run here. */
    void markStarted(final int member) throws IOException {
        final Path file = path.resolve(STARTED);
        if (!Files.exists(file)) {
            final Path made = path.resolve(STARTED + ".new");
            Files.writeString(made, member + "\n");
            try (FileChannel channel = FileChannel.open(made, StandardOpenOption.WRITE)) {
                channel.force(true);
            }
            Files.move(made, file);
            try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
                channel.force(true);
            }
        }
    }

    Path part(final String name) {
        return path.resolve(name);
    }

    boolean hasRoom() throws IOException {
        return Files.getFileStore(path).getUsableSpace() >= LEAST_ROOM_BYTES;
    }

    String wantOfRoom() {
        return "the disk of " + path + " is full: a coordination member needs " + (LEAST_ROOM_BYTES >> 20)
                + " MiB free";
    }

    /**
     * Removes the mark files of the run before: after a kill they look alive for ten seconds. The lock says that they are not. Votes are
     * kept elsewhere (node-state.dat).
     */
    void removeMarks() throws IOException {
        for (final String part : PARTS) {
            forEach(part, "*-mark*", Files::delete);
        }
    }

    /** Gives the files that are mapped their blocks on disk, so that no write into them meets a full disk, which would end the process. */
    void preallocate() throws IOException {
        for (final String part : PARTS) {
            forEach(part, "*.{dat,catalog}", MemberDirectory::allocate);
        }
    }

    /** Adds nothing to a word of each page: as the processor does it in one step, others may write there meanwhile. */
    private static void allocate(final Path file) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            final MappedByteBuffer mapped = channel.map(FileChannel.MapMode.READ_WRITE, 0, channel.size());
            final UnsafeBuffer pages = new UnsafeBuffer(mapped);
            for (int offset = 0; offset + Integer.BYTES <= pages.capacity(); offset += PAGE_BYTES) {
                pages.getAndAddInt(offset, 0);
            }
            IoUtil.unmap(mapped);
        }
    }

    private interface FileAction {
        void on(Path file) throws IOException;
    }

    private void forEach(final String part, final String glob, final FileAction action) throws IOException {
        final Path directory = path.resolve(part);
        if (Files.isDirectory(directory)) {
            try (DirectoryStream<Path> files = Files.newDirectoryStream(directory, glob)) {
                for (final Path file : files) {
                    action.on(file);
                }
            }
        }
    }

    @Override
    public void close() throws IOException {
        lock.close();
    }
}
