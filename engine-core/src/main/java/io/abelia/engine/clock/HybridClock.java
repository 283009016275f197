package io.abelia.engine.clock;

import org.agrona.concurrent.EpochClock;

/**
 * Hybrid logical clock (Kulkarni et al., 2014): milliseconds since 1970 in the upper 48 bits, a counter in the lower 16. It
 * never goes back, is at least that of everything delivered, and only breaks ties.
 *
 * <p>Used within the engine's exclusive section.
 */
public final class HybridClock {
    /** Greatest time that is taken from elsewhere, so that a hostile one cannot make the clock wrap. */
    public static final long MAX = Long.MAX_VALUE >> 1;

    private static final int COUNTER_BITS = 16;
    private final EpochClock epochClock;
    private long last;

    public HybridClock(final EpochClock epochClock) {
        this.epochClock = epochClock;
    }

    /** A time greater than any given or observed before. */
    public long next() {
        last = Math.max(last + 1, epochClock.time() << COUNTER_BITS);
        return last;
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
