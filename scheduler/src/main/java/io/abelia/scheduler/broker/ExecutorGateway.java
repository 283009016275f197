package io.abelia.scheduler.broker;

import io.abelia.scheduler.model.ExecutorRecord;
import io.abelia.scheduler.model.Order;

/**
 * The way to executors. Calls return at once; what an executor answers comes to {@link Broker#onAnswer}, and where none comes, the
 * broker does without.
 */
public interface ExecutorGateway {
    /** Asks an executor to run a job. Asked twice for one attempt, it runs it once. */
    void submit(ExecutorRecord to, Order order);

    /** Tells an executor that an execution is wanted no more; its result, if it has one already, is still taken. */
    void cancel(ExecutorRecord to, String job, String attempt);
}
