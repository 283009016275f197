package io.abelia.coordination.wire;

import io.abelia.engine.transaction.Value;
import java.lang.ref.Reference;
import java.util.Arrays;
import org.agrona.UnsafeApi;

/** Bytes that are never changed, equal by content. */
public final class Blob {
    public static final Blob EMPTY = new Blob(new byte[0]);
    private final byte[] bytes;

    private Blob(final byte[] bytes) {
        this.bytes = bytes;
    }

    /** Takes an array over; it must not be changed afterwards. */
    public static Blob of(final byte[] bytes) {
        return new Blob(bytes);
    }

    /** Copies bytes that lie outside the heap. */
    public static Blob copyOf(final long address, final int lengthBytes) {
        assert lengthBytes >= 0 : lengthBytes;
        final byte[] bytes = new byte[lengthBytes];
        UnsafeApi.copyMemory(null, address, bytes, UnsafeApi.arrayBaseOffset(byte[].class), lengthBytes);
        return new Blob(bytes);
    }

    /** The canonical bytes of a value. */
    public static Blob of(final Value value) {
        final Blob copy = copyOf(value.canonical(), value.canonicalLength());
        Reference.reachabilityFence(value);
        return copy;
    }

    /** The value of these canonical bytes. */
    public Value toValue() {
        return new Value().setCanonical(bytes);
    }

    /** The bytes themselves, not a copy: to be read only. */
    public byte[] bytes() {
        return bytes;
    }

    public int length() {
        return bytes.length;
    }

    @Override
    public boolean equals(final Object other) {
        return other instanceof Blob blob && Arrays.equals(bytes, blob.bytes);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(bytes);
    }

    @Override
    public String toString() {
        return bytes.length + " bytes";
    }
}
