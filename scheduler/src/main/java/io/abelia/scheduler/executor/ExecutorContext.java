package io.abelia.scheduler.executor;

import io.abelia.scheduler.model.Capabilities;
import io.abelia.scheduler.model.JobFilter;
import io.abelia.scheduler.model.JobSpec;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Settings of an executor. Set what has no default: identity, capabilities, clock, brokers, gateway, runner. */
public final class ExecutorContext {
    private @Nullable String id;
    private String incarnation = "1";
    private String endpoint = "";
    private @Nullable Supplier<Capabilities> capabilities;
    private JobFilter accepts = JobFilter.ANY;
    private @Nullable LongSupplier clockMs;
    private Supplier<List<String>> brokers = List::of;
    private @Nullable BrokerGateway gateway;
    private @Nullable JobRunner runner;
    private Outbox outbox = new MemoryOutbox();
    private Consumer<String> problems = problem -> {};
    private long heartbeatMs = 1_000;

    /** Name of the executor, and which of its lives this is. */
    public ExecutorContext id(final String newId, final String newIncarnation) {
        JobSpec.requireName("executor", newId);
        JobSpec.requireName("incarnation", newIncarnation);
        id = newId;
        incarnation = newIncarnation;
        return this;
    }

    public String id() {
        return require(id, "id");
    }

    public String incarnation() {
        return incarnation;
    }

    /** Where brokers reach it, a URL. */
    public ExecutorContext endpoint(final String newEndpoint) {
        endpoint = newEndpoint;
        return this;
    }

    public String endpoint() {
        return endpoint;
    }

    /** What it has, as it is now. */
    public ExecutorContext capabilities(final Supplier<Capabilities> newCapabilities) {
        capabilities = newCapabilities;
        return this;
    }

    public Supplier<Capabilities> capabilities() {
        return require(capabilities, "capabilities");
    }

    /** What it needs of a job; by default it takes all. */
    public ExecutorContext accepts(final JobFilter newAccepts) {
        accepts = newAccepts;
        return this;
    }

    public JobFilter accepts() {
        return accepts;
    }

    /** Milliseconds since 1970. */
    public ExecutorContext clockMs(final LongSupplier newClockMs) {
        clockMs = newClockMs;
        return this;
    }

    public LongSupplier clockMs() {
        return require(clockMs, "clockMs");
    }

    /** Brokers to turn to, the first one first; another one is tried when one does not answer. */
    public ExecutorContext brokers(final Supplier<List<String>> newBrokers) {
        brokers = newBrokers;
        return this;
    }

    public Supplier<List<String>> brokers() {
        return brokers;
    }

    public ExecutorContext gateway(final BrokerGateway newGateway) {
        gateway = newGateway;
        return this;
    }

    public BrokerGateway gateway() {
        return require(gateway, "gateway");
    }

    public ExecutorContext runner(final JobRunner newRunner) {
        runner = newRunner;
        return this;
    }

    public JobRunner runner() {
        return require(runner, "runner");
    }

    /** Where it keeps what it has not got rid of; in memory by default. */
    public ExecutorContext outbox(final Outbox newOutbox) {
        outbox = newOutbox;
        return this;
    }

    public Outbox outbox() {
        return outbox;
    }

    /** Is told what an operator should know; by default nobody is. */
    public ExecutorContext problems(final Consumer<String> newProblems) {
        problems = newProblems;
        return this;
    }

    public Consumer<String> problems() {
        return problems;
    }

    /** Interval of heartbeats; default 1,000 ms. Leases of brokers are three and eight times that. */
    public ExecutorContext heartbeatMs(final long newHeartbeatMs) {
        heartbeatMs = newHeartbeatMs;
        return this;
    }

    public long heartbeatMs() {
        return heartbeatMs;
    }

    private static <T> T require(final @Nullable T value, final String name) {
        if (value == null) {
            throw new IllegalStateException("set ExecutorContext." + name);
        }
        return value;
    }
}
