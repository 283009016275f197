package io.abelia.engine.transaction;

import io.abelia.engine.codec.ByteWriter;
import io.abelia.engine.codec.CellType;
import io.abelia.engine.codec.Limits;
import io.abelia.engine.codec.OperationCode;
import io.abelia.engine.codec.RegistersArgument;
import io.abelia.engine.codec.RightsArgument;
import io.abelia.engine.crdt.Counter;
import io.abelia.engine.crdt.Extremum;
import io.abelia.engine.crdt.IntersectSet;
import io.abelia.engine.crdt.Product;
import org.agrona.UnsafeApi;

/**
 * Puts operations into a {@link TransactionEncoder}, in program order, so that each cell and element ends with one effect: numeric
 * effects combine exactly, the last add, remove, switch or write wins, a first-writer register keeps the first, and a clear drops
 * what came before it.
 */
final class OperationFolder {
    private static final int MAX_INCREMENT_BYTES = 17;
    private static final int MAX_LENGTH_BYTES = 3;
    private final TransactionEncoder encoder;
    private final IntersectSet intersection = new IntersectSet();

    OperationFolder(final TransactionEncoder encoder) {
        this.encoder = encoder;
    }

    void increment(final Cell cell, final boolean reference, final long delta) {
        encoder.reserve(cell, MAX_INCREMENT_BYTES);
        final int same = encoder.find(cell);
        long low = delta;
        long high = delta >> 63;
        if (same != TransactionEncoder.NONE) {
            assert encoder.code(same) == OperationCode.INCREMENT : encoder.code(same);
            final long oldLow = Counter.low(encoder.argument(same), encoder.argumentLength(same));
            low += oldLow;
            high += Counter.high(encoder.argument(same), encoder.argumentLength(same))
                    + (Long.compareUnsigned(low, oldLow) < 0 ? 1 : 0);
            encoder.kill(same);
        }
        encoder.start(cell, OperationCode.INCREMENT, reference);
        final ByteWriter writer = encoder.writer();
        final int at = writer.length() + 1;
        Counter.write(writer, low, high);
        assert writer.length() > at && writer.length() - at <= 2 * Long.BYTES : writer.length() - at;
        encoder.end(at, writer.length() - at);
    }

    void addDouble(final Cell cell, final boolean reference, final double value) {
        final int before = encoder.find(cell);
        final int old = before == TransactionEncoder.NONE ? 0 : encoder.argumentLength(before) / Double.BYTES;
        assert old <= Limits.DOUBLES : old;
        if (old == Limits.DOUBLES) {
            throw new TransactionRefusedException(
                    cell.toString(),
                    "adding a double",
                    "the transaction adds " + Limits.DOUBLES + " doubles to it already",
                    "Commit in several transactions.");
        }
        encoder.reserve(cell, 2 + (old + 1) * Double.BYTES);
        final int same = encoder.find(cell);
        assert old == 0 || encoder.argumentLength(same) == old * Double.BYTES : old;
        encoder.start(cell, OperationCode.ADD_DOUBLES, reference);
        final ByteWriter writer = encoder.writer();
        writer.writeVarint(old + 1L);
        final int at = writer.length();
        if (old > 0) {
            writer.writeBytes(encoder.argument(same), old * Double.BYTES);
            encoder.kill(same);
        }
        writer.writeLong(Double.doubleToLongBits(value));
        encoder.end(at, writer.length() - at);
    }

    void multiply(final Cell cell, final boolean reference, final long factor) {
        final int same = encoder.find(cell);
        final int flags = Product.flagsOf(factor);
        final long magnitude = Product.magnitudeOf(factor);
        if (same != TransactionEncoder.NONE) {
            final long argument = encoder.argument(same);
            assert encoder.code(same) == OperationCode.MULTIPLY : encoder.code(same);
            final int oldFlags = UnsafeApi.getByte(argument);
            final long oldMagnitude = UnsafeApi.getLong(argument + 1);
            final int newFlags = Product.flags(oldFlags, oldMagnitude, flags, magnitude);
            UnsafeApi.putByte(argument, (byte) newFlags);
            UnsafeApi.putLong(argument + 1, Product.magnitude(newFlags, oldMagnitude, magnitude));
            return;
        }
        encoder.reserve(cell, 1 + Long.BYTES);
        encoder.start(cell, OperationCode.MULTIPLY, reference);
        final ByteWriter writer = encoder.writer();
        final int at = writer.length();
        writer.writeByte(flags);
        writer.writeLong(magnitude);
        encoder.end(at, writer.length() - at);
    }

    void offer(final Cell cell, final boolean reference, final Extremum extremum, final long value) {
        final int same = encoder.find(cell);
        if (same != TransactionEncoder.NONE) {
            final long argument = encoder.argument(same);
            assert encoder.code(same) == OperationCode.OFFER : encoder.code(same);
            UnsafeApi.putLong(argument, extremum.best(UnsafeApi.getLong(argument), value));
            return;
        }
        encoder.reserve(cell, Long.BYTES);
        encoder.start(cell, OperationCode.OFFER, reference);
        final int at = encoder.writer().length();
        encoder.writer().writeLong(value);
        encoder.end(at, Long.BYTES);
    }

    void setFlag(final Cell cell, final boolean reference, final boolean value) {
        final int same = encoder.find(cell);
        if (same != TransactionEncoder.NONE) {
            final long argument = encoder.argument(same);
            assert encoder.code(same) == OperationCode.SET_FLAG : encoder.code(same);
            final int old = UnsafeApi.getByte(argument);
            final int said = value ? 1 : 0;
            UnsafeApi.putByte(argument, (byte) (cell.type() == CellType.FLAG_OR ? old | said : old & said));
            return;
        }
        encoder.reserve(cell, 1);
        encoder.start(cell, OperationCode.SET_FLAG, reference);
        final int at = encoder.writer().length();
        encoder.writer().writeByte(value ? 1 : 0);
        encoder.end(at, 1);
    }

    void turn(final Cell cell, final boolean reference, final boolean enable) {
        final int code = enable ? OperationCode.ENABLE : OperationCode.DISABLE;
        final int same = encoder.find(cell);
        if (same != TransactionEncoder.NONE) {
            encoder.changeCode(same, code);
            return;
        }
        encoder.reserve(cell, 0);
        encoder.start(cell, code, reference);
        encoder.end(encoder.writer().length(), 0);
    }

    void element(
            final Cell cell, final boolean reference, final int code, final long canonical, final int canonicalLength) {
        final int same = encoder.findElement(cell, canonical, canonicalLength);
        if (same != TransactionEncoder.NONE) {
            encoder.changeCode(same, code);
            return;
        }
        encoder.reserve(cell, MAX_LENGTH_BYTES + canonicalLength);
        value(cell, reference, code, canonical, canonicalLength);
    }

    void set(final Cell cell, final boolean reference, final long canonical, final int canonicalLength) {
        if (cell.type() == CellType.FIRST_WRITER_REGISTER && encoder.find(cell) != TransactionEncoder.NONE) {
            return;
        }
        replace(cell, reference, OperationCode.SET, canonical, canonicalLength);
    }

    /** Puts an operation with a value in the place of an earlier one on the same cell. */
    private void replace(
            final Cell cell, final boolean reference, final int code, final long canonical, final int canonicalLength) {
        encoder.reserve(cell, MAX_LENGTH_BYTES + canonicalLength);
        final int same = encoder.find(cell);
        if (same != TransactionEncoder.NONE) {
            encoder.kill(same);
        }
        value(cell, reference, code, canonical, canonicalLength);
    }

    private void value(
            final Cell cell, final boolean reference, final int code, final long canonical, final int canonicalLength) {
        encoder.start(cell, code, reference);
        final ByteWriter writer = encoder.writer();
        writer.writeVarint(canonicalLength);
        final int at = writer.length();
        writer.writeBytes(canonical, canonicalLength);
        encoder.end(at, canonicalLength);
    }

    void clear(final Cell cell, final boolean reference) {
        encoder.reserve(cell, 0);
        final long hash = encoder.cellHash(cell);
        for (int i = 0; i < encoder.count(); i++) {
            if (encoder.isOf(i, cell, hash)) {
                encoder.kill(i);
            }
        }
        assert encoder.find(cell) == TransactionEncoder.NONE : encoder.find(cell);
        encoder.start(cell, OperationCode.CLEAR, reference);
        encoder.end(encoder.writer().length(), 0);
    }

    /** Changes the author's rights. */
    void changeRights(final Cell cell, final boolean reference, final long node, final long delta) {
        int same = encoder.find(cell);
        final long old = same == TransactionEncoder.NONE ? 0 : UnsafeApi.getLong(encoder.argument(same) + Long.BYTES);
        assert Math.abs(old) <= RightsArgument.MAX_AMOUNT : old;
        requireAmount(cell, Math.abs(old + delta));
        if (same == TransactionEncoder.NONE) {
            same = rights(cell, reference, node, 0, TransactionEncoder.NONE);
        }
        UnsafeApi.putLong(encoder.argument(same) + Long.BYTES, old + delta);
    }

    private static void requireAmount(final Cell cell, final long amount) {
        if (amount > RightsArgument.MAX_AMOUNT) {
            throw new TransactionRefusedException(
                    cell.toString(),
                    "changing rights",
                    "the transaction changes them by more than " + RightsArgument.MAX_AMOUNT,
                    "Count in larger units.");
        }
    }

    /** Moves rights from one origin to another, whose node has a number. */
    void moveRights(
            final Cell cell,
            final boolean reference,
            final long node,
            final long from,
            final long to,
            final long toNode,
            final long amount) {
        assert amount > 0 && amount <= RightsArgument.MAX_AMOUNT : amount;
        final int before = encoder.find(cell);
        final int oldLength = before == TransactionEncoder.NONE ? 0 : encoder.argumentLength(before);
        assert oldLength == 0 || (oldLength - RightsArgument.HEADER_LENGTH) % RightsArgument.MOVE_LENGTH == 0
                : oldLength;
        for (int at = RightsArgument.HEADER_LENGTH; at < oldLength; at += RightsArgument.MOVE_LENGTH) {
            final long move = encoder.argument(before) + at;
            if (RightsArgument.moveFrom(move) == from && UnsafeApi.getLong(move + Long.BYTES) == to) {
                requireAmount(cell, RightsArgument.moveAmount(move) + amount);
                UnsafeApi.putLong(move + 3 * Long.BYTES, RightsArgument.moveAmount(move) + amount);
                return;
            }
        }
        if (oldLength >= RightsArgument.HEADER_LENGTH + RightsArgument.MAX_MOVES * RightsArgument.MOVE_LENGTH) {
            throw new TransactionRefusedException(
                    cell.toString(),
                    "moving rights",
                    "the transaction moves rights of it " + RightsArgument.MAX_MOVES + " times already",
                    "Commit in several transactions.");
        }
        final int made = rights(cell, reference, node, RightsArgument.MOVE_LENGTH, before);
        final long move = encoder.argument(made) + encoder.argumentLength(made) - RightsArgument.MOVE_LENGTH;
        UnsafeApi.putLong(move, from);
        UnsafeApi.putLong(move + Long.BYTES, to);
        UnsafeApi.putLong(move + 2 * Long.BYTES, toNode);
        UnsafeApi.putLong(move + 3 * Long.BYTES, amount);
    }

    /** Begins a change of rights, or puts a longer one in the place of an earlier one. */
    private int rights(
            final Cell cell, final boolean reference, final long node, final int moreBytes, final int before) {
        final int oldLength =
                before == TransactionEncoder.NONE ? RightsArgument.HEADER_LENGTH : encoder.argumentLength(before);
        final int length = oldLength + moreBytes;
        encoder.reserve(cell, MAX_LENGTH_BYTES + length);
        final int same = encoder.find(cell); // its number may have changed
        assert (same == TransactionEncoder.NONE) == (before == TransactionEncoder.NONE) : same;
        assert same == TransactionEncoder.NONE || encoder.argumentLength(same) == oldLength : oldLength;
        encoder.start(cell, OperationCode.CHANGE_RIGHTS, reference);
        final ByteWriter writer = encoder.writer();
        writer.writeVarint(length);
        final int at = writer.length();
        if (same == TransactionEncoder.NONE) {
            writer.writeLong(node);
            writer.writeLong(0);
        } else {
            writer.writeBytes(encoder.argument(same), oldLength);
            encoder.kill(same);
        }
        for (int i = 0; i < moreBytes; i += Long.BYTES) {
            writer.writeLong(0);
        }
        encoder.end(at, length);
        return encoder.find(cell);
    }

    /** Raises a register of a sketch. */
    void raise(final Cell cell, final boolean reference, final int entry) {
        assert RegistersArgument.isEntry(entry) : entry;
        final int before = encoder.find(cell);
        final int oldLength = before == TransactionEncoder.NONE ? 0 : encoder.argumentLength(before);
        assert oldLength % Integer.BYTES == 0 : oldLength;
        int at = 0;
        while (at < oldLength && UnsafeApi.getInt(encoder.argument(before) + at) >>> Byte.SIZE < entry >>> Byte.SIZE) {
            at += Integer.BYTES;
        }
        if (at < oldLength) {
            final long listed = encoder.argument(before) + at;
            if (UnsafeApi.getInt(listed) >>> Byte.SIZE == entry >>> Byte.SIZE) {
                UnsafeApi.putInt(listed, Math.max(UnsafeApi.getInt(listed), entry));
                return;
            }
        }
        encoder.reserve(cell, MAX_LENGTH_BYTES + oldLength + Integer.BYTES);
        final int same = encoder.find(cell);
        assert oldLength == 0 || encoder.argumentLength(same) == oldLength : oldLength;
        encoder.start(cell, OperationCode.RAISE, reference);
        final ByteWriter writer = encoder.writer();
        writer.writeVarint(oldLength + Integer.BYTES);
        final int argument = writer.length();
        if (same == TransactionEncoder.NONE) {
            writer.writeInt(entry);
        } else {
            writer.writeBytes(encoder.argument(same), at);
            writer.writeInt(entry);
            writer.writeBytes(encoder.argument(same) + at, oldLength - at);
            encoder.kill(same);
        }
        encoder.end(argument, oldLength + Integer.BYTES);
    }

    void intersect(final Cell cell, final boolean reference, final ElementList elements) {
        final long scratch = ElementList.newScratch();
        try {
            int length = elements.encode(scratch);
            if (length < 0) {
                throw new TransactionRefusedException(
                        cell.toString(),
                        "intersecting",
                        "the elements take more than " + Limits.INTERSECT_BYTES + " bytes",
                        "Keep large sets in an ADD_WINS_SET.");
            }
            final int same = encoder.find(cell);
            if (same != TransactionEncoder.NONE) {
                assert encoder.code(same) == OperationCode.INTERSECT : encoder.code(same);
                length = intersection.intersect(scratch, length, encoder.argument(same), encoder.argumentLength(same));
            }
            replace(cell, reference, OperationCode.INTERSECT, scratch, length);
        } finally {
            UnsafeApi.freeMemory(scratch);
        }
    }
}
