package io.abelia.engine;

import io.abelia.engine.clock.VectorClock;
import java.util.Arrays;

/**
 * Order-independent hash of all readable state, and the applied clock that it belongs to. Two digests are equal when the state is,
 * whatever the clocks; equal clocks with unequal digests are an alarm, and {@link #differingSlices} tells where to look.
 */
public final class Digest {
    private final long[] low;
    private final long[] high;
    private final VectorClock clock;

    Digest(final long[] low, final long[] high, final VectorClock clock) {
        this.low = low;
        this.high = high;
        this.clock = clock;
    }

    public VectorClock clock() {
        return clock;
    }

    /** Slices, by the low 6 bits of unit hashes, in which two digests differ. */
    public int[] differingSlices(final Digest other) {
        return java.util.stream.IntStream.range(0, low.length)
                .filter(i -> low[i] != other.low[i] || high[i] != other.high[i])
                .toArray();
    }

    @Override
    public boolean equals(final Object other) {
        return other instanceof Digest digest && Arrays.equals(low, digest.low) && Arrays.equals(high, digest.high);
    }

    @Override
    public int hashCode() {
        return Long.hashCode(sum(low)) ^ Long.hashCode(sum(high));
    }

    private static long sum(final long[] parts) {
        return Arrays.stream(parts).sum();
    }

    /** 32 hexadecimal digits. */
    @Override
    public String toString() {
        return VectorClock.originName(sum(high)) + VectorClock.originName(sum(low));
    }
}
