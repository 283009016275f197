package io.abelia.coordination.member;

import io.abelia.engine.Digest;
import io.abelia.engine.file.ScratchDirectory;
import java.io.IOException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.agrona.CloseHelper;
import org.agrona.concurrent.SystemNanoClock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A member of a coordination group: Raft as Aeron Cluster implements it, with its own media driver and archive, and the coordinated state
 * as its service. Close it when it is to stop; the others go on as long as they are a majority.
 *
 * <p>What ends by itself, as behind a pause of the whole machine or on a full disk, is launched again from the directory, as soon as there
 * is room in it: {@link #problem} tells of it meanwhile. All methods may be called by any thread, also once it is closed.
 */
public final class CoordinationMember implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(CoordinationMember.class);
    private static final long TURN_NS = 100_000_000L;
    private static final long LEAST_WAIT_NS = 500_000_000L;
    private static final long MOST_WAIT_NS = 10_000_000_000L;
    private static final int MOST_FAILURES = 8;
    /** What ran for so long did not end because of how it was launched. */
    private static final long GOOD_RUN_NS = 60_000_000_000L;

    private final CoordinationMemberContext context;
    private final MemberDirectory directory;
    private final ScratchDirectory scratch;
    private final Thread supervisor;
    private volatile MemberLaunch launch;
    private volatile @Nullable Throwable lastProblem;
    private volatile @Nullable String down;
    private final AtomicLong restarts = new AtomicLong();
    private final AtomicLong earlierSnapshots = new AtomicLong();
    private volatile boolean closed;
    private final AtomicInteger failures = new AtomicInteger();
    private long snapshotBytes;
    private long launchedNs = SystemNanoClock.INSTANCE.nanoTime();
    private long waitNs;

    private CoordinationMember(
            final CoordinationMemberContext context, final MemberDirectory directory, final ScratchDirectory scratch)
            throws IOException {
        this.context = context;
        this.directory = directory;
        this.scratch = scratch;
        this.launch = newLaunch();
        this.supervisor = new Thread(this::supervise, "abelia-coordination-supervisor");
        supervisor.setDaemon(true);
    }

    /**
     * Starts a member; it takes part as soon as a majority is up.
     *
     * @throws IOException if its directory cannot be used: another process or member has it, its disk is full, or it is empty and the context
     *     does not say that this is the {@linkplain CoordinationMemberContext#firstStart first start}
     */
    public static CoordinationMember launch(final CoordinationMemberContext context) throws IOException {
        context.conclude();
        final MemberDirectory directory =
                MemberDirectory.open(context.directory(), context.member(), context.isFirstStart());
        ScratchDirectory scratch = null;
        CoordinationMember member = null;
        try {
            scratch = ScratchDirectory.open("abelia-member");
            member = new CoordinationMember(context, directory, scratch);
            directory.markStarted(context.member());
            member.supervisor.start();
            return member;
        } catch (final IOException | RuntimeException | Error e) {
            if (member != null) {
                member.launch.close(); // before the directory is another's
            }
            CloseHelper.quietClose(scratch);
            directory.close();
            throw e;
        }
    }

    private MemberLaunch newLaunch() throws IOException {
        return new MemberLaunch(context, directory, aeronDirectory(), this::note);
    }

    private void note(final Throwable problem) {
        lastProblem = problem;
        if (!closed) {
            LOG.warn("coordination member {}: {}", context.member(), firstLine(problem));
        }
    }

    private static String firstLine(final Throwable problem) {
        return problem.toString().lines().findFirst().orElse("");
    }

    /** Launches again what has ended; has all members write a snapshot whenever the log has grown by so much. */
    private void supervise() {
        while (!closed) {
            LockSupport.parkNanos(TURN_NS);
            try {
                final String ending = launch.ending();
                if (ending == null) {
                    askForSnapshot();
                } else if (!closed) {
                    launchAgain(ending);
                }
            } catch (final RuntimeException | Error e) {
                note(e);
            }
        }
    }

    private void launchAgain(final String ending) {
        down = "coordination member " + context.member() + ": " + ending;
        LOG.error("coordination member {}: {}; it is launched again", context.member(), ending);
        final MemberLaunch ended = launch;
        ended.close();
        if (SystemNanoClock.INSTANCE.nanoTime() - launchedNs > GOOD_RUN_NS) {
            waitNs = 0;
        }
        while (!closed) {
            pause();
            try {
                if (directory.hasRoom()) {
                    launchedNs = SystemNanoClock.INSTANCE.nanoTime();
                    launch = newLaunch();
                    earlierSnapshots.addAndGet(ended.snapshots());
                    failures.set(0);
                    restarts.incrementAndGet();
                    snapshotBytes = 0;
                    down = null;
                    LOG.info("coordination member {} runs again", context.member());
                    return;
                }
                down = directory.wantOfRoom();
            } catch (final IOException | RuntimeException | Error e) {
                note(e);
                failures.incrementAndGet();
                down = "coordination member " + context.member() + " cannot be launched again: " + firstLine(e);
            }
        }
    }

    /** Longer each time: the first launch comes at once, one that fails again and again every ten seconds. */
    private void pause() {
        final long endNs = SystemNanoClock.INSTANCE.nanoTime() + waitNs;
        while (!closed && SystemNanoClock.INSTANCE.nanoTime() - endNs < 0) {
            LockSupport.parkNanos(TURN_NS);
        }
        waitNs = Math.min(Math.max(LEAST_WAIT_NS, 2 * waitNs), MOST_WAIT_NS);
    }

    /** Only the leader's control is obeyed. */
    private void askForSnapshot() {
        final long now = Math.max(snapshotBytes, launch.committedBytes());
        if (now - snapshotBytes >= context.snapshotIntervalBytes() && isLeader()) {
            if (snapshot()) {
                snapshotBytes = now;
            }
        } else if (!isLeader()) {
            snapshotBytes = Math.max(
                    snapshotBytes, now - context.snapshotIntervalBytes() / 2); // a new leader does not begin with one
        }
    }

    /** Asks for a snapshot of all members now; false if this member does not lead or one is being written. */
    public boolean snapshot() {
        return launch.snapshot();
    }

    /** Snapshots written since the member was launched. */
    public long snapshots() {
        return earlierSnapshots.get() + launch.snapshots();
    }

    /** Directory of its media driver, for clients in the same process; gone when the member is closed. */
    public String aeronDirectory() {
        return scratch.path().toString();
    }

    public boolean isLeader() {
        return launch.service().isLeader();
    }

    /** How many coordinated transactions have been committed, as far as this member has applied them. */
    public long position() {
        return launch.service().position();
    }

    /** Digest of the coordinated state here; null before the start, and behind the end. */
    public @Nullable Digest digest() {
        return launch.service().digest();
    }

    /** Why the member does not take part; null while it runs. */
    public @Nullable String problem() {
        return closed ? "coordination member " + context.member() + " is closed" : down;
    }

    /** Whether it has been launched again in vain so often that only a new process helps: what an error left open keeps its ports. */
    public boolean hasGivenUp() {
        return failures.get() >= MOST_FAILURES;
    }

    /** How often it ended by itself and was launched again. */
    public long restarts() {
        return restarts.get();
    }

    /** What went wrong last, if anything did; consensus goes on where it can. */
    public @Nullable Throwable lastProblem() {
        return lastProblem;
    }

    @Override
    public void close() throws IOException {
        closed = true;
        boolean interrupted = false;
        while (supervisor.isAlive()) {
            LockSupport.unpark(supervisor);
            try {
                supervisor.join(TURN_NS / 1_000_000);
            } catch (final InterruptedException e) {
                interrupted = true;
            }
        }
        try {
            launch.close();
            scratch.close();
            directory.close();
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt(); // behind what an interrupt would break off
            }
        }
    }
}
