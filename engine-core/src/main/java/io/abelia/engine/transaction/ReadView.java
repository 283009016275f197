package io.abelia.engine.transaction;

import io.abelia.engine.crdt.BoundedCounter;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Typed reads of cells. What is read of one view belongs together: {@link Snapshot} reads one cut, {@link Transaction} its
 * snapshot and its own operations, the engine's latest view each call by itself. A cell that nobody has written reads as the
 * identity of its type; {@link #exists} tells the difference.
 *
 * <p>A method that does not fit the cell's type throws {@link IllegalArgumentException} naming both.
 */
public interface ReadView {
    /** {@link #size} of an INTERSECT_SET that nobody has intersected yet: it contains everything. */
    long UNIVERSE = -1;

    /** Receives values; the object is reused, copy what you keep. */
    @FunctionalInterface
    interface ValueHandler {
        void onValue(Value value);
    }

    /** Receives the cells of a scan. */
    @FunctionalInterface
    interface CellHandler {
        /** A cell; the object is new for each call and may be kept. */
        void onCell(Cell cell);
    }

    /** Whether an operation has been applied to the cell and something of it can be read. */
    boolean exists(Cell cell);

    /**
     * A number: COUNTER and BOUNDED_COUNTER (0 if nobody wrote), PRODUCT (1), MAX ({@link Long#MIN_VALUE}), MIN ({@link
     * Long#MAX_VALUE}), SKETCH (0; about how many different elements were added).
     *
     * @throws ArithmeticException if a counter or product is beyond a long; {@link #readExact} reads it
     */
    long readLong(Cell cell);

    /**
     * The exact value of a COUNTER or PRODUCT (allocates).
     *
     * @throws ArithmeticException if the magnitude of a product has reached 2^64: it is not kept beyond
     */
    BigInteger readExact(Cell cell);

    /** What this node may acquire of a BOUNDED_COUNTER without asking others; not more than {@link #readLong}. */
    long readRights(Cell cell);

    /** Visits who may spend how much of a BOUNDED_COUNTER, ascending by origin. */
    void forEachHolder(Cell cell, BoundedCounter.HolderHandler handler);

    /** DOUBLE_SUM (0 if nobody wrote), MAX_DOUBLE (negative infinity), MIN_DOUBLE (NaN, the greatest double), SKETCH (0). */
    double readDouble(Cell cell);

    /** FLAG_OR (false if nobody wrote), FLAG_AND (true), ENABLE_WINS and DISABLE_WINS (false). */
    boolean readFlag(Cell cell);

    /**
     * The winning write of an LWW_REGISTER or FIRST_WRITER_REGISTER.
     *
     * @return false, and the value untouched, if there is none
     */
    boolean read(Cell cell, Value into);

    /** All concurrent writes that a register keeps, in an order that is the same on every node; returns how many. */
    int readAll(Cell cell, ValueHandler handler);

    /** Number of elements of a set, or {@link #UNIVERSE}. */
    long size(Cell cell);

    /** Whether a set contains an element. */
    boolean contains(Cell cell, Value element);

    /** Visits the elements of a set in no particular order; nothing for the universe. Returns how many. */
    long forEach(Cell cell, ValueHandler handler);

    /**
     * Visits the existing cells of a table whose key begins with a prefix, in no particular order. Takes time in proportion to
     * the cells of the table.
     */
    long scan(String table, String keyPrefix, CellHandler handler);

    /** Decides by a cell's key alone whether a scan hands the cell out. */
    @FunctionalInterface
    interface KeyFilter {
        /**
         * Whether a key is wanted. Called while commits wait: it compares, keeps nothing of the buffer, and calls nothing of the engine.
         *
         * @param buffer holds the key's bytes, UTF-8, during the call
         */
        boolean accepts(DirectBuffer buffer, int offset, int lengthBytes);
    }

    /** As {@link #scan(String, String, CellHandler)}, for those cells whose key is wanted: what is not costs nothing but the comparison. */
    default long scan(final String table, final String keyPrefix, final KeyFilter wanted, final CellHandler handler) {
        final long[] visited = {0};
        scan(table, keyPrefix, cell -> {
            final byte[] key = cell.key().getBytes(StandardCharsets.UTF_8);
            if (wanted.accepts(new UnsafeBuffer(key), 0, key.length)) {
                visited[0]++;
                handler.onCell(cell);
            }
        });
        return visited[0];
    }

    /**
     * Visits the existing cells of a row, in no particular order. In views of an engine it takes one look-up for each pair of a column and a
     * type that its table has.
     */
    default long scanRow(final String table, final String key, final CellHandler handler) {
        final long[] visited = {0};
        scan(table, key, cell -> {
            if (cell.key().equals(key)) {
                visited[0]++;
                handler.onCell(cell);
            }
        });
        return visited[0];
    }
}
