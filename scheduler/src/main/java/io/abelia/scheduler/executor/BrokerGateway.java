package io.abelia.scheduler.executor;

import io.abelia.scheduler.model.ExecutorRecord;
import io.abelia.scheduler.model.Submission;
import io.abelia.scheduler.model.Verdict;
import java.util.function.Consumer;

/**
 * The way to brokers. Calls return at once; the answer comes to the handler, on any thread, or never. What is refused for good is told with
 * the reason: to send it again would be in vain.
 */
public interface BrokerGateway {
    void register(String broker, ExecutorRecord record, Runnable taken, Consumer<String> refused);

    /** The answer is false if the broker asks to register again. */
    void heartbeat(String broker, ExecutorRecord record, Consumer<Boolean> known);

    /** Submits the end of an execution; the content of a result goes along where the broker has not got it yet. */
    void result(String broker, Submission submission, Consumer<Verdict> verdict, Consumer<String> refused);
}
