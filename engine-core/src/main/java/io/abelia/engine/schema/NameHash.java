package io.abelia.engine.schema;

import io.abelia.engine.codec.Operation;
import java.nio.charset.StandardCharsets;
import org.agrona.UnsafeApi;

/** Hash of a table or column name, the one that operations carry. */
final class NameHash {
    private NameHash() {}

    static long of(final String name) {
        final byte[] bytes = name.getBytes(StandardCharsets.UTF_8);
        final long copy = UnsafeApi.allocateMemory(bytes.length + 1L);
        try {
            UnsafeApi.copyMemory(bytes, UnsafeApi.arrayBaseOffset(byte[].class), null, copy, bytes.length);
            return Operation.nameHash(copy, bytes.length);
        } finally {
            UnsafeApi.freeMemory(copy);
        }
    }
}
