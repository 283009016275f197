package io.abelia.proofs.simulator;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How the run of a seed ended.
 *
 * @param violation what did not hold, or null
 * @param convergenceNs virtual time from the end of all faults to equal clocks
 * @param rounds heartbeats of a node in that time
 */
record Outcome(
        long seed,
        Faults faults,
        @Nullable Violation violation,
        long traceHash,
        long events,
        int transactions,
        int restarts,
        int installations,
        long convergenceNs,
        long rounds,
        List<String> lines,
        List<String> actions) {}
