package io.abelia.engine.replicate;

import io.abelia.engine.Engine;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * Compares the wall clocks of peers with this node's, as their heartbeats tell them, and says once when one differs by more than is allowed: every
 * node does, so both sides are told. What a clock orders wrongly are concurrent writes only; a causally later one always wins.
 */
final class ClockDifferences {
    private final Engine engine;
    private final long allowedMs;
    private final Map<Long, Long> differences = new HashMap<>();
    private final Set<Long> told = new HashSet<>();

    ClockDifferences(final Engine engine, final ReplicaContext context) {
        this.engine = engine;
        this.allowedMs = context.clockDifferenceMs();
        assert allowedMs >= 0 : allowedMs;
    }

    /** Takes the wall clock that a peer's heartbeat tells. */
    void compare(final long node, final long peerMs) {
        final long ownMs = engine.kernel().hybridClock().wallMs();
        final long difference = distance(peerMs, ownMs);
        assert difference >= 0 : difference;
        differences.put(node, difference);
        engine.kernel().status().clockDifference(Collections.max(differences.values()));
        if (difference <= allowedMs) {
            told.remove(node);
        } else if (told.add(node)) {
            engine.kernel().status().clocksDiffer(node, peerMs, ownMs);
        }
    }

    /** Forgets a node that has been removed. */
    void forget(final long node) {
        differences.remove(node);
        told.remove(node);
    }

    private static long distance(final long a, final long b) {
        final long difference = a > b ? a - b : b - a;
        return difference < 0 ? Long.MAX_VALUE : difference; // it wrapped
    }
}
