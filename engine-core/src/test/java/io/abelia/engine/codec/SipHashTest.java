package io.abelia.engine.codec;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.agrona.UnsafeApi;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SipHashTest {
    private static final long KEY_LOW = 0x0706050403020100L;
    private static final long KEY_HIGH = 0x0f0e0d0c0b0a0908L;

    /** The vectors of SipHash-1-3 that hash tables elsewhere are tested with: key 0, 1 ... 15, message 0, 1 ... of a length. */
    @ParameterizedTest
    @CsvSource({
        "16, cc4fdd1a7d908b66",
        "17, 9cf2689063dbd80c",
        "18, 8ffc389cb473e63e",
        "19, f21f9de58d297d1c",
        "20, c0dc2f46a6cce040",
        "21, b992abfe2b45f844",
        "22, 7ffe7b9ba320872e",
        "23, 525a0e7fdae6c123",
        "24, f464aeb267349c8c",
        "30, 540f11d643c5e663",
        "31, 2370dd1f8c21d1bc",
        "32, 81157b6c16a7b60d",
        "40, c1d2363299e41531",
        "47, 49fb169c8b5114fd",
        "48, 9f3143f8df074c46",
        "63, 9d199062b7bbb3a8"
    })
    void shouldGiveThePublishedValues(final int length, final String expected) {
        final long message = UnsafeApi.allocateMemory(length);
        try {
            for (int i = 0; i < length; i++) {
                UnsafeApi.putByte(message + i, (byte) i);
            }
            assertEquals(
                    Long.parseUnsignedLong(expected, 16),
                    SipHash.hash(
                            KEY_LOW,
                            KEY_HIGH,
                            UnsafeApi.getLong(message),
                            UnsafeApi.getLong(message + Long.BYTES),
                            message + 2 * Long.BYTES,
                            length - 2 * Long.BYTES));
        } finally {
            UnsafeApi.freeMemory(message);
        }
    }
}
