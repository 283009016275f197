package io.abelia.scheduler.city;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/** The small city under a fire and a cut, in virtual time. */
class CityRunTest {
    private static final long SEED = 1;
    private static final double MOST_MS = 10_000;
    private static final String CPU = "cpu|processor time of the run|s";

    private static Map<String, Double> aware;

    @BeforeAll
    static void runAware() throws IOException {
        aware = run(Policy.AWARE);
    }

    private static Map<String, Double> run(final Policy policy) throws IOException {
        final Trace trace = new Trace(Size.SMALL, SEED, 1, true);
        try (CityRun run = CityRun.simulated(trace, Size.SMALL, SEED, policy)) {
            return run.run(progress -> {});
        }
    }

    private static void assertSound(final Map<String, Double> figures) {
        assertEquals(0, figures.get("lost|jobs without an end|"));
        assertEquals(0, figures.get("disagree|outcomes that brokers do not agree on|"));
        assertEquals(0, figures.get("order|results made from others that do not count|"));
        assertTrue(figures.get("heal|heal to the same metadata|ms") < MOST_MS);
        assertTrue(figures.get("redeploy|loss to redeployment, longest|ms") < MOST_MS);
        assertTrue(figures.get("sync.p99|metadata to all other brokers, p99|ms") < 5);
    }

    @Test
    void shouldLoseNoJobAndGetMoreDoneThanWhoIsBlind() throws IOException {
        final Map<String, Double> blind = run(Policy.BLIND);
        assertSound(aware);
        assertSound(blind);
        assertTrue(aware.get("done|jobs done|%") >= 1.2 * blind.get("done|jobs done|%"), aware + " " + blind);
    }

    @Test
    @EnabledIfSystemProperty(named = "abelia.full", matches = "true", disabledReason = "takes longer than it tells")
    void shouldBeTheSameAgainForTheSameSeed() throws IOException {
        final Map<String, Double> again = new TreeMap<>(run(Policy.AWARE));
        again.put(CPU, aware.get(CPU));
        assertEquals(aware, again);
    }
}
