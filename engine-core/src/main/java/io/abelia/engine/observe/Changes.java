package io.abelia.engine.observe;

import io.abelia.engine.codec.CellType;
import io.abelia.engine.codec.FactorArgument;
import io.abelia.engine.codec.Operation;
import io.abelia.engine.codec.OperationCode;
import io.abelia.engine.codec.RightsArgument;
import io.abelia.engine.codec.Utf8;
import io.abelia.engine.crdt.CellValues;
import io.abelia.engine.crdt.Counter;
import io.abelia.engine.crdt.Extremum;
import io.abelia.engine.transaction.Cell;
import io.abelia.engine.transaction.Value;
import java.util.StringJoiner;
import org.agrona.UnsafeApi;

/** Turns encoded operations into {@link Change} objects. */
public final class Changes {
    private Changes() {}

    /** A copy of an operation (allocates). */
    public static Change of(final Operation op) {
        final Cell cell = Cell.of(op.type(), text(op.table()), text(op.key()), text(op.column()));
        return switch (op.code()) {
            case OperationCode.INCREMENT ->
                number(
                        cell,
                        "increment",
                        CellValues.exact(
                                        Counter.low(op.argument(), op.argumentLength()),
                                        Counter.high(op.argument(), op.argumentLength()))
                                .toString());
            case OperationCode.ADD_DOUBLES -> number(cell, "addDouble", doubles(op));
            case OperationCode.MULTIPLY -> number(cell, "multiply", factor(op));
            case OperationCode.OFFER -> number(cell, "offer", offered(op));
            case OperationCode.SET_FLAG ->
                number(cell, "setFlag", UnsafeApi.getByte(op.argument()) != 0 ? "true" : "false");
            case OperationCode.ENABLE -> number(cell, "enable", "");
            case OperationCode.DISABLE -> number(cell, "disable", "");
            case OperationCode.CLEAR -> number(cell, "clear", "");
            case OperationCode.INTERSECT -> number(cell, "intersect", elements(op));
            case OperationCode.ADD -> value(cell, "add", op);
            case OperationCode.REMOVE -> value(cell, "remove", op);
            case OperationCode.CHANGE_RIGHTS -> rights(cell, op);
            case OperationCode.RAISE -> number(cell, "raise", registers(op));
            default -> value(cell, "set", op);
        };
    }

    static String text(final Operation.Name name) {
        return Utf8.decode(name.address(), name.length());
    }

    private static Change number(final Cell cell, final String operation, final String number) {
        return new Change(cell, operation, null, number);
    }

    private static Change value(final Cell cell, final String operation, final Operation op) {
        return new Change(cell, operation, new Value().setCanonical(op.argument(), op.argumentLength()), "");
    }

    private static String doubles(final Operation op) {
        assert op.argumentLength() > 0 && op.argumentLength() % Double.BYTES == 0 : op.argumentLength();
        final StringJoiner list = new StringJoiner(",");
        for (int i = 0; i < op.argumentLength(); i += Double.BYTES) {
            list.add(Double.toString(Double.longBitsToDouble(UnsafeApi.getLong(op.argument() + i))));
        }
        return list.toString();
    }

    private static String factor(final Operation op) {
        final int flags = UnsafeApi.getByte(op.argument());
        if ((flags & FactorArgument.OVERFLOW) != 0) {
            return "beyond 2^64";
        }
        return (flags & FactorArgument.ZERO) != 0
                ? "0"
                : CellValues.exactProduct(UnsafeApi.getLong(op.argument() + 1), flags)
                        .toString();
    }

    private static String offered(final Operation op) {
        final long value = UnsafeApi.getLong(op.argument());
        return op.type() == CellType.MAX || op.type() == CellType.MIN
                ? Long.toString(value)
                : Double.toString(Extremum.unsortable(value));
    }

    /** What the author released or acquired; "transfer" if it only moved rights. */
    private static Change rights(final Cell cell, final Operation op) {
        assert (op.argumentLength() - RightsArgument.HEADER_LENGTH) % RightsArgument.MOVE_LENGTH == 0
                : op.argumentLength();
        final long delta = UnsafeApi.getLong(op.argument() + Long.BYTES);
        if (delta != 0 || op.argumentLength() == RightsArgument.HEADER_LENGTH) {
            return number(cell, delta < 0 ? "acquire" : "release", Long.toString(Math.abs(delta)));
        }
        long moved = 0;
        for (int at = RightsArgument.HEADER_LENGTH; at < op.argumentLength(); at += RightsArgument.MOVE_LENGTH) {
            moved += RightsArgument.moveAmount(op.argument() + at);
        }
        return number(cell, "transfer", Long.toString(moved));
    }

    private static String registers(final Operation op) {
        assert op.argumentLength() > 0 && op.argumentLength() % Integer.BYTES == 0 : op.argumentLength();
        final StringJoiner list = new StringJoiner(",");
        for (int at = 0; at < op.argumentLength(); at += Integer.BYTES) {
            list.add(Integer.toString(UnsafeApi.getInt(op.argument() + at)));
        }
        return list.toString();
    }

    private static String elements(final Operation op) {
        final StringJoiner list = new StringJoiner(",");
        CellValues.forEachOfArgument(
                op.argument(),
                op.argumentLength(),
                (address, bytes) ->
                        list.add(new Value().setCanonical(address, bytes).toString()));
        return list.toString();
    }
}
