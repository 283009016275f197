package io.abelia.scheduler.broker;

import io.abelia.engine.clock.VectorClock;
import io.abelia.engine.observe.Change;
import io.abelia.engine.observe.Subscription;
import io.abelia.engine.observe.TransactionHandler;
import io.abelia.scheduler.metadata.JobView;
import io.abelia.scheduler.metadata.Metadata;
import io.abelia.scheduler.model.BrokerRecord;
import io.abelia.scheduler.model.Emergency;
import io.abelia.scheduler.model.ExecutorRecord;
import io.abelia.scheduler.model.JobSpec;
import io.abelia.scheduler.model.Level;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** The metadata as Java values, brought up to date by what the engine says has changed. One thread. */
final class Cache implements AutoCloseable {
    private static final int BATCH = 10_000;
    private static final int MAX_HISTORY = 64;

    private final Metadata metadata;
    private final Leases executorLeases;
    private final Leases brokerLeases;
    private final LongSupplier clockMs;
    private final Subscription subscription;
    private final TreeSet<String> changedJobs = new TreeSet<>();
    private final TreeSet<String> changedExecutors = new TreeSet<>();
    private final SortedMap<String, JobView> open = new TreeMap<>();
    private final Lineage lineage;
    private final SortedMap<String, ExecutorRecord> executors = new TreeMap<>();
    private final Map<String, Deque<ExecutorRecord>> history = new TreeMap<>();
    private SortedMap<String, BrokerRecord> brokers = new TreeMap<>();
    private List<Emergency> emergencies = List.of();
    private boolean brokersChanged = true;
    private boolean emergenciesChanged = true;

    Cache(final Metadata metadata, final Leases executorLeases, final Leases brokerLeases, final LongSupplier clockMs) {
        this.metadata = metadata;
        this.executorLeases = executorLeases;
        this.brokerLeases = brokerLeases;
        this.clockMs = clockMs;
        this.lineage = new Lineage(metadata, open);
        this.subscription =
                metadata.engine().subscribe("", "", metadata.engine().clock(), new Handler());
        reset();
    }

    private void reset() {
        changedJobs.addAll(metadata.jobs());
        changedExecutors.addAll(metadata.executors().keySet());
        brokersChanged = true;
        emergenciesChanged = true;
    }

    private final class Handler implements TransactionHandler {
        @Override
        public void onTransaction(
                final long origin, final long seq, final long hybridTime, final List<Change> changes) {
            for (final Change change : changes) {
                switch (change.cell().table()) {
                    case Metadata.JOBS -> changedJobs.add(change.cell().key());
                    case Metadata.EXECUTORS ->
                        changedExecutors.add(change.cell().key());
                    case Metadata.BROKERS -> brokersChanged = true;
                    case Metadata.EMERGENCIES -> emergenciesChanged = true;
                    default -> {}
                }
            }
        }

        @Override
        public void onReset(final VectorClock clock) {
            reset();
        }
    }

    /** Takes over what has changed. */
    void update() {
        int polled;
        do {
            polled = subscription.poll(BATCH);
        } while (polled == BATCH);
        final long nowMs = clockMs.getAsLong();
        for (String id = changedJobs.pollFirst(); id != null; id = changedJobs.pollFirst()) {
            reload(id);
        }
        for (String id = changedExecutors.pollFirst(); id != null; id = changedExecutors.pollFirst()) {
            reloadExecutor(id, nowMs);
        }
        if (brokersChanged) {
            brokersChanged = false;
            brokers = metadata.brokers();
            brokers.values()
                    .forEach(broker -> brokerLeases.heard(broker.id(), broker.incarnation(), broker.beat(), nowMs));
        }
        if (emergenciesChanged) {
            emergenciesChanged = false;
            emergencies = metadata.emergencies();
        }
    }

    private void reloadExecutor(final String id, final long nowMs) {
        final ExecutorRecord record = metadata.executor(id);
        if (record == null) {
            executors.remove(id);
            return;
        }
        executorLeases.heard(id, record.incarnation(), record.beat(), nowMs);
        final ExecutorRecord before = executors.put(id, record);
        if (before == null || !before.capabilities().equals(record.capabilities())) {
            final Deque<ExecutorRecord> records = history.computeIfAbsent(id, unused -> new ArrayDeque<>());
            records.addFirst(record);
            if (records.size() > MAX_HISTORY) {
                records.removeLast();
            }
        }
    }

    /** Drops executors that have not been heard for long. */
    void prune(final long nowMs, final long afterMs) {
        executors.keySet().removeIf(id -> executorLeases.ageMs(id, nowMs) > afterMs);
        history.keySet().retainAll(executors.keySet());
        executorLeases.prune(nowMs, afterMs);
    }

    /** Jobs for which something may still be to be done. */
    SortedMap<String, JobView> open() {
        return open;
    }

    /** A copy of those, for who changes them while it looks at them. */
    List<Map.Entry<String, JobView>> openNow() {
        return new ArrayList<>(new TreeMap<>(open).entrySet());
    }

    /** Reads a job again that was written here just now. */
    @Nullable
    JobView reload(final String id) {
        final JobView job = metadata.job(id);
        keep(id, job);
        return job;
    }

    private void keep(final String id, final @Nullable JobView job) {
        if (job == null) {
            open.remove(id);
            return;
        }
        open.put(id, job);
        if (lineage.settle(id, job)) {
            changedJobs.addAll(lineage.takeWaiting(id));
            if (job.facts().open().isEmpty()) {
                open.remove(id);
            }
        }
    }

    /** What was made from what, and run again. */
    Lineage lineage() {
        return lineage;
    }

    SortedMap<String, ExecutorRecord> executors() {
        return executors;
    }

    SortedMap<String, BrokerRecord> brokers() {
        return brokers;
    }

    List<Emergency> emergencies() {
        return emergencies;
    }

    /** The level of a job, lifted to that of an emergency of its kind. */
    Level level(final JobSpec job) {
        Level level = job.level();
        for (final Emergency emergency : emergencies) {
            if (emergency.kind().equals(job.kind())
                    && !job.kind().isEmpty()
                    && emergency.level().compareTo(level) > 0
                    && emergency.concerns(
                            job.requirements().near() == null
                                    ? emergency.place()
                                    : job.requirements().near())) {
                level = emergency.level();
            }
        }
        return level;
    }

    /** What an executor's capabilities were, the latest first. */
    List<ExecutorRecord> history(final String executor) {
        return new ArrayList<>(history.getOrDefault(executor, new ArrayDeque<>()));
    }

    @Override
    public void close() {
        subscription.close();
    }
}
