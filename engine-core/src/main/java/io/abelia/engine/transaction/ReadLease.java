package io.abelia.engine.transaction;

import io.abelia.engine.apply.Kernel;
import io.abelia.engine.clock.SessionToken;
import io.abelia.engine.state.BeforeImages;
import org.jspecify.annotations.Nullable;

/**
 * A claim on the images of one cut. It is ended with the commit lock held, and every read looks at it there: no read, on whatever thread,
 * sees images that have become another snapshot's.
 */
final class ReadLease {
    private final Kernel kernel;
    private final int id;
    private final SessionToken token;
    private volatile @Nullable String ended;

    private ReadLease(final Kernel kernel, final int id) {
        assert id >= 0 && id < BeforeImages.MAX_SNAPSHOTS : id;
        this.kernel = kernel;
        this.id = id;
        this.token = SessionToken.of(kernel.origins().heads());
    }

    /** Claims images of everything applied so far; with the commit lock held. */
    static ReadLease openWithLock(final Kernel kernel) {
        assert kernel.lock().isHeld();
        if (kernel.isReleased()) {
            throw new IllegalStateException("the engine is closed");
        }
        final int id = kernel.units().images().open(kernel.applier().applied());
        if (id == BeforeImages.TOO_MANY) {
            throw new IllegalStateException(
                    BeforeImages.MAX_SNAPSHOTS + " snapshots and reading transactions are open; close some");
        }
        return new ReadLease(kernel, id);
    }

    /** What a session has seen that reads here. */
    SessionToken token() {
        return token;
    }

    /** Number of the images. */
    int id() {
        return id;
    }

    /** Why nothing can be read any more, or null. */
    @Nullable
    String ended() {
        return ended;
    }

    /** Gives the images up, once; reads are refused with that reason from now on. */
    void end(final String reason) {
        kernel.lock().acquire();
        try {
            endWithLock(reason);
        } finally {
            kernel.lock().release();
        }
    }

    /** As {@link #end}, by a thread that is with the commit lock held. */
    void endWithLock(final String reason) {
        assert kernel.lock().isHeld();
        if (ended == null) {
            ended = reason;
            if (!kernel.isReleased()) { // else its memory is gone
                kernel.units().images().close(id);
                kernel.units().removePending();
            }
        }
    }
}
