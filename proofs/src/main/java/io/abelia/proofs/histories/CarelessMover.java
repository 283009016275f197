package io.abelia.proofs.histories;

import io.abelia.engine.Engine;
import io.abelia.engine.clock.VectorClock;
import io.abelia.engine.transaction.Transaction;

/** Carries nothing and goes anywhere. */
final class CarelessMover implements Mover {
    @Override
    public void hasRead(final Transaction transaction, final VectorClock snapshot) {}

    @Override
    public void hasCommitted(final Transaction transaction, final boolean hasWritten) {}

    @Override
    public boolean mayGoOnAt(final Engine engine) {
        return true;
    }
}
