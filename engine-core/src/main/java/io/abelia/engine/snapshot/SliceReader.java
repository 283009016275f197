package io.abelia.engine.snapshot;

import io.abelia.engine.codec.ByteReader;
import io.abelia.engine.codec.CellType;
import io.abelia.engine.codec.Limits;
import io.abelia.engine.codec.MalformedRecordException;
import io.abelia.engine.codec.Operation;
import io.abelia.engine.crdt.StateCheck;
import io.abelia.engine.state.StateStore;

/** Reads the units of a slice, one after the other; what is not laid out as it must be is refused. Addresses are those of the bytes read. */
final class SliceReader {
    final Operation.Name table = new Operation.Name();
    final Operation.Name key = new Operation.Name();
    final Operation.Name column = new Operation.Name();
    CellType type = CellType.COUNTER;
    /** Whether the unit is an element of a set; then its name. */
    boolean isElement;

    long name;
    int nameLength;
    long body;
    int bodyLength;

    private final StateCheck states = new StateCheck();
    private ByteReader reader = new ByteReader();
    private int slice;
    private long position;

    /** Begins with a slice. */
    SliceReader wrap(final ByteReader newReader) {
        reader = newReader;
        slice = reader.readVarintInt(StateStore.SLICES - 1);
        position = reader.readVarint();
        return this;
    }

    int slice() {
        return slice;
    }

    /** Log position of the slice's cut. */
    long position() {
        return position;
    }

    /**
     * Goes to the next unit; false if there is none.
     *
     * @throws MalformedRecordException if it is none
     */
    boolean next() {
        if (!reader.hasRemaining()) {
            return false;
        }
        final int head = reader.readUnsignedByte();
        final CellType known = CellType.ofCode(head & ~SnapshotFormat.ELEMENT_BIT);
        isElement = (head & SnapshotFormat.ELEMENT_BIT) != 0;
        if (known == null || known.isSet() != isElement) { // a set has no state of its own
            throw new MalformedRecordException("unit of type " + head);
        }
        type = known;
        readName(table, Limits.TABLE_BYTES);
        readName(key, Limits.KEY_BYTES);
        readName(column, Limits.COLUMN_BYTES);
        if (isElement) {
            nameLength = reader.readVarintInt(Limits.VALUE_BYTES + 1);
            name = reader.skip(nameLength);
        }
        bodyLength = reader.readVarintInt(Integer.MAX_VALUE);
        body = reader.skip(bodyLength);
        states.check(type, body, bodyLength);
        return true;
    }

    private void readName(final Operation.Name into, final int maxBytes) {
        final int length = reader.readVarintInt(maxBytes);
        into.wrap(reader.skip(length), length);
    }
}
