package io.abelia.proofs.histories;

import io.abelia.engine.Engine;
import io.abelia.engine.clock.SessionToken;
import io.abelia.engine.clock.VectorClock;
import io.abelia.engine.transaction.Transaction;

/** Carries the token of the session's last commit, which says nothing of what the session has read since. */
final class CommitTokenMover implements Mover {
    private SessionToken token = SessionToken.empty();

    @Override
    public void hasRead(final Transaction transaction, final VectorClock snapshot) {}

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
