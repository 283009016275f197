package io.abelia.scheduler.placement;

import io.abelia.scheduler.model.Capabilities;
import io.abelia.scheduler.model.JobSpec;
import io.abelia.scheduler.model.Location;
import io.abelia.scheduler.model.Requirements;
import io.abelia.scheduler.model.Usage;
import io.abelia.scheduler.placement.Rejection.Kind;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Tells which executors can run a job, and of the others why they cannot: what they lack for ever before what they lack now. */
public final class Filter {
    private Filter() {}

    /** Why a job does not go to an executor now; null if it may. */
    public static @Nullable Rejection reject(final JobSpec job, final Candidate candidate) {
        final String id = candidate.record().id();
        final String lacks = lacks(job.requirements(), candidate.record().capabilities());
        if (lacks != null) {
            return new Rejection(id, Kind.INFEASIBLE, lacks);
        }
        if (!candidate.record().accepts().takes(job)) {
            return new Rejection(
                    id,
                    Kind.INFEASIBLE,
                    "it takes no such job: " + candidate.record().accepts());
        }
        final var labels = candidate.record().capabilities().labels();
        if (labels.contains(Capabilities.CORDON) || labels.contains(Capabilities.DRAIN)) {
            return new Rejection(id, Kind.UNAVAILABLE, "it is cordoned off");
        }
        if (candidate.health() != Health.HEALTHY) {
            return new Rejection(id, Kind.UNAVAILABLE, candidate.health() + ", heard " + candidate.ageMs() + " ms ago");
        }
        if (candidate.stale()) {
            return new Rejection(id, Kind.UNAVAILABLE, "what it told last is older than what the job depends on");
        }
        final String occupied = occupied(job.requirements(), candidate.record().capabilities(), candidate.used());
        return occupied == null ? null : new Rejection(id, Kind.BUSY, occupied);
    }

    /** What an executor never has; null if it has all. */
    public static @Nullable String lacks(final Requirements needs, final Capabilities has) {
        if (has.memoryMb() < needs.memoryMb()) {
            return "memory " + has.memoryMb() + " MiB of " + needs.memoryMb();
        }
        if (has.diskMb() < needs.diskMb()) {
            return "disk " + has.diskMb() + " MiB of " + needs.diskMb();
        }
        if (has.cores() < needs.cores()) {
            return "cores " + has.cores() + " of " + needs.cores();
        }
        if (has.megahertz() < needs.megahertz()) {
            return "frequency " + has.megahertz() + " MHz of " + needs.megahertz();
        }
        if (!has.labels().containsAll(needs.labels())) {
            return "labels " + has.labels() + " of " + needs.labels();
        }
        for (final Map.Entry<String, Long> entry : needs.resources().entrySet()) {
            final long count = has.resources().getOrDefault(entry.getKey(), 0L);
            if (count < entry.getValue()) {
                return entry.getKey() + " " + count + " of " + entry.getValue();
            }
        }
        return power(needs, has);
    }

    private static @Nullable String power(final Requirements needs, final Capabilities has) {
        final Double battery = has.battery();
        if (battery != null && needs.mains()) {
            return "it runs on battery";
        }
        if (battery != null && battery < needs.minBattery()) {
            return "battery " + Math.round(100 * battery) + " % of " + Math.round(100 * needs.minBattery()) + " %";
        }
        final Location near = needs.near();
        final Location here = has.location();
        if (near != null && needs.withinKm() > 0 && (here == null || here.kmTo(near) > needs.withinKm())) {
            return here == null
                    ? "it does not tell where it is"
                    : Math.round(here.kmTo(near) * 10) / 10.0 + " km away, at most " + needs.withinKm();
        }
        return null;
    }

    /** What others occupy of an executor; null if there is room. */
    public static @Nullable String occupied(final Requirements needs, final Capabilities has, final Usage used) {
        if (has.memoryMb() - used.memoryMb() < needs.memoryMb()) {
            return "memory free " + (has.memoryMb() - used.memoryMb()) + " MiB of " + needs.memoryMb();
        }
        if (has.diskMb() - used.diskMb() < needs.diskMb()) {
            return "disk free " + (has.diskMb() - used.diskMb()) + " MiB of " + needs.diskMb();
        }
        if (has.cores() - used.cores() < needs.cores()) {
            return "cores free " + (has.cores() - used.cores()) + " of " + needs.cores();
        }
        for (final Map.Entry<String, Long> entry : needs.resources().entrySet()) {
            final long free = has.resources().getOrDefault(entry.getKey(), 0L)
                    - used.resources().getOrDefault(entry.getKey(), 0L);
            if (free < entry.getValue()) {
                return entry.getKey() + " free " + free + " of " + entry.getValue();
            }
        }
        return null;
    }
}
