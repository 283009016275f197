package io.abelia.engine.state;

import io.abelia.engine.codec.Operation;
import io.abelia.engine.codec.OperationCode;
import org.jspecify.annotations.Nullable;

/**
 * Tells in which slice of a snapshot file a unit lies: by the key of the store that wrote the file, or, in files of version 1, by the
 * unit's canonical hash. The store that the file is loaded into has slices of its own.
 */
public final class FileSlices {
    private final @Nullable PlacementKey key;

    /**
     * Slices of a file.
     *
     * @param key of the store that wrote it; null for a file of version 1
     */
    public FileSlices(final @Nullable PlacementKey key) {
        this.key = key;
    }

    /** Slice of the unit that an operation changes. */
    public int of(final Operation op) {
        if (key == null) {
            return slice(op.unitHash());
        }
        final long cell = key.ofCell(op.type(), op.table(), op.key(), op.column());
        return slice(
                OperationCode.isElement(op.code())
                        ? key.ofElement(cell, op.type().code(), op.argument(), op.argumentLength())
                        : cell);
    }

    /** Slice of an element of the set that an operation changes as a whole. */
    public int of(final Operation op, final long element) {
        assert Block.isElement(element) : element;
        if (key == null) {
            return slice(Block.hash(element));
        }
        final long cell = key.ofCell(op.type(), op.table(), op.key(), op.column());
        return slice(key.ofElement(cell, op.type().code(), Block.name(element), Block.nameLength(element)));
    }

    private static int slice(final long placement) {
        return (int) placement & StateStore.SLICES - 1;
    }
}
