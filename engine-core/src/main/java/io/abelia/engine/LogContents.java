package io.abelia.engine;

import io.abelia.engine.apply.LaunchRecord;
import io.abelia.engine.clock.VectorClock;
import io.abelia.engine.codec.OperationReader;
import io.abelia.engine.codec.RecordDescriptor;
import io.abelia.engine.codec.RecordLayout;
import io.abelia.engine.file.Uninterrupted;
import io.abelia.engine.log.FileLogStorage;
import io.abelia.engine.log.LogRecovery;
import io.abelia.engine.observe.Change;
import io.abelia.engine.observe.Changes;
import io.abelia.engine.snapshot.CleanMark;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Reads the log of a directory that no engine has open, for tools. Every checksum is checked; nothing is changed. */
public final class LogContents {
    private LogContents() {}

    /** Receives what the log holds, in log order. */
    public interface Visitor {
        /** A launch, or the beginning of another segment of one. */
        void onLaunch(long position, long origin, VectorClock applied);

        /** A transaction, or without changes the closing record of an origin. */
        void onTransaction(long position, long origin, long seq, long hybridTime, int bytes, List<Change> changes);
    }

    /**
     * Visits all records.
     *
     * @return bytes of a torn tail behind the last record
     * @throws io.abelia.engine.log.LogCorruptedException if durable records cannot be read
     */
    public static long visit(final Path path, final Visitor visitor) throws IOException {
        JvmFlags.require(StoreKind.MEMORY);
        try (EngineDirectory directory = EngineDirectory.openExisting(path)) {
            final LogRecovery recovery = new LogRecovery(FileLogStorage.toLookAt(directory.log()));
            try {
                recovery.scan(Uninterrupted.call(() -> CleanMark.logEnd(directory.root())));
                recovery.replay(0, (record, lengthBytes, position) -> {
                    visit(record, position, visitor);
                    return true;
                });
                return recovery.tornBytes();
            } finally {
                recovery.abandon();
            }
        }
    }

    private static void visit(final long record, final long position, final Visitor visitor) {
        final long origin = RecordDescriptor.origin(record);
        if (RecordDescriptor.kind(record) == RecordDescriptor.KIND_LAUNCH) {
            visitor.onLaunch(position, origin, LaunchRecord.clock(record));
            return;
        }
        final List<Change> changes = new ArrayList<>();
        final long operations = RecordLayout.operations(record);
        final OperationReader reader =
                new OperationReader().wrap(operations, (int) (record + RecordDescriptor.length(record) - operations));
        while (reader.hasNext()) {
            changes.add(Changes.of(reader.next()));
        }
        visitor.onTransaction(
                position,
                origin,
                RecordDescriptor.seq(record),
                RecordDescriptor.hybridTime(record),
                RecordDescriptor.length(record),
                changes);
    }
}
