package io.abelia.scheduler.broker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.abelia.scheduler.city.City;
import io.abelia.scheduler.metadata.JobView;
import io.abelia.scheduler.model.Capabilities;
import io.abelia.scheduler.model.Emergency;
import io.abelia.scheduler.model.JobSpec;
import io.abelia.scheduler.model.JobState;
import io.abelia.scheduler.model.Level;
import io.abelia.scheduler.model.Location;
import io.abelia.scheduler.model.Preferences;
import io.abelia.scheduler.model.Requirements;
import io.abelia.scheduler.model.Submission;
import io.abelia.scheduler.model.Verdict;
import io.abelia.scheduler.placement.Health;
import io.abelia.scheduler.placement.Matcher;
import io.abelia.scheduler.placement.Rejection;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Brokers and executors on simulated streets: real engines, virtual time. */
class BrokerTest {
    private static final long MINUTE_MS = 120_000;

    private City city;

    @BeforeEach
    void start() throws IOException {
        city = new City(7, 3, null, City.capabilityAware());
        city.add("server", Capabilities.of(4096, 8), 0, 0);
        city.add("gpu", Capabilities.of(2048, 4).withLabels(Set.of("gpu")), 0, 0);
        city.add("phone", Capabilities.of(256, 1).withBattery(0.9), 0, 0);
        assertTrue(city.until(
                5_000,
                () -> city.brokers().stream()
                        .allMatch(b -> b.broker().health().size() == 3
                                && b.broker().health().values().stream().allMatch(h -> h == Health.HEALTHY))));
    }

    @AfterEach
    void stop() throws IOException {
        city.close();
    }

    private Broker broker(final int node) {
        return city.broker("b" + node).broker();
    }

    private static JobSpec job(final String id, final long workMs, final Requirements needs) {
        return job(id, workMs, needs, null);
    }

    /** A job that works for so long; {@code takesTentative} null for what it is by default. */
    static JobSpec job(final String id, final long workMs, final Requirements needs, final Boolean takesTentative) {
        return new JobSpec(
                id,
                "",
                "",
                "sim.wasm",
                List.of(Long.toString(workMs)),
                Map.of(),
                null,
                List.of(),
                needs,
                null,
                Level.LOW,
                List.of(),
                2,
                0,
                0,
                1,
                true,
                takesTentative,
                null,
                0);
    }

    private JobState state(final int node, final String name) {
        final JobView job = broker(node).job(name);
        return job == null ? null : job.state();
    }

    private boolean untilDone(final int node, final String name) {
        return city.until(MINUTE_MS, () -> state(node, name) == JobState.DONE);
    }

    @Test
    void shouldRunAJobWhereItFitsAndTellEveryBroker() {
        final String name = broker(1).submit(job("j", 1_000, Requirements.of(64, 1, "gpu")), null);
        assertEquals("j@b1", name);
        assertTrue(untilDone(3, name));
        final JobView job = broker(3).job("j");
        assertTrue(job.facts().isFinal());
        assertEquals("gpu/0.b1.disk-1.0", job.facts().outcome().execution());
        assertEquals(name, broker(2).submit(job("j", 1_000, Requirements.of(64, 1, "gpu")), "b1"), "the same again");
        final String said = assertThrows(
                        ConflictException.class, () -> broker(1).submit(job("j", 1_000, Requirements.NONE), null))
                .getMessage();
        assertTrue(said.contains("asks for something else"), said);
        assertEquals(Set.of("gpu"), broker(2).job("j").spec().requirements().labels());
    }

    @Test
    void shouldSayWhyAJobWaits() {
        broker(1).submit(job("busy", 20_000, Requirements.of(64, 4, "gpu")), null);
        assertTrue(city.until(5_000, () -> state(1, "busy") == JobState.RUNNING));
        broker(1).submit(job("waits", 1_000, Requirements.of(64, 1, "gpu")), null);
        city.run(500);
        final Matcher.Match match = broker(1).why("waits");
        assertNotNull(match);
        assertEquals(JobState.PENDING, state(1, "waits"));
        assertTrue(match.isFeasible());
        final Map<String, Rejection.Kind> kinds = new java.util.TreeMap<>();
        match.rejections().forEach(r -> kinds.put(r.executor(), r.kind()));
        assertEquals(
                Map.of(
                        "gpu", Rejection.Kind.BUSY,
                        "phone", Rejection.Kind.INFEASIBLE,
                        "server", Rejection.Kind.INFEASIBLE),
                kinds);
        broker(1).submit(job("small", 1_000, Requirements.NONE), null);
        assertTrue(city.until(10_000, () -> state(1, "small") == JobState.DONE), "who waits stands in nobody's way");
        assertTrue(untilDone(1, "waits"));
    }

    @Test
    void shouldPlaceTheJobsOfALostExecutorAgainWithinTenSeconds() {
        final String name = broker(1).submit(job("j", 3_000, Requirements.of(1024, 2)), null);
        assertTrue(city.until(5_000, () -> state(1, name) == JobState.RUNNING));
        final String on = broker(1).job(name).placement().executors().get(0);
        city.streets().zone(on, 9);
        final long lostMs = city.streets().nowMs();
        assertTrue(city.until(
                MINUTE_MS, () -> !broker(1).job(name).placement().executors().contains(on)));
        assertTrue(city.streets().nowMs() - lostMs < 10_000);
        assertTrue(untilDone(2, name));
        assertEquals(0, broker(1).job(name).counted(), "a lost executor uses up no retry");
        city.streets().heal();
        assertTrue(city.until(MINUTE_MS, () -> city.executor(on).executor().waiting() == 0));
        assertTrue(city.until(5_000, () -> broker(1).health().get(on) == Health.HEALTHY));
    }

    @Test
    void shouldTakeOverTheJobsOfABrokerThatIsGone() throws IOException {
        final String name = broker(1).submit(job("j", 20_000, Requirements.NONE), null);
        assertTrue(city.until(5_000, () -> state(2, name) == JobState.RUNNING));
        city.kill(1);
        assertTrue(untilDone(2, name));
        assertEquals(1, broker(2).job(name).facts().winner().epoch());
        assertFalse(broker(2).job(name).facts().isFinal(), "b1 may have accepted a result that nobody else knows");
        assertTrue(broker(2).job(name).isUsable(), "its client takes a tentative one");
    }

    @Test
    void shouldLetTheHomeBrokerSealItsSlotWhenItComesBackAndMakeTheResultFinal() {
        final String name = broker(1).submit(job("j", 20_000, Requirements.NONE), null);
        assertTrue(city.until(5_000, () -> state(2, name) == JobState.RUNNING));
        final String on = broker(2).job(name).placement().executors().get(0);
        city.streets().zone("b1", 9);
        assertTrue(untilDone(2, name));
        assertFalse(state(1, name).isEnd());
        city.streets().heal();
        assertTrue(city.until(
                MINUTE_MS,
                () -> broker(1).job(name).facts().isFinal()
                        && broker(3).job(name).facts().isFinal()));
        assertEquals(1, broker(1).job(name).facts().winner().epoch());
        assertTrue(city.until(MINUTE_MS, () -> city.executor(on).executor().waiting() == 0));
        assertTrue(city.until(MINUTE_MS, city::isConverged));
    }

    @Test
    void shouldSupersedeWhatWasAcceptedOnBothSidesByTheHomeBrokersResult() {
        final String name = broker(1).submit(job("j", 25_000, Requirements.NONE), null);
        assertTrue(city.until(5_000, () -> state(2, name) == JobState.RUNNING));
        city.streets().zone("b1", 9);
        assertTrue(city.until(30_000, () -> broker(2).job(name).facts().nextEpoch() == 2), "b2 has taken over");
        final Submission here = new Submission(name, "x", "0", "aa", "", Map.of());
        final Submission there = new Submission(name, "y", "0", "bb", "", Map.of());
        assertEquals(Verdict.ACCEPTED_FINAL, broker(1).result(here));
        assertEquals(Verdict.ACCEPTED_TENTATIVE, broker(2).result(there));
        assertEquals(Verdict.ACCEPTED_TENTATIVE, broker(2).result(there), "the same verdict again");
        assertEquals(
                Verdict.FORWARDED,
                broker(2).result(new Submission(name, "z", "0", "cc", "", Map.of())),
                "nothing is rejected for ever by what is tentative");
        city.streets().heal();
        assertTrue(city.until(
                MINUTE_MS,
                () -> broker(2).job(name).facts().isFinal()
                        && broker(3).job(name).facts().isFinal()));
        assertEquals("aa", broker(2).job(name).facts().outcome().digest());
        assertEquals(Verdict.REJECTED_DUPLICATE, broker(2).result(there));
        assertEquals(Verdict.ACCEPTED_FINAL, broker(3).result(here));
    }

    @Test
    void shouldGiveResultsVerdictsWhereverTheyAreSubmitted() {
        final String name = broker(1).submit(job("j", 30_000, Requirements.NONE), null);
        assertTrue(city.until(5_000, () -> state(2, name) == JobState.RUNNING));
        final Submission result = new Submission(name, "x", "0", "aa", "", Map.of());
        assertEquals(Verdict.FORWARDED, broker(2).result(result));
        assertTrue(city.until(5_000, () -> broker(2).result(result) == Verdict.ACCEPTED_FINAL));
        assertEquals(Verdict.UNKNOWN_JOB, broker(2).result(new Submission("no@b1", "x", "0", "aa", "", Map.of())));
        assertEquals(
                Verdict.ACCEPTED_FINAL,
                broker(2).result(new Submission(name, "z", "0", "aa", "", Map.of())),
                "equal contents are the same result");
    }

    @Test
    void shouldPreemptForAnEmergencyAndLoseNothing() {
        for (int i = 0; i < 4; i++) {
            broker(1).submit(job("low" + i, 40_000, Requirements.of(64, 1, "gpu")), null);
        }
        assertTrue(city.until(5_000, () -> state(1, "low3") == JobState.RUNNING));
        broker(2).declare(new Emergency("fire-1", Level.CRITICAL, "fire", null, 0, "test", 0));
        city.run(200);
        broker(1)
                .submit(
                        job("fire", 1_000, Requirements.of(64, 2, "gpu"))
                                .withLevel(Level.MEDIUM, "fire")
                                .withTimes(2, 0, 0),
                        null);
        assertTrue(city.until(15_000, () -> state(1, "fire") == JobState.DONE));
        assertTrue(broker(1).status().values().get("executions pre-empted") >= 2);
        for (int i = 0; i < 4; i++) {
            assertTrue(untilDone(1, "low" + i));
            assertEquals(0, broker(1).job("low" + i).counted());
        }
        assertTrue(broker(3).resolveEmergency("fire-1"));
        assertTrue(city.until(5_000, () -> broker(1).emergencies().isEmpty()));
    }

    @Test
    void shouldKeepAnEmergencyThatIsDeclaredAgainWhileSomebodyResolvesIt() {
        final Emergency flood = new Emergency("flood", Level.HIGH, "flood", null, 0, "test", 0);
        broker(1).declare(flood);
        assertTrue(city.until(5_000, () -> broker(3).emergencies().size() == 1));
        city.streets().zone("b1", 9);
        broker(1).declare(flood);
        broker(3).resolveEmergency("flood");
        city.streets().heal();
        assertTrue(city.until(MINUTE_MS, city::isConverged));
        assertEquals(1, broker(3).emergencies().size());
    }

    @Test
    void shouldRunWhatWaitsForAnotherAfterItWithItsResult() {
        broker(1).submit(job("first", 2_000, Requirements.NONE), null);
        broker(1).submit(job("second", 1_000, Requirements.NONE).withWaitFor(List.of("first")), null);
        city.run(1_000);
        assertEquals(JobState.PENDING, state(1, "second"));
        assertTrue(untilDone(1, "second"));
        final Submission second = broker(1).job("second").submissions().get(0);
        assertEquals(Map.of("first@b1", broker(1).job("first").facts().outcome().digest()), second.used());
    }

    @Test
    void shouldFailWhatWaitsForAFailedJobAndWhatMissesItsDeadline() {
        broker(1).submit(job("never", 1_000, Requirements.of(64, 999)).withTimes(0, 0, 3_000), null);
        broker(1).submit(job("after", 1_000, Requirements.NONE).withWaitFor(List.of("never")), null);
        assertTrue(city.until(10_000, () -> state(1, "after") == JobState.FAILED));
        assertEquals(JobState.FAILED, state(1, "never"));
        assertTrue(broker(1).job("never").facts().outcome().digest().contains("deadline of 3000 ms"));
    }

    @Test
    void shouldCancelAndStopTheExecution() {
        final String name = broker(1).submit(job("j", 50_000, Requirements.NONE), null);
        assertTrue(city.until(5_000, () -> state(1, name) == JobState.RUNNING));
        assertTrue(broker(2).cancel(name));
        assertTrue(city.until(10_000, () -> state(1, name) == JobState.CANCELLED));
        assertTrue(city.until(
                10_000,
                () -> city.executors().stream()
                        .allMatch(e -> e.executor().running().isEmpty())));
        assertFalse(broker(2).cancel("nobody-knows-it"));
    }

    @Test
    void shouldDrainAnExecutor() {
        final String name = broker(1).submit(job("j", 5_000, Requirements.of(1024, 1)), null);
        assertTrue(city.until(5_000, () -> state(1, name) == JobState.RUNNING));
        final String on = broker(1).job(name).placement().executors().get(0);
        broker(2).label(on, Capabilities.DRAIN, true);
        assertTrue(untilDone(1, name));
        assertFalse(broker(1).job(name).facts().outcome().execution().startsWith(on + "/"));
        broker(2).label(on, Capabilities.DRAIN, false);
        assertTrue(city.until(
                5_000,
                () -> broker(1).why(broker(1).submit(job("k", 1, Requirements.NONE), null)).rejections().stream()
                        .noneMatch(r -> r.executor().equals(on))));
    }

    @Test
    void shouldNotLetOneJobStopTheOthers() {
        final JobSpec bad = new JobSpec(
                "bad",
                "",
                "",
                "sim.wasm",
                List.of("1"),
                Map.of(),
                null,
                List.of(),
                Requirements.NONE,
                new Preferences(Set.of(), null, "cheap"),
                Level.CRITICAL,
                List.of(),
                2,
                0,
                0,
                1,
                true,
                null,
                "no clock",
                0);
        broker(1).submit(bad, null);
        broker(1).submit(job("good", 1_000, Requirements.NONE), null);
        assertTrue(untilDone(1, "good"));
        assertFalse(broker(1).status().lastError().isEmpty());
    }

    @Test
    void shouldPreemptNoMoreThanIsNeeded() {
        for (int i = 0; i < 4; i++) {
            broker(1).submit(job("low" + i, 40_000, Requirements.of(64, 1, "gpu")), null);
        }
        assertTrue(city.until(5_000, () -> state(1, "low3") == JobState.RUNNING));
        broker(1).submit(job("urgent", 1_000, Requirements.of(64, 1, "gpu")).withLevel(Level.CRITICAL, "x"), null);
        assertTrue(city.until(15_000, () -> state(1, "urgent") == JobState.DONE));
        assertEquals(1, broker(1).status().values().get("executions pre-empted"));
    }

    @Test
    void shouldEndWhatAnOwnerHasAcceptedThatIsGone(@TempDir final Path directory) throws IOException {
        city.close();
        city = new City(8, 3, directory, City.capabilityAware());
        city.run(3_000);
        final String name = broker(1).submit(job("j", 1_000, Requirements.of(1, 1, "nobody-has")), null);
        city.run(1_000);
        city.streets().zone("b1", 9);
        assertTrue(city.until(30_000, () -> broker(2).job(name).facts().nextEpoch() == 2), "b2 has taken over");
        assertEquals(Verdict.ACCEPTED_TENTATIVE, broker(2).result(new Submission(name, "y", "0", "bb", "", Map.of())));
        city.run(500);
        city.kill(2);
        city.start(2, "disk-2");
        city.streets().heal();
        assertTrue(
                city.until(MINUTE_MS, () -> broker(3).job(name).facts().isFinal()),
                () -> broker(3).facts(name).toString());
        assertEquals("bb", broker(3).job(name).facts().outcome().digest());
    }

    @Test
    void shouldOwnNoSlotOfEpochZeroOnANewDisk(@TempDir final Path directory) throws IOException {
        city.close();
        city = new City(9, 3, directory, City.capabilityAware());
        city.run(3_000);
        city.kill(2);
        city.start(2, BrokerContext.REBORN + "disk-2");
        city.run(3_000);
        final String name = broker(2).submit(job("j", 1_000, Requirements.of(1, 1, "nobody-has")), null);
        assertEquals(1, broker(2).job(name).facts().active().epoch());
        assertEquals(Verdict.ACCEPTED_TENTATIVE, broker(2).result(new Submission(name, "y", "0", "bb", "", Map.of())));
        assertTrue(city.until(
                MINUTE_MS,
                () -> broker(1).job(name) != null && broker(1).job(name).facts().isFinal()));
    }

    @Test
    void shouldRunAJobAgainWhoseInputWasSuperseded() {
        final String first = broker(1).submit(job("first", 40_000, Requirements.NONE), null);
        final String second =
                broker(2).submit(job("second", 1_000, Requirements.NONE).withWaitFor(List.of(first)), null);
        assertTrue(city.until(5_000, () -> state(2, first) == JobState.RUNNING && state(1, second) != null));
        city.streets().zone("b1", 9);
        assertTrue(city.until(30_000, () -> broker(2).job(first).facts().nextEpoch() == 2));
        assertEquals(
                Verdict.ACCEPTED_TENTATIVE, broker(2).result(new Submission(first, "y", "0", "bbbb", "", Map.of())));
        assertTrue(untilDone(2, second), "it takes the tentative result");
        assertEquals(Verdict.ACCEPTED_FINAL, broker(1).result(new Submission(first, "x", "0", "aaaa", "", Map.of())));
        city.streets().heal();
        assertTrue(city.until(MINUTE_MS, () -> broker(2).rerun(second) != null));
        final String again = broker(2).rerun(second);
        assertTrue(city.until(MINUTE_MS, () -> state(2, again) == JobState.DONE));
        assertEquals(
                Map.of(first, "aaaa"), broker(2).job(again).submissions().get(0).used());
        assertTrue(city.until(MINUTE_MS, () -> again.equals(broker(3).rerun(second))));
    }

    @Test
    void shouldRunAgainWhatWasMadeFromAJobThatIsRunAgain(@TempDir final Path directory) throws IOException {
        city.close();
        city = new City(11, 3, directory, City.capabilityAware());
        city.add("server", Capabilities.of(4096, 8), 0, 0);
        city.run(3_000);
        final String first = broker(1).submit(job("first", 40_000, Requirements.NONE), null);
        final String second =
                broker(2).submit(job("second", 1_000, Requirements.NONE).withWaitFor(List.of(first)), null);
        final String third =
                broker(2).submit(job("third", 1_000, Requirements.NONE).withWaitFor(List.of(second)), null);
        assertTrue(city.until(5_000, () -> state(2, first) == JobState.RUNNING && state(1, third) != null));
        city.streets().zone("b1", 9);
        assertTrue(city.until(30_000, () -> broker(2).job(first).facts().nextEpoch() == 2));
        assertEquals(
                Verdict.ACCEPTED_TENTATIVE, broker(2).result(new Submission(first, "y", "0", "bbbb", "", Map.of())));
        assertTrue(untilDone(2, third), "both take the tentative result");
        final String stale = broker(2).job(second).facts().outcome().digest();
        assertEquals(Verdict.ACCEPTED_FINAL, broker(1).result(new Submission(first, "x", "0", "aaaa", "", Map.of())));
        city.streets().heal();
        assertTrue(city.until(MINUTE_MS, () -> broker(2).rerun(third) != null));
        final String again = broker(2).rerun(third);
        assertTrue(city.until(MINUTE_MS, () -> state(2, again) == JobState.DONE));
        final String counts = broker(2).counting(second).facts().outcome().digest();
        assertFalse(stale.equals(counts));
        assertEquals(
                Map.of(second, counts),
                broker(2).job(again).submissions().get(0).used());
        assertTrue(city.until(MINUTE_MS, () -> again.equals(broker(3).rerun(third))));
        assertTrue(
                city.until(MINUTE_MS, () -> broker(2).openJobs().isEmpty()),
                () -> broker(2).openJobs().toString());
        city.kill(2);
        city.start(2, "disk-1");
        city.run(5_000);
        assertEquals(again, broker(2).rerun(third), "it finds the same again when it has only what it wrote down");
        assertNull(broker(2).rerun(again), "and runs nothing again that is well");
    }

    @Test
    void shouldDeclareAnEmergencyWhereExecutorsAreLostUntilTheyAreBack() {
        for (int i = 0; i < 4; i++) {
            city.add(
                    "near-" + i, Capabilities.of(256, 1).withLocation(new Location(48.205 + i / 1000.0, 16.365)), 0, 0);
            city.add("far-" + i, Capabilities.of(256, 1).withLocation(new Location(48.305, 16.365 + i)), 0, 0);
        }
        city.run(5_000);
        city.off("near-0");
        city.off("near-1");
        city.off("far-0");
        city.run(12_000);
        assertEquals(List.of(), broker(1).emergencies(), "two of four are not enough");
        city.off("near-2");
        assertTrue(city.until(12_000, () -> broker(3).emergencies().size() == 1));
        final Emergency outage = broker(3).emergencies().get(0);
        assertEquals("outage", outage.kind());
        assertTrue(outage.concerns(new Location(48.206, 16.365)));
        for (int i = 0; i < 3; i++) {
            city.on("near-" + i);
        }
        assertTrue(city.until(12_000, () -> broker(2).emergencies().isEmpty()));
    }

    @Test
    void shouldNotDeclareAnOutageAgainThatSomebodyHasResolvedWhileItLasts() {
        for (int i = 0; i < 3; i++) {
            city.add("near-" + i, Capabilities.of(256, 1).withLocation(new Location(48.205, 16.365)), 0, 0);
        }
        city.run(5_000);
        for (int i = 0; i < 3; i++) {
            city.off("near-" + i);
        }
        assertTrue(city.until(12_000, () -> broker(3).emergencies().size() == 1));
        city.run(1_000);
        broker(3).resolveEmergency(broker(3).emergencies().get(0).id());
        for (int i = 0; i < 20; i++) {
            city.run(500);
            assertEquals(List.of(), broker(1).emergencies());
        }
    }
}
