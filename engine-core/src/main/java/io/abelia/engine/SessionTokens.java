package io.abelia.engine;

import io.abelia.engine.apply.Kernel;
import io.abelia.engine.clock.OriginTable;
import io.abelia.engine.clock.SessionToken;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import org.agrona.concurrent.NanoClock;

/** Hands out and waits for what sessions have seen. */
final class SessionTokens {
    private static final long POLL_NS = 20_000;

    private final Kernel kernel;
    private final NanoClock nanoClock;

    SessionTokens(final Kernel kernel, final NanoClock nanoClock) {
        this.kernel = kernel;
        this.nanoClock = nanoClock;
    }

    private void enter() {
        kernel.lock().acquire();
        if (kernel.isReleased()) {
            kernel.lock().release();
            throw new IllegalStateException("the engine is closed");
        }
    }

    SessionToken current() {
        enter();
        try {
            return SessionToken.of(kernel.origins().heads());
        } finally {
            kernel.lock().release();
        }
    }

    boolean hasApplied(final SessionToken token) {
        return state(token) == AwaitResult.APPLIED;
    }

    AwaitResult await(final SessionToken token, final Duration timeout) throws InterruptedException {
        final long startNs = nanoClock.nanoTime();
        AwaitResult state = state(token);
        while (state == AwaitResult.TIMED_OUT && nanoClock.nanoTime() - startNs < timeout.toNanos()) {
            if (Thread.interrupted()) {
                throw new InterruptedException("interrupted while waiting for a token");
            }
            LockSupport.parkNanos(POLL_NS);
            state = state(token);
        }
        return state;
    }

    /** What waiting would come to if it ended now. */
    private AwaitResult state(final SessionToken token) {
        final OriginTable origins = kernel.origins();
        final boolean[] missing = new boolean[1];
        final boolean[] lost = new boolean[1];
        enter();
        try {
            token.dots().forEach((origin, seq) -> {
                final int index = origins.indexOf(origin);
                final boolean has = index != OriginTable.UNKNOWN && origins.applied(index) >= seq;
                missing[0] |= !has;
                lost[0] |= !has && index != OriginTable.UNKNOWN && origins.isClosed(index);
            });
        } finally {
            kernel.lock().release();
        }
        return lost[0] ? AwaitResult.LOST : missing[0] ? AwaitResult.TIMED_OUT : AwaitResult.APPLIED;
    }
}
