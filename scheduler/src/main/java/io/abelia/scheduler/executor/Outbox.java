package io.abelia.scheduler.executor;

import io.abelia.scheduler.model.Submission;
import java.util.Collection;

/** Ends of executions that nobody has taken for good yet. Used by one thread. */
public interface Outbox {
    /** Keeps a submission, also across a stop of the process, before this returns. */
    void keep(Submission submission);

    void drop(Submission submission);

    /** Lets go of a submission that brokers refuse for good; where it is kept across stops, it is laid aside with the reason. */
    default void refuse(final Submission submission, final String reason) {
        drop(submission);
    }

    Collection<Submission> kept();
}
