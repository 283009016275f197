package io.abelia.node;

import java.nio.ByteOrder;
import java.util.HexFormat;
import org.agrona.concurrent.UnsafeBuffer;

/** Session tokens as text: 32 hex digits. */
final class Tokens {
    private static final int BYTES = 16;

    private Tokens() {}

    static UnsafeBuffer of(final long origin, final long seq) {
        final UnsafeBuffer token = new UnsafeBuffer(new byte[BYTES]);
        token.putLong(0, origin, ByteOrder.LITTLE_ENDIAN);
        token.putLong(Long.BYTES, seq, ByteOrder.LITTLE_ENDIAN);
        return token;
    }

    static String text(final UnsafeBuffer token) {
        final byte[] bytes = new byte[BYTES];
        token.getBytes(0, bytes);
        return HexFormat.of().formatHex(bytes);
    }

    static UnsafeBuffer parse(final String text) {
        try {
            final byte[] bytes = HexFormat.of().parseHex(text);
            if (bytes.length == BYTES) {
                return new UnsafeBuffer(bytes);
            }
        } catch (final IllegalArgumentException e) {
            throw new ApiException(400, "`" + text + "` is no token: one has 32 hex digits");
        }
        throw new ApiException(400, "`" + text + "` is no token: one has 32 hex digits");
    }
}
