package io.abelia.engine.crdt;

import io.abelia.engine.codec.CellType;
import io.abelia.engine.codec.Operation;
import io.abelia.engine.codec.OperationCode;
import io.abelia.engine.state.Block;
import io.abelia.engine.state.Units;

/**
 * ENABLE_WINS and DISABLE_WINS: a switch that begins disabled. Of concurrent operations the named one wins; a causally later
 * operation always does. State: {@link Dots}.
 */
public final class Switch implements DataType {
    private final CellType type;

    Switch(final CellType type) {
        this.type = type;
    }

    @Override
    public void apply(final Operation op, final EffectContext context) {
        if (!context.admits(op)) {
            return;
        }
        final boolean enable = op.code() == OperationCode.ENABLE;
        assert enable || op.code() == OperationCode.DISABLE : op.code();
        assert op.argumentLength() == 0 : op.argumentLength();
        final boolean keepsDisables = type == CellType.DISABLE_WINS;
        final long cell = enable || keepsDisables ? context.acquireCell(op) : context.findCell(op);
        if (cell == 0 || Block.isAbsent(cell)) {
            return;
        }
        Dots.update(context, cell, enable ? Dots.Trace.ADD : keepsDisables ? Dots.Trace.REMOVE : Dots.Trace.NOTHING);
        removeIfEmpty(context.units(), cell);
    }

    private static boolean removeIfEmpty(final Units units, final long cell) {
        if (Dots.isEmpty(units.body(cell), Block.bodyLength(cell))) {
            units.removeCell(cell);
            return true;
        }
        return false;
    }

    @Override
    public boolean collect(final long cell, final long block, final EffectContext context, final StableDots stable) {
        assert cell == block : block;
        return Dots.removes(context.units().body(cell)) > 0
                && Dots.dropStableRemoves(context.units(), cell, stable)
                && removeIfEmpty(context.units(), cell);
    }

    @Override
    public long readable(final long body, final int bodyLength) {
        return Dots.readable(type, body, bodyLength);
    }
}
