package io.abelia.engine.crdt;

import io.abelia.engine.codec.CellType;
import io.abelia.engine.codec.Hashing;
import io.abelia.engine.codec.Operation;
import io.abelia.engine.state.Block;
import io.abelia.engine.state.Units;

/** GROW_SET: union. One unit per element, which holds nothing but that it is there. */
public final class GrowSet implements DataType {
    private static final int STATE_BYTES = 8;

    @Override
    public void apply(final Operation op, final EffectContext context) {
        if (!context.admits(op)) {
            return;
        }
        assert op.argumentLength() > 0 : op.argumentLength();
        final Units units = context.units();
        final long cell = context.acquireCell(op);
        final long element = units.acquireElement(cell, op.argument(), op.argumentLength());
        assert Block.isElement(element) && !Block.isAbsent(element) : element;
        if (Block.isNew(element)) {
            units.touch(element);
            Block.bodyLength(element, STATE_BYTES);
            units.changeSetSize(cell, 1);
        }
    }

    @Override
    public long readable(final long body, final int bodyLength) {
        return bodyLength == 0 ? 0 : Hashing.combine(CellType.GROW_SET.code(), 1);
    }
}
