package io.abelia.engine.crdt;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.abelia.engine.codec.CellType;
import io.abelia.engine.codec.MalformedRecordException;
import io.abelia.engine.codec.RegistersArgument;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.stream.Stream;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** State from elsewhere is laid out as its type's, or refused. */
class StateCheckTest {
    private final StateCheck check = new StateCheck();

    private record Body(CellType type, String what, ByteBuffer bytes) {
        @Override
        public String toString() {
            return type + ": " + what;
        }
    }

    private void check(final CellType type, final ByteBuffer bytes) {
        final UnsafeBuffer buffer = new UnsafeBuffer(ByteBuffer.allocateDirect(Math.max(1, bytes.capacity())));
        buffer.putBytes(0, bytes, 0, bytes.capacity());
        check.check(type, buffer.addressOffset(), bytes.capacity());
    }

    private static ByteBuffer ints(final int... values) {
        final ByteBuffer bytes =
                ByteBuffer.allocate(values.length * Integer.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        for (final int value : values) {
            bytes.putInt(value);
        }
        return bytes;
    }

    private static ByteBuffer longs(final long... values) {
        final ByteBuffer bytes = ByteBuffer.allocate(values.length * Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        for (final long value : values) {
            bytes.putLong(value);
        }
        return bytes;
    }

    private static ByteBuffer allRanks(final byte first) {
        final ByteBuffer bytes =
                ByteBuffer.allocate(Sketch.HEADER + RegistersArgument.REGISTERS).order(ByteOrder.LITTLE_ENDIAN);
        return bytes.putInt(Sketch.SPARSE + 1).put(Sketch.HEADER, first);
    }

    private static long counts(final int first, final int second) {
        return first | (long) second << Integer.SIZE;
    }

    private static ByteBuffer list(final long count, final int... elements) {
        final ByteBuffer bytes =
                ByteBuffer.allocate(Long.BYTES + elements.length).order(ByteOrder.LITTLE_ENDIAN);
        bytes.putLong(count);
        for (final int each : elements) {
            bytes.put((byte) each);
        }
        return bytes;
    }

    static Stream<Body> sound() {
        return Stream.of(
                new Body(CellType.COUNTER, "a number", longs(-3, -1)),
                new Body(CellType.MAX, "a number", longs(9)),
                new Body(CellType.PRODUCT, "an overflow", longs(0, 3)),
                new Body(CellType.FLAG_OR, "true", longs(1)),
                new Body(CellType.GROW_SET, "there", longs(0)),
                new Body(CellType.ENABLE_WINS, "an add and a remove", longs(counts(1, 1), 7, 1, 8, 2)),
                new Body(CellType.ADD_WINS_SET, "nothing", longs(0)),
                new Body(CellType.INTERSECT_SET, "two elements", list(2, 2, 1, 5, 1, 2)),
                new Body(CellType.LWW_REGISTER, "a write", longs(counts(1, 0), 7, 1, 99, 9, 0x0101, 0)),
                new Body(CellType.FIRST_WRITER_REGISTER, "a ghost", longs(counts(0, 1), 7, 1, 8, 1)),
                new Body(CellType.BOUNDED_COUNTER, "two holders", longs(2, 7, 1, 5, 9, 2, 4)),
                new Body(CellType.SKETCH, "two registers", ints(2, 0, 3 << 8 | 1, 4 << 8 | 2)));
    }

    static Stream<Body> broken() {
        return Stream.of(
                new Body(CellType.COUNTER, "longer than inline", longs(1, 2, 3)),
                new Body(CellType.PRODUCT, "neither zero nor a number", longs(0, 0)),
                new Body(CellType.FIRST_WRITER_REGISTER, "fewer writes than none", longs(counts(-2, 0))),
                new Body(CellType.SKETCH, "a rank that there is not", allRanks((byte) 77)),
                new Body(CellType.ENABLE_WINS, "more dots than bytes", longs(counts(2, 0), 7, 1)),
                new Body(CellType.ENABLE_WINS, "a negative count", longs(counts(2, -1), 7, 1)),
                new Body(CellType.REMOVE_WINS_SET, "counts that overflow", longs(counts(1 << 28, 0))),
                new Body(CellType.INTERSECT_SET, "another count", list(3, 2, 1, 5, 1, 2)),
                new Body(CellType.INTERSECT_SET, "an element beyond the end", list(1, 9, 1)),
                new Body(CellType.MV_REGISTER, "a value beyond the end", longs(counts(1, 0), 7, 1, 99, 64, 0)),
                new Body(CellType.MV_REGISTER, "a negative value", longs(counts(1, 0), 7, 1, 99, -1, 0)),
                new Body(CellType.LWW_REGISTER, "a count of garbage", longs(counts(1 << 30, 0))),
                new Body(CellType.LWW_REGISTER, "a ghost", longs(counts(0, 1), 7, 1, 8, 1)),
                new Body(CellType.FIRST_WRITER_REGISTER, "more ghosts than bytes", longs(counts(0, 2), 7, 1, 8, 1)),
                new Body(CellType.FIRST_WRITER_REGISTER, "a negative count", longs(counts(-1, 0))),
                new Body(CellType.BOUNDED_COUNTER, "holders out of order", longs(2, 9, 1, 5, 7, 2, 4)),
                new Body(CellType.BOUNDED_COUNTER, "another count", longs(1, 7, 1, 5, 9, 2, 4)),
                new Body(CellType.SKETCH, "a register twice", ints(2, 0, 3 << 8 | 1, 3 << 8 | 2)),
                new Body(CellType.SKETCH, "no rank", ints(1, 0, 3 << 8)),
                new Body(CellType.SKETCH, "all registers, too few bytes", ints(Sketch.SPARSE + 1, 0, 1)));
    }

    @ParameterizedTest
    @MethodSource("sound")
    void whatIsSoundIsTaken(final Body body) {
        assertDoesNotThrow(() -> check(body.type(), body.bytes()));
    }

    @ParameterizedTest
    @MethodSource("broken")
    void whatIsNotIsRefused(final Body body) {
        assertThrows(MalformedRecordException.class, () -> check(body.type(), body.bytes()));
    }

    @ParameterizedTest
    @EnumSource(CellType.class)
    void nothingIsTheStateOfNoType(final CellType type) {
        assertThrows(MalformedRecordException.class, () -> check(type, ByteBuffer.allocate(0)));
    }

    @Test
    void registersMayAllBeThere() {
        assertDoesNotThrow(() -> check(CellType.SKETCH, allRanks((byte) 5)));
    }
}
