package io.abelia.coordination.wire;

import io.abelia.engine.codec.CellType;
import io.abelia.engine.codec.Limits;
import io.abelia.engine.transaction.Cell;
import io.abelia.engine.transaction.ReadView;
import io.abelia.engine.transaction.Value;
import java.math.BigInteger;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The answer to a {@link Query}: the same bytes on every member for the same state.
 *
 * <pre>
 *   byte 1 if the answer is too large to be given, and nothing else; or 0, then
 *     CELL      byte 1 if something can be read of it, then by type
 *                 COUNTER, PRODUCT           byte 1 if beyond what is kept; else 0, length (4) and bytes, two's complement, big-endian
 *                 MAX, MIN                   8 bytes
 *                 other numbers, SKETCH      8 bytes of a double
 *                 flags and switches         byte
 *                 sets, registers            size (8), count (4), per value length (4) and canonical bytes; elements ascending, writes
 *                                            with the winner first
 *     CONTAINS  byte
 *     SCAN      count (4), per cell: byte type code, length (4) and bytes of key and column; ascending
 * </pre>
 */
public final class Answer {
    /** Bytes of an answer to a read. */
    public static final int READ_BYTES = 1 << 18;
    /** Bytes of an answer that a commit returns: these are kept for as long as the client may ask again. */
    public static final int RETURNED_BYTES = 1 << 14;

    private static final int NUMBER_BYTES = 64;
    private static final int FINGERPRINT_BYTES = 32;
    /** The least that a cell takes in the answer to a scan. */
    private static final int SCANNED_BYTES = 9;

    private static final Blob TOO_LARGE = Blob.of(new byte[] {1});

    private final CellType type;
    private final boolean exists;
    private final boolean flag;
    private final long number;
    private final double decimal;
    private final @Nullable BigInteger exact;
    private final List<Blob> values = new ArrayList<>();
    private final List<Cell> cells = new ArrayList<>();

    private Answer(final Query query, final WireReader in) {
        type = query.type();
        exists = query.kind() == Query.Kind.CELL && in.getFlag();
        boolean isFlag = false;
        long aNumber = 0;
        double aDecimal = 0;
        BigInteger anExact = null;
        if (query.kind() == Query.Kind.CONTAINS) {
            isFlag = in.getFlag();
        } else if (query.kind() == Query.Kind.SCAN) {
            readCells(query.table(), in);
        } else {
            switch (shape(type)) {
                case EXACT -> anExact = in.getFlag() ? null : new BigInteger(in.getBytes(NUMBER_BYTES));
                case LONG -> aNumber = in.getLong();
                case DOUBLE -> aDecimal = Double.longBitsToDouble(in.getLong());
                case FLAG -> isFlag = in.getFlag();
                case VALUES -> {
                    aNumber = in.getLong();
                    for (int i = in.getCount(READ_BYTES); i > 0; i--) {
                        values.add(in.getBlob(Limits.VALUE_BYTES + 1));
                    }
                }
            }
        }
        flag = isFlag;
        number = aNumber;
        decimal = aDecimal;
        exact = anExact;
    }

    private void readCells(final String table, final WireReader in) {
        for (int i = in.getCount(READ_BYTES); i > 0; i--) {
            final CellType cellType = CellType.ofCode(in.getByte());
            final String key = in.getText(Limits.KEY_BYTES);
            final String column = in.getText(Limits.COLUMN_BYTES);
            if (cellType != null) {
                cells.add(Cell.of(cellType, table, key, column));
            }
        }
    }

    private enum Shape {
        EXACT,
        LONG,
        DOUBLE,
        FLAG,
        VALUES
    }

    private static Shape shape(final CellType type) {
        return switch (type) {
            case COUNTER, PRODUCT -> Shape.EXACT;
            case MAX, MIN -> Shape.LONG;
            case MAX_DOUBLE, MIN_DOUBLE, DOUBLE_SUM, SKETCH -> Shape.DOUBLE;
            case FLAG_OR, FLAG_AND, ENABLE_WINS, DISABLE_WINS -> Shape.FLAG;
            case GROW_SET,
                    INTERSECT_SET,
                    ADD_WINS_SET,
                    REMOVE_WINS_SET,
                    MV_REGISTER,
                    LWW_REGISTER,
                    FIRST_WRITER_REGISTER -> Shape.VALUES;
            case BOUNDED_COUNTER ->
                throw new MalformedRequestException(
                        "a BOUNDED_COUNTER needs no coordination; a coordinated COUNTER with requireAtLeast does the same");
        };
    }

    /**
     * Refuses what this answers nothing about.
     *
     * @throws MalformedRequestException saying why
     */
    public static void check(final Query query) {
        query.cell(); // its names are names
        if (query.kind() == Query.Kind.SCAN) {
            return;
        }
        final boolean values = shape(query.type()) == Shape.VALUES;
        if (query.kind() == Query.Kind.CONTAINS && (!values || query.type().isRegister())) {
            throw new MalformedRequestException(query + " is a " + query.type() + ", which contains nothing");
        }
        if (query.kind() == Query.Kind.CONTAINS && query.element().length() == 0) {
            throw new MalformedRequestException("no element is asked for in " + query);
        }
    }

    /** Answers a query from state. */
    public static Blob of(final ReadView state, final Query query, final int maxBytes) {
        assert maxBytes >= 0 : maxBytes;
        check(query);
        final WireWriter out = new WireWriter().putByte(0);
        try {
            switch (query.kind()) {
                case CELL -> writeCell(state, query.cell(), maxBytes, out);
                case CONTAINS -> {
                    final Value element = query.element().toValue();
                    out.putByte(state.contains(query.cell(), element) ? 1 : 0);
                }
                case SCAN -> writeScan(state, query, maxBytes, out);
            }
        } catch (final TooLargeException e) {
            return TOO_LARGE;
        }
        return out.length() > maxBytes ? TOO_LARGE : Blob.of(out.toBytes());
    }

    /** Breaks off what would be too large an answer before all of it has been collected. */
    private static final class TooLargeException extends RuntimeException {
        private static final long serialVersionUID = 1L;

        TooLargeException() {
            super("too large", null, false, false);
        }
    }

    private static void requireRoom(final long bytes, final int maxBytes) {
        if (bytes > maxBytes) {
            throw new TooLargeException();
        }
    }

    private static void writeCell(final ReadView state, final Cell cell, final int maxBytes, final WireWriter out) {
        out.putByte(state.exists(cell) ? 1 : 0);
        switch (shape(cell.type())) {
            case EXACT -> writeExact(state, cell, out);
            case LONG -> out.putLong(state.readLong(cell));
            case DOUBLE -> out.putLong(Double.doubleToLongBits(state.readDouble(cell)));
            case FLAG -> out.putByte(state.readFlag(cell) ? 1 : 0);
            case VALUES -> {
                final List<Blob> values = new ArrayList<>();
                if (cell.type().isRegister()) {
                    state.readAll(cell, value -> values.add(Blob.of(value)));
                    out.putLong(values.size());
                    moveWinner(state, cell, values);
                } else {
                    requireRoom(state.size(cell) * Integer.BYTES, maxBytes);
                    out.putLong(state.size(cell));
                    state.forEach(cell, value -> values.add(Blob.of(value)));
                    values.sort((a, b) -> Arrays.compareUnsigned(a.bytes(), b.bytes()));
                    assert state.size(cell) == values.size() || state.size(cell) == ReadView.UNIVERSE : cell;
                }
                out.putInt(values.size());
                values.forEach(out::putBlob);
            }
        }
    }

    private static void moveWinner(final ReadView state, final Cell cell, final List<Blob> values) {
        final Value winner = new Value();
        if (cell.type() != CellType.MV_REGISTER && state.read(cell, winner)) {
            final Blob first = Blob.of(winner);
            assert values.contains(first) : cell;
            values.remove(first);
            values.add(0, first);
        }
    }

    private static void writeExact(final ReadView state, final Cell cell, final WireWriter out) {
        final byte[] bytes;
        try {
            bytes = state.readExact(cell).toByteArray();
        } catch (final ArithmeticException e) {
            out.putByte(1); // a product whose magnitude is no longer kept
            return;
        }
        assert bytes.length <= NUMBER_BYTES : bytes.length;
        out.putByte(0).putBytes(bytes);
    }

    private static void writeScan(final ReadView state, final Query query, final int maxBytes, final WireWriter out) {
        final List<Cell> cells = new ArrayList<>();
        state.scan(query.table(), query.key(), cell -> {
            cells.add(cell);
            requireRoom((long) cells.size() * SCANNED_BYTES, maxBytes);
        });
        cells.sort(Comparator.comparing(Cell::key).thenComparing(Cell::column).thenComparing(Cell::type));
        out.putInt(cells.size());
        for (final Cell cell : cells) {
            out.putByte(cell.type().code()).putText(cell.key()).putText(cell.column());
        }
    }

    /**
     * Reads an answer.
     *
     * @throws IllegalStateException if it was too large to be given
     */
    public static Answer decode(final Query query, final Blob answer) {
        final WireReader in = new WireReader(answer.bytes());
        if (in.getFlag()) {
            throw new IllegalStateException("the answer about " + query + " is larger than one message may be ("
                    + READ_BYTES + " bytes, " + RETURNED_BYTES + " with a commit); ask for less, as by contains");
        }
        return new Answer(query, in);
    }

    /** Bytes that are equal for equal answers and, for all one can tell, for no others: the answer itself, or its SHA-256. */
    public static Blob fingerprint(final Blob answer) {
        try {
            return answer.length() < FINGERPRINT_BYTES
                    ? answer
                    : Blob.of(MessageDigest.getInstance("SHA-256").digest(answer.bytes()));
        } catch (final NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }

    public boolean exists() {
        return exists;
    }

    public boolean flag() {
        return flag;
    }

    /** Of MAX and MIN the number, of sets and registers how many values there are. */
    public long number() {
        return number;
    }

    public double decimal() {
        return decimal;
    }

    /**
     * Of COUNTER and PRODUCT.
     *
     * @throws ArithmeticException if it is beyond what is kept
     */
    public BigInteger exact() {
        if (exact == null) {
            throw new ArithmeticException("the magnitude of the product has reached 2^64 and is not kept");
        }
        return exact;
    }

    /** Canonical bytes of each value. */
    public List<Blob> values() {
        return values;
    }

    /** Cells that a scan found. */
    public List<Cell> cells() {
        return cells;
    }
}
