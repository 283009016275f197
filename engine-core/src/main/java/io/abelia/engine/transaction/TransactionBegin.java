package io.abelia.engine.transaction;

import io.abelia.engine.apply.Kernel;
import io.abelia.engine.clock.OffHeapLongs;
import io.abelia.engine.lock.Seqlock;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.agrona.UnsafeApi;

/**
 * The applied clock at a transaction's begin, which becomes its observed clock. Copied optimistically under the version. The
 * engine's stability report never passes the clocks of open transactions, so it may be read by other threads.
 */
final class TransactionBegin implements AutoCloseable {
    private static final int INITIAL_ENTRIES = 32;
    private static final long NEVER = -1;
    private static final int OPTIMISTIC_TRIES = 256;
    private static final int STATE_BITS = 2;
    private static final long STATE_MASK = 3;
    private static final long OPEN = 1;
    private static final long EXPIRED = 2;
    private static final VarHandle STATE;

    static {
        try {
            STATE = MethodHandles.lookup().findVarHandle(TransactionBegin.class, "state", long.class);
        } catch (final ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private final Kernel kernel;
    private final OffHeapLongs clock = new OffHeapLongs(INITIAL_ENTRIES);
    private volatile int count;
    private long version;
    private long number;
    /** Number of the begin, times four, and one of the three states: whoever expires a transaction changes no other than it has looked at. */
    private volatile long state;

    TransactionBegin(final Kernel kernel) {
        this.kernel = kernel;
    }

    void begin() {
        assert (state & STATE_MASK) == 0 : state;
        number++;
        // from here on stability counts the clock of the last begin, or the one being copied: both are older
        state = number << STATE_BITS | OPEN;
        if (!beginOptimistically()) {
            // who changes the state may be waiting for this thread's processor: the commit lock gives it away
            kernel.lock().acquire();
            try {
                if (kernel.isOpen()) {
                    beginWithLock();
                } else {
                    beginNothing();
                }
            } finally {
                kernel.lock().release();
            }
        }
    }

    private boolean beginOptimistically() {
        final Seqlock applyVersion = kernel.version();
        for (int tries = 0; tries < OPTIMISTIC_TRIES; tries++) {
            if (!kernel.isOpen()) {
                beginNothing();
                return true;
            }
            final long noted = applyVersion.read();
            if (Seqlock.isChanging(noted)) {
                Thread.onSpinWait();
            } else {
                copy();
                if (applyVersion.isStill(noted)) {
                    version = noted;
                    return true;
                }
            }
        }
        return false;
    }

    /** Nothing can be committed any more, and memory may be gone. */
    private void beginNothing() {
        count = 0;
        version = NEVER;
    }

    /** As {@link #begin}, by a thread that is with the commit lock held. */
    void beginWithLock() {
        assert kernel.lock().isHeld();
        copy();
        version = kernel.version().read();
    }

    private void copy() {
        final int origins = kernel.origins().count();
        clock.ensureCapacity(origins);
        // entries never shrink, and outgrown arrays stay readable: what is torn is noticed by the version
        UnsafeApi.copyMemory(kernel.origins().appliedClock().address(), clock.address(), (long) origins << 3);
        count = origins;
    }

    /** Returns whether the transaction had expired. */
    boolean end() {
        return isExpired((long) STATE.getAndSet(this, number << STATE_BITS));
    }

    /** Changes with every begin and end. */
    long state() {
        return state;
    }

    static boolean isOpen(final long state) {
        return (state & STATE_MASK) == OPEN;
    }

    private static boolean isExpired(final long state) {
        return (state & STATE_MASK) == EXPIRED;
    }

    /** Whether the transaction has been given up; what a thread with the commit lock held reads stays so while it is there. */
    boolean isExpired() {
        return isExpired(state);
    }

    /** Gives the transaction up that was open in a state, unless it has ended since; with the commit lock held. */
    boolean expire(final long openState) {
        assert kernel.lock().isHeld() && isOpen(openState) : openState;
        return STATE.compareAndSet(this, openState, openState & ~STATE_MASK | EXPIRED);
    }

    long version() {
        return version;
    }

    long clock() {
        return clock.address();
    }

    int count() {
        return count;
    }

    @Override
    public void close() {
        clock.close();
    }
}
