package io.abelia.coordination.wire;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/** Reads what {@link WireWriter} wrote, and checks every length before it allocates. */
final class WireReader {
    private final ByteBuffer buffer;

    WireReader(final byte[] bytes) {
        buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }

    int getByte() {
        return require(Byte.BYTES).get() & 0xFF;
    }

    boolean getFlag() {
        return getByte() != 0;
    }

    int getInt() {
        return require(Integer.BYTES).getInt();
    }

    long getLong() {
        return require(Long.BYTES).getLong();
    }

    byte[] getBytes(final int maxBytes) {
        final int length = getCount(maxBytes);
        require(length);
        final byte[] bytes = new byte[length];
        buffer.get(bytes);
        return bytes;
    }

    Blob getBlob(final int maxBytes) {
        return Blob.of(getBytes(maxBytes));
    }

    /** The constant at a place that one byte tells. */
    <E extends Enum<E>> E getEnum(final E[] constants) {
        assert constants.length > 0;
        final int place = getByte();
        if (place >= constants.length) {
            throw new MalformedRequestException(constants[0].getDeclaringClass().getSimpleName() + " of kind " + place);
        }
        return constants[place];
    }

    String getText(final int maxBytes) {
        return new String(getBytes(maxBytes), StandardCharsets.UTF_8);
    }

    /** A number of things that follow. */
    int getCount(final int most) {
        assert most >= 0 : most;
        final int count = getInt();
        if (count < 0 || count > most) {
            throw new MalformedRequestException(count + " where at most " + most + " are allowed");
        }
        return count;
    }

    boolean hasRemaining() {
        return buffer.hasRemaining();
    }

    private ByteBuffer require(final int bytes) {
        assert bytes >= 0 : bytes;
        if (buffer.remaining() < bytes) {
            throw new MalformedRequestException("ends early", new BufferUnderflowException());
        }
        return buffer;
    }
}
