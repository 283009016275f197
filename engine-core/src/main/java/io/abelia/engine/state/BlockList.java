package io.abelia.engine.state;

import org.agrona.UnsafeApi;

/**
 * Doubly linked lists of blocks. Links are (placement, meta) pairs and not addresses, so that they survive a restart of a persisted
 * store. A head is 16 bytes in its owner's body: 8 bytes placement, 8 bytes meta (0 = empty). All blocks of a list share a scope.
 */
final class BlockList {
    static final int HEAD_BYTES = 16;

    private BlockList() {}

    /** First block of a list, or 0. */
    static long first(final StateStore store, final long head, final long scope) {
        assert head != StateStore.NONE && (head & Long.BYTES - 1) == 0 : head;
        final int meta = (int) UnsafeApi.getLong(head + Long.BYTES);
        return meta == 0 ? StateStore.NONE : store.find(scope, UnsafeApi.getLong(head), meta);
    }

    /** The block behind one, or 0. */
    static long next(final StateStore store, final long block) {
        final int meta = Block.nextMeta(block);
        if (meta == 0) {
            return StateStore.NONE;
        }
        final long next = store.find(Block.scope(block), Block.nextPlacement(block), meta);
        assert areNeighbours(block, next) : block;
        return next;
    }

    /** Puts a block that is in no list to the front. */
    static void push(final StateStore store, final long head, final long block) {
        assert Block.nextMeta(block) == 0 && Block.previousMeta(block) == 0 : block;
        final long first = first(store, head, Block.scope(block));
        assert first != block : block;
        final long placement = Block.placement(block);
        final int meta = Block.meta(block);
        Block.previous(block, 0, 0);
        if (first == StateStore.NONE) {
            Block.next(block, 0, 0);
        } else {
            assert Block.previousMeta(first) == 0 : first;
            Block.next(block, Block.placement(first), Block.meta(first));
            Block.previous(first, placement, meta);
        }
        UnsafeApi.putLong(head, placement);
        UnsafeApi.putLong(head + Long.BYTES, meta);
    }

    /** Takes a block out. */
    static void unlink(final StateStore store, final long head, final long block) {
        final long scope = Block.scope(block);
        final int nextMeta = Block.nextMeta(block);
        final int previousMeta = Block.previousMeta(block);
        if (nextMeta != 0) {
            final long next = store.find(scope, Block.nextPlacement(block), nextMeta);
            assert areNeighbours(block, next) : block;
            Block.previous(next, Block.previousPlacement(block), previousMeta);
        }
        if (previousMeta != 0) {
            final long previous = store.find(scope, Block.previousPlacement(block), previousMeta);
            assert areNeighbours(previous, block) : block;
            Block.next(previous, Block.nextPlacement(block), nextMeta);
        } else {
            assert UnsafeApi.getLong(head) == Block.placement(block) : block;
            assert UnsafeApi.getLong(head + Long.BYTES) == Block.meta(block) : block;
            UnsafeApi.putLong(head, Block.nextPlacement(block));
            UnsafeApi.putLong(head + Long.BYTES, nextMeta);
        }
    }

    static boolean isEmpty(final long head) {
        assert head != StateStore.NONE;
        return UnsafeApi.getLong(head + Long.BYTES) == 0;
    }

    /** Whether the links of two blocks say that one comes right behind the other. */
    private static boolean areNeighbours(final long block, final long next) {
        return block != StateStore.NONE
                && next != StateStore.NONE
                && Block.nextMeta(block) == Block.meta(next)
                && Block.nextPlacement(block) == Block.placement(next)
                && Block.previousMeta(next) == Block.meta(block)
                && Block.previousPlacement(next) == Block.placement(block);
    }
}
