package io.abelia.engine.crdt;

import io.abelia.engine.codec.CellType;
import io.abelia.engine.codec.Hashing;
import io.abelia.engine.codec.Operation;
import io.abelia.engine.state.Block;
import org.agrona.UnsafeApi;

/** FLAG_OR and FLAG_AND: the disjunction or conjunction of all that was said. State: 8 bytes, 0 or 1. */
public final class Flag implements DataType {
    private static final int STATE_BYTES = 8;
    private final CellType type;

    Flag(final CellType type) {
        this.type = type;
    }

    @Override
    public void apply(final Operation op, final EffectContext context) {
        if (!context.admits(op)) {
            return;
        }
        final long cell = context.acquireCell(op);
        final long state = cell + Block.HEADER_LENGTH;
        final long said = UnsafeApi.getByte(op.argument());
        assert op.argumentLength() == 1 && (said == 0 || said == 1) : said;
        assert Block.isNew(cell) || Block.bodyLength(cell) == STATE_BYTES : Block.bodyLength(cell);
        final long winner = type == CellType.FLAG_OR ? 1 : 0;
        if (Block.isNew(cell) || said == winner && UnsafeApi.getLong(state) != winner) {
            context.units().touch(cell);
            Block.bodyLength(cell, STATE_BYTES);
            UnsafeApi.putLong(state, said);
        }
    }

    @Override
    public long readable(final long body, final int bodyLength) {
        return Hashing.combine(type.code(), UnsafeApi.getLong(body));
    }
}
