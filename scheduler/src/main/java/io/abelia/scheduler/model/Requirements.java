package io.abelia.scheduler.model;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonProperty;
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

    /** WASM programs address no more. */
    private static final long MAX_MEMORY_MB = 4_096;

    private static final long MAX_DISK_MB = 1 << 20;
    private static final int MAX_CORES = 4_096;
    private static final int MAX_MEGAHERTZ = 1_000_000;
    private static final int MAX_NAMES = 64;
    private static final double MAX_KM = 20_100;

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

    /**
     * Refuses what no executor could ever meet, or nobody can mean. Asked for when a job is submitted; what is stored already is read as it is.
     *
     * @throws IllegalArgumentException with what is allowed
     */
    public void requireSound() {
        requireRange("memoryMb", (double) memoryMb, 0, MAX_MEMORY_MB);
        requireRange("diskMb", (double) diskMb, 0, MAX_DISK_MB);
        requireRange("cores", cores, 0, MAX_CORES);
        requireRange("megahertz", megahertz, 0, MAX_MEGAHERTZ);
        requireRange("minBattery", minBattery, 0, 1);
        requireRange("withinKm", withinKm, 0, MAX_KM);
        requireRange("number of labels", labels.size(), 0, MAX_NAMES);
        requireRange("number of resources", resources.size(), 0, MAX_NAMES);
        resources.forEach((name, count) -> {
            if (count == null) {
                throw new IllegalArgumentException("requirements: resource " + name + " has no count");
            }
            requireRange("resource " + name, (double) count, 1, Integer.MAX_VALUE);
        });
    }

    private static void requireRange(final String what, final double value, final double least, final double most) {
        if (!(value >= least && value <= most)) {
            throw new IllegalArgumentException("requirements: " + what + " is from " + plain(least) + " to "
                    + plain(most) + ", not " + plain(value));
        }
    }

    private static String plain(final double value) {
        return value == Math.rint(value) && Math.abs(value) < 1e15
                ? String.valueOf((long) value)
                : String.valueOf(value);
    }

    /** What JSON does not say is as in {@link #NONE}. */
    @JsonCreator
    static Requirements read(
            @JsonProperty("memoryMb") final @Nullable Long memoryMb,
            @JsonProperty("diskMb") final @Nullable Long diskMb,
            @JsonProperty("cores") final @Nullable Integer cores,
            @JsonProperty("megahertz") final @Nullable Integer megahertz,
            @JsonProperty("minBattery") final @Nullable Double minBattery,
            @JsonProperty("mains") final @Nullable Boolean mains,
            @JsonProperty("labels") final @Nullable Set<String> labels,
            @JsonProperty("resources") final @Nullable Map<String, Long> resources,
            @JsonProperty("near") final @Nullable Location near,
            @JsonProperty("withinKm") final @Nullable Double withinKm) {
        return new Requirements(
                memoryMb == null ? NONE.memoryMb : memoryMb,
                diskMb == null ? 0 : diskMb,
                cores == null ? NONE.cores : cores,
                megahertz == null ? 0 : megahertz,
                minBattery == null ? 0 : minBattery,
                mains != null && mains,
                labels == null ? Set.of() : labels,
                resources == null ? Map.of() : resources,
                near,
                withinKm == null ? 0 : withinKm);
    }

    public static Requirements of(final long memoryMb, final int cores, final String... labels) {
        return new Requirements(memoryMb, 0, cores, 0, 0, false, Set.of(labels), Map.of(), null, 0);
    }
}
