package io.abelia.engine.transaction;

import io.abelia.engine.codec.CanonicalOrder;
import io.abelia.engine.codec.Hashing;
import io.abelia.engine.codec.Limits;
import io.abelia.engine.codec.Utf8;
import io.abelia.engine.codec.ValueKind;
import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;
import org.agrona.UnsafeApi;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * A set element or register value: a long, a double, text or bytes. Reusable: reading into one copies the bytes, so it stays
 * valid until it is set or read into again. Grows to the largest value seen, then allocates no more. Not thread safe.
 *
 * <p>Ordered by kind and bytes, so that a map of values stays quick also where they were chosen to have one hash.
 */
public final class Value implements Comparable<Value> {
    private static final int INITIAL_BYTES = 64;
    private static final int HEADER = 1;

    private ByteBuffer owner = ByteBuffer.allocateDirect(INITIAL_BYTES);
    private long address = new UnsafeBuffer(owner).addressOffset();
    private int length;

    /** Kind of the value. */
    public ValueKind kind() {
        final byte code = UnsafeApi.getByte(requireSet());
        Reference.reachabilityFence(this);
        return ValueKind.ofCode(code);
    }

    private long requireSet() {
        if (length == 0) {
            throw new IllegalStateException("the value has not been set");
        }
        return address;
    }

    public Value set(final long value) {
        reserve(HEADER + Long.BYTES);
        UnsafeApi.putByte(address, (byte) ValueKind.LONG.code());
        UnsafeApi.putLong(address + HEADER, value);
        Reference.reachabilityFence(this);
        return this;
    }

    /** Sets a double; all NaN are one. */
    public Value set(final double value) {
        reserve(HEADER + Double.BYTES);
        UnsafeApi.putByte(address, (byte) ValueKind.DOUBLE.code());
        UnsafeApi.putLong(address + HEADER, Double.doubleToLongBits(value));
        Reference.reachabilityFence(this);
        return this;
    }

    /**
     * Sets text.
     *
     * @throws IllegalArgumentException if it is not Unicode text or longer than {@link Limits#VALUE_BYTES} in UTF-8
     */
    public Value set(final CharSequence text) {
        final int worst = (int) Math.min(3L * text.length(), Limits.VALUE_BYTES);
        reserve(HEADER + worst);
        final int bytes = Utf8.encode(text, address + HEADER, worst);
        if (bytes < 0) {
            length = 0;
            throw new IllegalArgumentException(
                    bytes == Utf8.MALFORMED
                            ? "text with a lone surrogate"
                            : "text of " + text.length() + " characters exceeds " + Limits.VALUE_BYTES
                                    + " bytes of UTF-8");
        }
        UnsafeApi.putByte(address, (byte) ValueKind.STRING.code());
        length = HEADER + bytes;
        Reference.reachabilityFence(this);
        return this;
    }

    /**
     * Sets bytes, which are copied.
     *
     * @throws IndexOutOfBoundsException if they are not in the source
     * @throws IllegalArgumentException if they are more than {@link Limits#VALUE_BYTES}
     */
    public Value set(final DirectBuffer source, final int offset, final int lengthBytes) {
        source.boundsCheck(offset, lengthBytes);
        if (lengthBytes > Limits.VALUE_BYTES) {
            throw new IllegalArgumentException("value of " + lengthBytes + " bytes exceeds " + Limits.VALUE_BYTES);
        }
        reserve(HEADER + lengthBytes);
        UnsafeApi.putByte(address, (byte) ValueKind.BYTES.code());
        for (int i = 0; i < lengthBytes; i++) {
            UnsafeApi.putByte(address + HEADER + i, source.getByte(offset + i));
        }
        Reference.reachabilityFence(this);
        return this;
    }

    /** Sets bytes, which are copied. */
    public Value set(final byte[] bytes) {
        return set(new UnsafeBuffer(bytes), 0, bytes.length);
    }

    /** Copies another value. */
    public Value set(final Value other) {
        setCanonical(other.canonical(), other.length);
        Reference.reachabilityFence(other);
        return this;
    }

    /** Copies canonical bytes. */
    public Value setCanonical(final byte[] bytes) {
        reserve(bytes.length);
        UnsafeApi.copyMemory(bytes, UnsafeApi.arrayBaseOffset(byte[].class), null, address, bytes.length);
        Reference.reachabilityFence(this);
        return this;
    }

    /** Copies canonical bytes. */
    public Value setCanonical(final long source, final int lengthBytes) {
        reserve(lengthBytes);
        UnsafeApi.copyMemory(source, address, lengthBytes);
        Reference.reachabilityFence(this);
        return this;
    }

    private void reserve(final int lengthBytes) {
        if (owner.capacity() < lengthBytes) {
            owner = ByteBuffer.allocateDirect(Math.max(lengthBytes, owner.capacity() << 1));
            address = new UnsafeBuffer(owner).addressOffset();
        }
        length = lengthBytes;
    }

    /**
     * Address of the canonical bytes. They go with this object: whoever uses the address says {@link Reference#reachabilityFence} behind that, or
     * the garbage collector may free them before.
     */
    public long canonical() {
        return requireSet();
    }

    public int canonicalLength() {
        return length;
    }

    /** The number of a LONG. */
    public long asLong() {
        require(ValueKind.LONG);
        final long number = UnsafeApi.getLong(address + HEADER);
        Reference.reachabilityFence(this);
        return number;
    }

    /** The number of a DOUBLE. */
    public double asDouble() {
        require(ValueKind.DOUBLE);
        final double number = Double.longBitsToDouble(UnsafeApi.getLong(address + HEADER));
        Reference.reachabilityFence(this);
        return number;
    }

    /** The text of a STRING (allocates). */
    public String asString() {
        require(ValueKind.STRING);
        final String text = Utf8.decode(address + HEADER, length - HEADER);
        Reference.reachabilityFence(this);
        return text;
    }

    /** The bytes of BYTES (allocates). */
    public byte[] asBytes() {
        require(ValueKind.BYTES);
        final byte[] bytes = new byte[length - HEADER];
        UnsafeApi.copyMemory(null, address + HEADER, bytes, UnsafeApi.arrayBaseOffset(byte[].class), bytes.length);
        Reference.reachabilityFence(this);
        return bytes;
    }

    /** Copies text or bytes as they are into a buffer; returns how many. */
    public int copyTo(final MutableDirectBuffer target, final int offset) {
        requireSet();
        for (int i = HEADER; i < length; i++) {
            target.putByte(offset + i - HEADER, UnsafeApi.getByte(address + i));
        }
        Reference.reachabilityFence(this);
        return length - HEADER;
    }

    private void require(final ValueKind kind) {
        if (kind() != kind) {
            throw new IllegalStateException("the value is a " + kind() + ", not a " + kind);
        }
    }

    @Override
    public boolean equals(final Object other) {
        return other instanceof Value value && length == value.length && compareTo(value) == 0;
    }

    @Override
    public int compareTo(final Value other) {
        final int order = CanonicalOrder.compare(address, length, other.address, other.length);
        Reference.reachabilityFence(this);
        Reference.reachabilityFence(other);
        return order;
    }

    @Override
    public int hashCode() {
        final int hash = (int) Hashing.hash(0, address, length);
        Reference.reachabilityFence(this);
        return hash;
    }

    /** Long, double or text as such, bytes in hexadecimal. */
    @Override
    public String toString() {
        if (length == 0) {
            return "(not set)";
        }
        return switch (kind()) {
            case LONG -> Long.toString(asLong());
            case DOUBLE -> Double.toString(asDouble());
            case STRING -> asString();
            case BYTES -> java.util.HexFormat.of().formatHex(asBytes());
        };
    }
}
