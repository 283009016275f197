package io.abelia.engine.observe;

import io.abelia.engine.clock.VectorClock;
import java.util.List;

/** Receives committed transactions in causal order, each once. */
public interface TransactionHandler {
    /**
     * A transaction. An exception ends the poll; the same transaction comes again with the next.
     *
     * @param origin its origin
     * @param seq its seq
     * @param hybridTime its hybrid time
     * @param changes its operations on cells that were subscribed to, at least one
     */
    void onTransaction(long origin, long seq, long hybridTime, List<Change> changes);

    /**
     * The transactions that come next have been removed from the log: read the state anew. The subscription goes on behind the
     * clock.
     *
     * @param clock what the state contains at least
     */
    void onReset(VectorClock clock);
}
