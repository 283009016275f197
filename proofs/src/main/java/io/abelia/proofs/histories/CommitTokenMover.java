package io.abelia.proofs.histories;

import io.abelia.engine.Engine;
import io.abelia.engine.clock.VectorClock;
import io.abelia.engine.transaction.Transaction;
import org.agrona.concurrent.UnsafeBuffer;

/** Carries the token of the session's last commit, which says nothing of what the session has read since. */
final class CommitTokenMover implements Mover {
    private static final int TOKEN_BYTES = 16;

    private final UnsafeBuffer token = new UnsafeBuffer(new byte[TOKEN_BYTES]);
    private boolean hasToken;

    @Override
    public void hasRead(final Transaction transaction, final VectorClock snapshot) {}

    @Override
    public void hasCommitted(final Transaction transaction, final boolean hasWritten) {
        if (hasWritten) {
            transaction.copyToken(token, 0);
            hasToken = true;
        }
    }

    @Override
    public boolean mayGoOnAt(final Engine engine) {
        return !hasToken || engine.hasApplied(token, 0);
    }
}
