package io.abelia.scheduler.executor;

import io.abelia.scheduler.model.Submission;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.Set;

/** Keeps submissions as long as the process lives. */
public final class MemoryOutbox implements Outbox {
    private final Set<Submission> kept = new LinkedHashSet<>();

    @Override
    public void keep(final Submission submission) {
        kept.add(submission);
    }

    @Override
    public void drop(final Submission submission) {
        kept.remove(submission);
    }

    @Override
    public Collection<Submission> kept() {
        return new ArrayList<>(kept);
    }
}
