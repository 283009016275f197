package io.abelia.testkit;

import io.abelia.engine.clock.OriginTable;
import io.abelia.engine.clock.RecordClock;

/**
 * Local records that tell of no other origins, so none of them waits for another anywhere: log and wire are the same, causal order is lost. For
 * measurements of what causality costs, with fewer origins than a record may tell of ({@code EngineContext.recordClock(UntrackedClock::new)}).
 */
public final class UntrackedClock extends RecordClock {
    public UntrackedClock(final OriginTable table) {
        super(table);
    }

    @Override
    public void beginLocal(final int ownIndex, final long ownSeq, final int[] moved, final int movedCount) {
        super.beginLocal(ownIndex, ownSeq, moved, 0);
    }

    @Override
    public void observeAt(final long observedClock, final int observedCount) {
        // what was observed is lost with the order
    }
}
