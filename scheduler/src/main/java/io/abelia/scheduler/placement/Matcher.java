package io.abelia.scheduler.placement;

import io.abelia.scheduler.model.Emergency;
import io.abelia.scheduler.model.JobSpec;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;

/** Chooses executors for a job. */
public interface Matcher {
    /**
     * What came out.
     *
     * @param chosen executors, the best first; fewer than were asked for if no more can run it
     * @param rejections of all others that cannot
     */
    record Match(List<Candidate> chosen, List<Rejection> rejections) {
        /** Whether some executor could run the job if it were not busy. */
        public boolean isFeasible() {
            return !chosen.isEmpty() || rejections.stream().anyMatch(r -> r.kind() != Rejection.Kind.INFEASIBLE);
        }
    }

    /** Chooses so many executors; equal arguments give equal choices. */
    Match match(JobSpec job, int count, Collection<Candidate> candidates, Collection<Emergency> emergencies);

    /** Filters, then scores. */
    static Matcher capabilityAware(final Scorer scorer) {
        return (job, count, candidates, emergencies) -> {
            final List<Rejection> rejections = new ArrayList<>();
            record Scored(Candidate candidate, double score) {}
            final List<Scored> scored = new ArrayList<>();
            for (final Candidate candidate : candidates) {
                final Rejection rejection = Filter.reject(job, candidate);
                if (rejection == null) {
                    scored.add(new Scored(candidate, scorer.score(job, candidate, emergencies)));
                } else {
                    rejections.add(rejection);
                }
            }
            scored.sort(Comparator.comparingDouble(Scored::score)
                    .reversed()
                    .thenComparing(s -> s.candidate().record().id()));
            return new Match(scored.stream().limit(count).map(Scored::candidate).toList(), rejections);
        };
    }
}
