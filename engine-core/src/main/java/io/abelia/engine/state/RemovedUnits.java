package io.abelia.engine.state;

/** Removed units that wait, in order of their removal, until no open snapshot sees them any more. Bounded. */
final class RemovedUnits {
    private static final int CAPACITY = 1 << 14;
    private final long[] blocks = new long[CAPACITY];
    private final long[] owners = new long[CAPACITY];
    private int head;
    private int count;

    boolean isEmpty() {
        return count == 0;
    }

    boolean isFull() {
        return count == CAPACITY;
    }

    void add(final long block, final long owner) {
        if (isFull()) {
            throw new IllegalStateException(CAPACITY + " removed units wait and none can go");
        }
        final int slot = slot(count++);
        blocks[slot] = block;
        owners[slot] = owner;
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
        head = head + 1 & CAPACITY - 1;
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
        return head + index & CAPACITY - 1;
    }
}
