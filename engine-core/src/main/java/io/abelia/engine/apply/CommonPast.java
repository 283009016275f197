package io.abelia.engine.apply;

import io.abelia.engine.clock.RecordClock;
import io.abelia.engine.clock.VectorClock;
import java.util.BitSet;
import org.agrona.collections.LongHashSet;

/**
 * What an engine had collected when it was connected to others for the first time: of everything up to that clock it has dropped what it would
 * need to settle concurrent operations. So it takes only what was committed by who had observed that clock: whoever joined it has, an engine with a
 * past of its own has not. Empty for engines that never collected alone. Within the exclusive section.
 */
public final class CommonPast {
    private long[] origins = new long[0];
    private long[] seqs = new long[0];
    private final BitSet insiders = new BitSet();
    private final LongHashSet outsiders = new LongHashSet();

    /** Sets the clock that every record from elsewhere must have observed. */
    public void require(final VectorClock clock) {
        origins = new long[clock.size()];
        seqs = new long[clock.size()];
        final int[] at = {0};
        clock.forEach((origin, seq) -> {
            origins[at[0]] = origin;
            seqs[at[0]++] = seq;
        });
        insiders.clear();
        outsiders.clear();
    }

    /** Whether anything is required. */
    public boolean isEmpty() {
        return origins.length == 0;
    }

    /** Whether a record of that origin has been refused: none that follows can be taken. */
    boolean hasRefused(final long origin) {
        return !outsiders.isEmpty() && outsiders.contains(origin);
    }

    /** Whether the author of a record had observed all of it. Delivery clocks only grow, so it is looked at closely once for each origin. */
    boolean isObservedBy(final RecordClock clock) {
        if (origins.length == 0 || !clock.hasLowered() && insiders.get(clock.authorIndex())) {
            return true;
        }
        for (int i = 0; i < origins.length; i++) {
            if (!clock.covers(origins[i], seqs[i])) {
                return false;
            }
        }
        if (!clock.hasLowered()) {
            insiders.set(clock.authorIndex());
        }
        return true;
    }

    /** Notes that a record of an origin has been refused; returns whether it is the first one. */
    boolean refuse(final long origin) {
        return outsiders.add(origin);
    }
}
