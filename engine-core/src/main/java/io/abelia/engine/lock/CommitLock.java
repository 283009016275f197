package io.abelia.engine.lock;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Held for the short moment in which a transaction gets its seq, is appended and applied, and by all else that changes state or reads it as a
 * whole. Who waits spins, then yields, then sleeps for ever longer moments; never allocates; is not fair and not reentrant.
 *
 * <p>Who holds it takes no monitor and touches no file, so that no commit waits for a disk or a thread that does. The exceptions are declared as
 * stalls ({@link #beginStall}). With assertions on, the lock knows its holder: whatever needs it asserts {@link #isHeld}, and whatever may wait
 * asserts {@link #mayWait}.
 */
public final class CommitLock {
    private static final int SPINS = 256;
    private static final int YIELDS = 64;
    private static final long FIRST_SLEEP_NS = 1_000;
    private static final long LONGEST_SLEEP_NS = 50_000;
    /** Most time for which {@link #acquireBehind} lets others in first. */
    private static final int COURTESIES = 2;

    private static final VarHandle HELD;
    private static final VarHandle WAITING;

    static {
        try {
            HELD = MethodHandles.lookup().findVarHandle(CommitLock.class, "held", int.class);
            WAITING = MethodHandles.lookup().findVarHandle(CommitLock.class, "waiting", int.class);
        } catch (final ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    @SuppressWarnings("unused") // through HELD
    private volatile int held;

    @SuppressWarnings("unused") // through WAITING
    private volatile int waiting;

    /** The last that went to sleep, if nobody has woken it: a hint, as all sleeps are short. */
    private volatile @Nullable Thread sleeper;

    /** Who holds it; kept with assertions only. */
    private @Nullable Thread holder;

    /** What this thread holds, over all locks; kept with assertions only. */
    private static final ThreadLocal<int[]> HOLDING = ThreadLocal.withInitial(() -> new int[2]);

    private static final int LOCKS = 0;
    private static final int STALLS = 1;

    /** Whether more threads than the one that made it know of what the lock guards. */
    private volatile boolean shared;

    /** Says that other threads may know of what the lock guards from now on. Before that its maker needs not hold it. */
    public void share() {
        shared = true;
    }

    /** Says that one thread alone uses what the lock guards from now on, as when an engine lets go of it. */
    public void unshare() {
        shared = false;
    }

    /** Whether this thread holds the lock, or needs not. For assertions: without them nobody knows. */
    public boolean isHeld() {
        return !shared || holder == Thread.currentThread();
    }

    /** Whether this thread may wait for a file or a monitor: it holds no commit lock, or has declared a stall. For assertions. */
    public static boolean mayWait() {
        final int[] holding = HOLDING.get();
        return holding[LOCKS] == 0 || holding[STALLS] > 0;
    }

    /**
     * Declares that commits have to wait for a file now: because what housekeeping makes ahead of its need was not there, or because the whole
     * state is replaced. To be ended by {@link #endStall}.
     */
    public static void beginStall() {
        assert count(STALLS, 1);
    }

    /** Ends what {@link #beginStall} declared. */
    public static void endStall() {
        assert count(STALLS, -1);
    }

    private static boolean count(final int what, final int change) {
        final int[] holding = HOLDING.get();
        holding[what] += change;
        return holding[what] >= 0;
    }

    private boolean noteTaken() {
        holder = Thread.currentThread();
        return count(LOCKS, 1);
    }

    private boolean noteReleased() {
        if (holder != Thread.currentThread()) {
            return false;
        }
        holder = null;
        return count(LOCKS, -1);
    }

    /** Takes the lock; waits as long as somebody else holds it. An interrupt does not end the wait, and is kept. */
    public void acquire() {
        assert holder != Thread.currentThread() : "the commit lock is not reentrant";
        if (!HELD.compareAndSet(this, 0, 1)) {
            contend();
        }
        assert noteTaken();
    }

    /**
     * Takes the lock behind those who wait already, for a fifth of a millisecond at most: for who takes it again and again with work that may
     * wait, as a scan of a table does. Without that the others find it taken whenever they look.
     */
    public void acquireBehind() {
        for (int i = 0; i < COURTESIES && waiting != 0; i++) {
            LockSupport.parkNanos(LONGEST_SLEEP_NS);
        }
        acquire();
    }

    private void contend() {
        WAITING.getAndAdd(this, 1);
        try {
            contendCounted();
        } finally {
            WAITING.getAndAdd(this, -1);
        }
    }

    private void contendCounted() {
        boolean interrupted = false;
        int tries = 0;
        long sleepNs = FIRST_SLEEP_NS;
        while (held != 0 || !HELD.compareAndSet(this, 0, 1)) {
            tries++;
            if (tries < SPINS) {
                Thread.onSpinWait();
            } else {
                interrupted |= Thread.interrupted(); // else parking returns at once
                sleeper = Thread.currentThread();
                if (tries < SPINS + YIELDS) {
                    LockSupport.parkNanos(1); // gives the core away for a moment
                } else {
                    LockSupport.parkNanos(sleepNs);
                    sleepNs = Math.min(LONGEST_SLEEP_NS, sleepNs << 1);
                }
            }
        }
        if (sleeper == Thread.currentThread()) {
            sleeper = null; // it needs no waking, and a thread that has ended is not held here
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /** Releases the lock. Whoever sleeps looks again by itself: to wake it would cost a commit more than all else that it does. */
    public void release() {
        assert noteReleased() : "the commit lock is released by a thread that does not hold it";
        HELD.setRelease(this, 0);
    }

    /**
     * Releases the lock, and wakes one who sleeps: behind {@link #acquireBehind}. The thread that waits may have taken the processor of the holder. It
     * sleeps then, so that this one goes on; woken here, it waits no longer than needed.
     */
    public void releaseBehind() {
        release();
        final Thread woken = sleeper;
        if (woken != null) {
            sleeper = null;
            LockSupport.unpark(woken);
        }
    }
}
