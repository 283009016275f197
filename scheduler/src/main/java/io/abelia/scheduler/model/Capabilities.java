package io.abelia.scheduler.model;

import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * What an executor has, used or not.
 *
 * @param memoryMb MiB for jobs
 * @param diskMb MiB for jobs
 * @param cores processors
 * @param megahertz of one processor
 * @param load of the whole machine, 0 to 1
 * @param battery charge, 0 to 1; null where it runs on mains
 * @param labels what it is or has, such as {@code gpu} or {@code zone=harbour}; {@code cordon} keeps new jobs away, {@code drain} moves
 *     running ones away, too
 * @param resources further countable things by name, such as {@code camera}
 * @param location where it is, if it tells
 */
public record Capabilities(
        long memoryMb,
        long diskMb,
        int cores,
        int megahertz,
        double load,
        @Nullable Double battery,
        Set<String> labels,
        Map<String, Long> resources,
        @Nullable Location location) {
    /** Label of an executor that takes no new jobs. */
    public static final String CORDON = "cordon";

    /** Label of an executor that takes no new jobs and whose running ones are placed again. */
    public static final String DRAIN = "drain";

    public Capabilities {
        if (memoryMb < 0 || diskMb < 0 || cores < 0 || megahertz < 0) {
            throw new IllegalArgumentException("capabilities are not negative: memoryMb " + memoryMb + ", diskMb "
                    + diskMb + ", cores " + cores + ", megahertz " + megahertz);
        }
        labels = labels == null ? Set.of() : java.util.Collections.unmodifiableSet(new TreeSet<>(labels));
        resources = resources == null ? Map.of() : java.util.Collections.unmodifiableMap(new TreeMap<>(resources));
    }

    /** So much of everything, on mains, without labels. */
    public static Capabilities of(final long memoryMb, final int cores) {
        return new Capabilities(memoryMb, 1 << 14, cores, 2000, 0, null, Set.of(), Map.of(), null);
    }

    public Capabilities withLabels(final Set<String> newLabels) {
        return new Capabilities(memoryMb, diskMb, cores, megahertz, load, battery, newLabels, resources, location);
    }

    public Capabilities withBattery(final @Nullable Double newBattery) {
        return new Capabilities(memoryMb, diskMb, cores, megahertz, load, newBattery, labels, resources, location);
    }

    public Capabilities withLocation(final @Nullable Location newLocation) {
        return new Capabilities(memoryMb, diskMb, cores, megahertz, load, battery, labels, resources, newLocation);
    }
}
