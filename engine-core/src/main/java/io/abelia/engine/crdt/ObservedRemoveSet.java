package io.abelia.engine.crdt;

import io.abelia.engine.codec.CellType;
import io.abelia.engine.codec.Operation;
import io.abelia.engine.codec.OperationCode;
import io.abelia.engine.state.Block;
import io.abelia.engine.state.Units;

/**
 * ADD_WINS_SET and REMOVE_WINS_SET: one unit per element, each an independent {@link Dots}. An add-wins element that is removed
 * leaves nothing; a remove-wins element keeps the remove until it is covered or causally stable. CLEAR (add-wins only) drops
 * the observed dots of all elements.
 */
public final class ObservedRemoveSet implements DataType {
    private final CellType type;

    ObservedRemoveSet(final CellType type) {
        this.type = type;
    }

    @Override
    public void apply(final Operation op, final EffectContext context) {
        if (op.code() == OperationCode.CLEAR) {
            clear(op, context);
        } else if (context.admits(op)) {
            final boolean add = op.code() == OperationCode.ADD;
            assert add || op.code() == OperationCode.REMOVE : op.code();
            assert op.argumentLength() > 0 : op.argumentLength();
            final boolean trace = add || type == CellType.REMOVE_WINS_SET;
            final Units units = context.units();
            final long cell = trace ? context.acquireCell(op) : context.findCell(op);
            if (cell == 0) {
                return;
            }
            final long element = trace
                    ? units.acquireElement(cell, op.argument(), op.argumentLength())
                    : units.findElement(cell, op.argument(), op.argumentLength());
            if (element != 0 && !Block.isAbsent(element)) {
                update(context, cell, element, add ? Dots.Trace.ADD : trace ? Dots.Trace.REMOVE : Dots.Trace.NOTHING);
            }
        }
    }

    private void clear(final Operation op, final EffectContext context) {
        assert type == CellType.ADD_WINS_SET && op.argumentLength() == 0 : type;
        final long cell = context.findCell(op);
        long element = cell == 0 ? 0 : context.units().firstElement(cell);
        while (element != 0) {
            final long next = context.units().next(element);
            if (!Block.isAbsent(element) && context.admits(op, element)) {
                update(context, cell, element, Dots.Trace.NOTHING);
            }
            element = next;
        }
    }

    private static void update(
            final EffectContext context, final long cell, final long element, final Dots.Trace trace) {
        final Units units = context.units();
        assert Block.isElement(element) && !Block.isAbsent(element) : element;
        final boolean before = Dots.isPresent(units.body(element), Block.bodyLength(element));
        Dots.update(context, element, trace);
        settle(units, cell, element, before);
    }

    /** Brings the set's size up to date and removes the element if it holds nothing. */
    private static boolean settle(final Units units, final long cell, final long element, final boolean before) {
        final long body = units.body(element);
        final int length = Block.bodyLength(element);
        final boolean after = Dots.isPresent(body, length);
        if (before != after) {
            units.changeSetSize(cell, after ? 1 : -1);
            assert Units.setSize(cell) >= 0 : Units.setSize(cell);
        }
        if (Dots.isEmpty(body, length)) {
            units.removeElement(cell, element);
            return true;
        }
        return false;
    }

    @Override
    public boolean collect(final long cell, final long block, final EffectContext context, final StableDots stable) {
        final Units units = context.units();
        assert Block.isElement(block) && cell != block : block;
        if (type != CellType.REMOVE_WINS_SET || Dots.removes(units.body(block)) == 0) {
            return false;
        }
        return Dots.dropStableRemoves(units, block, stable) && settle(units, cell, block, false);
    }

    @Override
    public long readable(final long body, final int bodyLength) {
        return Dots.readable(type, body, bodyLength);
    }
}
