package io.abelia.scheduler.executor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.abelia.scheduler.model.Capabilities;
import io.abelia.scheduler.model.ExecutorRecord;
import io.abelia.scheduler.model.JobSpec;
import io.abelia.scheduler.model.Json;
import io.abelia.scheduler.model.Order;
import io.abelia.scheduler.model.Requirements;
import io.abelia.scheduler.model.Submission;
import io.abelia.scheduler.model.Verdict;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What an executor tells brokers and hands in: bounded, whatever it runs, and nothing that is refused for ever. */
class ExecutorTest {
    private static final int MOST_BYTES = 32 << 10;

    @TempDir
    private Path directory;

    private final List<String> problems = new ArrayList<>();
    private final List<BiConsumer<String, String>> running = new ArrayList<>();

    /** Takes nothing in, for good. */
    private final BrokerGateway refusing = new BrokerGateway() {
        @Override
        public void register(
                final String broker,
                final ExecutorRecord record,
                final Runnable taken,
                final Consumer<String> refused) {
            refused.accept("another process has the name");
        }

        @Override
        public void heartbeat(final String broker, final ExecutorRecord record, final Consumer<Boolean> known) {
            known.accept(true);
        }

        @Override
        public void result(
                final String broker,
                final Submission submission,
                final Consumer<Verdict> verdict,
                final Consumer<String> refused) {
            refused.accept("it says something that cannot be");
        }
    };

    private Executor executor() throws IOException {
        return new Executor(new ExecutorContext()
                .id("e1", "1")
                .capabilities(() -> Capabilities.of(1 << 20, 1_000))
                .clockMs(() -> 0)
                .brokers(() -> List.of("b1"))
                .gateway(refusing)
                .problems(problems::add)
                .runner(new JobRunner() {
                    @Override
                    public void start(final Order order, final BiConsumer<String, String> end) {
                        running.add(end);
                    }

                    @Override
                    public void stop(final String attempt) {
                        // nothing runs
                    }
                })
                .outbox(new FileOutbox(directory)));
    }

    private static Order order(final String id) {
        return new Order(id + "@b1", JobSpec.of(id, "p", Requirements.of(1, 1)), "0.b1.disk-1.0", Map.of());
    }

    @Test
    void aHeartbeatIsBoundedWhateverRuns() throws IOException {
        final Executor executor = executor();
        for (int i = 0; i < 280; i++) {
            assertEquals(null, executor.submit(order("a-job-with-a-name-that-is-long".repeat(3) + i)));
        }
        final ExecutorRecord record = executor.record();
        assertEquals(280, record.executions());
        assertTrue(
                Json.write(record).length() < MOST_BYTES / 4, Json.write(record).length() + " characters");
        assertEquals(record, Json.read(Json.write(record), ExecutorRecord.class));
    }

    @Test
    void whatIsRefusedForGoodIsLaidAsideWithTheReason() throws IOException {
        final Executor executor = executor();
        executor.submit(order("j"));
        running.get(0).accept("", "e".repeat(40_000));
        assertEquals(1, executor.waiting());
        executor.doWork();
        assertEquals(0, executor.waiting());
        assertTrue(problems.toString().contains("it says something that cannot be"), problems.toString());
        assertTrue(problems.toString().contains("another process has the name"), problems.toString());
        try (var files = Files.list(directory)) {
            final List<String> left = files.map(
                            file -> file.getFileName().toString().replaceAll("^[^.]*", ""))
                    .sorted()
                    .toList();
            assertEquals(List.of(".json.reason", ".json.refused"), left);
        }
    }

    @Test
    void errorsAreCut() {
        final Submission submission = new Submission("j@b1", "e1", "0", "", "\ud83d\ude00".repeat(20_000), Map.of());
        assertTrue(submission.error().length() < 2_010);
        assertEquals(submission, Json.read(Json.write(submission), Submission.class), "what was cut is not cut again");
    }

    @Test
    void requirementsHaveDefaultsFieldByField() {
        final Requirements needs = Json.readStrictly("{\"cores\":2}", Requirements.class);
        assertEquals(Requirements.of(16, 2), needs);
        assertEquals(Requirements.NONE, Json.readStrictly("{}", Requirements.class));
        assertEquals(needs, Json.read(Json.write(needs), Requirements.class));
        for (final String bad : List.of(
                "{\"memoryMb\":-1}",
                "{\"memoryMb\":5000}",
                "{\"megahertz\":-1}",
                "{\"minBattery\":1.5}",
                "{\"withinKm\":1e999}",
                "{\"cores\":\"2\"}",
                "{\"core\":2}",
                "{\"resources\":{\"camera\":0}}")) {
            assertThrows(
                    IllegalArgumentException.class,
                    () -> Json.readStrictly(bad, Requirements.class).requireSound(),
                    bad);
        }
    }
}
