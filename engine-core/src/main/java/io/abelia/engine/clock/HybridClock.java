package io.abelia.engine.clock;

import org.agrona.concurrent.EpochClock;

/**
 * Hybrid logical clock (Kulkarni et al., 2014): milliseconds since 1970 in the upper 48 bits, a counter in the lower 16. It
 * never goes back, is at least that of everything delivered, and only breaks ties.
 *
 * <p>Used with the engine's commit lock held.
 */
public final class HybridClock {
    /** {@link #next} when the wall clock is out of range. */
    public static final long OUT_OF_RANGE = -1;

    private static final int COUNTER_BITS = 16;

    /** Latest wall clock, in milliseconds since 1970, with which anything is authored: the beginning of the year 2200. */
    public static final long MAX_WALL_MS = 7_258_118_400_000L;

    /**
     * Greatest time that is authored or taken from elsewhere, so that a hostile one cannot make the clock wrap. From {@link #MAX_WALL_MS}
     * there the counter alone leads: 4 * 10^18 steps, so that nothing that was authored with any clock brings a group to this limit.
     */
    public static final long MAX = Long.MAX_VALUE >> 1;

    private final EpochClock epochClock;
    private long last;

    public HybridClock(final EpochClock epochClock) {
        this.epochClock = epochClock;
    }

    /** A time greater than any given or observed before; {@link #OUT_OF_RANGE}, and nothing has changed, if peers would not take it. */
    public long next() {
        final long wallMs = epochClock.time();
        if (wallMs > MAX_WALL_MS || last >= MAX) {
            return OUT_OF_RANGE;
        }
        last = Math.max(last + 1, wallMs << COUNTER_BITS);
        assert last > 0 : last;
        return last;
    }

    /** The time of a record that must be written whatever the wall clock says: it only ends an origin. */
    public long nextOfClose() {
        last = Math.min(last + 1, MAX);
        return last;
    }

    /** The wall clock, milliseconds since 1970. */
    public long wallMs() {
        return epochClock.time();
    }

    /** Makes sure that later times exceed one that was received. */
    public void observe(final long hybridTime) {
        last = Math.max(last, hybridTime);
    }

    public long last() {
        return last;
    }

    /** The wall-clock part of a hybrid time, milliseconds since 1970. */
    public static long epochMs(final long hybridTime) {
        return hybridTime >>> COUNTER_BITS;
    }
}
