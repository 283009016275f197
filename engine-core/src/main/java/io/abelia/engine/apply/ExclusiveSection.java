package io.abelia.engine.apply;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * The short exclusive section in which a transaction gets its seq, is appended and applied. Spins, then yields, then sleeps for
 * ever longer moments; never allocates, is not fair and not reentrant. Nothing inside it waits for a disk or a peer.
 */
public final class ExclusiveSection {
    private static final int SPINS = 256;
    private static final int YIELDS = 64;
    private static final long FIRST_SLEEP_NS = 1_000;
    private static final long LONGEST_SLEEP_NS = 50_000;
    /** Most time for which {@link #enterBehind} lets others in first. */
    private static final int COURTESIES = 2;

    private static final VarHandle HELD;
    private static final VarHandle WAITING;

    static {
        try {
            HELD = MethodHandles.lookup().findVarHandle(ExclusiveSection.class, "held", int.class);
            WAITING = MethodHandles.lookup().findVarHandle(ExclusiveSection.class, "waiting", int.class);
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

    /** Enters; waits as long as somebody else is inside. An interrupt does not end the wait, and is kept. */
    public void enter() {
        if (!HELD.compareAndSet(this, 0, 1)) {
            contend();
        }
    }

    /**
     * Enters behind those who wait already, for a fifth of a millisecond at most: for who enters again and again with work that may wait, as a scan of
     * a table does. Without that the others find it closed whenever they look, as nobody is told when it opens.
     */
    public void enterBehind() {
        for (int i = 0; i < COURTESIES && waiting != 0; i++) {
            LockSupport.parkNanos(LONGEST_SLEEP_NS);
        }
        enter();
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
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /** Leaves. Whoever sleeps looks again by itself: to wake it would cost a commit more than all else that it does. */
    public void leave() {
        HELD.setRelease(this, 0);
    }

    /**
     * Leaves, and wakes one who sleeps: behind {@link #enterBehind}. The thread that waits may have taken the processor of the one that is inside. It
     * sleeps then, so that this one goes on; woken here, it waits no longer than needed.
     */
    public void leaveBehind() {
        leave();
        final Thread woken = sleeper;
        if (woken != null) {
            sleeper = null;
            LockSupport.unpark(woken);
        }
    }
}
