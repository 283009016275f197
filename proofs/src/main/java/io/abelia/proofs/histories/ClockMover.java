package io.abelia.proofs.histories;

import io.abelia.engine.Engine;
import io.abelia.engine.clock.VectorClock;
import io.abelia.engine.transaction.Transaction;

/** Carries the clock of all that the session has read and written, and waits for an engine that has applied it. */
final class ClockMover implements Mover {
    private VectorClock seen = VectorClock.empty();

    @Override
    public void hasRead(final Transaction transaction, final VectorClock snapshot) {
        seen = seen.merge(snapshot);
    }

    @Override
    public void hasCommitted(final Transaction transaction, final boolean hasWritten) {
        if (hasWritten) {
            seen = seen.merge(VectorClock.builder()
                    .put(transaction.origin(), transaction.seq())
                    .build());
        }
    }

    @Override
    public boolean mayGoOnAt(final Engine engine) {
        return engine.clock().covers(seen);
    }
}
