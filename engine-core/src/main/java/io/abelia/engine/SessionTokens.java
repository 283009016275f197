package io.abelia.engine;

import io.abelia.engine.apply.Kernel;
import io.abelia.engine.clock.OriginTable;
import java.nio.ByteOrder;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.NanoClock;

/** Session tokens: the dot of a transaction, 8 bytes origin and 8 bytes seq, which covers all its causes. */
final class SessionTokens {
    private static final long POLL_NS = 20_000;

    private final Kernel kernel;
    private final NanoClock nanoClock;

    SessionTokens(final Kernel kernel, final NanoClock nanoClock) {
        this.kernel = kernel;
        this.nanoClock = nanoClock;
    }

    private static long origin(final DirectBuffer token, final int offset) {
        return token.getLong(offset, ByteOrder.LITTLE_ENDIAN);
    }

    private static long seq(final DirectBuffer token, final int offset) {
        return token.getLong(offset + Long.BYTES, ByteOrder.LITTLE_ENDIAN);
    }

    private void enter() {
        kernel.section().enter();
        if (kernel.isReleased()) {
            kernel.section().leave();
            throw new IllegalStateException("the engine is closed");
        }
    }

    boolean hasApplied(final DirectBuffer token, final int offset) {
        enter();
        try {
            return kernel.origins().appliedOf(origin(token, offset)) >= seq(token, offset);
        } finally {
            kernel.section().leave();
        }
    }

    AwaitResult await(final DirectBuffer token, final int offset, final Duration timeout) throws InterruptedException {
        final long startNs = nanoClock.nanoTime();
        while (!hasApplied(token, offset)) {
            if (hasEndedBefore(origin(token, offset), seq(token, offset))) {
                return AwaitResult.LOST;
            }
            if (nanoClock.nanoTime() - startNs >= timeout.toNanos()) {
                return AwaitResult.TIMED_OUT;
            }
            if (Thread.interrupted()) {
                throw new InterruptedException("interrupted while waiting for a token");
            }
            LockSupport.parkNanos(POLL_NS);
        }
        return AwaitResult.APPLIED;
    }

    private boolean hasEndedBefore(final long origin, final long seq) {
        enter();
        try {
            final int index = kernel.origins().indexOf(origin);
            return index != OriginTable.UNKNOWN
                    && kernel.origins().applied(index) < seq
                    && kernel.origins().isClosed(index);
        } finally {
            kernel.section().leave();
        }
    }
}
