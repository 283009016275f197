package io.abelia.engine.crdt;

import io.abelia.engine.codec.CellType;
import io.abelia.engine.state.Block;
import io.abelia.engine.state.Units;

/** One {@link DataType} for each {@link CellType}. An instance belongs to one engine, since some keep scratch cursors. */
public final class DataTypes {
    private final DataType[] byCode = new DataType[32];

    public DataTypes() {
        for (final CellType type : CellType.values()) {
            assert byCode[type.code()] == null : type;
            byCode[type.code()] = create(type);
        }
    }

    private static DataType create(final CellType type) {
        return switch (type) {
            case COUNTER -> new Counter();
            case DOUBLE_SUM -> new DoubleSum();
            case PRODUCT -> new Product();
            case MAX, MAX_DOUBLE -> new Extremum(type, true);
            case MIN, MIN_DOUBLE -> new Extremum(type, false);
            case FLAG_OR, FLAG_AND -> new Flag(type);
            case ENABLE_WINS, DISABLE_WINS -> new Switch(type);
            case GROW_SET -> new GrowSet();
            case INTERSECT_SET -> new IntersectSet();
            case ADD_WINS_SET, REMOVE_WINS_SET -> new ObservedRemoveSet(type);
            case MV_REGISTER, LWW_REGISTER -> new Register(type);
            case FIRST_WRITER_REGISTER -> new FirstWriterRegister();
            case BOUNDED_COUNTER -> new BoundedCounter();
            case SKETCH -> new Sketch();
        };
    }

    public DataType of(final CellType type) {
        return byCode[type.code()];
    }

    /** Hash of what a reader sees of a unit, 0 for nothing. */
    public long readable(final Units units, final long block) {
        final int code = Block.typeCode(block);
        return code == 0 || Block.isNew(block) ? 0 : byCode[code].readable(units.body(block), Block.bodyLength(block));
    }
}
