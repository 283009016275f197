package io.abelia.engine.schema;

import io.abelia.engine.codec.Operation;
import java.nio.charset.StandardCharsets;
import org.agrona.UnsafeApi;

/** Table and column names beside those that operations carry: their hash, and whether they are the same. */
final class NameHash {
    private NameHash() {}

    static long of(final String name) {
        final byte[] bytes = bytes(name);
        final long copy = UnsafeApi.allocateMemory(bytes.length + 1L);
        try {
            UnsafeApi.copyMemory(bytes, UnsafeApi.arrayBaseOffset(byte[].class), null, copy, bytes.length);
            return Operation.nameHash(copy, bytes.length);
        } finally {
            UnsafeApi.freeMemory(copy);
        }
    }

    static byte[] bytes(final String name) {
        return name.getBytes(StandardCharsets.UTF_8);
    }

    /** Whether a declared name is the one at an address; equal hashes do not say so. */
    static boolean isSame(final byte[] declared, final long name, final int length) {
        if (declared.length != length) {
            return false;
        }
        for (int i = 0; i < length; i++) {
            if (declared[i] != UnsafeApi.getByte(name + i)) {
                return false;
            }
        }
        return true;
    }
}
