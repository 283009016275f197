package io.abelia.engine.replicate;

import io.abelia.engine.Engine;
import io.abelia.engine.apply.Kernel;
import io.abelia.engine.clock.VectorClock;

/**
 * The clock of what is forced to disk here and seen by every open transaction: what a node may report as its contribution to causal
 * stability. With durability MEMORY, what is applied counts as durable.
 */
final class DurableClock {
    private final Engine engine;
    private final Kernel kernel;
    private final boolean forced;
    private VectorClock clock = VectorClock.empty();
    private VectorClock applied = VectorClock.empty();
    private VectorClock candidate = VectorClock.empty();
    private VectorClock candidateApplied = VectorClock.empty();
    private long candidatePosition;
    private boolean candidateFresh;
    private boolean fresh;

    DurableClock(final Engine engine, final boolean forced) {
        this.engine = engine;
        this.kernel = engine.kernel();
        this.forced = forced;
        capture();
        if (!forced || kernel.log().force()) { // transactions may have been committed since the launch
            clock = candidate;
            applied = candidateApplied;
        }
        candidateFresh = false;
    }

    /** Brings the clock up to date and returns it. */
    VectorClock update() {
        assert candidatePosition <= kernel.log().appendPosition() : candidatePosition;
        if (!forced || kernel.log().forcedPosition() >= candidatePosition) {
            clock = clock.merge(candidate);
            applied = candidateApplied;
            // a fenced node may have been given a snapshot without what the group has given up
            assert engine.fenced() != null || applied.covers(clock) : applied + " lacks some of " + clock;
            fresh = candidateFresh;
            capture();
        }
        return clock;
    }

    /** Takes what is applied now, and what of it all open transactions have observed. */
    private void capture() {
        kernel.lock().acquire();
        try {
            final long[] entries = new long[kernel.origins().count()];
            for (int i = 0; i < entries.length; i++) {
                entries[i] = kernel.origins().applied(i);
            }
            candidateApplied = kernel.origins().toVectorClock();
            engine.lowerToOpenTransactions(entries);
            final VectorClock.Builder builder = VectorClock.builder();
            for (int i = 0; i < entries.length; i++) {
                builder.put(kernel.origins().origin(i), entries[i]);
            }
            candidate = builder.build();
            candidatePosition = kernel.log().appendPosition();
            candidateFresh = true;
        } finally {
            kernel.lock().release();
        }
        assert candidateApplied.covers(candidate) : candidate;
    }

    /**
     * What to report as stable: nothing until a clock that was taken after the last {@link #restart} has been forced. A clock taken
     * before may lack a record that came from a launch which is dead in the view that the report would be made in.
     */
    VectorClock report() {
        final VectorClock current = update();
        return fresh ? current : VectorClock.empty();
    }

    /** To be called when the view changes. */
    void restart() {
        fresh = false;
        candidateFresh = false;
    }

    /** What had been applied, and has been forced since, when the clock of the last {@link #update} was taken. */
    VectorClock applied() {
        return applied;
    }
}
