package io.abelia.engine.codec;

import org.agrona.UnsafeApi;

/**
 * Argument of {@link OperationCode#RAISE}: registers of a SKETCH, 4 bytes each, ascending: number of the register times 256 plus the rank that
 * is offered to it.
 */
public final class RegistersArgument {
    /** Bits of a hash that choose a register. */
    public static final int PRECISION = 12;
    /** Number of registers. */
    public static final int REGISTERS = 1 << PRECISION;
    /** Greatest rank. */
    public static final int MAX_RANK = Long.SIZE - PRECISION + 1;

    static final int MAX_LENGTH = REGISTERS * Integer.BYTES;

    private RegistersArgument() {}

    /** An entry from its parts. */
    public static int entry(final int register, final int rank) {
        assert register >= 0 && register < REGISTERS : register;
        assert rank >= 1 && rank <= MAX_RANK : rank;
        return register << Byte.SIZE | rank;
    }

    public static int register(final int entry) {
        return entry >>> Byte.SIZE;
    }

    public static int rank(final int entry) {
        return entry & 0xFF;
    }

    /** Whether an entry names a register and a rank that there are. */
    public static boolean isEntry(final int entry) {
        return register(entry) < REGISTERS && rank(entry) >= 1 && rank(entry) <= MAX_RANK;
    }

    /**
     * Checks an argument from elsewhere.
     *
     * @throws MalformedRecordException if no author writes such a one
     */
    static void check(final long argument, final int length) {
        assert length >= 0 : length;
        int previous = -1;
        for (int at = 0; at + Integer.BYTES <= length; at += Integer.BYTES) {
            final int entry = UnsafeApi.getInt(argument + at);
            if (!isEntry(entry) || register(entry) <= previous) {
                throw new MalformedRecordException("registers of a sketch are not ascending, or none of its");
            }
            previous = register(entry);
        }
        if (length == 0 || length % Integer.BYTES != 0) {
            throw new MalformedRecordException("registers of " + length + " bytes");
        }
    }
}
