package io.abelia.scheduler.model;

import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * What a job needs of an executor; all of it must be there.
 *
 * @param memoryMb MiB that it occupies while it runs
 * @param diskMb MiB that it occupies while it runs
 * @param cores processors that it occupies while it runs
 * @param megahertz least of one processor
 * @param minBattery least charge, 0 to 1, of an executor that is not on mains
 * @param mains whether only executors on mains will do
 * @param labels labels that must be there
 * @param resources further things that it occupies
 * @param near where it has to run, with {@code withinKm}
 * @param withinKm greatest distance; 0 for any
 */
public record Requirements(
        long memoryMb,
        long diskMb,
        int cores,
        int megahertz,
        double minBattery,
        boolean mains,
        Set<String> labels,
        Map<String, Long> resources,
        @Nullable Location near,
        double withinKm) {
    /** Nothing but a little memory and one processor. */
    public static final Requirements NONE = new Requirements(16, 0, 1, 0, 0, false, Set.of(), Map.of(), null, 0);

    public Requirements {
        if (memoryMb < 0 || diskMb < 0 || cores < 0 || withinKm < 0) {
            throw new IllegalArgumentException("requirements are not negative: memoryMb " + memoryMb + ", diskMb "
                    + diskMb + ", cores " + cores + ", withinKm " + withinKm);
        }
        if (withinKm > 0 && near == null) {
            throw new IllegalArgumentException("withinKm needs near: the place that is meant");
        }
        labels = labels == null ? Set.of() : java.util.Collections.unmodifiableSet(new TreeSet<>(labels));
        resources = resources == null ? Map.of() : java.util.Collections.unmodifiableMap(new TreeMap<>(resources));
    }

    public static Requirements of(final long memoryMb, final int cores, final String... labels) {
        return new Requirements(memoryMb, 0, cores, 0, 0, false, Set.of(labels), Map.of(), null, 0);
    }
}
