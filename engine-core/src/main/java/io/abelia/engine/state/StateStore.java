package io.abelia.engine.state;

import java.io.IOException;

/**
 * Directory, allocator and (for some) persistence of the blocks that hold state: a disposable view of the log. A block is
 * found by three numbers, never moves while it exists, starts zeroed and is aligned to 8 bytes, so addresses may be cached.
 *
 * <p>All calls come with the engine's commit lock held.
 */
public interface StateStore extends AutoCloseable {
    /** Slices that blocks are grouped in, by the low bits of their placement. */
    int SLICES = 64;

    /** What {@link #find} returns for a block that does not exist. */
    long NONE = 0;

    /**
     * Looks a block up.
     *
     * @param scope what the block belongs to
     * @param placement well-mixed 64 bits that nobody outside can steer, see {@link PlacementKey}
     * @param meta size class and number among equal placements, see {@link BlockSizes}
     * @return its address, or {@link #NONE}
     */
    long find(long scope, long placement, int meta);

    /**
     * Makes a block that does not exist yet.
     *
     * @return its address, its bytes zero
     * @throws StateStoreFullException when no memory or disk is left for it; nothing has changed then
     */
    long create(long scope, long placement, int meta);

    /** Removes a block that exists. Its memory stays readable (with any content) until the store is closed. */
    void remove(long scope, long placement, int meta);

    /**
     * Divides a slice into parts, each short enough for one stay in the commit lock. Between visits of parts the store may
     * change and grow: a block that exists all the while is visited exactly once.
     */
    SliceParts parts(int slice);

    /** Makes room ahead of need where that takes time; housekeeping calls it, outside the commit lock. */
    int prepare();

    /** Whether disk ran out and only the reserve is left: nothing new may be committed until {@link #prepare} finds room. */
    boolean isDegraded();

    /** Bytes reserved for blocks. */
    long sizeBytes();

    /** Makes the store reusable by a later run, if it can: returns false where it cannot. */
    boolean closeClean() throws IOException;

    @Override
    void close();

    /** The parts of one slice. */
    interface SliceParts {
        int count();

        /** Visits the blocks of one part, in no particular order. The visitor must not change the store. */
        void forEach(int part, BlockVisitor visitor);
    }

    /** Receives the addresses of blocks. */
    @FunctionalInterface
    interface BlockVisitor {
        void onBlock(long block);
    }
}
