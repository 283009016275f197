package io.abelia.engine.clock;

import java.nio.ByteOrder;
import java.util.Base64;
import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * What a session has seen: a node that has applied it shows the session nothing older (session guarantees after Terry et al. 1994). Get one
 * from a committed transaction, a snapshot or a read-only transaction, or {@code Engine.token()} for everything that is applied;
 * give it to {@code Engine.await} at the node where the session goes on. Immutable; any thread.
 *
 * <p>It names transactions by their dots: with each of them all its causes are applied, so of a cut only those are named that no
 * other one of the cut has observed. A committed transaction is one entry, and so is a node that has just committed; else it is
 * about one for each node that writes.
 *
 * <pre>
 *   bytes   1 byte version; 2 bytes count; per entry 8 bytes origin, 8 bytes seq; 2 bytes check sum of all before; little-endian
 *   text    those bytes in Base64 for URLs (RFC 4648), without padding
 * </pre>
 */
public final class SessionToken {
    private static final int VERSION = 1;
    private static final int HEADER_BYTES = 3;
    private static final int ENTRY_BYTES = 2 * Long.BYTES;
    private static final int CHECK_BYTES = Short.BYTES;
    private static final int SHORT_MASK = 0xFFFF;
    /** Most entries of a token. */
    public static final int MAX_ENTRIES = SHORT_MASK;
    /** Bytes of the token of one transaction. */
    public static final int TRANSACTION_BYTES = HEADER_BYTES + ENTRY_BYTES + CHECK_BYTES;

    private static final SessionToken EMPTY = new SessionToken(VectorClock.empty());

    private final VectorClock dots;

    private SessionToken(final VectorClock dots) {
        if (dots.size() > MAX_ENTRIES) {
            throw new IllegalArgumentException(
                    "a session token of " + dots.size() + " entries; " + MAX_ENTRIES + " are the most");
        }
        this.dots = dots;
    }

    /** The token of a session that has seen nothing. */
    public static SessionToken empty() {
        return EMPTY;
    }

    /** The token of a transaction, and so of all its causes. */
    public static SessionToken of(final long origin, final long seq) {
        return new SessionToken(VectorClock.builder().put(origin, seq).build());
    }

    /** The token of a cut, given dots that cover it. */
    public static SessionToken of(final VectorClock dots) {
        return dots.size() == 0 ? EMPTY : new SessionToken(dots);
    }

    /** A token for what either has seen. */
    public SessionToken merge(final SessionToken other) {
        return dots.covers(other.dots) ? this : new SessionToken(dots.merge(other.dots));
    }

    /** Dots that, with their causes, make up what the session has seen. */
    public VectorClock dots() {
        return dots;
    }

    /** Bytes that {@link #copyTo} writes. */
    public int lengthBytes() {
        return HEADER_BYTES + dots.size() * ENTRY_BYTES + CHECK_BYTES;
    }

    /**
     * Writes the token.
     *
     * @return bytes written
     */
    public int copyTo(final MutableDirectBuffer target, final int offset) {
        final int[] at = {begin(target, offset, dots.size())};
        dots.forEach((origin, seq) -> at[0] = put(target, at[0], origin, seq));
        assert at[0] + CHECK_BYTES == offset + lengthBytes() : at[0];
        return end(target, offset, at[0]);
    }

    /** Writes the token of one transaction without allocating; returns {@link #TRANSACTION_BYTES}. */
    public static int copyTo(final long origin, final long seq, final MutableDirectBuffer target, final int offset) {
        return end(target, offset, put(target, begin(target, offset, 1), origin, seq));
    }

    private static int begin(final MutableDirectBuffer target, final int offset, final int entries) {
        assert entries >= 0 && entries <= MAX_ENTRIES : entries;
        target.putByte(offset, (byte) VERSION);
        target.putShort(offset + 1, (short) entries, ByteOrder.LITTLE_ENDIAN);
        return offset + HEADER_BYTES;
    }

    private static int put(final MutableDirectBuffer target, final int at, final long origin, final long seq) {
        target.putLong(at, origin, ByteOrder.LITTLE_ENDIAN);
        target.putLong(at + Long.BYTES, seq, ByteOrder.LITTLE_ENDIAN);
        return at + ENTRY_BYTES;
    }

    private static int end(final MutableDirectBuffer target, final int offset, final int at) {
        assert (at - offset - HEADER_BYTES) % ENTRY_BYTES == 0 : at - offset;
        target.putShort(at, checkSum(target, offset, at - offset), ByteOrder.LITTLE_ENDIAN);
        return at + CHECK_BYTES - offset;
    }

    /** Sixteen bits against a slip of the pen (Fletcher 1982); a token is no secret. */
    private static short checkSum(final DirectBuffer buffer, final int offset, final int lengthBytes) {
        assert lengthBytes >= HEADER_BYTES : lengthBytes;
        int a = 1;
        int b = 0;
        for (int i = 0; i < lengthBytes; i++) {
            a = (a + (buffer.getByte(offset + i) & 0xFF)) % 251;
            b = (b + a) % 251;
        }
        return (short) (b << Byte.SIZE | a);
    }

    /**
     * Reads a token.
     *
     * @throws IllegalArgumentException if the bytes are none
     */
    public static SessionToken read(final DirectBuffer source, final int offset) {
        final int available = source.capacity() - offset;
        if (available < HEADER_BYTES + CHECK_BYTES || source.getByte(offset) != VERSION) {
            throw none();
        }
        final int entries = source.getShort(offset + 1, ByteOrder.LITTLE_ENDIAN) & SHORT_MASK;
        final int check = HEADER_BYTES + entries * ENTRY_BYTES;
        if (available < check + CHECK_BYTES
                || source.getShort(offset + check, ByteOrder.LITTLE_ENDIAN) != checkSum(source, offset, check)) {
            throw none();
        }
        final VectorClock.Builder dots = VectorClock.builder();
        for (int at = offset + HEADER_BYTES; at < offset + check; at += ENTRY_BYTES) {
            dots.put(
                    source.getLong(at, ByteOrder.LITTLE_ENDIAN),
                    source.getLong(at + Long.BYTES, ByteOrder.LITTLE_ENDIAN));
        }
        return of(dots.build());
    }

    /**
     * Reads a token's text.
     *
     * @throws IllegalArgumentException if it is none
     */
    public static SessionToken parse(final String text) {
        final byte[] bytes;
        try {
            bytes = Base64.getUrlDecoder().decode(text);
        } catch (final IllegalArgumentException e) {
            throw none();
        }
        final SessionToken token = read(new UnsafeBuffer(bytes), 0);
        if (token.lengthBytes() != bytes.length) {
            throw none();
        }
        return token;
    }

    private static IllegalArgumentException none() {
        return new IllegalArgumentException("no session token: give one back as it was handed out");
    }

    /** Its text, which {@link #parse} reads. */
    @Override
    public String toString() {
        final byte[] bytes = new byte[lengthBytes()];
        copyTo(new UnsafeBuffer(bytes), 0);
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }

    @Override
    public boolean equals(final Object other) {
        return other instanceof SessionToken token && dots.equals(token.dots);
    }

    @Override
    public int hashCode() {
        return dots.hashCode();
    }
}
