package io.abelia.proofs.simulator;

import io.abelia.engine.clock.VectorClock;
import java.util.Map;
import java.util.TreeMap;

/** Clocks as plain maps, so that the oracle computes with none of the engine's code. */
final class Clocks {
    private Clocks() {}

    static Map<Long, Long> of(final VectorClock clock) {
        final TreeMap<Long, Long> map = new TreeMap<>();
        clock.forEach((origin, seq) -> {
            if (seq > 0) {
                map.put(origin, seq);
            }
        });
        return map;
    }

    static boolean covers(final Map<Long, Long> clock, final Map<Long, Long> other) {
        for (final Map.Entry<Long, Long> entry : other.entrySet()) {
            if (clock.getOrDefault(entry.getKey(), 0L) < entry.getValue()) {
                return false;
            }
        }
        return true;
    }

    static void merge(final Map<Long, Long> into, final Map<Long, Long> other) {
        other.forEach((origin, seq) -> into.merge(origin, seq, Math::max));
    }

    /** What the first clock lacks of the second. */
    static String missing(final Map<Long, Long> clock, final Map<Long, Long> other) {
        final StringBuilder missing = new StringBuilder();
        other.forEach((origin, seq) -> {
            final long has = clock.getOrDefault(origin, 0L);
            if (has < seq) {
                missing.append(' ')
                        .append(Long.toHexString(origin))
                        .append(':')
                        .append(has + 1)
                        .append("..")
                        .append(seq);
            }
        });
        return missing.toString();
    }
}
