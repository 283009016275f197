package io.abelia.scheduler.placement;

import io.abelia.scheduler.model.ExecutorRecord;
import io.abelia.scheduler.model.Usage;

/**
 * An executor as a broker sees it.
 *
 * @param record what it told last
 * @param health whether it still can be relied on
 * @param ageMs since it was heard, by the broker's clock
 * @param used what jobs occupy, those included that were placed since it was heard
 * @param local data of the job that are near it, 0 to 1
 * @param failed executions of the job that failed there
 * @param stale whether what it told is older than what the job depends on
 */
public record Candidate(
        ExecutorRecord record, Health health, long ageMs, Usage used, double local, int failed, boolean stale) {
    /** The same with something else occupied. */
    public Candidate with(final Usage newUsed) {
        return new Candidate(record, health, ageMs, newUsed, local, failed, stale);
    }
}
