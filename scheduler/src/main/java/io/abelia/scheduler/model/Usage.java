package io.abelia.scheduler.model;

import java.util.Map;
import java.util.TreeMap;

/** What jobs occupy of an executor. */
public record Usage(long memoryMb, long diskMb, int cores, Map<String, Long> resources) {
    public static final Usage NONE = new Usage(0, 0, 0, Map.of());

    public Usage {
        resources = resources == null ? Map.of() : java.util.Collections.unmodifiableMap(new TreeMap<>(resources));
    }

    public Usage plus(final Requirements job) {
        return with(job, 1);
    }

    public Usage minus(final Requirements job) {
        return with(job, -1);
    }

    private Usage with(final Requirements job, final int sign) {
        final TreeMap<String, Long> sum = new TreeMap<>(resources);
        job.resources().forEach((name, count) -> sum.merge(name, sign * count, Long::sum));
        return new Usage(
                memoryMb + sign * job.memoryMb(), diskMb + sign * job.diskMb(), cores + sign * job.cores(), sum);
    }
}
