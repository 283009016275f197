package io.abelia.scheduler.broker;

import io.abelia.scheduler.model.Emergency;
import io.abelia.scheduler.model.ExecutorRecord;
import io.abelia.scheduler.model.Level;
import io.abelia.scheduler.model.Location;
import io.abelia.scheduler.placement.Health;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;

/**
 * Detects by rule that something has happened at a place: half of the executors there, and three at least, are lost or have hardly any charge left.
 * It is over when that holds for less than a quarter. Places are the fields of a grid, so that all brokers call an outage by the same name.
 */
final class Outages {
    private static final String PREFIX = "detected-";
    private static final double DEGREES = 0.02;
    private static final double SCOPE_KM = 2;
    private static final double LOW_BATTERY = 0.1;
    private static final int LEAST = 3;
    private static final int BEGIN_SHARE = 2;
    private static final int END_SHARE = 4;

    /** What is to be said. */
    record Findings(List<Emergency> begun, List<String> ended) {}

    /** A field of the grid. */
    private record Field(long north, long east) {
        static Field of(final Location place) {
            return new Field(
                    (long) Math.floor(place.latitude() / DEGREES), (long) Math.floor(place.longitude() / DEGREES));
        }

        Location centre() {
            return new Location((north + 0.5) * DEGREES, (east + 0.5) * DEGREES);
        }

        String id() {
            return PREFIX + north + "." + east;
        }
    }

    private static final class Count {
        private int all;
        private int bad;
    }

    private Outages() {}

    /** What has begun and ended, by what a broker knows of executors and of the emergencies that are active. */
    static Findings find(
            final Collection<ExecutorRecord> executors,
            final Function<String, Health> health,
            final Collection<Emergency> active,
            final String broker,
            final long nowMs) {
        final Map<String, Field> fields = new TreeMap<>();
        final Map<String, Count> counts = new TreeMap<>();
        for (final ExecutorRecord executor : executors) {
            final Location place = executor.capabilities().location();
            if (place != null) {
                final Field field = Field.of(place);
                fields.put(field.id(), field);
                final Count count = counts.computeIfAbsent(field.id(), unused -> new Count());
                count.all++;
                count.bad += isBad(executor, health.apply(executor.id())) ? 1 : 0;
            }
        }
        final Set<String> known = new HashSet<>();
        final List<String> ended = new ArrayList<>();
        for (final Emergency emergency : active) {
            if (emergency.id().startsWith(PREFIX)) {
                known.add(emergency.id());
                final Count count = counts.getOrDefault(emergency.id(), new Count());
                if (count.bad * END_SHARE < count.all || count.all == 0) {
                    ended.add(emergency.id());
                }
            }
        }
        final List<Emergency> begun = new ArrayList<>();
        fields.forEach((id, field) -> {
            final Count count = counts.getOrDefault(id, new Count());
            if (count.bad >= LEAST && count.bad * BEGIN_SHARE >= count.all && !known.contains(id)) {
                begun.add(new Emergency(id, Level.HIGH, "outage", field.centre(), SCOPE_KM, broker, nowMs));
            }
        });
        return new Findings(begun, ended);
    }

    private static boolean isBad(final ExecutorRecord executor, final Health health) {
        final Double battery = executor.capabilities().battery();
        return health == Health.LOST || battery != null && battery <= LOW_BATTERY;
    }
}
