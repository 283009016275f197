package io.abelia.coordination.wire;

import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.agrona.ExpandableArrayBuffer;

/** Writes numbers and bytes in order, little-endian, into an array that grows. */
final class WireWriter {
    private final ExpandableArrayBuffer buffer = new ExpandableArrayBuffer();
    private int length;

    WireWriter putByte(final int value) {
        assert value >= 0 && value <= 0xFF : value;
        buffer.putByte(length, (byte) value);
        length += Byte.BYTES;
        return this;
    }

    /** The place of a constant, one byte. */
    @SuppressWarnings("EnumOrdinal") // the order of these constants is part of the protocol
    WireWriter putEnum(final Enum<?> constant) {
        return putByte(constant.ordinal());
    }

    WireWriter putInt(final int value) {
        buffer.putInt(length, value, ByteOrder.LITTLE_ENDIAN);
        length += Integer.BYTES;
        return this;
    }

    WireWriter putLong(final long value) {
        buffer.putLong(length, value, ByteOrder.LITTLE_ENDIAN);
        length += Long.BYTES;
        return this;
    }

    /** Length and bytes. */
    WireWriter putBytes(final byte[] bytes) {
        putInt(bytes.length);
        buffer.putBytes(length, bytes);
        length += bytes.length;
        return this;
    }

    /** Length and bytes. */
    WireWriter putBlob(final Blob blob) {
        return putBytes(blob.bytes());
    }

    /** Length and bytes of UTF-8. */
    WireWriter putText(final String text) {
        return putBytes(text.getBytes(StandardCharsets.UTF_8));
    }

    int length() {
        return length;
    }

    byte[] toBytes() {
        assert length <= buffer.capacity() : length;
        return Arrays.copyOf(buffer.byteArray(), length);
    }
}
