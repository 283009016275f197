package io.abelia.engine.crdt;

import io.abelia.engine.codec.ByteReader;
import io.abelia.engine.codec.CanonicalOrder;
import io.abelia.engine.codec.CellType;
import io.abelia.engine.codec.Hashing;
import io.abelia.engine.codec.Limits;
import io.abelia.engine.codec.Operation;
import io.abelia.engine.state.Block;
import io.abelia.engine.state.Units;
import org.agrona.UnsafeApi;

/**
 * INTERSECT_SET: the intersection of all sets given; before the first it is the universe. It only shrinks, so its one unit is
 * bounded by the first operation.
 *
 * <p>State: 8 bytes count, then per element in canonical order: varint length, canonical bytes.
 */
public final class IntersectSet implements DataType {
    static final int HEADER = 8;
    private final ByteReader kept = new ByteReader();
    private final ByteReader given = new ByteReader();

    @Override
    public void apply(final Operation op, final EffectContext context) {
        assert op.argumentLength() <= Limits.INTERSECT_BYTES : op.argumentLength();
        if (!context.admits(op)) {
            return;
        }
        final Units units = context.units();
        final long cell = context.acquireCell(op);
        units.touch(cell);
        if (Block.isNew(cell)) {
            final long body = units.resizeBody(cell, HEADER + op.argumentLength());
            UnsafeApi.copyMemory(op.argument(), body + HEADER, op.argumentLength());
            UnsafeApi.putLong(body, count(op.argument(), op.argumentLength()));
        } else {
            final long body = units.body(cell);
            assert Block.bodyLength(cell) >= HEADER : Block.bodyLength(cell);
            final int length =
                    intersect(body + HEADER, Block.bodyLength(cell) - HEADER, op.argument(), op.argumentLength());
            units.resizeBody(cell, HEADER + length);
            UnsafeApi.putLong(units.body(cell), count(units.body(cell) + HEADER, length));
        }
    }

    private long count(final long list, final int length) {
        long count = 0;
        for (kept.wrap(list, length); kept.hasRemaining(); count++) {
            kept.skip(kept.readVarintInt(1 + Limits.VALUE_BYTES));
        }
        return count;
    }

    /**
     * Keeps in the first sorted list what the second holds too.
     *
     * @return new length of the first
     */
    public int intersect(final long list, final int length, final long other, final int otherLength) {
        kept.wrap(list, length);
        given.wrap(other, otherLength);
        long to = list;
        long givenElement = 0;
        int givenLength = -1;
        while (kept.hasRemaining()) {
            final long start = kept.position();
            final int elementLength = kept.readVarintInt(1 + Limits.VALUE_BYTES);
            final long element = kept.skip(elementLength);
            int order =
                    givenLength < 0 ? -1 : CanonicalOrder.compare(givenElement, givenLength, element, elementLength);
            while (order < 0 && given.hasRemaining()) {
                givenLength = given.readVarintInt(1 + Limits.VALUE_BYTES);
                givenElement = given.skip(givenLength);
                order = CanonicalOrder.compare(givenElement, givenLength, element, elementLength);
            }
            if (order == 0) {
                final int bytes = (int) (kept.position() - start);
                assert to <= start && bytes > elementLength : bytes;
                UnsafeApi.copyMemory(start, to, bytes);
                to += bytes;
            }
        }
        assert to <= list + length : to - list;
        return (int) (to - list);
    }

    @Override
    public long readable(final long body, final int bodyLength) {
        return bodyLength == 0 ? 0 : Hashing.hash(CellType.INTERSECT_SET.code(), body, bodyLength) | 1;
    }
}
