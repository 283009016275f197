package io.abelia.engine.apply;

import java.util.Arrays;

/** A reusable list of block addresses. */
public final class BlockScratch {
    private long[] blocks = new long[1024];
    private int count;

    public void clear() {
        count = 0;
    }

    public void add(final long block) {
        assert block != 0;
        if (count == blocks.length) {
            blocks = Arrays.copyOf(blocks, count << 1);
        }
        blocks[count++] = block;
    }

    public int count() {
        return count;
    }

    public long block(final int index) {
        assert index < count : index + " of " + count;
        return blocks[index];
    }
}
