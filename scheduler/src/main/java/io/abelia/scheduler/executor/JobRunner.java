package io.abelia.scheduler.executor;

import io.abelia.scheduler.model.Order;
import java.util.function.BiConsumer;

/** What runs jobs. */
public interface JobRunner {
    /**
     * Starts an execution and returns.
     *
     * @param end is told a digest and an error: of the result and empty; or of what the execution said and left, empty if nothing, and why it
     *     failed. On any thread, once, unless the execution was stopped
     */
    void start(Order order, BiConsumer<String, String> end);

    /** Stops an execution, if it still runs. */
    void stop(String attempt);
}
