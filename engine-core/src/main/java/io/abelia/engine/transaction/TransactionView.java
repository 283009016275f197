package io.abelia.engine.transaction;

import io.abelia.engine.codec.CellType;
import io.abelia.engine.codec.FactorArgument;
import io.abelia.engine.codec.Operation;
import io.abelia.engine.codec.OperationCode;
import io.abelia.engine.codec.OperationReader;
import io.abelia.engine.codec.RightsArgument;
import io.abelia.engine.codec.Utf8;
import io.abelia.engine.crdt.BoundedCounter;
import io.abelia.engine.crdt.CellValues;
import io.abelia.engine.crdt.Counter;
import io.abelia.engine.crdt.DoubleSum;
import io.abelia.engine.crdt.Extremum;
import io.abelia.engine.crdt.Sketch;
import java.lang.ref.Reference;
import java.math.BigInteger;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.agrona.UnsafeApi;

/** Reads inside a transaction: its snapshot, and over it the transaction's own folded operations. */
final class TransactionView implements ReadView {
    private final TransactionEncoder encoder;
    private final StateView base;
    private final Value scratch = new Value();

    TransactionView(final TransactionEncoder encoder, final StateView base) {
        this.encoder = encoder;
        this.base = base;
    }

    private int own(final Cell cell) {
        return encoder.find(cell);
    }

    private boolean isCleared(final Cell cell) {
        return encoder.findClear(cell) != TransactionEncoder.NONE;
    }

    @Override
    public boolean exists(final Cell cell) {
        return switch (cell.type()) {
            case ENABLE_WINS, DISABLE_WINS -> readFlag(cell);
            case GROW_SET, ADD_WINS_SET, REMOVE_WINS_SET -> size(cell) > 0;
            case MV_REGISTER, LWW_REGISTER, FIRST_WRITER_REGISTER -> readAll(cell, value -> {}) > 0;
            default -> own(cell) != TransactionEncoder.NONE || base.exists(cell);
        };
    }

    @Override
    public long readLong(final Cell cell) {
        final int own = own(cell);
        if (own == TransactionEncoder.NONE) {
            return base.readLong(cell);
        }
        assert OperationCode.isKnown(cell.type(), encoder.code(own)) : encoder.code(own);
        return switch (cell.type()) {
            case COUNTER, PRODUCT -> {
                final BigInteger exact = readExact(cell);
                if (exact.bitLength() > 63) {
                    throw new ArithmeticException("the value is beyond a long: " + exact + "; read it exactly");
                }
                yield exact.longValue();
            }
            case MAX -> Math.max(base.readLong(cell), UnsafeApi.getLong(encoder.argument(own)));
            case MIN -> Math.min(base.readLong(cell), UnsafeApi.getLong(encoder.argument(own)));
            case BOUNDED_COUNTER -> base.readLong(cell) + UnsafeApi.getLong(encoder.argument(own) + Long.BYTES);
            case SKETCH -> Math.round(readDouble(cell));
            default -> throw StateView.wrongType(cell, "readLong");
        };
    }

    @Override
    public long readRights(final Cell cell) {
        StateView.requireBounded(cell, "readRights");
        final long[] rights = {0};
        forEachHolder(cell, (origin, node, held) -> rights[0] += origin == base.ownOrigin() ? held : 0);
        return rights[0];
    }

    @Override
    public void forEachHolder(final Cell cell, final BoundedCounter.HolderHandler handler) {
        StateView.requireBounded(cell, "forEachHolder");
        final Map<Long, long[]> holders = new TreeMap<>();
        base.forEachHolder(cell, (origin, node, rights) -> add(holders, origin, node, rights));
        final int own = own(cell);
        if (own != TransactionEncoder.NONE) {
            final long argument = encoder.argument(own);
            add(holders, base.ownOrigin(), UnsafeApi.getLong(argument), UnsafeApi.getLong(argument + Long.BYTES));
            assert (encoder.argumentLength(own) - RightsArgument.HEADER_LENGTH) % RightsArgument.MOVE_LENGTH == 0
                    : encoder.argumentLength(own);
            for (int at = RightsArgument.HEADER_LENGTH;
                    at < encoder.argumentLength(own);
                    at += RightsArgument.MOVE_LENGTH) {
                final long move = argument + at;
                final long amount = RightsArgument.moveAmount(move);
                add(holders, RightsArgument.moveFrom(move), 0, -amount);
                add(holders, UnsafeApi.getLong(move + Long.BYTES), UnsafeApi.getLong(move + 2 * Long.BYTES), amount);
            }
        }
        holders.forEach((origin, holder) -> {
            if (holder[1] != 0) {
                handler.onHolder(origin, holder[0], holder[1]);
            }
        });
    }

    private static void add(final Map<Long, long[]> holders, final long origin, final long node, final long rights) {
        holders.computeIfAbsent(origin, ignored -> new long[] {node, 0})[1] += rights;
    }

    @Override
    public BigInteger readExact(final Cell cell) {
        final int own = own(cell);
        final BigInteger before = base.readExact(cell);
        if (own == TransactionEncoder.NONE) {
            return before;
        }
        final long argument = encoder.argument(own);
        if (cell.type() == CellType.COUNTER) {
            final int length = encoder.argumentLength(own);
            assert length > 0 && length <= 2 * Long.BYTES : length;
            return before.add(CellValues.exact(Counter.low(argument, length), Counter.high(argument, length)));
        }
        assert encoder.argumentLength(own) == 1 + Long.BYTES : encoder.argumentLength(own);
        final int flags = UnsafeApi.getByte(argument);
        final BigInteger product = (flags & FactorArgument.ZERO) != 0
                ? BigInteger.ZERO
                : before.multiply(CellValues.exactProduct(UnsafeApi.getLong(argument + 1), flags));
        if (product.bitLength() > Long.SIZE) {
            throw new ArithmeticException("the product's magnitude has reached 2^64 and is not kept beyond");
        }
        return product;
    }

    @Override
    public double readDouble(final Cell cell) {
        final int own = own(cell);
        if (own == TransactionEncoder.NONE) {
            return base.readDouble(cell);
        }
        assert OperationCode.isKnown(cell.type(), encoder.code(own)) : encoder.code(own);
        final long argument = encoder.argument(own);
        return switch (cell.type()) {
            case DOUBLE_SUM -> sum(cell, argument, encoder.argumentLength(own));
            case MAX_DOUBLE ->
                Extremum.unsortable(Math.max(Extremum.sortable(base.readDouble(cell)), UnsafeApi.getLong(argument)));
            case MIN_DOUBLE ->
                Extremum.unsortable(Math.min(Extremum.sortable(base.readDouble(cell)), UnsafeApi.getLong(argument)));
            case SKETCH -> {
                final byte[] registers = base.registers(cell);
                Sketch.raiseListed(registers, argument, encoder.argumentLength(own));
                yield Sketch.estimate(registers);
            }
            default -> throw StateView.wrongType(cell, "readDouble");
        };
    }

    private double sum(final Cell cell, final long argument, final int length) {
        assert length > 0 && length % Double.BYTES == 0 : length;
        final long copy = UnsafeApi.allocateMemory(DoubleSum.STATE_BYTES);
        try {
            base.copyDoubleSum(cell, copy);
            for (int i = 0; i < length; i += Double.BYTES) {
                DoubleSum.add(copy, UnsafeApi.getLong(argument + i));
            }
            return DoubleSum.read(copy);
        } finally {
            UnsafeApi.freeMemory(copy);
        }
    }

    @Override
    public boolean readFlag(final Cell cell) {
        final int own = own(cell);
        if (own == TransactionEncoder.NONE) {
            return base.readFlag(cell);
        }
        assert OperationCode.isKnown(cell.type(), encoder.code(own)) : encoder.code(own);
        return switch (cell.type()) {
            case FLAG_OR -> base.readFlag(cell) || UnsafeApi.getByte(encoder.argument(own)) != 0;
            case FLAG_AND -> base.readFlag(cell) && UnsafeApi.getByte(encoder.argument(own)) != 0;
            case ENABLE_WINS, DISABLE_WINS -> encoder.code(own) == OperationCode.ENABLE;
            default -> throw StateView.wrongType(cell, "readFlag");
        };
    }

    @Override
    public boolean read(final Cell cell, final Value into) {
        if (cell.type() != CellType.LWW_REGISTER && cell.type() != CellType.FIRST_WRITER_REGISTER) {
            throw StateView.wrongType(cell, "read");
        }
        final Value[] winner = new Value[1];
        readAll(cell, value -> {
            if (winner[0] == null || cell.type() == CellType.FIRST_WRITER_REGISTER) {
                winner[0] = new Value().set(value);
            }
        });
        if (winner[0] == null) {
            return false;
        }
        into.set(winner[0]);
        return true;
    }

    /** A write of the transaction covers all that its snapshot holds, or (first writer) is void if there is any. */
    @Override
    public int readAll(final Cell cell, final ValueHandler handler) {
        final int own = own(cell);
        final boolean cleared = isCleared(cell);
        final boolean firstWriter = cell.type() == CellType.FIRST_WRITER_REGISTER;
        final boolean keepsBase = !cleared && (own == TransactionEncoder.NONE || firstWriter);
        final int before = keepsBase ? base.readAll(cell, handler) : 0;
        if (own == TransactionEncoder.NONE || firstWriter && before > 0) {
            return before;
        }
        handler.onValue(scratch.setCanonical(encoder.argument(own), encoder.argumentLength(own)));
        return 1;
    }

    @Override
    public long size(final Cell cell) {
        StateView.requireSet(cell, "size");
        if (cell.type() == CellType.INTERSECT_SET) {
            return own(cell) == TransactionEncoder.NONE
                    ? base.size(cell)
                    : elements(cell).size();
        }
        long size = isCleared(cell) ? 0 : base.size(cell);
        final long hash = encoder.cellHash(cell);
        for (int i = 0; i < encoder.count(); i++) {
            if (isOwnElement(cell, hash, i)) {
                final Value element = ownElement(i);
                final boolean before = !isCleared(cell) && base.contains(cell, element);
                final boolean after = encoder.code(i) == OperationCode.ADD;
                size += before == after ? 0 : after ? 1 : -1;
            }
        }
        return size;
    }

    private boolean isOwnElement(final Cell cell, final long cellHash, final int operation) {
        return encoder.isOf(operation, cell, cellHash) && OperationCode.isElement(encoder.code(operation));
    }

    private Value ownElement(final int operation) {
        assert OperationCode.isElement(encoder.code(operation)) : encoder.code(operation);
        return scratch.setCanonical(encoder.argument(operation), encoder.argumentLength(operation));
    }

    @Override
    public boolean contains(final Cell cell, final Value element) {
        StateView.requireSet(cell, "contains");
        if (cell.type() == CellType.INTERSECT_SET) {
            return own(cell) == TransactionEncoder.NONE
                    ? base.contains(cell, element)
                    : elements(cell).containsKey(element);
        }
        final int own = encoder.findElement(cell, element.canonical(), element.canonicalLength());
        Reference.reachabilityFence(element);
        if (own != TransactionEncoder.NONE) {
            assert OperationCode.isElement(encoder.code(own)) : encoder.code(own);
            return encoder.code(own) == OperationCode.ADD;
        }
        return !isCleared(cell) && base.contains(cell, element);
    }

    @Override
    public long forEach(final Cell cell, final ValueHandler handler) {
        StateView.requireSet(cell, "forEach");
        final Map<Value, Boolean> elements = elements(cell);
        elements.keySet().forEach(handler::onValue);
        return elements.size();
    }

    /** The elements of a set as the transaction sees them, copied. */
    private Map<Value, Boolean> elements(final Cell cell) {
        final Map<Value, Boolean> elements = new LinkedHashMap<>();
        if (!isCleared(cell)) {
            base.forEach(cell, value -> elements.put(copy(value), true));
        }
        if (cell.type() == CellType.INTERSECT_SET) {
            intersect(cell, elements);
        } else {
            final long hash = encoder.cellHash(cell);
            for (int i = 0; i < encoder.count(); i++) {
                if (isOwnElement(cell, hash, i) && encoder.code(i) == OperationCode.ADD) {
                    elements.put(copy(ownElement(i)), true);
                } else if (isOwnElement(cell, hash, i)) {
                    elements.remove(ownElement(i));
                }
            }
        }
        return elements;
    }

    private void intersect(final Cell cell, final Map<Value, Boolean> elements) {
        final int own = own(cell);
        if (own == TransactionEncoder.NONE) {
            return;
        }
        assert encoder.code(own) == OperationCode.INTERSECT : encoder.code(own);
        final Map<Value, Boolean> given = new LinkedHashMap<>();
        CellValues.forEachOfArgument(
                encoder.argument(own),
                encoder.argumentLength(own),
                (address, bytes) -> given.put(new Value().setCanonical(address, bytes), true));
        if (base.size(cell) == UNIVERSE) {
            elements.putAll(given);
        } else {
            elements.keySet().retainAll(given.keySet());
        }
    }

    private static Value copy(final Value value) {
        return new Value().set(value);
    }

    private static String text(final Operation.Name name) {
        return Utf8.decode(name.address(), name.length());
    }

    /** Tells the cells of one table apart, as text: a map of texts stays quick whatever hashes they were chosen to have. */
    private static String nameInTable(final Cell cell) {
        return (char) cell.type().code() + (char) cell.column().length() + cell.column() + cell.key();
    }

    @Override
    public long scan(final String table, final String keyPrefix, final CellHandler handler) {
        return visit(table, key -> key.startsWith(keyPrefix), into -> base.scan(table, keyPrefix, into), handler);
    }

    @Override
    public long scanRow(final String table, final String key, final CellHandler handler) {
        return visit(table, key::equals, into -> base.scanRow(table, key, into), handler);
    }

    /** The snapshot's cells, and those that only the transaction has written, as far as they exist to it. */
    private long visit(
            final String table,
            final Predicate<String> isWanted,
            final Consumer<CellHandler> inSnapshot,
            final CellHandler handler) {
        final Map<String, Cell> cells = new LinkedHashMap<>();
        inSnapshot.accept(cell -> cells.put(nameInTable(cell), cell));
        final OperationReader reader = new OperationReader().wrap(encoder.operations(), encoder.operationsLength());
        for (int i = 0; reader.hasNext(); i++) {
            final Operation op = reader.next();
            assert op.code() == encoder.code(i) : i;
            final String key = text(op.key());
            if (!encoder.isDead(i) && text(op.table()).equals(table) && isWanted.test(key)) {
                final Cell own = Cell.of(op.type(), table, key, text(op.column()));
                cells.put(nameInTable(own), own);
            }
        }
        long visited = 0;
        for (final Cell cell : cells.values()) {
            if (exists(cell)) {
                handler.onCell(cell);
                visited++;
            }
        }
        return visited;
    }
}
