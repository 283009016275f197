package io.abelia.scheduler.placement;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.abelia.scheduler.model.Capabilities;
import io.abelia.scheduler.model.Emergency;
import io.abelia.scheduler.model.ExecutorRecord;
import io.abelia.scheduler.model.JobFilter;
import io.abelia.scheduler.model.JobSpec;
import io.abelia.scheduler.model.Level;
import io.abelia.scheduler.model.Location;
import io.abelia.scheduler.model.Requirements;
import io.abelia.scheduler.model.Usage;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class FilterTest {
    private static final Matcher MATCHER = Matcher.capabilityAware(new Scorer(Weights.DEFAULT, 3_000));

    private static Candidate candidate(final String id, final Capabilities has, final Usage used) {
        return new Candidate(
                new ExecutorRecord(id, "", "1", 1, "b1", 0, null, has, used, JobFilter.ANY, List.of()),
                Health.HEALTHY,
                0,
                used,
                0,
                0,
                false);
    }

    private static JobSpec job(final Requirements needs) {
        return JobSpec.of("j", "p.wasm", needs);
    }

    @Test
    void shouldTellWhatIsLackingForEverFromWhatOthersOccupy() {
        final JobSpec job = job(Requirements.of(512, 2));
        final Rejection small = Filter.reject(job, candidate("small", Capabilities.of(256, 4), Usage.NONE));
        final Rejection busy =
                Filter.reject(job, candidate("busy", Capabilities.of(1024, 4), new Usage(600, 0, 0, Map.of())));
        assertNotNull(small);
        assertNotNull(busy);
        assertEquals(Rejection.Kind.INFEASIBLE, small.kind());
        assertEquals(Rejection.Kind.BUSY, busy.kind());
        assertEquals("memory free 424 MiB of 512", busy.reason());
        assertNull(Filter.reject(job, candidate("fits", Capabilities.of(1024, 4), Usage.NONE)));
    }

    @Test
    void shouldMatchBothSides() {
        final Candidate picky = new Candidate(
                new ExecutorRecord(
                        "e",
                        "",
                        "1",
                        1,
                        "b1",
                        0,
                        null,
                        Capabilities.of(1024, 4),
                        Usage.NONE,
                        new JobFilter(Set.of("medical"), Level.LOW, Set.of()),
                        List.of()),
                Health.HEALTHY,
                0,
                Usage.NONE,
                0,
                0,
                false);
        final JobSpec any = job(Requirements.NONE);
        assertNotNull(Filter.reject(any, picky));
        assertNull(Filter.reject(any.withLevel(Level.HIGH, "medical"), picky));
    }

    @Test
    void shouldKeepJobsAwayFromWhatIsCordonedOffOrWasNotHeard() {
        final JobSpec job = job(Requirements.NONE);
        final Candidate here = candidate("e", Capabilities.of(1024, 4), Usage.NONE);
        final Candidate cordoned =
                candidate("e", Capabilities.of(1024, 4).withLabels(Set.of(Capabilities.CORDON)), Usage.NONE);
        final Candidate suspect = new Candidate(here.record(), Health.SUSPECT, 4_000, Usage.NONE, 0, 0, false);
        final Candidate stale = new Candidate(here.record(), Health.HEALTHY, 0, Usage.NONE, 0, 0, true);
        for (final Candidate candidate : List.of(cordoned, suspect, stale)) {
            final Rejection rejection = Filter.reject(job, candidate);
            assertNotNull(rejection);
            assertEquals(Rejection.Kind.UNAVAILABLE, rejection.kind());
        }
    }

    @Test
    void shouldChooseTheSameForEqualViewsInWhateverOrder() {
        final Candidate a = candidate("a", Capabilities.of(1024, 4), Usage.NONE);
        final Candidate b = candidate("b", Capabilities.of(1024, 4), Usage.NONE);
        final JobSpec job = job(Requirements.NONE);
        assertEquals(
                MATCHER.match(job, 1, List.of(a, b), List.of()).chosen(),
                MATCHER.match(job, 1, List.of(b, a), List.of()).chosen());
    }

    @Test
    void shouldPreferMainsToAnEmptyBatteryAndWhatIsNearAnEmergencyOfTheJobsKind() {
        final Location fire = new Location(48.2, 16.37);
        final Candidate phone = candidate("a-phone", Capabilities.of(1024, 4).withBattery(0.2), Usage.NONE);
        final Candidate far =
                candidate("b-far", Capabilities.of(1024, 4).withLocation(new Location(48.4, 16.9)), Usage.NONE);
        final Candidate near = candidate("c-near", Capabilities.of(1024, 4).withLocation(fire), Usage.NONE);
        final JobSpec job = job(Requirements.NONE).withLevel(Level.HIGH, "fire");
        final Emergency emergency = new Emergency("f1", Level.CRITICAL, "fire", fire, 5, "", 0);
        final Matcher.Match match = MATCHER.match(job, 3, List.of(phone, far, near), List.of(emergency));
        assertEquals(
                List.of("c-near", "b-far", "a-phone"),
                match.chosen().stream().map(c -> c.record().id()).toList());
        assertTrue(match.isFeasible());
    }
}
