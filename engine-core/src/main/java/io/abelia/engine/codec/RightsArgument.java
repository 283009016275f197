package io.abelia.engine.codec;

import org.agrona.UnsafeApi;

/**
 * Argument of {@link OperationCode#CHANGE_RIGHTS}: what a transaction does to the rights of a BOUNDED_COUNTER.
 *
 * <pre>
 *   0  number of the author's node
 *   8  change of the author's rights
 *  16  moves of rights, 32 bytes each: origin that loses, origin that gains, its node, amount
 * </pre>
 */
public final class RightsArgument {
    /** Largest amount that one operation may name. */
    public static final long MAX_AMOUNT = 1L << 40;
    /** Most moves of rights in one transaction on one cell. */
    public static final int MAX_MOVES = 64;
    /** Bytes before the moves. */
    public static final int HEADER_LENGTH = 2 * Long.BYTES;
    /** Bytes of a move. */
    public static final int MOVE_LENGTH = 4 * Long.BYTES;

    private static final int CHANGE_OFFSET = Long.BYTES;
    private static final int TO_OFFSET = Long.BYTES;
    private static final int TO_NODE_OFFSET = 2 * Long.BYTES;
    private static final int AMOUNT_OFFSET = 3 * Long.BYTES;

    private RightsArgument() {}

    /** Number of the author's node. */
    public static long node(final long argument) {
        assert argument != 0;
        return UnsafeApi.getLong(argument);
    }

    /** By how much the author's own rights change. */
    public static long change(final long argument) {
        return UnsafeApi.getLong(argument + CHANGE_OFFSET);
    }

    /** Origin that a move takes rights from. */
    public static long moveFrom(final long move) {
        assert move != 0;
        return UnsafeApi.getLong(move);
    }

    /** Origin that a move gives rights to. */
    public static long moveTo(final long move) {
        return UnsafeApi.getLong(move + TO_OFFSET);
    }

    /** Number of that origin's node. */
    public static long moveToNode(final long move) {
        return UnsafeApi.getLong(move + TO_NODE_OFFSET);
    }

    /** How many rights a move moves. */
    public static long moveAmount(final long move) {
        return UnsafeApi.getLong(move + AMOUNT_OFFSET);
    }

    /**
     * Checks an argument from elsewhere.
     *
     * @throws MalformedRecordException if no author writes such a one
     */
    static void check(final long argument, final int length) {
        assert length >= 0 : length;
        if (length < HEADER_LENGTH || length % HEADER_LENGTH != 0) {
            throw new MalformedRecordException("change of rights of " + length + " bytes");
        }
        boolean sound = change(argument) >= -MAX_AMOUNT && change(argument) <= MAX_AMOUNT;
        int at = HEADER_LENGTH;
        for (; at + MOVE_LENGTH <= length; at += MOVE_LENGTH) {
            final long amount = moveAmount(argument + at);
            sound &= amount > 0 && amount <= MAX_AMOUNT;
        }
        if (!sound || at != length) {
            throw new MalformedRecordException("change of rights beyond what a transaction may");
        }
    }
}
