package io.abelia.scheduler.city;

import io.abelia.engine.Digest;
import io.abelia.engine.clock.OriginTable;
import io.abelia.engine.clock.RecordClock;
import io.abelia.scheduler.model.Capabilities;
import io.abelia.scheduler.model.JobSpec;
import io.abelia.scheduler.model.Order;
import io.abelia.scheduler.placement.Matcher;
import io.abelia.scheduler.placement.Scorer;
import io.abelia.scheduler.placement.Weights;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Brokers and executors on simulated streets. One thread; the same seed and calls give the same city. */
public final class City implements Town {
    private static final long STEP_NS = 1_000_000;
    private static final long BROKER_NS = 20_000_000;
    private static final long EXECUTOR_NS = 100_000_000;
    private static final double SECONDS = 0.1;
    private static final long START_MS = 1_700_000_000_000L;
    private static final long SUSPECT_MS = 3_000;
    private static final double MB = 1e6;
    private static final double PER_CENT = 100;
    private static final double NS_PER_S = 1e9;
    private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

    private final long cpuNs = THREADS.getCurrentThreadCpuTime();
    private final long seed;
    private final Streets streets;
    private final int size;
    private final Matcher matcher;
    private final boolean executorsCheck;
    private final Function<OriginTable, RecordClock> recordClock;
    private final Map<Integer, Path> directories = new HashMap<>();
    private final SortedMap<String, CityBroker> brokers = new TreeMap<>();
    private final SortedMap<String, CityExecutor> executors = new TreeMap<>();
    private long orders;
    private long fitting;
    private final List<Runnable> watchers = new ArrayList<>();
    private final Map<String, Double> startedAfterMs = new TreeMap<>();

    /**
     * A city with so many brokers.
     *
     * @param directory of the brokers' engines; null to keep all in memory
     */
    public City(final long seed, final int brokers, final @Nullable Path directory, final Matcher matcher)
            throws IOException {
        this(seed, brokers, directory, matcher, true, RecordClock::new);
    }

    /**
     * A city with so many brokers.
     *
     * @param executorsCheck whether executors look at what an order needs before they take it; where they do not, what they cannot do fails
     * @param recordClock makes the clocks of the brokers' records
     */
    City(
            final long seed,
            final int brokers,
            final @Nullable Path directory,
            final Matcher matcher,
            final boolean executorsCheck,
            final Function<OriginTable, RecordClock> recordClock)
            throws IOException {
        this.executorsCheck = executorsCheck;
        this.recordClock = recordClock;
        this.seed = seed;
        this.size = brokers;
        this.matcher = matcher;
        this.streets = new Streets(seed, START_MS);
        for (int node = 1; node <= brokers; node++) {
            if (directory != null) {
                directories.put(node, directory.resolve(CityBroker.name(node)));
            }
            start(node, "disk-1");
        }
    }

    /** The matcher that brokers use unless they are told another. */
    public static Matcher capabilityAware() {
        return Matcher.capabilityAware(new Scorer(Weights.DEFAULT, SUSPECT_MS));
    }

    public long seed() {
        return seed;
    }

    boolean executorsCheck() {
        return executorsCheck;
    }

    Function<OriginTable, RecordClock> recordClock() {
        return recordClock;
    }

    public Streets streets() {
        return streets;
    }

    /** Starts a broker, again if it was stopped. */
    public void start(final int node, final String incarnation) throws IOException {
        final CityBroker broker = new CityBroker(this, node, size, directories.get(node), incarnation, matcher);
        brokers.put(broker.id(), broker);
    }

    /** Stops a broker at once. */
    public void kill(final int node) throws IOException {
        final CityBroker broker = brokers.remove(CityBroker.name(node));
        if (broker != null) {
            broker.close();
        }
    }

    public CityExecutor add(
            final String id, final Capabilities capabilities, final double idlePerS, final double workPerS) {
        final CityExecutor executor = new CityExecutor(this, id, capabilities, idlePerS, workPerS);
        executors.put(id, executor);
        return executor;
    }

    @Override
    public Collection<CityBroker> brokers() {
        return brokers.values();
    }

    @Override
    public @Nullable CityBroker broker(final String id) {
        return brokers.get(id);
    }

    /** All brokers, also those that are stopped: executors know a static list. */
    List<String> brokerNames() {
        final List<String> names = new ArrayList<>();
        for (int node = 1; node <= size; node++) {
            names.add(CityBroker.name(node));
        }
        return names;
    }

    public Collection<CityExecutor> executors() {
        return executors.values();
    }

    public @Nullable CityExecutor executor(final String id) {
        return executors.get(id);
    }

    @Override
    public String submit(final int broker, final JobSpec job) {
        final CityBroker to = brokers.get(CityBroker.name(broker));
        if (to == null) {
            throw new IllegalStateException("broker " + broker + " does not run");
        }
        return to.broker().submit(job, null);
    }

    @Override
    public void off(final String executor) {
        final CityExecutor here = executors.get(executor);
        if (here != null) {
            here.off();
        }
    }

    @Override
    public void on(final String executor) {
        final CityExecutor here = executors.get(executor);
        if (here != null) {
            here.on();
        }
    }

    @Override
    public void cut(final String who) {
        streets.zone(who, 1);
    }

    @Override
    public void heal() {
        streets.heal();
    }

    @Override
    public long nowNs() {
        return streets.nowNs();
    }

    @Override
    public long nowMs() {
        return streets.nowMs();
    }

    @Override
    public void watch(final Runnable look) {
        watchers.add(look);
    }

    /** Notes an order that came to an executor: whether it was taken, and whether it could be done there. */
    void ordered(final Order order, final boolean taken, final boolean fits) {
        orders++;
        fitting += fits ? 1 : 0;
        if (taken) {
            startedAfterMs.putIfAbsent(
                    order.name(), (double) (nowMs() - order.job().submittedMs()));
        }
    }

    @Override
    public Map<String, Double> startedAfterMs() {
        return startedAfterMs;
    }

    @Override
    public Map<String, Double> figures() {
        double sent = 0;
        for (final CityBroker broker : brokers.values()) {
            sent += broker.sentBytes();
        }
        return Map.of(
                "sent|sent from broker to broker|MB",
                sent / MB,
                "accuracy|orders to executors that could do them and had room|%",
                orders == 0 ? 0 : PER_CENT * fitting / orders,
                "cpu|processor time of the run|s",
                (THREADS.getCurrentThreadCpuTime() - cpuNs) / NS_PER_S);
    }

    /** Lets a millisecond pass. */
    @Override
    public void step() {
        streets.pass(STEP_NS);
        final long nowNs = streets.nowNs();
        for (final CityBroker broker : new ArrayList<>(brokers.values())) {
            broker.replicate();
            if (nowNs % BROKER_NS == 0) {
                broker.broker().doWork();
            }
        }
        if (nowNs % EXECUTOR_NS == 0) {
            for (final CityExecutor executor : executors.values()) {
                executor.drain(SECONDS);
                if (executor.isOn()) {
                    executor.executor().doWork();
                }
            }
        }
        watchers.forEach(Runnable::run);
    }

    public void run(final long ms) {
        for (long i = 0; i < ms; i++) {
            step();
        }
    }

    /** Lets time pass until something holds; false if it does not within so many milliseconds. */
    public boolean until(final long ms, final BooleanSupplier condition) {
        for (long i = 0; i < ms; i++) {
            if (condition.getAsBoolean()) {
                return true;
            }
            step();
        }
        return condition.getAsBoolean();
    }

    /** Whether all brokers have the same metadata. */
    public boolean isConverged() {
        Digest first = null;
        for (final CityBroker broker : brokers.values()) {
            final Digest digest = broker.engine().digest();
            if (first != null && !first.equals(digest)) {
                return false;
            }
            first = digest;
        }
        return true;
    }

    @Override
    public void close() throws IOException {
        for (int node = 1; node <= size; node++) {
            kill(node);
        }
    }
}
