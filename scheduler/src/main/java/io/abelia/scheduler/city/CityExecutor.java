package io.abelia.scheduler.city;

import io.abelia.scheduler.executor.BrokerGateway;
import io.abelia.scheduler.executor.Executor;
import io.abelia.scheduler.executor.ExecutorContext;
import io.abelia.scheduler.executor.JobRunner;
import io.abelia.scheduler.executor.MemoryOutbox;
import io.abelia.scheduler.executor.Outbox;
import io.abelia.scheduler.model.Capabilities;
import io.abelia.scheduler.model.ExecutorRecord;
import io.abelia.scheduler.model.JobSpec;
import io.abelia.scheduler.model.Order;
import io.abelia.scheduler.model.Requirements;
import io.abelia.scheduler.model.Submission;
import io.abelia.scheduler.model.Verdict;
import io.abelia.scheduler.placement.Filter;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * An executor in a simulated city: the real one, with work that takes virtual time in proportion to its first argument, in milliseconds at
 * 2 GHz, and empties the battery. A job that was given to an executor that has not what it needs fails there, as it would.
 */
public final class CityExecutor {
    private static final double NOMINAL_MHZ = 2000;
    private static final long MS = 1_000_000;
    private static final long FAILS_MS = 100;
    private static final Requirements NOTHING = new Requirements(0, 0, 0, 0, 0, false, Set.of(), Map.of(), null, 0);

    private final City city;
    private final String id;
    private final Outbox outbox = new MemoryOutbox();
    private final Map<String, Order> working = new HashMap<>();
    private final Map<String, String> doomed = new HashMap<>();
    private final Battery battery;
    private Capabilities capabilities;
    private Executor executor;
    private boolean on = true;
    private int life;

    /** An executor that loses these shares of its charge in a second when idle, and for each job that it runs. */
    CityExecutor(
            final City city,
            final String id,
            final Capabilities capabilities,
            final double idlePerS,
            final double workPerS) {
        this.city = city;
        this.id = id;
        this.capabilities = capabilities;
        this.battery = new Battery(idlePerS, workPerS);
        this.executor = start();
    }

    private Executor start() {
        life++;
        return new Executor(new ExecutorContext()
                .id(id, "life-" + life)
                .endpoint("city:" + id)
                .capabilities(() -> capabilities)
                .clockMs(city.streets()::nowMs)
                .brokers(this::brokers)
                .gateway(new Post())
                .runner(new Work())
                .outbox(outbox));
    }

    private List<String> brokers() {
        return city.brokerNames();
    }

    public String id() {
        return id;
    }

    public Executor executor() {
        return executor;
    }

    public boolean isOn() {
        return on;
    }

    public Capabilities capabilities() {
        return capabilities;
    }

    /**
     * Takes an order, or says why not. If executors do not check, it takes what it cannot do as well, which occupies nothing and fails soon.
     */
    @Nullable
    String submit(final Order order) {
        final String lacks = Filter.lacks(order.job().requirements(), capabilities);
        final String refusal = lacks == null || city.executorsCheck() ? executor.submit(order) : doom(order, lacks);
        city.ordered(order, refusal == null, refusal == null && lacks == null);
        return refusal;
    }

    private @Nullable String doom(final Order order, final String lacks) {
        final String key = order.name() + " " + order.attempt();
        doomed.put(key, lacks);
        final String refusal = executor.submit(new Order(
                order.name(),
                JobSpec.of(order.job().id(), order.job().program(), NOTHING),
                order.attempt(),
                order.results()));
        if (refusal != null) {
            doomed.remove(key);
        }
        return refusal;
    }

    /** Switches off, and forgets what it runs; results that it had are kept as on a disk. */
    void off() {
        on = false;
        working.clear();
    }

    /** Switches on, with half a charge at least. */
    void on() {
        capabilities = Battery.recharge(capabilities);
        if (!on) {
            on = true;
            executor = start();
        }
    }

    /** Lets the battery empty itself for a while. */
    void drain(final double seconds) {
        if (on) {
            capabilities = battery.drain(capabilities, seconds, working.size());
            if (Battery.isEmpty(capabilities)) {
                off();
            }
        }
    }

    private final class Work implements JobRunner {
        @Override
        public void start(final Order order, final BiConsumer<String, String> end) {
            final String key = order.name() + " " + order.attempt();
            working.put(key, order);
            final int startedIn = life;
            final String known = doomed.remove(key);
            final String lacks = known == null ? Filter.lacks(order.job().requirements(), capabilities) : known;
            final long takesMs = lacks == null
                    ? (long) (Long.parseLong(order.job().arguments().get(0)) * NOMINAL_MHZ / capabilities.megahertz())
                    : FAILS_MS;
            city.streets().after(takesMs * MS, () -> {
                if (on && life == startedIn && working.remove(key) != null) {
                    end.accept(lacks == null ? digest(order) : "", lacks == null ? "" : lacks);
                }
            });
        }

        @Override
        public void stop(final String attempt) {
            working.remove(attempt);
        }
    }

    /** The result follows from the job and what it read. */
    private static String digest(final Order order) {
        return String.format(
                "%08x%08x", order.job().id().hashCode(), order.results().hashCode());
    }

    private final class Post implements BrokerGateway {
        @Override
        public void register(
                final String broker,
                final ExecutorRecord record,
                final Runnable taken,
                final Consumer<String> refused) {
            city.streets().send(id, broker, () -> {
                final CityBroker to = city.broker(broker);
                if (to != null) {
                    to.broker().register(record);
                    city.streets().send(broker, id, taken);
                }
            });
        }

        @Override
        public void heartbeat(final String broker, final ExecutorRecord record, final Consumer<Boolean> known) {
            city.streets().send(id, broker, () -> {
                final CityBroker to = city.broker(broker);
                if (to != null) {
                    final boolean answer = to.broker().heartbeat(record);
                    city.streets().send(broker, id, () -> known.accept(answer));
                }
            });
        }

        @Override
        public void result(
                final String broker,
                final Submission submission,
                final Consumer<Verdict> verdict,
                final Consumer<String> refused) {
            city.streets().send(id, broker, () -> {
                final CityBroker to = city.broker(broker);
                if (to != null) {
                    final Verdict answer = to.broker().result(submission);
                    city.streets().send(broker, id, () -> verdict.accept(answer));
                }
            });
        }
    }
}
