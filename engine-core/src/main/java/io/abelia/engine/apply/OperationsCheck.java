package io.abelia.engine.apply;

import io.abelia.engine.codec.CanonicalOrder;
import io.abelia.engine.codec.Limits;
import io.abelia.engine.codec.MalformedRecordException;
import io.abelia.engine.codec.Operation;
import io.abelia.engine.codec.OperationCode;
import io.abelia.engine.codec.OperationReader;
import io.abelia.engine.codec.RightsArgument;
import io.abelia.engine.state.PlacementKey;
import org.agrona.collections.LongArrayList;

/**
 * Checks all operations of a record from elsewhere before anything of it is logged: every byte decodes, no unit is changed
 * twice, a clear comes before the other operations of its cell.
 *
 * <p>Units are told apart by their canonical hashes first. Where two are equal, or too many lie close together, all are looked at again by
 * keyed hashes, and where two of those are equal, by their names.
 */
final class OperationsCheck {
    private final PlacementKey key;
    private final OperationReader reader = new OperationReader();
    private final OperationReader earlier = new OperationReader();
    private final UnitIndex seen = new UnitIndex();
    private final LongArrayList takenOver = new LongArrayList();
    private boolean changesRights;

    /**
     * A check.
     *
     * @param key secret of this engine
     */
    OperationsCheck(final PlacementKey key) {
        this.key = key;
    }

    /** Origins whose rights the operations take over that were checked last. */
    LongArrayList takenOver() {
        return takenOver;
    }

    /** Whether the operations that were checked last change rights of a BOUNDED_COUNTER. */
    boolean changesRights() {
        return changesRights;
    }

    /**
     * Checks encoded operations.
     *
     * @throws MalformedRecordException if no version would write them
     * @throws io.abelia.engine.codec.UnknownOperationException if a later version may have
     */
    void check(final long operations, final int lengthBytes, final long author) {
        assert lengthBytes >= 0 : lengthBytes;
        takenOver.clear();
        changesRights = false;
        if (lengthBytes > Limits.OPERATIONS_BYTES) {
            throw new MalformedRecordException("operations of " + lengthBytes + " bytes");
        }
        seen.clear();
        reader.wrap(operations, lengthBytes);
        boolean told = true;
        for (int count = 0; reader.hasNext(); count++) {
            if (count == Limits.OPERATIONS) {
                throw new MalformedRecordException("more than " + Limits.OPERATIONS + " operations");
            }
            final Operation op = reader.next();
            if (op.code() == OperationCode.CHANGE_RIGHTS) {
                changesRights = true;
                noteTakenOver(op, author);
            }
            if (told && (count > 0 || reader.hasNext())) {
                told = isNew(op, op.cellHash(), op.unitHash());
            }
        }
        assert changesRights || takenOver.isEmpty() : takenOver.size();
        if (!told) {
            tellApart(operations, lengthBytes);
        }
    }

    /** Looks again, at a record whose canonical hashes do not tell its units apart. */
    private void tellApart(final long operations, final int lengthBytes) {
        seen.clear();
        reader.wrap(operations, lengthBytes);
        for (int count = 0; reader.hasNext(); count++) {
            assert count < Limits.OPERATIONS : count;
            final Operation op = reader.next();
            final long cell = key.ofCell(op.type(), op.table(), op.key(), op.column());
            final long unit = OperationCode.isElement(op.code())
                    ? key.ofElement(cell, op.type().code(), op.argument(), op.argumentLength())
                    : cell;
            if (!isNew(op, cell, unit) && isRepeat(op, count, operations, lengthBytes)) {
                throw new MalformedRecordException("operations of one transaction were left unfolded");
            }
        }
    }

    private void noteTakenOver(final Operation op, final long author) {
        assert (op.argumentLength() - RightsArgument.HEADER_LENGTH) % RightsArgument.MOVE_LENGTH == 0
                : op.argumentLength();
        for (int at = RightsArgument.HEADER_LENGTH; at < op.argumentLength(); at += RightsArgument.MOVE_LENGTH) {
            final long from = RightsArgument.moveFrom(op.argument() + at);
            if (from != author) {
                takenOver.addLong(from);
            }
        }
    }

    /** Notes the unit of an operation; false if an earlier operation has the same hash, or there are too many to say. */
    private boolean isNew(final Operation op, final long cellHash, final long unitHash) {
        final boolean clear = op.code() == OperationCode.CLEAR;
        boolean isNew = note(clear ? UnitIndex.clearOf(cellHash) : unitHash);
        if (op.type().isClearable()) {
            isNew &= note(UnitIndex.anyOf(cellHash)) || !clear;
        }
        return isNew && !seen.isCrowded();
    }

    private boolean note(final long hash) {
        final int slot = seen.first(hash);
        if (slot < 0) {
            seen.put(~slot, hash, 0);
        }
        return slot < 0;
    }

    /** Whether an operation changes what an earlier one has changed, or clears what an earlier one has. */
    private boolean isRepeat(final Operation op, final int number, final long operations, final int lengthBytes) {
        earlier.wrap(operations, lengthBytes);
        for (int i = 0; i < number; i++) {
            final Operation other = earlier.next();
            if (isSameCell(op, other) && (op.code() == OperationCode.CLEAR || isSameUnit(op, other))) {
                return true;
            }
        }
        return false;
    }

    private static boolean isSameCell(final Operation a, final Operation b) {
        return a.type() == b.type()
                && isSame(a.key(), b.key())
                && isSame(a.table(), b.table())
                && isSame(a.column(), b.column());
    }

    private static boolean isSame(final Operation.Name a, final Operation.Name b) {
        return a.length() == b.length() && CanonicalOrder.same(a.address(), b.address(), a.length());
    }

    private static boolean isSameUnit(final Operation a, final Operation b) {
        if (OperationCode.isElement(a.code()) != OperationCode.isElement(b.code())) {
            return false;
        }
        return OperationCode.isElement(a.code())
                ? a.argumentLength() == b.argumentLength()
                        && CanonicalOrder.same(a.argument(), b.argument(), a.argumentLength())
                : (a.code() == OperationCode.CLEAR) == (b.code() == OperationCode.CLEAR);
    }
}
