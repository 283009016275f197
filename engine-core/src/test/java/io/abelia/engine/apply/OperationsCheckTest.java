package io.abelia.engine.apply;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.abelia.engine.CollidingNames;
import io.abelia.engine.codec.ByteWriter;
import io.abelia.engine.codec.CellType;
import io.abelia.engine.codec.Limits;
import io.abelia.engine.codec.MalformedRecordException;
import io.abelia.engine.codec.OperationCode;
import io.abelia.engine.state.PlacementKey;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.agrona.UnsafeApi;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class OperationsCheckTest {
    private final OperationsCheck check = new OperationsCheck(new PlacementKey(3, 5));
    private final ByteWriter writer = new ByteWriter();
    private long memory;

    @BeforeEach
    void allocate() {
        memory = UnsafeApi.allocateMemory(Limits.OPERATIONS_BYTES);
        writer.wrap(memory, Limits.OPERATIONS_BYTES);
    }

    @AfterEach
    void free() {
        UnsafeApi.freeMemory(memory);
    }

    private void operation(final CellType type, final int code, final String key, final byte[] element) {
        writer.writeByte(type.code());
        writer.writeByte(code);
        for (final String name : List.of("t", key, "c")) {
            writer.writeVarint(name.length());
            for (final byte b : name.getBytes(StandardCharsets.US_ASCII)) {
                writer.writeByte(b);
            }
        }
        if (code == OperationCode.INCREMENT) {
            writer.writeByte(1);
            writer.writeByte(1);
        } else if (OperationCode.isElement(code)) {
            writer.writeVarint(element.length + 1L);
            writer.writeByte(3);
            for (final byte b : element) {
                writer.writeByte(b);
            }
        }
    }

    private void check() {
        check.check(memory, writer.length(), 1);
    }

    @Test
    void shouldTakeUnitsOfOneHashAndRefuseTheOneThatIsThereTwice() {
        final List<String> keys = CollidingNames.names(2000, 47);
        keys.forEach(key -> operation(CellType.COUNTER, OperationCode.INCREMENT, key, new byte[0]));
        assertDoesNotThrow(this::check);
        operation(CellType.MAX, OperationCode.OFFER, keys.get(77), new byte[0]);
        writer.writeLong(1);
        assertDoesNotThrow(this::check);
        operation(CellType.COUNTER, OperationCode.INCREMENT, keys.get(77), new byte[0]);
        assertThrows(MalformedRecordException.class, this::check);
    }

    @Test
    void shouldTakeElementsOfOneHashAndRefuseTheOneThatIsThereTwice() {
        final List<byte[]> elements = CollidingNames.elements(500, CellType.ADD_WINS_SET, "t", "k", "c");
        operation(CellType.ADD_WINS_SET, OperationCode.CLEAR, "k", new byte[0]);
        elements.forEach(element -> operation(CellType.ADD_WINS_SET, OperationCode.ADD, "k", element));
        assertDoesNotThrow(this::check);
        operation(CellType.ADD_WINS_SET, OperationCode.REMOVE, "k", elements.get(499));
        assertThrows(MalformedRecordException.class, this::check);
    }

    @Test
    void shouldRefuseAClearBehindOtherOperationsOfItsCellOnly() {
        final List<String> keys = CollidingNames.names(300, 53);
        keys.subList(1, 300).forEach(key -> operation(CellType.ADD_WINS_SET, OperationCode.ADD, key, new byte[] {1}));
        operation(CellType.ADD_WINS_SET, OperationCode.CLEAR, keys.get(0), new byte[0]);
        assertDoesNotThrow(this::check);
        operation(CellType.ADD_WINS_SET, OperationCode.CLEAR, keys.get(299), new byte[0]);
        assertThrows(MalformedRecordException.class, this::check);
    }
}
