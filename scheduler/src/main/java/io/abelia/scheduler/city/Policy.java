package io.abelia.scheduler.city;

import io.abelia.engine.clock.OriginTable;
import io.abelia.engine.clock.RecordClock;
import io.abelia.scheduler.placement.Candidate;
import io.abelia.scheduler.placement.Filter;
import io.abelia.scheduler.placement.Health;
import io.abelia.scheduler.placement.Matcher;
import io.abelia.scheduler.placement.Rejection;
import io.abelia.testkit.UntrackedClock;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.function.Function;
import java.util.function.Predicate;

/** Ways to choose executors, to be compared on one trace; all with the same retries and leases. */
public enum Policy {
    /** Filter, then score: what brokers do. */
    AWARE("capability-aware") {
        @Override
        Matcher matcher() {
            return City.capabilityAware();
        }
    },
    /** Any executor that passes the filter. */
    FILTER("filter only") {
        @Override
        Matcher matcher() {
            return (job, count, candidates, emergencies) ->
                    anyOf(job.id(), count, candidates, candidate -> Filter.reject(job, candidate) == null);
        }
    },
    /** Any executor that is heard, whatever it has: nobody knows of capabilities, so what an executor cannot do fails there. */
    BLIND("capability-blind") {
        @Override
        Matcher matcher() {
            return anyHeard();
        }

        @Override
        boolean executorsCheck() {
            return false;
        }
    },
    /** Any executor that is heard; it refuses, at no cost to the job, what it has no memory, disk, processors or devices for. */
    CHECKED("blind brokers, executors check") {
        @Override
        Matcher matcher() {
            return anyHeard();
        }
    },
    /** As {@link #AWARE}, on engines that do not track causality: to measure what that costs. */
    UNTRACKED("capability-aware, causality not tracked") {
        @Override
        Matcher matcher() {
            return City.capabilityAware();
        }

        @Override
        Function<OriginTable, RecordClock> recordClock() {
            return UntrackedClock::new;
        }
    };

    private final String title;

    Policy(final String title) {
        this.title = title;
    }

    /** Whether executors look at what an order needs before they take it. */
    boolean executorsCheck() {
        return true;
    }

    private static Matcher anyHeard() {
        return (job, count, candidates, emergencies) ->
                anyOf(job.id(), count, candidates, candidate -> candidate.health() == Health.HEALTHY);
    }

    /** What it is called in tables. */
    public String title() {
        return title;
    }

    abstract Matcher matcher();

    /** Clocks of the records that brokers write. */
    Function<OriginTable, RecordClock> recordClock() {
        return RecordClock::new;
    }

    /** As if by lot, with another result for each job and for each execution of it that failed. */
    private static Matcher.Match anyOf(
            final String job,
            final int count,
            final Collection<Candidate> candidates,
            final Predicate<Candidate> fits) {
        record Drawn(Candidate candidate, int lot) {}
        final int failed = candidates.stream().mapToInt(Candidate::failed).sum();
        final List<Drawn> drawn = new ArrayList<>();
        final List<Rejection> rejections = new ArrayList<>();
        for (final Candidate candidate : candidates) {
            if (fits.test(candidate)) {
                drawn.add(new Drawn(
                        candidate,
                        mix(job + " " + failed + " " + candidate.record().id())));
            } else {
                rejections.add(new Rejection(candidate.record().id(), Rejection.Kind.UNAVAILABLE, "not drawn"));
            }
        }
        drawn.sort(Comparator.comparingInt(Drawn::lot)
                .thenComparing(d -> d.candidate().record().id()));
        return new Matcher.Match(
                drawn.stream().limit(count).map(Drawn::candidate).toList(), rejections);
    }

    private static int mix(final String text) {
        int hash = text.hashCode();
        hash = (hash ^ hash >>> 16) * 0x7feb352d;
        hash = (hash ^ hash >>> 15) * 0x846ca68b;
        return hash ^ hash >>> 16;
    }
}
