package io.abelia.scheduler.outcome;

/**
 * Something about a slot that stays true: an element of a grow-only set.
 *
 * @param kind what is said
 * @param slot of which slot; only its owner writes, but for SEALs of an owner that was declared gone for good
 * @param result with ACCEPT, what was accepted; else the empty one
 */
public record Fact(Kind kind, Slot slot, Result result) {
    /** What facts say. */
    public enum Kind {
        /** The slot exists. */
        CLAIM,
        /** Its owner has accepted a result, and accepts no other. */
        ACCEPT,
        /** Its owner will never accept any. */
        SEAL,
        /** Everybody knows the slot, and its owner knows every slot that was claimed beside it. */
        STABLE
    }

    private static final int FIELDS = 6;

    public static Fact of(final Kind kind, final Slot slot) {
        return new Fact(kind, slot, Result.NONE);
    }

    public static Fact accept(final Slot slot, final Result result) {
        return new Fact(Kind.ACCEPT, slot, result);
    }

    /** The element of the set: six fields, between tabs. */
    public String encode() {
        return kind + "\t" + slot.epoch() + "\t" + slot.owner() + "\t" + result.end() + "\t" + result.digest() + "\t"
                + result.execution();
    }

    /**
     * Reads what {@link #encode} wrote.
     *
     * @throws IllegalArgumentException if it is anything else
     */
    public static Fact decode(final String text) {
        final String[] fields = text.split("\t", -1);
        if (fields.length != FIELDS) {
            throw new IllegalArgumentException("no fact: " + text);
        }
        return new Fact(
                Kind.valueOf(fields[0]),
                new Slot(Integer.parseInt(fields[1]), fields[2]),
                new Result(Result.End.valueOf(fields[3]), fields[4], fields[5]));
    }
}
