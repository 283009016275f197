package io.abelia.engine.state;

/**
 * Removed units that wait, in order of their removal, until no open snapshot sees them any more. Bounded. A unit that is revived and
 * removed again while it waits keeps its place, so that nothing waits twice and nothing is ever searched for.
 */
final class RemovedUnits {
    private static final int CAPACITY = 1 << 14;
    private long[] blocks = new long[CAPACITY];
    private long[] owners = new long[CAPACITY];
    private int head;
    private int count;

    boolean isEmpty() {
        return count == 0;
    }

    /** Whether so many wait that open snapshots should be given up. */
    boolean isFull() {
        return count >= CAPACITY;
    }

    /** Adds one; grows beyond the bound only as far as the transaction at hand removes units. */
    void add(final long block, final long owner) {
        assert Block.isAbsent(block) : block;
        if ((Block.flags(block) & Block.WAITING) != 0) {
            return;
        }
        Block.flags(block, Block.flags(block) | Block.WAITING);
        if (count == blocks.length) {
            grow();
        }
        final int slot = slot(count++);
        blocks[slot] = block;
        owners[slot] = owner;
    }

    private void grow() {
        final long[] moreBlocks = new long[blocks.length << 1];
        final long[] moreOwners = new long[owners.length << 1];
        for (int i = 0; i < count; i++) {
            moreBlocks[i] = blocks[slot(i)];
            moreOwners[i] = owners[slot(i)];
        }
        blocks = moreBlocks;
        owners = moreOwners;
        head = 0;
    }

    /** Unit that waits longest; it may have been revived. */
    long block() {
        assert count > 0;
        return blocks[head];
    }

    /** Set of that unit, 0 for a cell. */
    long owner() {
        assert count > 0;
        return owners[head];
    }

    void poll() {
        assert count > 0;
        assert (Block.flags(blocks[head]) & Block.WAITING) != 0 : blocks[head];
        Block.flags(blocks[head], Block.flags(blocks[head]) & ~Block.WAITING);
        head = head + 1 & blocks.length - 1;
        count--;
    }

    private int slot(final int index) {
        assert index >= 0 && index < blocks.length : index;
        return head + index & blocks.length - 1;
    }
}
