package io.abelia.engine.apply;

import io.abelia.engine.codec.Limits;
import io.abelia.engine.codec.MalformedRecordException;
import io.abelia.engine.codec.Operation;
import io.abelia.engine.codec.OperationCode;
import io.abelia.engine.codec.OperationReader;
import io.abelia.engine.crdt.BoundedCounter;
import org.agrona.collections.LongArrayList;

/**
 * Checks all operations of a record from elsewhere before anything of it is logged: every byte decodes, no unit is changed
 * twice, a clear comes before the other operations of its cell.
 */
final class OperationsCheck {
    private final OperationReader reader = new OperationReader();
    private final UnitIndex seen = new UnitIndex();
    private final LongArrayList takenOver = new LongArrayList();
    private boolean changesRights;

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
        takenOver.clear();
        changesRights = false;
        if (lengthBytes > Limits.OPERATIONS_BYTES) {
            throw new MalformedRecordException("operations of " + lengthBytes + " bytes");
        }
        seen.clear();
        reader.wrap(operations, lengthBytes);
        for (int count = 0; reader.hasNext(); count++) {
            if (count == Limits.OPERATIONS) {
                throw new MalformedRecordException("more than " + Limits.OPERATIONS + " operations");
            }
            final Operation op = reader.next();
            if (op.code() == OperationCode.CHANGE_RIGHTS) {
                changesRights = true;
                noteTakenOver(op, author);
            }
            if (count > 0 || reader.hasNext()) {
                checkRepeat(op);
            }
        }
    }

    private void noteTakenOver(final Operation op, final long author) {
        for (int at = BoundedCounter.ARGUMENT_HEADER; at < op.argumentLength(); at += BoundedCounter.MOVE) {
            final long from = BoundedCounter.moveFrom(op.argument() + at);
            if (from != author) {
                takenOver.addLong(from);
            }
        }
    }

    private void checkRepeat(final Operation op) {
        final boolean clear = op.code() == OperationCode.CLEAR;
        final long any = UnitIndex.anyOf(op.cellHash());
        final long unit = clear ? UnitIndex.clearOf(op.cellHash()) : op.unitHash();
        if (seen.find(unit) != UnitIndex.NONE || clear && seen.find(any) != UnitIndex.NONE) {
            throw new MalformedRecordException("operations of one transaction were left unfolded");
        }
        seen.put(unit, 0);
        if (op.type().isClearable()) {
            seen.put(any, 0);
        }
    }
}
