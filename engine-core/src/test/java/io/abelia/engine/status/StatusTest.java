package io.abelia.engine.status;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.abelia.engine.Engine;
import io.abelia.engine.EngineContext;
import io.abelia.engine.StoreKind;
import io.abelia.engine.transaction.Transaction;
import io.abelia.engine.transaction.TransactionMode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StatusTest {
    @TempDir
    private Path root;

    private long nowNs;

    private Engine launch() throws IOException {
        return Engine.launch(new EngineContext()
                .directory(root.resolve("engine"))
                .store(StoreKind.MEMORY)
                .segmentBytes(2 << 20)
                .housekeepingThread(false)
                .nanoClock(() -> nowNs));
    }

    private static void commit(final Engine engine, final int times) {
        for (int i = 0; i < times; i++) {
            try (Transaction tx = engine.transaction().mode(TransactionMode.COORDINATION_FREE)) {
                tx.increment("t", "k" + i % 10, 1)
                        .addToSet("t", "k", "s", "e" + i % 5)
                        .commitOrThrow();
            }
        }
    }

    @Test
    void shouldCountWhatHappensAndShowTheGauges() throws IOException {
        try (Engine engine = launch()) {
            commit(engine, 50);
            nowNs += 2_000_000_000L;
            engine.doWork();
            final Map<String, Long> values = engine.status().values();
            assertEquals(50, values.get("commits"));
            assertEquals(11, values.get("cells"));
            assertEquals(5, values.get("set elements"));
            assertEquals(engine.kernel().log().appendPosition(), values.get("log position, bytes"));
            assertEquals(
                    values.get("log position, bytes"), values.get("forced position, bytes"), "forced once a second");
            assertTrue(values.get("state, bytes") > 0);
            assertEquals(0, values.get("errors"));
        }
    }

    @Test
    void shouldRecordFlightEventsOfRecoverySnapshotsAndStalls() throws IOException {
        final Path file = root.resolve("flight.jfr");
        try (Recording recording = new Recording()) {
            recording.enable("io.abelia.Recovery");
            recording.enable("io.abelia.Snapshot");
            recording.enable("io.abelia.CommitStall");
            recording.start();
            try (Engine engine = launch()) {
                commit(engine, 60_000); // more than one segment, and nobody makes the next one ahead
                nowNs += 2_000_000_000L;
                engine.doWork();
                engine.writeSnapshot();
            }
            recording.dump(file);
        }
        final List<RecordedEvent> events = RecordingFile.readAllEvents(file);
        assertTrue(
                events.stream().anyMatch(event -> event.getEventType().getName().equals("io.abelia.Recovery")));
        assertTrue(events.stream()
                .anyMatch(event ->
                        event.getEventType().getName().equals("io.abelia.Snapshot") && event.getLong("bytes") > 0));
        assertTrue(events.stream()
                .anyMatch(event ->
                        event.getEventType().getName().equals("io.abelia.CommitStall") && event.getLong("stalls") > 0));
    }
}
