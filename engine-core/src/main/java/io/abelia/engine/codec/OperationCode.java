package io.abelia.engine.codec;

/** What an operation does to its cell: the second byte of an encoded operation. */
public final class OperationCode {
    /** COUNTER: a signed number of 1 to 16 bytes. */
    public static final int INCREMENT = 1;
    /** DOUBLE_SUM: a list of doubles. */
    public static final int ADD_DOUBLES = 2;
    /** PRODUCT: flags and magnitude of a factor. */
    public static final int MULTIPLY = 3;
    /** MAX, MIN and their double forms: 8 bytes in the order of the type. */
    public static final int OFFER = 4;
    /** FLAG_OR, FLAG_AND: one byte, 0 or 1. */
    public static final int SET_FLAG = 5;
    /** ENABLE_WINS, DISABLE_WINS. */
    public static final int ENABLE = 6;
    /** ENABLE_WINS, DISABLE_WINS. */
    public static final int DISABLE = 7;
    /** GROW_SET, ADD_WINS_SET, REMOVE_WINS_SET: one element. */
    public static final int ADD = 8;
    /** ADD_WINS_SET, REMOVE_WINS_SET: one element. */
    public static final int REMOVE = 9;
    /** INTERSECT_SET: sorted elements. */
    public static final int INTERSECT = 10;
    /** ADD_WINS_SET, registers: covers what the transaction observed. */
    public static final int CLEAR = 11;
    /** Registers: one value. */
    public static final int SET = 12;

    /** BOUNDED_COUNTER: change of the author's rights, and moves of rights from one origin to another. */
    public static final int CHANGE_RIGHTS = 13;
    /** SKETCH: registers and what they are raised to. */
    public static final int RAISE = 14;

    private OperationCode() {}

    /** Whether this version knows the operation on that type. */
    public static boolean isKnown(final CellType type, final int code) {
        return switch (type) {
            case COUNTER -> code == INCREMENT;
            case DOUBLE_SUM -> code == ADD_DOUBLES;
            case PRODUCT -> code == MULTIPLY;
            case MAX, MAX_DOUBLE, MIN, MIN_DOUBLE -> code == OFFER;
            case FLAG_OR, FLAG_AND -> code == SET_FLAG;
            case ENABLE_WINS, DISABLE_WINS -> code == ENABLE || code == DISABLE;
            case GROW_SET -> code == ADD;
            case INTERSECT_SET -> code == INTERSECT;
            case ADD_WINS_SET -> code == ADD || code == REMOVE || code == CLEAR;
            case REMOVE_WINS_SET -> code == ADD || code == REMOVE;
            case MV_REGISTER, LWW_REGISTER, FIRST_WRITER_REGISTER -> code == SET || code == CLEAR;
            case BOUNDED_COUNTER -> code == CHANGE_RIGHTS;
            case SKETCH -> code == RAISE;
        };
    }

    /** Whether the operation is about one element of a set. */
    public static boolean isElement(final int code) {
        return code == ADD || code == REMOVE;
    }

    /** Whether what the operation does depends on the observed clock. */
    public static boolean covers(final CellType type, final int code) {
        return type.isClearable() && code != 0;
    }
}
