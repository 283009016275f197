package io.abelia.engine.transaction;

import io.abelia.engine.codec.CellType;
import io.abelia.engine.codec.RegistersArgument;
import io.abelia.engine.crdt.BoundedCounter;
import io.abelia.engine.crdt.CellValues;
import io.abelia.engine.crdt.DoubleSum;
import io.abelia.engine.crdt.Extremum;
import io.abelia.engine.crdt.Sketch;
import io.abelia.engine.state.Units;
import java.lang.ref.Reference;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import org.agrona.UnsafeApi;

/** Typed reads at an open snapshot, or of the state as it is at each call. */
public final class StateView implements ReadView {
    private static final int FLAGS_OFFSET = 8;

    private final StateReader reader;
    private final int snapshot;

    StateView(final StateReader reader, final int snapshot) {
        assert snapshot >= Units.LATEST : snapshot;
        this.reader = reader;
        this.snapshot = snapshot;
    }

    /** The state as it is at each call. */
    public static StateView latest(final io.abelia.engine.apply.Kernel kernel) {
        return new StateView(new StateReader(kernel, null), Units.LATEST);
    }

    private boolean isLatest() {
        return snapshot == Units.LATEST;
    }

    @Override
    public boolean exists(final Cell cell) {
        return reader.exists(cell, snapshot);
    }

    @Override
    public long readLong(final Cell cell) {
        return switch (cell.type()) {
            case COUNTER -> isLatest() ? reader.latestCounter(cell) : counter(cell);
            case PRODUCT -> product(cell);
            case MAX -> number(cell, Long.MIN_VALUE);
            case MIN -> number(cell, Long.MAX_VALUE);
            case BOUNDED_COUNTER -> bounded(cell, false);
            case SKETCH -> Math.round(readDouble(cell));
            default -> throw wrongType(cell, "readLong");
        };
    }

    /** The number of a BOUNDED_COUNTER, or what this node holds of it. */
    private long bounded(final Cell cell, final boolean own) {
        reader.enter(snapshot);
        try {
            if (!reader.view(cell, snapshot)) {
                return 0;
            }
            return own
                    ? BoundedCounter.rights(
                            reader.body(), reader.length(), reader.kernel().ownOrigin())
                    : BoundedCounter.value(reader.body(), reader.length());
        } finally {
            reader.leave();
        }
    }

    @Override
    public long readRights(final Cell cell) {
        requireBounded(cell, "readRights");
        return bounded(cell, true);
    }

    @Override
    public void forEachHolder(final Cell cell, final BoundedCounter.HolderHandler handler) {
        requireBounded(cell, "forEachHolder");
        final List<long[]> holders = new ArrayList<>();
        reader.enter(snapshot);
        try {
            if (reader.view(cell, snapshot)) {
                BoundedCounter.forEachHolder(
                        reader.body(),
                        reader.length(),
                        (origin, node, rights) -> holders.add(new long[] {origin, node, rights}));
            }
        } finally {
            reader.leave();
        }
        holders.forEach(holder -> handler.onHolder(holder[0], holder[1], holder[2]));
    }

    static void requireBounded(final Cell cell, final String method) {
        if (cell.type() != CellType.BOUNDED_COUNTER) {
            throw wrongType(cell, method);
        }
    }

    long ownOrigin() {
        return reader.kernel().ownOrigin();
    }

    /** The registers of a SKETCH. */
    byte[] registers(final Cell cell) {
        final byte[] registers = new byte[RegistersArgument.REGISTERS];
        reader.enter(snapshot);
        try {
            if (reader.view(cell, snapshot)) {
                Sketch.raise(registers, reader.body(), reader.length());
            }
        } finally {
            reader.leave();
        }
        return registers;
    }

    private long number(final Cell cell, final long absent) {
        if (isLatest()) {
            return reader.latestLong(cell, 0, absent);
        }
        reader.enter(snapshot);
        try {
            return reader.view(cell, snapshot) ? UnsafeApi.getLong(reader.body()) : absent;
        } finally {
            reader.leave();
        }
    }

    private long counter(final Cell cell) {
        reader.enter(snapshot);
        try {
            return reader.view(cell, snapshot)
                    ? CellValues.toLong(UnsafeApi.getLong(reader.body()), UnsafeApi.getLong(reader.body() + Long.BYTES))
                    : 0;
        } finally {
            reader.leave();
        }
    }

    private long product(final Cell cell) {
        reader.enter(snapshot);
        try {
            return reader.view(cell, snapshot)
                    ? CellValues.productAsLong(
                            UnsafeApi.getLong(reader.body()), (int) UnsafeApi.getLong(reader.body() + FLAGS_OFFSET))
                    : 1;
        } finally {
            reader.leave();
        }
    }

    @Override
    public BigInteger readExact(final Cell cell) {
        final boolean counter = cell.type() == CellType.COUNTER;
        if (!counter && cell.type() != CellType.PRODUCT) {
            throw wrongType(cell, "readExact");
        }
        reader.enter(snapshot);
        try {
            if (!reader.view(cell, snapshot)) {
                return counter ? BigInteger.ZERO : BigInteger.ONE;
            }
            final long first = UnsafeApi.getLong(reader.body());
            final long second = UnsafeApi.getLong(reader.body() + Long.BYTES);
            return counter ? CellValues.exact(first, second) : CellValues.exactProduct(first, (int) second);
        } finally {
            reader.leave();
        }
    }

    @Override
    public double readDouble(final Cell cell) {
        return switch (cell.type()) {
            case DOUBLE_SUM -> doubleSum(cell);
            case MAX_DOUBLE -> Extremum.unsortable(number(cell, Extremum.sortable(Double.NEGATIVE_INFINITY)));
            case MIN_DOUBLE -> Extremum.unsortable(number(cell, Extremum.sortable(Double.NaN)));
            case SKETCH -> Sketch.estimate(registers(cell));
            default -> throw wrongType(cell, "readDouble");
        };
    }

    private double doubleSum(final Cell cell) {
        reader.enter(snapshot);
        try {
            return reader.view(cell, snapshot) ? DoubleSum.read(reader.body()) : 0.0;
        } finally {
            reader.leave();
        }
    }

    /** Copies the state of a DOUBLE_SUM, so that a transaction can add its own to it. */
    void copyDoubleSum(final Cell cell, final long target) {
        assert target != 0;
        reader.enter(snapshot);
        try {
            if (reader.view(cell, snapshot)) {
                UnsafeApi.copyMemory(reader.body(), target, DoubleSum.STATE_BYTES);
            } else {
                UnsafeApi.setMemory(target, DoubleSum.STATE_BYTES, (byte) 0);
            }
        } finally {
            reader.leave();
        }
    }

    @Override
    public boolean readFlag(final Cell cell) {
        return switch (cell.type()) {
            case FLAG_OR -> number(cell, 0) != 0;
            case FLAG_AND -> number(cell, 1) != 0;
            case ENABLE_WINS, DISABLE_WINS -> isEnabled(cell);
            default -> throw wrongType(cell, "readFlag");
        };
    }

    private boolean isEnabled(final Cell cell) {
        reader.enter(snapshot);
        try {
            return reader.view(cell, snapshot) && CellValues.isEnabled(reader.body(), reader.length());
        } finally {
            reader.leave();
        }
    }

    @Override
    public boolean read(final Cell cell, final Value into) {
        if (cell.type() != CellType.LWW_REGISTER && cell.type() != CellType.FIRST_WRITER_REGISTER) {
            throw wrongType(cell, "read");
        }
        return reader.winner(cell, snapshot, into);
    }

    @Override
    public int readAll(final Cell cell, final ValueHandler handler) {
        if (!cell.type().isRegister()) {
            throw wrongType(cell, "readAll");
        }
        final List<Value> values = reader.writes(cell, snapshot);
        values.forEach(handler::onValue);
        return values.size();
    }

    @Override
    public long size(final Cell cell) {
        requireSet(cell, "size");
        return reader.size(cell, snapshot);
    }

    @Override
    public boolean contains(final Cell cell, final Value element) {
        requireSet(cell, "contains");
        final boolean contains = reader.contains(cell, snapshot, element.canonical(), element.canonicalLength());
        Reference.reachabilityFence(element);
        return contains;
    }

    @Override
    public long forEach(final Cell cell, final ValueHandler handler) {
        requireSet(cell, "forEach");
        if (!isLatest()) {
            return reader.forEach(cell, snapshot, handler);
        }
        try (Snapshot opened = Snapshot.open(reader.kernel())) {
            return opened.forEach(cell, handler);
        }
    }

    @Override
    public long scan(final String table, final String keyPrefix, final CellHandler handler) {
        return scan(table, keyPrefix, (buffer, offset, length) -> true, handler);
    }

    @Override
    public long scan(final String table, final String keyPrefix, final KeyFilter wanted, final CellHandler handler) {
        if (!isLatest()) {
            return reader.scan(table, keyPrefix, snapshot, wanted, handler);
        }
        try (Snapshot opened = Snapshot.open(reader.kernel())) {
            return opened.scan(table, keyPrefix, wanted, handler);
        }
    }

    @Override
    public long scanRow(final String table, final String key, final CellHandler handler) {
        final Cell row = Cell.of(CellType.COUNTER, table, key, "");
        exists(row); // refuses what is not here
        final List<Cell> cells = Rows.localCells(reader.kernel(), this, row);
        cells.forEach(handler::onCell);
        return cells.size();
    }

    static void requireSet(final Cell cell, final String method) {
        if (!cell.type().isSet() && cell.type() != CellType.INTERSECT_SET) {
            throw wrongType(cell, method);
        }
    }

    static IllegalArgumentException wrongType(final Cell cell, final String method) {
        return new IllegalArgumentException(method + " does not read a " + cell.type() + ": " + cell);
    }
}
