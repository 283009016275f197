package io.abelia.scheduler.broker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.abelia.scheduler.city.City;
import io.abelia.scheduler.model.Capabilities;
import io.abelia.scheduler.model.ExecutorRecord;
import io.abelia.scheduler.model.JobSpec;
import io.abelia.scheduler.model.JobState;
import io.abelia.scheduler.model.Level;
import io.abelia.scheduler.model.Requirements;
import io.abelia.scheduler.placement.Health;
import io.abelia.scheduler.placement.Matcher;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What brokers say of jobs that wait, and what they refuse. */
class WaitsTest {
    private City city;

    @BeforeEach
    void start() throws IOException {
        launch(2, City.capabilityAware());
    }

    @AfterEach
    void stop() throws IOException {
        city.close();
    }

    private void launch(final int brokers, final Matcher matcher) throws IOException {
        city = new City(7, brokers, null, matcher);
        city.add("server", Capabilities.of(4096, 8), 0, 0);
        assertTrue(city.until(
                5_000,
                () -> city.brokers().stream()
                        .allMatch(each -> each.broker().health().containsValue(Health.HEALTHY))));
    }

    private Broker broker(final int node) {
        return city.broker("b" + node).broker();
    }

    private static JobSpec job(final String id, final long workMs, final Requirements needs) {
        return BrokerTest.job(id, workMs, needs, null);
    }

    private JobSpec waiting(final String id, final String... others) {
        return job(id, 1_000, Requirements.of(64, 1)).withWaitFor(List.of(others));
    }

    @Test
    void shouldSayWhichJobsDataAndTimesAJobWaitsFor() {
        broker(1).submit(waiting("a", "b"), null);
        broker(1).submit(waiting("b", "c"), null);
        broker(1).submit(waiting("c", "a"), null);
        city.run(500);
        assertTrue(
                broker(1).waits("a").contains("it waits for itself and never begins: a@b1 -> b@b1 -> c@b1 -> a@b1"),
                broker(1).waits("a").toString());
        broker(1).submit(waiting("orphan", "nobody").withTimes(2, 0, 60_000), null);
        city.run(500);
        final List<String> waits = broker(2).waits("orphan");
        assertTrue(waits.get(0).contains("job nobody@b1, which nobody has submitted"), waits.toString());
        assertTrue(waits.stream().anyMatch(line -> line.startsWith("there is no datum sim.wasm")), waits.toString());
        assertTrue(waits.stream().anyMatch(line -> line.startsWith("its deadline is in 5")), waits.toString());
    }

    @Test
    void shouldLookAtEqualUrgentJobsWithoutRoomOnce() throws IOException {
        city.close();
        final AtomicLong looked = new AtomicLong();
        final Matcher matcher = City.capabilityAware();
        launch(1, (job, count, candidates, emergencies) -> {
            looked.incrementAndGet();
            return matcher.match(job, count, candidates, emergencies);
        });
        for (int i = 0; i < 500; i++) {
            broker(1).submit(job("u" + i, 60_000, Requirements.of(64, 8)).withLevel(Level.HIGH, "fire"), null);
        }
        assertTrue(city.until(5_000, () -> broker(1).openJobs().containsValue(JobState.RUNNING)));
        looked.set(0);
        for (int i = 0; i < 10; i++) {
            broker(1).doWork();
        }
        assertTrue(looked.get() <= 10, looked + " looks at all executors in ten passes");
    }

    @Test
    void shouldTellTwoExecutorsWithOneIdApart() {
        final ExecutorRecord known = broker(1).executors().get("server");
        final ExecutorRecord twin = new ExecutorRecord(
                "server",
                "http://elsewhere:1",
                "another",
                1,
                null,
                0,
                null,
                known.capabilities(),
                known.used(),
                known.accepts(),
                List.of());
        final String said = assertThrows(
                        ConflictException.class, () -> broker(2).register(twin))
                .getMessage();
        assertTrue(said.contains("give this one another --id"), said);
        assertFalse(broker(1).heartbeat(twin));
        assertEquals(known.incarnation(), broker(1).executors().get("server").incarnation());
    }

    @Test
    void shouldRefuseJobsWhoseResultsCouldNotBeHandedIn() {
        final String[] many = new String[256];
        for (int i = 0; i < many.length; i++) {
            many[i] = "a-job-with-a-long-name-of-some-hundred-characters-".repeat(2) + i;
        }
        final String said = assertThrows(
                        IllegalArgumentException.class, () -> broker(1).submit(waiting("gathers", many), null))
                .getMessage();
        assertTrue(said.contains("too long together"), said);
    }
}
