package io.abelia.engine.state;

import io.abelia.engine.codec.Hashing;
import org.agrona.UnsafeApi;

/**
 * Order-independent hash of all readable state, 128 bits for each of {@link StateStore#SLICES} slices: the sum, modulo 2^64
 * twice, of a hash of every unit (homomorphic set hash after Bellare and Micciancio, 1997).
 *
 * <p>Kept lazily: the first change of a unit since the last {@link #fold} takes its old contribution out and remembers the
 * unit; folding puts the new ones in. A counter that is changed a million times between two digests costs two hashes. When more
 * units than the list holds have changed, the one that waits longest is folded alone, so no commit pays for many. With the
 * commit lock.
 */
public final class StateDigest implements AutoCloseable {
    /** Hashes what can be read of a unit; 0 for nothing. */
    @FunctionalInterface
    public interface ReadableHash {
        long of(long block);
    }

    private static final int CAPACITY = 1 << 20;
    private static final long SECOND = 0x9e3779b97f4a7c15L;

    private final ReadableHash readable;
    private final long changed = UnsafeApi.allocateMemory((long) CAPACITY << 3);
    private final long[] low = new long[StateStore.SLICES];
    private final long[] high = new long[StateStore.SLICES];
    private int next;
    private int used;

    public StateDigest(final ReadableHash readable) {
        this.readable = readable;
    }

    /** To be called before the first change of a block that is not in the list of changed ones. */
    void beforeChange(final long block) {
        assert Block.dirty(block) == 0 : block;
        final long slot = changed + ((long) next << 3);
        if (used == CAPACITY) {
            final long evicted = UnsafeApi.getLong(slot);
            if (evicted != 0) {
                assert Block.dirty(evicted) == next + 1 : evicted;
                settle(evicted);
            }
        } else {
            used++;
        }
        contribute(block, -1);
        UnsafeApi.putLong(slot, block);
        Block.dirty(block, next + 1);
        next = next + 1 & CAPACITY - 1;
    }

    /** Puts in a block of a store whose blocks are being counted anew. */
    public void add(final long block) {
        contribute(block, 1);
    }

    /** To be called before a changed block goes away; what it held has been taken out already. */
    void forget(final long block) {
        final int index = Block.dirty(block);
        if (index != 0) {
            assert index <= used : index;
            assert UnsafeApi.getLong(changed + ((index - 1L) << 3)) == block : index;
            UnsafeApi.putLong(changed + ((index - 1L) << 3), 0);
            Block.dirty(block, 0);
        }
    }

    /** Brings the sums up to date. */
    public void fold() {
        for (int i = 0; i < used; i++) {
            final long block = UnsafeApi.getLong(changed + ((long) i << 3));
            if (block != 0) {
                assert Block.dirty(block) == i + 1 : i;
                settle(block);
            }
        }
        used = 0;
        next = 0;
    }

    private void settle(final long block) {
        contribute(block, 1);
        Block.dirty(block, 0);
    }

    private void contribute(final long block, final int sign) {
        if (Block.isAbsent(block)) {
            return;
        }
        final long state = readable.of(block);
        if (state != 0) {
            final long hash = Block.hash(block);
            final int slice = (int) hash & StateStore.SLICES - 1;
            final long first = Hashing.combine(hash, state);
            low[slice] += sign * first;
            high[slice] += sign * Hashing.combine(first ^ SECOND, hash);
        }
    }

    /** Lower 64 bits of a slice's sum, as of the last {@link #fold}. */
    public long low(final int slice) {
        return low[slice];
    }

    /** Upper 64 bits of a slice's sum, as of the last {@link #fold}. */
    public long high(final int slice) {
        return high[slice];
    }

    /** Sets the sums of a store that was closed clean. */
    public void restore(final int slice, final long newLow, final long newHigh) {
        low[slice] = newLow;
        high[slice] = newHigh;
    }

    @Override
    public void close() {
        UnsafeApi.freeMemory(changed);
    }
}
