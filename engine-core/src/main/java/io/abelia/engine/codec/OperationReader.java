package io.abelia.engine.codec;

import org.agrona.UnsafeApi;

/**
 * Walks the operations of a record and checks every byte of them before anyone acts. Not thread safe.
 *
 * @see Operation the layout
 */
public final class OperationReader {
    static final int TYPE_MASK = 0x1F;
    static final int SAME_TABLE = 0x20;
    static final int SAME_KEY = 0x40;
    static final int SAME_COLUMN = 0x80;

    private final ByteReader reader = new ByteReader();
    private final Operation operation = new Operation();
    private boolean first;

    /** Points at encoded operations. */
    public OperationReader wrap(final long address, final int lengthBytes) {
        assert lengthBytes >= 0 : lengthBytes;
        reader.wrap(address, lengthBytes);
        first = true;
        return this;
    }

    public boolean hasNext() {
        return reader.hasRemaining();
    }

    /** Address of the operation that {@link #next} returns. */
    public long position() {
        return reader.position();
    }

    /**
     * The next operation; the same object each time.
     *
     * @throws MalformedRecordException for bytes that no version writes
     * @throws UnknownOperationException for a type or operation that this version does not know
     */
    public Operation next() {
        final int head = reader.readUnsignedByte();
        final int code = reader.readUnsignedByte();
        if (first && (head & ~TYPE_MASK) != 0) {
            throw new MalformedRecordException("first operation refers to one before it");
        }
        first = false;
        final CellType type = CellType.ofCode(head & TYPE_MASK);
        if (type == null || !OperationCode.isKnown(type, code)) {
            throw new UnknownOperationException("type " + (head & TYPE_MASK) + " operation " + code);
        }
        final Operation op = operation;
        op.begin(type, code);
        readName(op.table(), (head & SAME_TABLE) != 0, Limits.TABLE_BYTES);
        readName(op.key(), (head & SAME_KEY) != 0, Limits.KEY_BYTES);
        readName(op.column(), (head & SAME_COLUMN) != 0, Limits.COLUMN_BYTES);
        readArgument(op);
        return op;
    }

    private void readName(final Operation.Name name, final boolean same, final int maxBytes) {
        if (!same) {
            final int length = reader.readVarintInt(maxBytes);
            name.wrap(reader.skip(length), length);
        }
    }

    private void readArgument(final Operation op) {
        switch (op.code()) {
            case OperationCode.INCREMENT -> {
                final int length = reader.readUnsignedByte();
                if (length < 1 || length > 16) {
                    throw new MalformedRecordException("increment of " + length + " bytes");
                }
                argument(op, length);
            }
            case OperationCode.ADD_DOUBLES -> {
                final int count = reader.readVarintInt(Limits.DOUBLES);
                if (count == 0) {
                    throw new MalformedRecordException("empty list of doubles");
                }
                argument(op, count * Double.BYTES);
            }
            case OperationCode.MULTIPLY -> {
                argument(op, FactorArgument.LENGTH);
                FactorArgument.check(op.argument());
            }
            case OperationCode.OFFER -> argument(op, Long.BYTES);
            case OperationCode.SET_FLAG -> {
                argument(op, 1);
                if ((UnsafeApi.getByte(op.argument()) & ~1) != 0) {
                    throw new MalformedRecordException("flag is neither 0 nor 1");
                }
            }
            case OperationCode.ADD, OperationCode.REMOVE -> readValue(op, true);
            case OperationCode.SET -> readValue(op, false);
            case OperationCode.INTERSECT -> readSortedElements(op);
            case OperationCode.CHANGE_RIGHTS -> readRights(op);
            case OperationCode.RAISE -> readRegisters(op);
            default -> argument(op, 0);
        }
    }

    private void argument(final Operation op, final int length) {
        assert length >= 0 : length;
        op.argument(reader.skip(length), length);
    }

    private void readValue(final Operation op, final boolean element) {
        final int length = reader.readVarintInt(1 + Limits.VALUE_BYTES);
        argument(op, length);
        ValueKind.check(length == 0 ? 0 : UnsafeApi.getByte(op.argument()), length, element);
    }

    private void readRights(final Operation op) {
        final int moves = RightsArgument.MAX_MOVES * RightsArgument.MOVE_LENGTH;
        argument(op, reader.readVarintInt(RightsArgument.HEADER_LENGTH + moves));
        RightsArgument.check(op.argument(), op.argumentLength());
    }

    private void readRegisters(final Operation op) {
        argument(op, reader.readVarintInt(RegistersArgument.MAX_LENGTH));
        RegistersArgument.check(op.argument(), op.argumentLength());
    }

    private void readSortedElements(final Operation op) {
        final int length = reader.readVarintInt(Limits.INTERSECT_BYTES);
        final long end = reader.position() + length;
        final long start = reader.position();
        reader.skip(length);
        reader.position(start);
        long previous = 0;
        int previousLength = -1;
        while (reader.position() < end) {
            final int elementLength = reader.readVarintInt(1 + Limits.VALUE_BYTES);
            final long element = reader.skip(elementLength);
            ValueKind.check(elementLength == 0 ? 0 : UnsafeApi.getByte(element), elementLength, true);
            if (previousLength >= 0 && CanonicalOrder.compare(previous, previousLength, element, elementLength) >= 0) {
                throw new MalformedRecordException("elements of an intersection are not ascending");
            }
            previous = element;
            previousLength = elementLength;
        }
        if (reader.position() != end) {
            throw new MalformedRecordException("intersection list overruns its length");
        }
        op.argument(start, length);
    }
}
