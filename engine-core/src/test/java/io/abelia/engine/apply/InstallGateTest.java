package io.abelia.engine.apply;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.abelia.engine.lock.CommitLock;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** What would be appended to a state that a launch would not find yet waits, and holds nobody else up. */
class InstallGateTest {
    private static final int DEADLINE_S = 20;

    private final CommitLock lock = new CommitLock();
    private final InstallGate gate = new InstallGate(lock);

    private void close() {
        lock.share();
        lock.acquire();
        gate.close();
        lock.release();
    }

    @Test
    void whoAppendsWaitsUntilTheGateOpensAndReadersDoNot() throws Exception {
        close();
        final AtomicBoolean open = new AtomicBoolean();
        final AtomicInteger looks = new AtomicInteger();
        final CompletableFuture<Boolean> append = CompletableFuture.supplyAsync(() -> {
            gate.acquire(() -> looks.incrementAndGet() > 0);
            try {
                return open.get();
            } finally {
                lock.release();
            }
        });
        final long deadlineNs = System.nanoTime() + TimeUnit.SECONDS.toNanos(DEADLINE_S);
        while (looks.get() < 3 && System.nanoTime() < deadlineNs) {
            lock.acquire(); // a reader
            lock.release();
        }
        assertTrue(looks.get() >= 3, "it looks again and again");
        assertFalse(append.isDone());
        open.set(true);
        gate.open();
        assertTrue(append.get(DEADLINE_S, TimeUnit.SECONDS), "it went in before the gate was open");
    }

    @Test
    void anEngineThatHasFailedLetsEverybodyInToBeRefused() {
        close();
        final AtomicInteger looks = new AtomicInteger();
        gate.acquire(() -> looks.incrementAndGet() < 2);
        assertEquals(2, looks.get());
        assertTrue(lock.isHeld());
        lock.release();
    }
}
