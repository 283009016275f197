package io.abelia.scheduler.executor;

import io.abelia.scheduler.model.Submission;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;

/** Keeps submissions as long as the process lives. */
public final class MemoryOutbox implements Outbox {
    /** By text, which a map keeps in order where hashes are equal: clients choose the names of jobs and what programs print. */
    private final Map<String, Submission> kept = new LinkedHashMap<>();

    private static String key(final Submission submission) {
        return String.join("\n", submission.job(), submission.name(), submission.digest(), submission.error());
    }

    @Override
    public void keep(final Submission submission) {
        kept.put(key(submission), submission);
    }

    @Override
    public void drop(final Submission submission) {
        kept.remove(key(submission));
    }

    @Override
    public Collection<Submission> kept() {
        return new ArrayList<>(kept.values());
    }
}
