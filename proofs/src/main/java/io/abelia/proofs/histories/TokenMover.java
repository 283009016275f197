package io.abelia.proofs.histories;

import io.abelia.engine.Engine;
import io.abelia.engine.clock.SessionToken;
import io.abelia.engine.clock.VectorClock;
import io.abelia.engine.transaction.Transaction;

/** Carries the token of what the session saw last, read or written, as an application would. */
final class TokenMover implements Mover {
    private SessionToken token = SessionToken.empty();

    @Override
    public void hasRead(final Transaction transaction, final VectorClock snapshot) {
        token = SessionToken.parse(transaction.token().toString());
    }

    @Override
    public void hasCommitted(final Transaction transaction, final boolean hasWritten) {
        if (hasWritten) {
            token = transaction.token();
        }
    }

    @Override
    public boolean mayGoOnAt(final Engine engine) {
        return engine.hasApplied(token);
    }
}
