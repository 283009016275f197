package io.abelia.engine.crdt;

import io.abelia.engine.codec.CellType;
import io.abelia.engine.codec.Hashing;
import io.abelia.engine.codec.Operation;
import io.abelia.engine.codec.OperationCode;
import io.abelia.engine.state.Block;
import io.abelia.engine.state.Units;

/**
 * MV_REGISTER and LWW_REGISTER: the writes that no other write or clear covers. A multi-value register shows them all; a
 * last-writer register shows the greatest, so that a causally later write always wins, also against a clock from the future.
 * State: {@link Writes}.
 */
public final class Register implements DataType {
    private final CellType type;

    Register(final CellType type) {
        this.type = type;
    }

    @Override
    public void apply(final Operation op, final EffectContext context) {
        if (!context.admits(op)) {
            return;
        }
        final boolean set = op.code() == OperationCode.SET;
        assert set || op.code() == OperationCode.CLEAR : op.code();
        assert op.argumentLength() > 0 == set : op.argumentLength();
        final long cell = set ? context.acquireCell(op) : context.findCell(op);
        if (cell == 0 || Block.isAbsent(cell)) {
            return;
        }
        final Units units = context.units();
        units.touch(cell);
        final int writesLength = Writes.dropCovered(context, units.body(cell), Block.bodyLength(cell));
        if (set) {
            Writes.append(context, cell, writesLength, op);
        } else if (Writes.count(units.body(cell), Block.bodyLength(cell)) == 0) {
            units.removeCell(cell);
        } else {
            units.resizeBody(cell, writesLength);
        }
    }

    @Override
    public long readable(final long body, final int bodyLength) {
        if (type == CellType.LWW_REGISTER) {
            final long write = Writes.select(body, bodyLength, true);
            return write == 0 ? 0 : hash(write) | 1;
        }
        return hashAll(type, body, bodyLength);
    }

    static long hash(final long write) {
        return Hashing.hash(Writes.hybridTime(write), Writes.value(write), Writes.valueLength(write));
    }

    /** Hash of all writes whatever their order. */
    static long hashAll(final CellType type, final long body, final int bodyLength) {
        final int count = Writes.count(body, bodyLength);
        if (count == 0) {
            return 0;
        }
        long sum = type.code();
        long write = Writes.first(body);
        for (int i = 0; i < count; i++) {
            sum += hash(write);
            write = Writes.next(write);
        }
        return sum | 1;
    }
}
