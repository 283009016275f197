package io.abelia.engine.state;

import java.util.ArrayList;
import java.util.List;
import org.agrona.UnsafeApi;

/**
 * Blocks in anonymous memory: slabs by size class, found through linear hashing (Litwin 1980), which grows one bucket at a
 * time, so no insert pays for a rehash. Empty after a restart; recovery fills it.
 */
public final class MemoryStateStore implements StateStore {
    private static final int CHUNK_BUCKETS = 1 << 12;
    private static final int CHUNK_SHIFT = 12;
    private static final int SLAB_BYTES = 1 << 20;
    private static final int BUCKETS_PER_PART = 1 << 11;
    /** Before each block: address of the next in its bucket, then scope and meta folded to one key. */
    private static final int PREFIX_BYTES = 16;

    private static final int META_BITS = 16;

    private final List<Long> owned = new ArrayList<>();
    private final long[] free = new long[BlockSizes.count()];
    private final long[] slabNext = new long[BlockSizes.count()];
    private final long[] slabEnd = new long[BlockSizes.count()];
    private long[] chunks = new long[16];
    private long buckets = CHUNK_BUCKETS;
    private long mask = CHUNK_BUCKETS - 1L;
    private long blocks;
    private long sizeBytes;

    public MemoryStateStore() {
        chunks[0] = newChunk();
    }

    @Override
    public long find(final long scope, final long placement, final int meta) {
        final long key = key(scope, meta);
        long block = UnsafeApi.getLong(bucket(bucketOf(placement)));
        while (block != NONE && (Block.placement(block) != placement || UnsafeApi.getLong(block - Long.BYTES) != key)) {
            block = UnsafeApi.getLong(block - PREFIX_BYTES);
        }
        assert (block & Long.BYTES - 1) == 0 : block;
        return block;
    }

    @Override
    public long create(final long scope, final long placement, final int meta) {
        final int classIndex = BlockSizes.classIndex(meta);
        assert classIndex > 0 && classIndex < BlockSizes.count() : classIndex;
        assert find(scope, placement, meta) == NONE : scope;
        final long block = allocate(classIndex);
        UnsafeApi.setMemory(block, BlockSizes.bytes(classIndex), (byte) 0);
        Block.identity(block, scope, placement, meta);
        UnsafeApi.putLong(block - Long.BYTES, key(scope, meta));
        if (blocks >= buckets) {
            split();
        }
        link(bucket(bucketOf(placement)), block);
        blocks++;
        return block;
    }

    @Override
    public void remove(final long scope, final long placement, final int meta) {
        final long block = find(scope, placement, meta);
        assert block != NONE : scope;
        assert blocks > 0 : blocks;
        long at = bucket(bucketOf(placement));
        long candidate = UnsafeApi.getLong(at);
        while (candidate != block) {
            at = candidate - PREFIX_BYTES;
            candidate = UnsafeApi.getLong(at);
        }
        UnsafeApi.putLong(at, UnsafeApi.getLong(block - PREFIX_BYTES));
        final int classIndex = BlockSizes.classIndex(meta);
        UnsafeApi.putLong(block - PREFIX_BYTES, free[classIndex]);
        free[classIndex] = block;
        blocks--;
    }

    private long allocate(final int classIndex) {
        final long reusable = free[classIndex];
        if (reusable != NONE) {
            free[classIndex] = UnsafeApi.getLong(reusable - PREFIX_BYTES);
            return reusable;
        }
        final int stride = PREFIX_BYTES + BlockSizes.bytes(classIndex);
        if (slabEnd[classIndex] - slabNext[classIndex] < stride) {
            final long bytes = Math.max(SLAB_BYTES, stride);
            slabNext[classIndex] = own(bytes);
            slabEnd[classIndex] = slabNext[classIndex] + bytes;
        }
        final long block = slabNext[classIndex] + PREFIX_BYTES;
        slabNext[classIndex] += stride;
        assert slabNext[classIndex] <= slabEnd[classIndex] : classIndex;
        assert (block & Long.BYTES - 1) == 0 : block;
        return block;
    }

    private void split() {
        final long target = buckets;
        final int chunk = (int) (target >>> CHUNK_SHIFT);
        if ((target & (CHUNK_BUCKETS - 1)) == 0) {
            if (chunk == chunks.length) {
                chunks = java.util.Arrays.copyOf(chunks, chunk << 1);
            }
            chunks[chunk] = newChunk();
        }
        if (target > mask) {
            mask = mask << 1 | 1;
        }
        buckets = target + 1;
        final long source = target & mask >>> 1;
        assert source < target : target;
        long block = UnsafeApi.getLong(bucket(source));
        UnsafeApi.putLong(bucket(source), NONE);
        while (block != NONE) {
            final long next = UnsafeApi.getLong(block - PREFIX_BYTES);
            assert (bucketOf(Block.placement(block)) & mask >>> 1) == source : block;
            link(bucket(bucketOf(Block.placement(block))), block);
            block = next;
        }
    }

    private static void link(final long bucket, final long block) {
        UnsafeApi.putLong(block - PREFIX_BYTES, UnsafeApi.getLong(bucket));
        UnsafeApi.putLong(bucket, block);
    }

    private long bucketOf(final long placement) {
        final long index = placement & mask;
        return index < buckets ? index : index & mask >>> 1;
    }

    private long bucket(final long index) {
        assert index >= 0 && index < buckets : index;
        return chunks[(int) (index >>> CHUNK_SHIFT)] + ((index & (CHUNK_BUCKETS - 1)) << 3);
    }

    private static long key(final long scope, final int meta) {
        return scope << META_BITS | meta;
    }

    private long newChunk() {
        final long address = own((long) CHUNK_BUCKETS << 3);
        UnsafeApi.setMemory(address, (long) CHUNK_BUCKETS << 3, (byte) 0);
        return address;
    }

    private long own(final long bytes) {
        try {
            final long address = UnsafeApi.allocateMemory(bytes);
            owned.add(address);
            sizeBytes += bytes;
            return address;
        } catch (final OutOfMemoryError e) {
            throw new StateStoreFullException("no memory for " + bytes + " more bytes of state", e);
        }
    }

    /**
     * Parts by more low bits of the placement than slices have, but no more than the buckets are told apart by now: a bucket that is split
     * later keeps its blocks within their part.
     */
    @Override
    public SliceParts parts(final int slice) {
        assert slice >= 0 && slice < SLICES : slice;
        final long stride = Math.max(SLICES, Long.highestOneBit(buckets) / BUCKETS_PER_PART);
        return new SliceParts() {
            @Override
            public int count() {
                return (int) (stride / SLICES);
            }

            @Override
            public void forEach(final int part, final BlockVisitor visitor) {
                assert part >= 0 && part < count() : part;
                for (long index = slice + (long) part * SLICES; index < buckets; index += stride) {
                    long block = UnsafeApi.getLong(bucket(index));
                    while (block != NONE) {
                        final long next = UnsafeApi.getLong(block - PREFIX_BYTES);
                        assert (Block.placement(block) & SLICES - 1) == slice : block;
                        visitor.onBlock(block);
                        block = next;
                    }
                }
            }
        };
    }

    @Override
    public int prepare() {
        return 0;
    }

    @Override
    public boolean isDegraded() {
        return false;
    }

    @Override
    public long sizeBytes() {
        return sizeBytes;
    }

    @Override
    public boolean closeClean() {
        close();
        return false;
    }

    @Override
    public void close() {
        owned.forEach(UnsafeApi::freeMemory);
        owned.clear();
        blocks = 0;
    }
}
