package io.abelia.engine.state;

import io.abelia.engine.codec.CanonicalOrder;
import io.abelia.engine.codec.Utf8;
import java.util.Arrays;

/**
 * Interned names: id to block and bytes to id. The bytes stay in the store's blocks, which never move. With the commit lock.
 */
final class NameIndex {
    /** {@link #find} for a name never interned. */
    static final int UNKNOWN = -1;

    private long[] blocks = new long[16];
    private int[] ids = new int[64];
    private int count;
    private int latest;

    int count() {
        return count;
    }

    long block(final int id) {
        assert id >= 0 && id < count : id;
        return blocks[id];
    }

    String text(final int id) {
        assert id >= 0 && id < count : id;
        return Utf8.decode(Block.name(blocks[id]), Block.nameLength(blocks[id]));
    }

    /** Whether the name is the one that was found last, as it is from one operation to the next most of the time. */
    boolean isLatest(final long name, final int length) {
        return latest < count && isName(blocks[latest], name, length);
    }

    /** Id of the name that was found last. */
    int latest() {
        return latest;
    }

    private static boolean isName(final long block, final long name, final int length) {
        return Block.nameLength(block) == length && CanonicalOrder.same(Block.name(block), name, length);
    }

    int find(final long name, final int length, final long placement) {
        for (int i = (int) placement & ids.length - 1; ids[i] != 0; i = i + 1 & ids.length - 1) {
            assert ids[i] <= count : ids[i];
            final long block = blocks[ids[i] - 1];
            if (Block.placement(block) == placement && isName(block, name, length)) {
                latest = ids[i] - 1;
                return latest;
            }
        }
        return UNKNOWN;
    }

    void add(final int id, final long block) {
        assert id >= 0 && block != StateStore.NONE : id;
        if (id >= blocks.length) {
            blocks = Arrays.copyOf(blocks, Math.max(id + 1, blocks.length << 1));
        }
        assert blocks[id] == StateStore.NONE : id;
        blocks[id] = block;
        count = Math.max(count, id + 1);
        if (count << 1 > ids.length) {
            ids = new int[ids.length << 1];
            for (int i = 0; i < count; i++) {
                if (blocks[i] != 0) {
                    place(i);
                }
            }
        } else {
            place(id);
        }
    }

    private void place(final int id) {
        int i = (int) Block.placement(blocks[id]) & ids.length - 1;
        while (ids[i] != 0) {
            i = i + 1 & ids.length - 1;
        }
        ids[i] = id + 1;
    }
}
