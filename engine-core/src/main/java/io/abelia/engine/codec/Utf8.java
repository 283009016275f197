package io.abelia.engine.codec;

import java.nio.charset.StandardCharsets;
import org.agrona.UnsafeApi;

/** UTF-8 without garbage. Malformed text (a lone surrogate) is refused, so that two different keys never share bytes. */
public final class Utf8 {
    private static final long BYTES_BASE = UnsafeApi.arrayBaseOffset(byte[].class);

    /** Result of {@link #encode} for text with a lone surrogate. */
    public static final int MALFORMED = -1;
    /** Result of {@link #encode} for text that needs more bytes than there are. */
    public static final int TOO_LONG = -2;

    private Utf8() {}

    /**
     * Encodes text at an address.
     *
     * @param text to encode
     * @param address where the first byte goes
     * @param maxBytes bytes that may be written
     * @return bytes written, {@link #MALFORMED} or {@link #TOO_LONG}
     */
    public static int encode(final CharSequence text, final long address, final int maxBytes) {
        assert address != 0;
        assert maxBytes >= 0 : maxBytes;
        final int chars = text.length();
        long p = address;
        final long limit = address + maxBytes;
        for (int i = 0; i < chars; i++) {
            final char c = text.charAt(i);
            final int width = width(c);
            if (p + width > limit) {
                return TOO_LONG;
            }
            if (width == 1) {
                UnsafeApi.putByte(p, (byte) c);
            } else if (width == 4) {
                if (!Character.isHighSurrogate(c) || i + 1 == chars || !Character.isLowSurrogate(text.charAt(i + 1))) {
                    return MALFORMED;
                }
                putFour(p, Character.toCodePoint(c, text.charAt(++i)));
            } else if (width == 2) {
                UnsafeApi.putByte(p, (byte) (0xC0 | c >>> 6));
                UnsafeApi.putByte(p + 1, (byte) (0x80 | c & 0x3F));
            } else {
                UnsafeApi.putByte(p, (byte) (0xE0 | c >>> 12));
                UnsafeApi.putByte(p + 1, (byte) (0x80 | c >>> 6 & 0x3F));
                UnsafeApi.putByte(p + 2, (byte) (0x80 | c & 0x3F));
            }
            p += width;
        }
        assert p <= limit : p - limit;
        return (int) (p - address);
    }

    /** Decodes bytes into a new string (allocates). */
    public static String decode(final long address, final int lengthBytes) {
        assert lengthBytes >= 0 : lengthBytes;
        assert lengthBytes == 0 || address != 0 : lengthBytes;
        final byte[] bytes = new byte[lengthBytes];
        UnsafeApi.copyMemory(null, address, bytes, BYTES_BASE, lengthBytes);
        return new String(bytes, StandardCharsets.UTF_8);
    }

    private static int width(final char c) {
        if (c < 0x80) {
            return 1;
        }
        if (c < 0x800) {
            return 2;
        }
        return Character.isSurrogate(c) ? 4 : 3;
    }

    private static void putFour(final long p, final int codePoint) {
        UnsafeApi.putByte(p, (byte) (0xF0 | codePoint >>> 18));
        UnsafeApi.putByte(p + 1, (byte) (0x80 | codePoint >>> 12 & 0x3F));
        UnsafeApi.putByte(p + 2, (byte) (0x80 | codePoint >>> 6 & 0x3F));
        UnsafeApi.putByte(p + 3, (byte) (0x80 | codePoint & 0x3F));
    }
}
