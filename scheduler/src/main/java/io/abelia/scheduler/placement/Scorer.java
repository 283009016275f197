package io.abelia.scheduler.placement;

import io.abelia.scheduler.model.Capabilities;
import io.abelia.scheduler.model.Emergency;
import io.abelia.scheduler.model.JobSpec;
import io.abelia.scheduler.model.Location;
import java.util.Collection;
import org.jspecify.annotations.Nullable;

/** Says how good an executor is for a job that it can run: a weighted sum, as Kubernetes' scheduler does. */
public final class Scorer {
    private static final double SPEED_MHZ = 4000;
    private static final double DISTANCE_KM = 10;
    private static final double FAILED = 2;

    private final Weights weights;
    private final long leaseMs;

    /**
     * A scorer.
     *
     * @param leaseMs age at which what an executor told is worth nothing
     */
    public Scorer(final Weights weights, final long leaseMs) {
        this.weights = weights;
        this.leaseMs = leaseMs;
    }

    /** The higher the better; each failed execution there takes away as much as two full parts give. */
    public double score(final JobSpec job, final Candidate candidate, final Collection<Emergency> emergencies) {
        final String rank = job.preferences().rank();
        final Weights by = rank == null ? weights : weights.rankedBy(rank);
        final Capabilities has = candidate.record().capabilities();
        return by.headroom() * headroom(has, candidate)
                + by.power() * power(has)
                + by.locality() * candidate.local()
                + by.distance() * nearness(has.location(), job.preferences().near())
                + by.speed() * Math.min(1, has.megahertz() / SPEED_MHZ) * (1 - has.load())
                + by.freshness() * Math.max(0, 1 - (double) candidate.ageMs() / leaseMs)
                + by.labels() * wanted(job, has)
                + by.emergency() * help(job, has, emergencies)
                - FAILED * candidate.failed();
    }

    private static double headroom(final Capabilities has, final Candidate candidate) {
        final double memory = share(has.memoryMb() - candidate.used().memoryMb(), has.memoryMb());
        final double cores = share(has.cores() - candidate.used().cores(), has.cores());
        return (memory + cores) / 2;
    }

    private static double share(final long free, final long all) {
        return all == 0 ? 0 : Math.max(0, (double) free / all);
    }

    private static double power(final Capabilities has) {
        final Double battery = has.battery();
        return battery == null ? 1 : battery * battery; // half a charge is less than half as good: it may not last
    }

    private static double nearness(final @Nullable Location here, final @Nullable Location there) {
        return here == null || there == null ? 0 : 1 / (1 + here.kmTo(there) / DISTANCE_KM);
    }

    private static double wanted(final JobSpec job, final Capabilities has) {
        final var labels = job.preferences().labels();
        return labels.isEmpty()
                ? 0
                : (double) labels.stream().filter(has.labels()::contains).count() / labels.size();
    }

    /** For a job of an emergency's kind: what is near it and will last. */
    private static double help(final JobSpec job, final Capabilities has, final Collection<Emergency> emergencies) {
        double most = 0;
        for (final Emergency emergency : emergencies) {
            if (!emergency.kind().isEmpty() && emergency.kind().equals(job.kind())) {
                final double near = emergency.place() == null ? 1 : nearness(has.location(), emergency.place());
                most = Math.max(most, (near + power(has)) / 2);
            }
        }
        return most;
    }
}
