package io.abelia.coordination.client;

import io.abelia.coordination.wire.Answer;
import io.abelia.coordination.wire.Blob;
import io.abelia.coordination.wire.Query;
import io.abelia.engine.codec.CellType;
import io.abelia.engine.crdt.BoundedCounter;
import io.abelia.engine.transaction.Cell;
import io.abelia.engine.transaction.ReadView;
import io.abelia.engine.transaction.Value;
import java.math.BigInteger;
import java.util.List;
import java.util.function.Function;

/** Typed reads over answers of the group. */
final class AnsweredReads implements ReadView {
    private final Function<Query, Blob> answers;

    /** Reads what a function answers to queries. */
    AnsweredReads(final Function<Query, Blob> answers) {
        this.answers = answers;
    }

    private Answer ask(final Query query) {
        return Answer.decode(query, answers.apply(query));
    }

    private Answer ask(final Cell cell, final String method, final CellType... types) {
        for (final CellType type : types) {
            if (cell.type() == type) {
                return ask(Query.of(cell));
            }
        }
        throw wrongType(cell, method);
    }

    private static IllegalArgumentException wrongType(final Cell cell, final String method) {
        return new IllegalArgumentException(method + " does not read a " + cell.type() + ": " + cell);
    }

    @Override
    public boolean exists(final Cell cell) {
        return ask(Query.of(cell)).exists();
    }

    @Override
    public long readLong(final Cell cell) {
        return switch (cell.type()) {
            case COUNTER, PRODUCT -> readExact(cell).longValueExact();
            case SKETCH -> Math.round(readDouble(cell));
            default -> ask(cell, "readLong", CellType.MAX, CellType.MIN).number();
        };
    }

    @Override
    public BigInteger readExact(final Cell cell) {
        return ask(cell, "readExact", CellType.COUNTER, CellType.PRODUCT).exact();
    }

    @Override
    public long readRights(final Cell cell) {
        throw wrongType(cell, "readRights in mode COORDINATED");
    }

    @Override
    public void forEachHolder(final Cell cell, final BoundedCounter.HolderHandler handler) {
        throw wrongType(cell, "forEachHolder in mode COORDINATED");
    }

    @Override
    public double readDouble(final Cell cell) {
        return ask(cell, "readDouble", CellType.DOUBLE_SUM, CellType.MAX_DOUBLE, CellType.MIN_DOUBLE, CellType.SKETCH)
                .decimal();
    }

    @Override
    public boolean readFlag(final Cell cell) {
        return ask(cell, "readFlag", CellType.FLAG_OR, CellType.FLAG_AND, CellType.ENABLE_WINS, CellType.DISABLE_WINS)
                .flag();
    }

    @Override
    public boolean read(final Cell cell, final Value into) {
        final List<Blob> values = ask(cell, "read", CellType.LWW_REGISTER, CellType.FIRST_WRITER_REGISTER)
                .values();
        if (values.isEmpty()) {
            return false;
        }
        final Value winner = values.get(0).toValue();
        into.set(winner);
        return true;
    }

    @Override
    public int readAll(final Cell cell, final ValueHandler handler) {
        if (!cell.type().isRegister()) {
            throw wrongType(cell, "readAll");
        }
        return visit(ask(Query.of(cell)), handler);
    }

    private static int visit(final Answer answer, final ValueHandler handler) {
        answer.values().forEach(value -> handler.onValue(value.toValue()));
        return answer.values().size();
    }

    private static void requireSet(final Cell cell, final String method) {
        if (!cell.type().isSet() && cell.type() != CellType.INTERSECT_SET) {
            throw wrongType(cell, method);
        }
    }

    @Override
    public long size(final Cell cell) {
        requireSet(cell, "size");
        return ask(Query.of(cell)).number();
    }

    @Override
    public boolean contains(final Cell cell, final Value element) {
        requireSet(cell, "contains");
        return ask(Query.contains(cell, element)).flag();
    }

    @Override
    public long forEach(final Cell cell, final ValueHandler handler) {
        requireSet(cell, "forEach");
        return visit(ask(Query.of(cell)), handler);
    }

    @Override
    public long scan(final String table, final String keyPrefix, final CellHandler handler) {
        final List<Cell> cells = ask(Query.scan(table, keyPrefix)).cells();
        cells.forEach(handler::onCell);
        return cells.size();
    }
}
