package io.abelia.engine.state;

/** Removed units that wait, in order of their removal, until no open snapshot sees them any more. Bounded. */
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

    /** Unit that waits longest; 0 if it is gone already. */
    long block() {
        return blocks[head];
    }

    /** Set of that unit, 0 for a cell. */
    long owner() {
        return owners[head];
    }

    void poll() {
        head = head + 1 & blocks.length - 1;
        count--;
    }

    /** A unit removed, revived and removed again waits twice; freed once, its other places must not free it again. */
    void forget(final long block) {
        for (int i = 0; i < count; i++) {
            if (blocks[slot(i)] == block) {
                blocks[slot(i)] = StateStore.NONE;
            }
        }
    }

    private int slot(final int index) {
        return head + index & blocks.length - 1;
    }
}
