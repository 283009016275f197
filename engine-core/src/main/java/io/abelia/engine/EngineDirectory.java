package io.abelia.engine;

import io.abelia.engine.clock.VectorClock;
import io.abelia.engine.file.ProcessLock;
import io.abelia.engine.file.Uninterrupted;
import io.abelia.engine.log.FileForce;
import io.abelia.engine.log.FileLogStorage;
import io.abelia.engine.snapshot.SnapshotFormat;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The directory of one engine, locked for as long as it is open.
 *
 * <pre>
 *   abelia.lock    held by the process that has the engine open; tells its pid
 *   FORMAT         version of the layout
 *   RESTORING      present while a backup is being restored into the directory; nothing opens it then
 *   LAUNCH         time of the last launch
 *   JOINER         present while the node must install a peer's state before it may commit
 *   MEMBERS        who belongs to the node's group, as far as it knows
 *   SHARED         present once another engine has been heard
 *   COLLECTED      present once removed elements have been dropped alone; once SHARED, the clock up to which they were
 *   clean.mark     present after a clean stop
 *   log/           segments and the durable mark
 *   state/         the persisted store
 *   snapshots/     snapshot files
 * </pre>
 */
public final class EngineDirectory implements AutoCloseable {
    /** Version of the on-disk layout. A build reads its own and, by the upgrade policy in ARCHITECTURE.md, the one before. */
    public static final int FORMAT = 1;

    private static final String FORMAT_PREFIX = "abelia ";
    private static final String PARTIAL = "partial";
    private static final String RESTORING = "RESTORING";
    private static final String ALONE = "drops removed elements alone\n";

    private final Path root;
    private final @Nullable ProcessLock lock;
    private final FileForce force;
    private boolean restoring;

    private EngineDirectory(final Path root, final @Nullable ProcessLock lock, final FileForce force) {
        this.force = force;
        this.root = root;
        this.lock = lock;
    }

    /**
     * Opens and locks a directory, making it if it is missing.
     *
     * @throws DirectoryLockedException if another engine has it open
     * @throws IOException if it is a symbolic link, not ours, or of another format
     */
    public static EngineDirectory open(final Path root) throws IOException {
        return open(root, FileForce.SYSTEM);
    }

    /** As {@link #open(Path)}, on a disk of whoever launches. */
    static EngineDirectory open(final Path root, final FileForce force) throws IOException {
        return Uninterrupted.call(() -> openNow(root, force, false));
    }

    private static EngineDirectory openNow(final Path root, final FileForce force, final boolean restore)
            throws IOException {
        FileLogStorage.refuseLink(root);
        createPrivate(root);
        final Path lockFile = root.resolve("abelia.lock");
        FileLogStorage.refuseLink(lockFile);
        final ProcessLock lock = ProcessLock.tryTake(
                lockFile,
                Set.of(StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        if (lock == null) {
            throw new DirectoryLockedException(root, ProcessLock.text(lockFile));
        }
        final EngineDirectory directory = new EngineDirectory(root, lock, force);
        try {
            lock.write("pid " + ProcessHandle.current().pid());
            directory.restoring = restore;
            if (restore) {
                directory.clearForRestore();
            }
            directory.prepare();
        } catch (final IOException | RuntimeException e) {
            directory.close();
            throw e;
        }
        return directory;
    }

    /**
     * Opens a directory for a restore, empties it of one that did not end, and has it refused by all others until {@link #restored}.
     *
     * @throws IOException as {@link #open}, and if it holds an engine
     */
    static EngineDirectory openForRestore(final Path root) throws IOException {
        if (Files.exists(root.resolve("FORMAT")) && !Files.exists(root.resolve(RESTORING))) {
            throw new IOException(root + " holds an engine already; restore into an empty directory");
        }
        return openNow(root, FileForce.SYSTEM, true);
    }

    private void clearForRestore() throws IOException {
        if (Files.exists(root.resolve(RESTORING))) {
            for (final Path part : List.of(log(), state(), snapshots())) {
                if (Files.isDirectory(part)) {
                    try (Stream<Path> files = Files.list(part)) {
                        for (final Path file : files.toList()) {
                            Files.delete(file);
                        }
                    }
                }
            }
        } else {
            requireNoStrangers();
            writePrivate(root.resolve(RESTORING), "a restore has begun and not ended\n");
        }
    }

    /** The restore is whole. */
    void restored() throws IOException {
        Files.delete(root.resolve(RESTORING));
        force.forceDirectory(root);
        restoring = false;
    }

    /**
     * Opens and locks a directory that holds an engine, to look at it. On a medium that cannot be written nothing is
     * locked: who has it open otherwise is asked first, and nobody is kept out.
     *
     * @throws IOException as {@link #open}, and if it holds none
     */
    public static EngineDirectory openExisting(final Path root) throws IOException {
        if (!Files.isRegularFile(root.resolve("FORMAT"))) {
            throw new IOException(root + " holds no engine");
        }
        if (isReadOnly(root)) {
            if (!ProcessLock.isFree(root.resolve("abelia.lock"))) { // it can be written through another mount
                throw new DirectoryLockedException(root, ProcessLock.text(root.resolve("abelia.lock")));
            }
            final EngineDirectory directory = new EngineDirectory(root, null, FileForce.SYSTEM);
            directory.requireReadable();
            return directory;
        }
        return open(root);
    }

    private static boolean isReadOnly(final Path root) throws IOException {
        return Files.getFileStore(root).isReadOnly() || !Files.isWritable(root);
    }

    private void requireReadable() throws IOException {
        final Path format = root.resolve("FORMAT");
        FileLogStorage.refuseLink(format);
        final String text = Files.readString(format).strip();
        if (!text.equals(FORMAT_PREFIX + FORMAT)) {
            throw new IOException(root + " has format `" + text + "`; this build reads `" + FORMAT_PREFIX + FORMAT
                    + "`. Open it with the version that wrote it, or export and load its cells");
        }
        if (!restoring && Files.exists(root.resolve(RESTORING))) {
            throw new IOException("a restore into " + root + " has begun and not ended: run it again");
        }
    }

    private void requireNoStrangers() throws IOException {
        try (Stream<Path> files = Files.list(root)) {
            final List<Path> strangers = files.filter(file ->
                            !file.endsWith("abelia.lock") && !file.endsWith(PARTIAL) && !file.endsWith(RESTORING))
                    .toList();
            if (!strangers.isEmpty()) {
                throw new IOException(root + " is not empty and holds no engine (found "
                        + strangers.get(0).getFileName() + "); choose another directory");
            }
        }
    }

    private void prepare() throws IOException {
        final Path format = root.resolve("FORMAT");
        FileLogStorage.refuseLink(format);
        if (Files.exists(format)) {
            requireReadable();
        } else {
            if (!restoring && Files.exists(root.resolve(RESTORING))) {
                throw new IOException("a restore into " + root + " has begun and not ended: run it again");
            }
            requireNoStrangers();
        }
        if (!Files.exists(format)) {
            writePrivate(format, FORMAT_PREFIX + FORMAT + "\n");
        }
        createPrivate(log());
        createPrivate(state());
        createPrivate(snapshots());
    }

    /** Writes a small file as a whole or not at all. */
    private void writePrivate(final Path file, final String text) throws IOException {
        Uninterrupted.run(() -> writeNow(file, text));
    }

    private void writeNow(final Path file, final String text) throws IOException {
        final Path partial = root.resolve(PARTIAL);
        Files.deleteIfExists(partial);
        Files.createFile(partial, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        try (FileChannel channel = FileChannel.open(partial, StandardOpenOption.WRITE)) {
            channel.write(ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)));
            force.force(channel, partial);
        }
        Files.move(partial, file, StandardCopyOption.ATOMIC_MOVE);
        force.forceDirectory(root);
    }

    private static void createPrivate(final Path directory) throws IOException {
        FileLogStorage.refuseLink(directory);
        if (!Files.isDirectory(directory, LinkOption.NOFOLLOW_LINKS)) {
            Files.createDirectories(
                    directory, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        }
    }

    /** Whether it is this process's; not on a medium that cannot be written. */
    boolean isLocked() {
        return lock != null;
    }

    /** What makes files of this directory durable. */
    public FileForce fileForce() {
        return force;
    }

    public Path root() {
        return root;
    }

    public Path log() {
        return root.resolve("log");
    }

    public Path state() {
        return root.resolve("state");
    }

    public Path snapshots() {
        return root.resolve("snapshots");
    }

    /** Finished snapshots, newest first. */
    public List<Path> snapshotFiles() throws IOException {
        try (Stream<Path> files = Files.list(snapshots())) {
            return files.filter(SnapshotFormat::isSnapshot)
                    .sorted(Comparator.comparingLong(SnapshotFormat::position).reversed())
                    .toList();
        }
    }

    /** Newest finished snapshot, or null. */
    public @Nullable Path newestSnapshot() throws IOException {
        final List<Path> files = snapshotFiles();
        return files.isEmpty() ? null : files.get(0);
    }

    /** Time of a launch, in milliseconds: the wall clock's, but always later than that of the launch before. */
    long nextLaunchTime(final long wallMs) throws IOException {
        final Path file = root.resolve("LAUNCH");
        FileLogStorage.refuseLink(file);
        long before = 0;
        if (Files.exists(file)) {
            try {
                before = Long.parseLong(Files.readString(file).strip());
            } catch (final NumberFormatException e) {
                throw new IOException(
                        file + " does not hold the time of the last launch; remove it if the wall clock is right", e);
            }
        }
        final long time = Math.max(wallMs, before + 1);
        writePrivate(file, time + "\n");
        return time;
    }

    /** What was written by {@link #writeMembers}, or null. */
    @Nullable
    String members() throws IOException {
        final Path file = root.resolve("MEMBERS");
        FileLogStorage.refuseLink(file);
        return Files.exists(file) ? Uninterrupted.call(() -> Files.readString(file)) : null;
    }

    /** Remembers the group's members, durably. */
    void writeMembers(final String text) throws IOException {
        writePrivate(root.resolve("MEMBERS"), text);
    }

    /** Whether no other engine has ever been heard here. */
    boolean isAlone() {
        return !Files.exists(root.resolve("MEMBERS")) && !Files.exists(root.resolve("SHARED"));
    }

    /** Remembers that another engine has been heard. */
    void markShared() {
        try {
            if (!Files.exists(root.resolve("SHARED"))) {
                writePrivate(root.resolve("SHARED"), "has taken transactions of other engines\n");
                Uninterrupted.run(() -> force.forceDirectory(root));
            }
        } catch (final IOException e) {
            throw new UncheckedIOException("that other engines are heard here could not be written down", e);
        }
    }

    /** Whether something has been dropped here because no other engine had ever been heard. */
    boolean hasCollected() {
        return Files.exists(root.resolve("COLLECTED"));
    }

    /** Remembers that something is about to be. */
    void markCollected() throws IOException {
        writePrivate(root.resolve("COLLECTED"), ALONE);
    }

    /** Remembers the clock up to which that was done; before {@link #markShared}. */
    void writeCommonPast(final VectorClock clock) throws IOException {
        writePrivate(root.resolve("COLLECTED"), clock.toJson() + "\n");
    }

    /** What {@link #writeCommonPast} remembered, or an empty clock. */
    VectorClock commonPast() throws IOException {
        final Path file = root.resolve("COLLECTED");
        FileLogStorage.refuseLink(file);
        if (!Files.exists(file)) {
            return VectorClock.empty();
        }
        final String text = Files.readString(file);
        return text.equals(ALONE) ? VectorClock.empty() : VectorClock.parseJson(text.strip());
    }

    /** Whether the node must install a peer's state before it may commit. */
    public boolean isJoiner() {
        return Files.exists(root.resolve("JOINER"));
    }

    public void markJoiner(final boolean joiner) throws IOException {
        if (joiner && !isJoiner()) {
            writePrivate(root.resolve("JOINER"), "installs a peer's state before it commits\n");
        } else if (!joiner) {
            Files.deleteIfExists(root.resolve("JOINER"));
        }
        Uninterrupted.run(() -> force.forceDirectory(root));
    }

    @Override
    public void close() throws IOException {
        final ProcessLock held = lock;
        if (held != null) {
            Uninterrupted.run(held::close);
        }
    }
}
