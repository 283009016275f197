package io.abelia.scheduler.model;

import java.util.Set;
import java.util.TreeSet;

/**
 * What an executor needs of a job: the other side of matching, as in ClassAds (Raman, Livny, Solomon, HPDC 1998).
 *
 * @param kinds kinds of job that it takes; none for all
 * @param minLevel least level that it takes
 * @param clients clients that it works for; none for all
 */
public record JobFilter(Set<String> kinds, Level minLevel, Set<String> clients) {
    /** Takes every job. */
    public static final JobFilter ANY = new JobFilter(Set.of(), Level.LOW, Set.of());

    public JobFilter {
        kinds = kinds == null ? Set.of() : java.util.Collections.unmodifiableSet(new TreeSet<>(kinds));
        clients = clients == null ? Set.of() : java.util.Collections.unmodifiableSet(new TreeSet<>(clients));
        minLevel = minLevel == null ? Level.LOW : minLevel;
    }

    public boolean takes(final JobSpec job) {
        return (kinds.isEmpty() || kinds.contains(job.kind()))
                && job.level().compareTo(minLevel) >= 0
                && (clients.isEmpty() || clients.contains(job.client()));
    }
}
