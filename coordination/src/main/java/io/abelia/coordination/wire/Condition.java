package io.abelia.coordination.wire;

import io.abelia.engine.codec.Limits;

/**
 * What must hold of the state before a transaction for it to commit: all of them, or nothing happens.
 *
 * <pre>
 *   byte kind, query, then length (4) and bytes of the argument
 * </pre>
 *
 * @param kind what must hold
 * @param query of which cell, or of which answer
 * @param argument AT_LEAST: 8 bytes, little-endian; VALUE: canonical bytes; UNCHANGED: {@link Answer#fingerprint}; ABSENT: nothing
 */
public record Condition(Kind kind, Query query, Blob argument) {

    /** What must hold. */
    public enum Kind {
        /** A number is at least so much. */
        AT_LEAST,
        /** A register's value is this one. */
        VALUE,
        /** Nothing can be read of the cell. */
        ABSENT,
        /** The query would be answered as it was. */
        UNCHANGED
    }

    void write(final WireWriter out) {
        assert kind != Kind.AT_LEAST || argument.length() == Long.BYTES : argument;
        assert argument.length() <= Limits.VALUE_BYTES + 1 : argument;
        out.putEnum(kind);
        query.write(out);
        out.putBlob(argument);
    }

    static Condition read(final WireReader in) {
        final Condition condition =
                new Condition(in.getEnum(Kind.values()), Query.read(in), in.getBlob(Limits.VALUE_BYTES + 1));
        if (condition.kind == Kind.AT_LEAST && condition.argument.length() != Long.BYTES) {
            throw new MalformedRequestException("a minimum of " + condition.argument);
        }
        return condition;
    }

    /** A minimum as an argument. */
    public static Blob minimum(final long value) {
        return Blob.of(new WireWriter().putLong(value).toBytes());
    }

    /** The minimum of AT_LEAST. */
    public long minimum() {
        assert kind == Kind.AT_LEAST && argument.length() == Long.BYTES : kind;
        return new WireReader(argument.bytes()).getLong();
    }

    @Override
    public String toString() {
        return switch (kind) {
            case AT_LEAST -> query + " at least " + minimum();
            case VALUE -> query + " holds the expected value";
            case ABSENT -> query + " is absent";
            case UNCHANGED -> query + " as it was read";
        };
    }
}
