package io.abelia.bench.suite;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;

class EstimateTest {
    @Test
    void shouldEstimateTheMedianWithAnIntervalAroundIt() {
        final Estimate estimate = Estimate.median(List.of(5.0, 1.0, 3.0, 2.0, 4.0));
        assertEquals(3.0, estimate.value());
        assertTrue(estimate.low() >= 1 && estimate.low() < 3, "low end " + estimate.low());
        assertTrue(estimate.high() > 3 && estimate.high() <= 5, "high end " + estimate.high());
        assertEquals(estimate, Estimate.median(List.of(5.0, 1.0, 3.0, 2.0, 4.0)));
    }

    @Test
    void shouldPairRatiosByRound() {
        assertEquals(
                2.0,
                Estimate.ratio(List.of(2.0, 20.0, 200.0), List.of(1.0, 10.0, 100.0))
                        .value());
        assertThrows(IllegalArgumentException.class, () -> Estimate.ratio(List.of(1.0), List.of(1.0, 2.0)));
        assertThrows(IllegalArgumentException.class, () -> Estimate.median(List.of()));
    }
}
