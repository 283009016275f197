package io.abelia.engine.lock;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.abelia.engine.file.Uninterrupted;
import java.io.IOException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;

/** Who enters again and again with work that may wait lets others in: with {@code enter} alone they are starved. */
class CommitLockTest {
    private static final int ENTRIES = 300;
    private static final long GAP_NS = 100_000;
    private static final long HOLD_NS = 20_000;
    private static final long DEADLINE_MS = 20_000;

    @Test
    void whoEntersBehindLetsOthersIn() throws InterruptedException {
        final CommitLock lock = new CommitLock();
        final AtomicBoolean done = new AtomicBoolean();
        final Thread scanning = new Thread(() -> {
            while (!done.get()) {
                lock.acquireBehind();
                final long startNs = System.nanoTime();
                while (System.nanoTime() - startNs < HOLD_NS) {
                    Thread.onSpinWait();
                }
                lock.releaseBehind();
            }
        });
        final AtomicInteger entries = new AtomicInteger();
        final Thread committing = new Thread(() -> {
            while (!done.get() && entries.get() < ENTRIES) {
                LockSupport.parkNanos(GAP_NS);
                lock.acquire();
                entries.incrementAndGet();
                lock.release();
            }
        });
        scanning.start();
        committing.start();
        committing.join(DEADLINE_MS);
        final int got = entries.get();
        done.set(true);
        scanning.join();
        committing.join();
        assertEquals(ENTRIES, got);
    }

    @Test
    void theLockKnowsItsHolder() throws InterruptedException {
        final CommitLock lock = new CommitLock();
        assertTrue(lock.isHeld(), "nobody else knows of what it guards");
        lock.share();
        assertFalse(lock.isHeld());
        lock.acquire();
        assertTrue(lock.isHeld());
        assertThrows(AssertionError.class, lock::acquire, "it is not reentrant");
        final AtomicBoolean heldElsewhere = new AtomicBoolean(true);
        final Thread other = new Thread(() -> heldElsewhere.set(lock.isHeld()));
        other.start();
        other.join();
        assertFalse(heldElsewhere.get());
        lock.release();
        assertThrows(AssertionError.class, lock::release, "it is not held");
        lock.unshare();
        assertTrue(lock.isHeld());
    }

    @Test
    void whoHoldsItMayWaitForNothingButWhatIsDeclared() throws IOException {
        final CommitLock lock = new CommitLock();
        assertTrue(CommitLock.mayWait());
        lock.acquire();
        try {
            assertFalse(CommitLock.mayWait());
            assertThrows(AssertionError.class, () -> Uninterrupted.run(() -> {}));
            CommitLock.beginStall();
            try {
                Uninterrupted.run(() -> {});
            } finally {
                CommitLock.endStall();
            }
        } finally {
            lock.release();
        }
        Uninterrupted.run(() -> {});
    }
}
