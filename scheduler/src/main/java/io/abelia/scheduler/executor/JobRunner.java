package io.abelia.scheduler.executor;

import io.abelia.scheduler.model.Order;
import java.util.function.BiConsumer;

/** What runs jobs. */
public interface JobRunner {
    /**
     * Starts an execution and returns.
     *
     * @param end is told the digest of the result, or else the error, with an empty string for what there is not; on any thread, once,
     *     unless the execution was stopped
     */
    void start(Order order, BiConsumer<String, String> end);

    /** Stops an execution, if it still runs. */
    void stop(String attempt);
}
