package io.abelia.coordination.member;

import io.abelia.engine.file.WatchedThreads;
import io.aeron.Aeron;
import io.aeron.RethrowingErrorHandler;
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
import java.util.function.Consumer;
import org.agrona.CloseHelper;
import org.agrona.concurrent.NoOpLock;
import org.agrona.concurrent.YieldingIdleStrategy;
import org.agrona.concurrent.status.AtomicCounter;
import org.jspecify.annotations.Nullable;

/**
 * Media driver, archive, consensus and service of a member, from a launch until one of their threads ends or it is closed. Methods may be
 * called from any thread at any time: none looks at memory that {@link #close} unmaps.
 */
final class MemberLaunch implements AutoCloseable {
    private static final int TERM_BYTES = 8 << 20;
    private static final int SEGMENT_BYTES = 64 << 20;
    private static final int CANVASS_HEARTBEATS = 2;
    private static final long LIVENESS_NS = 60_000_000_000L;
    private static final long UNBLOCK_NS = 90_000_000_000L;
    /** Sessions of clients, those included that have gone without a word and are not timed out yet. */
    private static final int MOST_SESSIONS = 4096;

    private static final int HEARTBEATS_PER_TIMEOUT = 10;

    private final CoordinationService service;
    private final WatchedThreads threads = new WatchedThreads(null);
    private final ClusteredMediaDriver driver;
    private final Aeron serviceClient;
    private final ClusteredServiceContainer container;
    private final Consumer<Throwable> problems;
    private boolean retired;
    private long snapshots;

    MemberLaunch(
            final CoordinationMemberContext context,
            final MemberDirectory directory,
            final String aeron,
            final Consumer<Throwable> problems)
            throws IOException {
        this.problems = problems;
        directory.removeMarks();
        service = new CoordinationService(directory.part("snapshot"));
        driver = launchDriver(context, directory, aeron);
        Aeron client = null;
        ClusteredServiceContainer launched = null;
        try {
            client = serviceClient(aeron);
            launched = ClusteredServiceContainer.launch(new ClusteredServiceContainer.Context()
                    .aeronDirectoryName(aeron)
                    .aeron(client)
                    .ownsAeronClient(false)
                    .archiveContext(localArchive(aeron))
                    .clusterDir(directory.part("cluster").toFile())
                    .idleStrategySupplier(context.idleStrategy())
                    .threadFactory(threads)
                    .errorHandler(problems::accept)
                    .terminationHook(() -> threads.end("its service has ended"))
                    .clusteredService(service));
            directory.preallocate();
            serviceClient = client;
            container = launched;
        } catch (final IOException | RuntimeException | Error e) {
            CloseHelper.quietClose(launched);
            CloseHelper.quietClose(client);
            CloseHelper.quietClose(driver);
            throw e;
        }
    }

    /** Worked by the service's own thread: one with a thread of its own keeps its lock when it ends, and its closing waits for ten seconds. */
    private Aeron serviceClient(final String aeron) {
        return Aeron.connect(new Aeron.Context()
                .aeronDirectoryName(aeron)
                .driverTimeoutMs(LIVENESS_NS / 1_000_000)
                .errorHandler(problems::accept)
                .subscriberErrorHandler(RethrowingErrorHandler.INSTANCE)
                .awaitingIdleStrategy(YieldingIdleStrategy.INSTANCE)
                .useConductorAgentInvoker(true)
                .clientLock(NoOpLock.INSTANCE));
    }

    /** Why it no longer runs; null while it does. */
    @Nullable
    String ending() {
        return threads.ended();
    }

    private ClusteredMediaDriver launchDriver(
            final CoordinationMemberContext context, final MemberDirectory directory, final String aeron) {
        final Members members = context.members();
        final String host = members.host(context.member());
        final int syncLevel = context.isForced() ? 1 : 0;
        final long timeoutNs = context.heartbeatTimeout().toNanos();
        return ClusteredMediaDriver.launch(
                new MediaDriver.Context()
                        .aeronDirectoryName(aeron)
                        .threadingMode(ThreadingMode.SHARED)
                        .sharedThreadFactory(threads)
                        .sharedIdleStrategy(context.idleStrategy().get())
                        .termBufferSparseFile(true)
                        .clientLivenessTimeoutNs(LIVENESS_NS)
                        .publicationUnblockTimeoutNs(UNBLOCK_NS)
                        .errorHandler(problems::accept)
                        .dirDeleteOnStart(true)
                        .dirDeleteOnShutdown(true),
                new Archive.Context()
                        .aeronDirectoryName(aeron)
                        .archiveDir(directory.part("archive").toFile())
                        .controlChannel("aeron:udp?endpoint=" + members.archiveEndpoint(context.member()))
                        .localControlChannel("aeron:ipc?term-length=64k")
                        .replicationChannel("aeron:udp?endpoint=" + host + ":0")
                        .recordingEventsEnabled(false)
                        .segmentFileLength(SEGMENT_BYTES)
                        .fileSyncLevel(syncLevel)
                        .catalogFileSyncLevel(syncLevel)
                        .threadFactory(threads)
                        .errorHandler(problems::accept)
                        .idleStrategySupplier(context.idleStrategy())
                        .threadingMode(ArchiveThreadingMode.SHARED),
                new ConsensusModule.Context()
                        .aeronDirectoryName(aeron)
                        .archiveContext(localArchive(aeron))
                        .clusterDir(directory.part("cluster").toFile())
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
                        .threadFactory(threads)
                        .errorHandler(problems::accept)
                        .idleStrategySupplier(context.idleStrategy())
                        .terminationHook(() -> threads.end("its part in consensus has ended")));
    }

    private static AeronArchive.Context localArchive(final String aeron) {
        return new AeronArchive.Context()
                .aeronDirectoryName(aeron)
                .controlRequestChannel("aeron:ipc?term-length=64k")
                .controlResponseChannel("aeron:ipc?term-length=64k");
    }

    CoordinationService service() {
        return service;
    }

    /** Bytes of the log that are committed, as far as is known here. */
    synchronized long committedBytes() {
        final AtomicCounter counter = driver.consensusModule().context().commitPositionCounter();
        return retired || counter.isClosed() ? 0 : counter.get();
    }

    /** Asks all members for a snapshot; false if this one does not lead, or one is being written. */
    synchronized boolean snapshot() {
        final AtomicCounter toggle = driver.consensusModule().context().controlToggleCounter();
        return !retired
                && service.isLeader()
                && !toggle.isClosed()
                && ClusterControl.ToggleState.SNAPSHOT.toggle(toggle);
    }

    /** Snapshots written by this launch. */
    synchronized long snapshots() {
        final AtomicCounter counter = driver.consensusModule().context().snapshotCounter();
        if (!retired && !counter.isClosed()) {
            snapshots = counter.get();
        }
        return snapshots;
    }

    private synchronized void retire() {
        threads.expectEnd();
        snapshots(); // the last time that it can be read
        retired = true;
    }

    @Override
    public void close() {
        retire();
        CloseHelper.quietClose(container);
        CloseHelper.quietClose(serviceClient);
        CloseHelper.quietClose(driver.consensusModule());
        CloseHelper.quietClose(driver);
        service.close();
    }
}
