package io.abelia.engine.crdt;

import io.abelia.engine.codec.ByteReader;
import io.abelia.engine.codec.CellType;
import io.abelia.engine.codec.FactorArgument;
import io.abelia.engine.codec.Limits;
import io.abelia.engine.codec.MalformedRecordException;
import io.abelia.engine.codec.RegistersArgument;
import org.agrona.UnsafeApi;

/**
 * Checks state that comes from elsewhere, as a snapshot does: that it has the layout of its type, so that no effect leaves it. What it
 * says, its values among it, is not judged. One thread.
 */
public final class StateCheck {
    private static final int FLAG_BYTES = 8;
    private static final int ELEMENT_BYTES = 8;

    private final ByteReader reader = new ByteReader();

    /**
     * Checks the state of a cell, or of an element of a set.
     *
     * @throws MalformedRecordException if it is not laid out as the type's
     */
    public void check(final CellType type, final long body, final int length) {
        final boolean sound = switch (type) {
            case PRODUCT -> isProduct(body, length);
            case COUNTER, DOUBLE_SUM, MAX, MAX_DOUBLE, MIN, MIN_DOUBLE -> length == type.inlineBytes();
            case FLAG_OR, FLAG_AND -> length == FLAG_BYTES;
            case GROW_SET -> length == ELEMENT_BYTES;
            case ENABLE_WINS, DISABLE_WINS, ADD_WINS_SET, REMOVE_WINS_SET -> areDots(body, length);
            case INTERSECT_SET -> isList(body, length);
            case MV_REGISTER, LWW_REGISTER, FIRST_WRITER_REGISTER -> areWrites(type, body, length);
            case BOUNDED_COUNTER -> BoundedCounter.isState(body, length);
            case SKETCH -> areRegisters(body, length);
        };
        if (!sound) {
            throw new MalformedRecordException("state of a " + type + " that is none, of " + length + " bytes");
        }
    }

    private static boolean isProduct(final long body, final int length) {
        return length == CellType.PRODUCT.inlineBytes()
                && FactorArgument.isCanonical((int) UnsafeApi.getLong(body + Long.BYTES), UnsafeApi.getLong(body));
    }

    private static boolean areDots(final long body, final int length) {
        if (length < Dots.HEADER || Dots.adds(body) < 0 || Dots.removes(body) < 0) {
            return false;
        }
        return length == Dots.HEADER + ((long) Dots.adds(body) + Dots.removes(body)) * Dots.DOT;
    }

    private boolean isList(final long body, final int length) {
        if (length < IntersectSet.HEADER || length > IntersectSet.HEADER + Limits.INTERSECT_BYTES) {
            return false;
        }
        long count = 0;
        reader.wrap(body + IntersectSet.HEADER, length - IntersectSet.HEADER);
        for (; reader.hasRemaining(); count++) {
            reader.skip(reader.readVarintInt(1 + Limits.VALUE_BYTES));
        }
        return count == UnsafeApi.getLong(body);
    }

    private static boolean areWrites(final CellType type, final long body, final int length) {
        if (length < Writes.HEADER) {
            return false;
        }
        final int count = Writes.count(body, length);
        final int ghosts = Writes.ghosts(body, length);
        final long end = body + length - (long) ghosts * Writes.GHOST;
        if (count < 0
                || ghosts < 0
                || ghosts > 0 && type != CellType.FIRST_WRITER_REGISTER
                || end < body + Writes.HEADER) {
            return false;
        }
        long write = Writes.first(body);
        for (int i = 0; i < count; i++) {
            if (end - write < Writes.WRITE_HEADER) {
                return false;
            }
            final int valueLength = Writes.valueLength(write);
            if (valueLength < 0 || valueLength > 1 + Limits.VALUE_BYTES || end - write < Writes.size(valueLength)) {
                return false;
            }
            write = Writes.next(write);
        }
        return write == end;
    }

    private static boolean areRegisters(final long body, final int length) {
        if (length < Sketch.HEADER) {
            return false;
        }
        final int count = UnsafeApi.getInt(body);
        if (count > Sketch.SPARSE) {
            return count == Sketch.SPARSE + 1
                    && length == Sketch.HEADER + RegistersArgument.REGISTERS
                    && areRanks(body + Sketch.HEADER);
        }
        if (count < 0 || length != Sketch.HEADER + count * Integer.BYTES) {
            return false;
        }
        int previous = -1;
        for (int i = 0; i < count; i++) {
            final int entry = UnsafeApi.getInt(body + Sketch.HEADER + (long) i * Integer.BYTES);
            if (!RegistersArgument.isEntry(entry) || RegistersArgument.register(entry) <= previous) {
                return false;
            }
            previous = RegistersArgument.register(entry);
        }
        return true;
    }

    private static boolean areRanks(final long registers) {
        for (int i = 0; i < RegistersArgument.REGISTERS; i++) {
            final byte rank = UnsafeApi.getByte(registers + i);
            if (rank < 0 || rank > RegistersArgument.MAX_RANK) {
                return false;
            }
        }
        return true;
    }
}
