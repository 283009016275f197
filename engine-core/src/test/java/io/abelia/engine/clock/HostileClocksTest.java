package io.abelia.engine.clock;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.abelia.engine.codec.ByteWriter;
import io.abelia.engine.codec.Crc32c;
import io.abelia.engine.codec.MalformedRecordException;
import io.abelia.engine.codec.RecordDescriptor;
import io.abelia.engine.lock.CommitLock;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.function.Consumer;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Clocks that no author writes: what is checked of a record must be what is installed. */
class HostileClocksTest {
    private static final long AUTHOR = 5;
    private static final int CAPACITY = 256;

    private final OriginTable table = new OriginTable(new CommitLock());
    private final RecordClock clock = new RecordClock(table);
    private final ByteBuffer bytes = ByteBuffer.allocateDirect(CAPACITY).order(ByteOrder.LITTLE_ENDIAN);
    private final long record = new UnsafeBuffer(bytes).addressOffset();

    @AfterEach
    void close() {
        table.close();
    }

    private void read(final long seq, final int flags, final Consumer<ByteWriter> clocks) {
        RecordDescriptor.writeHeader(record, RecordDescriptor.KIND_TRANSACTION, flags, 0, AUTHOR, seq, 1);
        final ByteWriter writer = new ByteWriter();
        writer.wrap(record, CAPACITY);
        writer.position(record + RecordDescriptor.HEADER_LENGTH);
        clocks.accept(writer);
        RecordDescriptor.seal(record, writer.length(), new Crc32c().wrap(bytes));
        clock.read(record);
    }

    private static void introduce(final ByteWriter writer, final int slot, final long origin, final long advance) {
        writer.writeVarint((long) slot << 1 | 1);
        writer.writeLong(origin);
        writer.writeVarint(advance);
    }

    @Test
    void anOriginIsIntroducedOnceInARecord() {
        assertThrows(
                MalformedRecordException.class,
                () -> read(1, 0, writer -> {
                    writer.writeVarint(2);
                    introduce(writer, 0, 77, 1);
                    introduce(writer, 1, 77, 2);
                }));
    }

    @Test
    void anOriginThatHasASlotGetsNoSecondOne() {
        assertDoesNotThrow(() -> read(1, 0, writer -> {
            writer.writeVarint(1);
            introduce(writer, 0, 77, 1);
        }));
        clock.install(1);
        assertThrows(
                MalformedRecordException.class,
                () -> read(2, 0, writer -> {
                    writer.writeVarint(1);
                    introduce(writer, 1, 77, 1);
                }));
        assertEquals(1, table.author(table.indexOf(AUTHOR)).slotCount());
    }

    @Test
    void aSlotIsNamedOnceInARecord() {
        read(1, 0, writer -> {
            writer.writeVarint(1);
            introduce(writer, 0, 77, 1);
        });
        clock.install(1);
        assertThrows(
                MalformedRecordException.class,
                () -> read(2, 0, writer -> {
                    writer.writeVarint(2);
                    writer.writeVarint(0);
                    writer.writeVarint(1);
                    writer.writeVarint(0);
                    writer.writeVarint(2);
                }));
    }

    @Test
    void aLoweredSlotBeyondAllNumbersIsNotTheAuthorsOwn() {
        read(1, 0, writer -> writer.writeVarint(0));
        clock.install(1);
        assertThrows(
                MalformedRecordException.class,
                () -> read(2, RecordDescriptor.FLAG_OBSERVED, writer -> {
                    writer.writeVarint(0);
                    writer.writeVarint(1);
                    writer.writeVarint(Long.MIN_VALUE);
                    writer.writeVarint(1);
                }));
    }
}
