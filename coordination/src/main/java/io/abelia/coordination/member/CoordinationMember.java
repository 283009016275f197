package io.abelia.coordination.member;

import io.abelia.engine.Digest;
import io.aeron.CommonContext;
import io.aeron.archive.Archive;
import io.aeron.archive.ArchiveThreadingMode;
import io.aeron.archive.client.AeronArchive;
import io.aeron.cluster.ClusterControl;
import io.aeron.cluster.ClusteredMediaDriver;
import io.aeron.cluster.ConsensusModule;
import io.aeron.cluster.service.ClusteredServiceContainer;
import io.aeron.driver.MediaDriver;
import io.aeron.driver.ThreadingMode;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.agrona.CloseHelper;
import org.agrona.concurrent.status.AtomicCounter;
import org.jspecify.annotations.Nullable;

/**
 * A member of a coordination group: Raft as Aeron Cluster implements it, with its own media driver and archive, and the coordinated state
 * as its service. Close it when it is to stop; the others go on as long as they are a majority.
 */
public final class CoordinationMember implements AutoCloseable {
    private static final int TERM_BYTES = 8 << 20;
    private static final int SEGMENT_BYTES = 64 << 20;
    private static final long SNAPSHOT_TURN_NS = 100_000_000L;
    private static final int CANVASS_HEARTBEATS = 2;
    /** A member that stood still for so long goes on; with Aeron's default of ten seconds it would have to be started anew. */
    private static final long PAUSE_NS = 60_000_000_000L;

    private static final long UNBLOCK_NS = 90_000_000_000L;
    /** Sessions of clients, those included that have gone without a word and are not timed out yet. */
    private static final int MOST_SESSIONS = 4096;

    private static final int HEARTBEATS_PER_TIMEOUT = 10;

    private final CoordinationService service;
    private final FileChannel lockChannel;
    private final ClusteredMediaDriver driver;
    private final ClusteredServiceContainer container;
    private final long snapshotIntervalBytes;
    private final Thread snapshots;
    private final AtomicReference<@Nullable Throwable> failure;
    private volatile boolean closed;

    private CoordinationMember(
            final CoordinationMemberContext context,
            final CoordinationService service,
            final FileChannel lockChannel,
            final ClusteredMediaDriver driver,
            final ClusteredServiceContainer container,
            final AtomicReference<@Nullable Throwable> failure) {
        this.service = service;
        this.lockChannel = lockChannel;
        this.driver = driver;
        this.container = container;
        this.failure = failure;
        this.snapshotIntervalBytes = context.snapshotIntervalBytes();
        this.snapshots = new Thread(this::askForSnapshots, "abelia-coordination-snapshots");
        snapshots.setDaemon(true);
        snapshots.start();
    }

    /**
     * Starts a member; it takes part as soon as a majority is up.
     *
     * @throws IOException if its directory cannot be used, or another process uses it
     */
    public static CoordinationMember launch(final CoordinationMemberContext context) throws IOException {
        context.conclude();
        final Path directory = context.directory();
        Files.createDirectories(directory);
        final FileChannel lock = lock(directory.resolve("member.lock"));
        final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
        ClusteredMediaDriver driver = null;
        try {
            removeMarks(directory);
            final CoordinationService service = new CoordinationService(directory.resolve("snapshot"));
            driver = launchDriver(context, failure);
            final ClusteredServiceContainer container =
                    ClusteredServiceContainer.launch(new ClusteredServiceContainer.Context()
                            .aeronDirectoryName(driver.mediaDriver().aeronDirectoryName())
                            .archiveContext(localArchive(driver.mediaDriver().aeronDirectoryName()))
                            .clusterDir(directory.resolve("cluster").toFile())
                            .idleStrategySupplier(context.idleStrategy())
                            .errorHandler(problem -> note(failure, problem))
                            .terminationHook(() -> note(failure, new IllegalStateException("the service has ended")))
                            .clusteredService(service));
            return new CoordinationMember(context, service, lock, driver, container, failure);
        } catch (final IOException | RuntimeException e) {
            CloseHelper.quietClose(driver);
            lock.close();
            throw e;
        }
    }

    private static void note(final AtomicReference<@Nullable Throwable> failure, final Throwable problem) {
        failure.set(problem);
    }

    private static ClusteredMediaDriver launchDriver(
            final CoordinationMemberContext context, final AtomicReference<@Nullable Throwable> failure) {
        final String aeron = driverDirectory(context.directory());
        final Members members = context.members();
        final String host = members.host(context.member());
        final int syncLevel = context.isForced() ? 1 : 0;
        final long timeoutNs = context.heartbeatTimeout().toNanos();
        final Path directory = context.directory();
        return ClusteredMediaDriver.launch(
                new MediaDriver.Context()
                        .aeronDirectoryName(aeron)
                        .threadingMode(ThreadingMode.SHARED)
                        .sharedIdleStrategy(context.idleStrategy().get())
                        .termBufferSparseFile(true)
                        .clientLivenessTimeoutNs(PAUSE_NS)
                        .publicationUnblockTimeoutNs(UNBLOCK_NS)
                        .errorHandler(problem -> note(failure, problem))
                        .dirDeleteOnStart(true)
                        .dirDeleteOnShutdown(true),
                new Archive.Context()
                        .aeronDirectoryName(aeron)
                        .archiveDir(directory.resolve("archive").toFile())
                        .controlChannel("aeron:udp?endpoint=" + members.archiveEndpoint(context.member()))
                        .localControlChannel("aeron:ipc?term-length=64k")
                        .replicationChannel("aeron:udp?endpoint=" + host + ":0")
                        .recordingEventsEnabled(false)
                        .segmentFileLength(SEGMENT_BYTES)
                        .fileSyncLevel(syncLevel)
                        .catalogFileSyncLevel(syncLevel)
                        .errorHandler(problem -> note(failure, problem))
                        .idleStrategySupplier(context.idleStrategy())
                        .threadingMode(ArchiveThreadingMode.SHARED),
                new ConsensusModule.Context()
                        .aeronDirectoryName(aeron)
                        .archiveContext(localArchive(aeron))
                        .clusterDir(directory.resolve("cluster").toFile())
                        .clusterMemberId(context.member())
                        .clusterMembers(members.clusterMembers())
                        .ingressChannel("aeron:udp?term-length=" + TERM_BYTES)
                        .logChannel("aeron:udp?term-length=" + TERM_BYTES)
                        .replicationChannel("aeron:udp?endpoint=" + host + ":0")
                        .fileSyncLevel(syncLevel)
                        .maxConcurrentSessions(MOST_SESSIONS)
                        .leaderHeartbeatTimeoutNs(timeoutNs)
                        .leaderHeartbeatIntervalNs(timeoutNs / HEARTBEATS_PER_TIMEOUT)
                        .startupCanvassTimeoutNs(timeoutNs * CANVASS_HEARTBEATS)
                        .errorHandler(problem -> note(failure, problem))
                        .idleStrategySupplier(context.idleStrategy())
                        .terminationHook(() -> note(failure, new IllegalStateException("consensus has ended"))));
    }

    /** The same for each launch, so that what a kill leaves behind is removed by the next. */
    private static String driverDirectory(final Path directory) {
        return CommonContext.AERON_DIR_PROP_DEFAULT + "-member-"
                + UUID.nameUUIDFromBytes(
                        directory.toAbsolutePath().normalize().toString().getBytes(StandardCharsets.UTF_8));
    }

    private static AeronArchive.Context localArchive(final String aeron) {
        return new AeronArchive.Context()
                .aeronDirectoryName(aeron)
                .controlRequestChannel("aeron:ipc?term-length=64k")
                .controlResponseChannel("aeron:ipc?term-length=64k");
    }

    private static FileChannel lock(final Path file) throws IOException {
        final FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        try {
            final FileLock lock = channel.tryLock();
            if (lock != null) {
                return channel;
            }
        } catch (final OverlappingFileLockException e) {
            // as if another process had it
        } catch (final IOException e) {
            channel.close();
            throw e;
        }
        channel.close();
        throw new IOException(
                "another process runs the member in " + file.getParent() + "; stop it, or name another directory");
    }

    /**
     * Removes the mark files of the run before: after a kill they look alive for ten seconds. The lock says that they are not. Votes are
     * kept elsewhere (node-state.dat).
     */
    private static void removeMarks(final Path directory) throws IOException {
        for (final Path part : new Path[] {directory.resolve("archive"), directory.resolve("cluster")}) {
            if (Files.isDirectory(part)) {
                try (DirectoryStream<Path> marks = Files.newDirectoryStream(part, "*-mark*")) {
                    for (final Path mark : marks) {
                        Files.delete(mark);
                    }
                }
            }
        }
    }

    /** Has all members write a snapshot whenever the log has grown by so much; only the leader's control is obeyed. */
    private void askForSnapshots() {
        long last = 0;
        while (!closed) {
            LockSupport.parkNanos(SNAPSHOT_TURN_NS);
            final long now = driver.consensusModule()
                            .context()
                            .commitPositionCounter()
                            .isClosed()
                    ? last
                    : driver.consensusModule().context().commitPositionCounter().get();
            if (now - last >= snapshotIntervalBytes && service.isLeader()) {
                if (snapshot()) {
                    last = now;
                }
            } else if (!service.isLeader()) {
                last = Math.max(last, now - snapshotIntervalBytes / 2); // a new leader does not begin with one
            }
        }
    }

    /** Asks for a snapshot of all members now; false if this member does not lead or one is being written. */
    public boolean snapshot() {
        final AtomicCounter toggle = driver.consensusModule().context().controlToggleCounter();
        return service.isLeader() && !toggle.isClosed() && ClusterControl.ToggleState.SNAPSHOT.toggle(toggle);
    }

    /** Snapshots written by this launch. */
    public long snapshots() {
        return driver.consensusModule().context().snapshotCounter().get();
    }

    /** Directory of its media driver, for clients in the same process; gone when the member is closed. */
    public String aeronDirectory() {
        return driver.mediaDriver().aeronDirectoryName();
    }

    public boolean isLeader() {
        return service.isLeader();
    }

    /** How many coordinated transactions have been committed, as far as this member has applied them. */
    public long position() {
        return service.position();
    }

    /** Digest of the coordinated state here; null before the start. */
    public @Nullable Digest digest() {
        return service.digest();
    }

    /** The newest problem, if any; consensus goes on where it can. */
    public @Nullable Throwable lastProblem() {
        return failure.get();
    }

    private void awaitSnapshots() {
        boolean interrupted = false;
        while (snapshots.isAlive()) {
            LockSupport.unpark(snapshots);
            try {
                snapshots.join(SNAPSHOT_TURN_NS / 1_000_000);
            } catch (final InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void close() throws IOException {
        closed = true;
        awaitSnapshots(); // it looks at counters in memory that the driver is about to unmap
        CloseHelper.quietClose(container);
        CloseHelper.quietClose(driver.consensusModule());
        CloseHelper.quietClose(driver);
        lockChannel.close();
    }
}
