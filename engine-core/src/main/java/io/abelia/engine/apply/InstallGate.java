package io.abelia.engine.apply;

import io.abelia.engine.lock.CommitLock;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/**
 * Keeps commits and deliveries waiting, without the commit lock, from the moment at which a peer's state has been installed until a launch would
 * find it: what is appended before that could be lost.
 */
public final class InstallGate {
    private static final long WAIT_NS = 100_000;

    private final CommitLock lock;
    private volatile boolean installing;

    InstallGate(final CommitLock lock) {
        this.lock = lock;
    }

    /** With the commit lock. */
    public void close() {
        assert lock.isHeld();
        installing = true;
    }

    public void open() {
        installing = false;
    }

    /** Takes the commit lock when the gate is open, or when it is of no use any more. */
    void acquire(final BooleanSupplier isOpen) {
        boolean interrupted = false;
        lock.acquire();
        while (installing && isOpen.getAsBoolean()) {
            lock.release();
            interrupted |= Thread.interrupted(); // else parking returns at once
            LockSupport.parkNanos(WAIT_NS);
            lock.acquire();
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
