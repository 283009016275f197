package io.abelia.scheduler.broker;

import io.abelia.scheduler.model.Emergency;
import io.abelia.scheduler.model.ExecutorRecord;
import io.abelia.scheduler.model.Level;
import io.abelia.scheduler.model.Location;
import io.abelia.scheduler.placement.Health;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Detects by rule that something has happened at a place: half of the executors that were heard there, and three at least, are lost or have hardly any
 * charge left. It is over when that holds for less than a quarter. Places are the fields of a grid, so that all brokers call an outage by the same
 * name; who has declared one ends it, and others only once that broker is lost. What somebody has resolved is not declared again while it lasts. One
 * thread.
 */
final class Outages {
    private static final String PREFIX = "detected-";
    private static final double DEGREES = 0.02;
    private static final double SCOPE_KM = 2;
    private static final double LOW_BATTERY = 0.1;
    private static final int LEAST = 3;
    private static final int BEGIN_SHARE = 2;
    private static final int END_SHARE = 4;
    /** After a day without a sign of life an executor belongs to no place any more. */
    private static final long FORGET_MS = 86_400_000;

    private final String broker;
    private final Leases executors;
    private final Leases brokers;
    /** Where executors were that were heard, also those that the broker has dropped since. */
    private final Map<String, Seen> seen = new HashMap<>();
    /** Outages that are there as this broker sees it, whoever has declared them. */
    private final Set<String> lasting = new HashSet<>();

    Outages(final String broker, final Leases executors, final Leases brokers) {
        this.broker = broker;
        this.executors = executors;
        this.brokers = brokers;
    }

    /** What is to be said. */
    record Findings(List<Emergency> begun, List<String> ended) {}

    private record Seen(Field field, boolean empty, long atMs) {}

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
        private final Field field;
        private int all;
        private int bad;
        private int unheard;

        Count(final Field field) {
            this.field = field;
        }
    }

    /** What has begun and ended, by what this broker knows of executors and of the emergencies that are active. */
    Findings find(final Collection<ExecutorRecord> records, final Collection<Emergency> active, final long nowMs) {
        note(records, nowMs);
        final Map<String, Count> counts = count(records, nowMs);
        final Map<String, Emergency> known = new TreeMap<>();
        active.stream()
                .filter(emergency -> emergency.id().startsWith(PREFIX))
                .forEach(emergency -> known.put(emergency.id(), emergency));
        final List<Emergency> begun = new ArrayList<>();
        counts.forEach((id, count) -> {
            if (count.bad >= LEAST && count.bad * BEGIN_SHARE >= count.all) {
                if (lasting.add(id) && !known.containsKey(id)) {
                    begun.add(new Emergency(id, Level.HIGH, "outage", count.field.centre(), SCOPE_KM, broker, nowMs));
                }
            }
        });
        lasting.removeIf(id -> isOver(counts.get(id)));
        final List<String> ended = new ArrayList<>();
        known.forEach((id, emergency) -> {
            if (isOver(counts.get(id)) && isToEnd(emergency.declaredBy(), nowMs)) {
                ended.add(id);
            }
        });
        return new Findings(begun, ended);
    }

    private Map<String, Count> count(final Collection<ExecutorRecord> records, final long nowMs) {
        final Map<String, Count> counts = new TreeMap<>();
        seen.forEach((id, one) -> {
            final Count count = counts.computeIfAbsent(one.field().id(), unused -> new Count(one.field()));
            count.all++;
            count.bad += one.empty() || executors.health(id, nowMs) == Health.LOST ? 1 : 0;
        });
        for (final ExecutorRecord record : records) {
            final Location place = record.capabilities().location();
            if (place != null && !seen.containsKey(record.id())) {
                final Field field = Field.of(place);
                counts.computeIfAbsent(field.id(), unused -> new Count(field)).unheard++;
            }
        }
        return counts;
    }

    /** Who was never heard here may be gone since before this broker was started: that begins no outage, but ends none either. */
    private static boolean isOver(final @Nullable Count count) {
        return count == null || (count.bad + count.unheard) * END_SHARE < count.all + count.unheard;
    }

    private boolean isToEnd(final String declaredBy, final long nowMs) {
        return declaredBy.equals(broker) || brokers.health(declaredBy, nowMs) == Health.LOST;
    }

    private void note(final Collection<ExecutorRecord> records, final long nowMs) {
        for (final ExecutorRecord record : records) {
            final Location place = record.capabilities().location();
            if (place != null
                    && executors.isHeard(record.id())
                    && executors.health(record.id(), nowMs) != Health.LOST) {
                final Double battery = record.capabilities().battery();
                seen.put(record.id(), new Seen(Field.of(place), battery != null && battery <= LOW_BATTERY, nowMs));
            }
        }
        seen.values().removeIf(one -> nowMs - one.atMs() > FORGET_MS);
    }
}
