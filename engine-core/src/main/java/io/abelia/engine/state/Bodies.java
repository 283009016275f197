package io.abelia.engine.state;

import org.agrona.UnsafeApi;

/** Where the state of a unit lies: inline in its block, or, when it has outgrown that, in an extension block. */
final class Bodies {
    private final StateStore store;
    private final Names names;

    Bodies(final StateStore store, final Names names) {
        this.store = store;
        this.names = names;
    }

    /** Address of a unit's state. */
    long body(final long block) {
        assert block != StateStore.NONE;
        return (Block.flags(block) & Block.EXTENDED) == 0
                ? block + Block.HEADER_LENGTH
                : extension(block) + Block.HEADER_LENGTH;
    }

    private long extension(final long block) {
        final long reference = block + Block.HEADER_LENGTH;
        final long extension =
                store.find(Names.EXTENSIONS_SCOPE, extensionPlacement(UnsafeApi.getLong(reference)), (int)
                        UnsafeApi.getLong(reference + Long.BYTES));
        assert extension != StateStore.NONE : block;
        return extension;
    }

    private long extensionPlacement(final long id) {
        return names.key().ofNumber(Names.EXTENSIONS_SCOPE, id);
    }

    /**
     * Gives a unit's state another length, keeping what fits. The unit has been touched.
     *
     * @return address of the state, which may have moved
     */
    long resize(final long block, final int newLength) {
        final int oldLength = Block.bodyLength(block);
        final int inline = Block.inlineBytes(block);
        final boolean extended = (Block.flags(block) & Block.EXTENDED) != 0;
        if (newLength <= inline) {
            Block.bodyLength(block, newLength);
            if (extended) {
                final long old = extension(block);
                UnsafeApi.copyMemory(old + Block.HEADER_LENGTH, block + Block.HEADER_LENGTH, newLength);
                removeExtension(old);
                Block.flags(block, Block.flags(block) & ~Block.EXTENDED);
            }
            return block + Block.HEADER_LENGTH;
        }
        final int classIndex = BlockSizes.classOf(Block.HEADER_LENGTH + newLength);
        long old = StateStore.NONE;
        if (extended) {
            old = extension(block);
            if (BlockSizes.classIndex(Block.meta(old)) == classIndex) {
                Block.bodyLength(block, newLength);
                return old + Block.HEADER_LENGTH;
            }
        }
        assert extended || oldLength <= inline : oldLength;
        assert !extended || oldLength <= BlockSizes.bytes(BlockSizes.classIndex(Block.meta(old))) - Block.HEADER_LENGTH
                : oldLength;
        final long id = names.newExtension();
        final int meta = BlockSizes.meta(classIndex, 0);
        final long fresh = store.create(Names.EXTENSIONS_SCOPE, extensionPlacement(id), meta);
        Block.bodyLength(block, newLength); // not before: there may have been no room
        final long source = (extended ? old : block) + Block.HEADER_LENGTH;
        UnsafeApi.copyMemory(source, fresh + Block.HEADER_LENGTH, Math.min(oldLength, newLength));
        if (extended) {
            removeExtension(old);
        }
        UnsafeApi.putLong(block + Block.HEADER_LENGTH, id);
        UnsafeApi.putLong(block + Block.HEADER_LENGTH + Long.BYTES, meta);
        Block.flags(block, Block.flags(block) | Block.EXTENDED);
        return fresh + Block.HEADER_LENGTH;
    }

    /** Frees the extension of a unit that goes away. */
    void free(final long block) {
        if ((Block.flags(block) & Block.EXTENDED) != 0) {
            removeExtension(extension(block));
            Block.flags(block, Block.flags(block) & ~Block.EXTENDED);
        }
    }

    private void removeExtension(final long extension) {
        assert Block.scope(extension) == Names.EXTENSIONS_SCOPE : Block.scope(extension);
        store.remove(Block.scope(extension), Block.placement(extension), Block.meta(extension));
    }
}
