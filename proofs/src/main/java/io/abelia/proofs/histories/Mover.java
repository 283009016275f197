package io.abelia.proofs.histories;

import io.abelia.engine.Engine;
import io.abelia.engine.clock.VectorClock;
import io.abelia.engine.transaction.Transaction;

/** What one session carries along, and when another node may serve it. One thread. */
interface Mover {
    /** A transaction of the session has taken its snapshot, which holds so much. */
    void hasRead(Transaction transaction, VectorClock snapshot);

    /** A transaction of the session has committed; one without writes has no dot. */
    void hasCommitted(Transaction transaction, boolean hasWritten);

    /** Whether an engine may serve the session next. */
    boolean mayGoOnAt(Engine engine);
}
