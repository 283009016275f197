package io.abelia.scheduler.broker;

import io.abelia.scheduler.metadata.JobView;
import io.abelia.scheduler.metadata.Metadata;
import io.abelia.scheduler.model.BrokerRecord;
import io.abelia.scheduler.model.Emergency;
import io.abelia.scheduler.model.ExecutorRecord;
import io.abelia.scheduler.model.Failure;
import io.abelia.scheduler.model.JobSpec;
import io.abelia.scheduler.model.JobState;
import io.abelia.scheduler.model.Submission;
import io.abelia.scheduler.model.Verdict;
import io.abelia.scheduler.outcome.Fact;
import io.abelia.scheduler.outcome.Slot;
import io.abelia.scheduler.placement.Health;
import io.abelia.scheduler.placement.Matcher;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A broker: takes jobs, places them on executors whose capabilities fit, and decides whose result counts. Everything that others must know is
 * in the shared metadata, so any broker answers for any job, and goes on with it when the broker that took it is gone. It never waits for
 * another broker.
 *
 * <p>Any thread may call it; one calls {@link #doWork} in a loop.
 */
public final class Broker implements AutoCloseable {
    private static final long PRUNE_MS = 600_000;
    private static final int DIGEST_CHARS = 72;
    private static final int MAX_WAIT_FOR_CHARS = 16_000;

    private final BrokerContext context;
    private final Metadata metadata;
    private final Leases executorLeases;
    private final Leases brokerLeases;
    private final Cache cache;
    private final Placing placing;
    private final Deciding deciding;
    private final Outages outages;
    private final BrokerStatus status = new BrokerStatus();
    private long beat;
    private long heartbeatMs = Long.MIN_VALUE / 2;

    public Broker(final BrokerContext context) {
        this.context = context;
        this.metadata = context.metadata();
        this.executorLeases = new Leases(context.suspectMs(), context.lostMs());
        this.brokerLeases = new Leases(context.suspectMs(), context.lostMs());
        this.cache = new Cache(metadata, executorLeases, brokerLeases, context.clockMs());
        this.placing = new Placing(context, cache, executorLeases, brokerLeases, status);
        this.deciding = new Deciding(context, cache, brokerLeases, status);
        this.outages = new Outages(context.id(), executorLeases, brokerLeases);
        cache.update();
        deciding.claimAgain();
    }

    public String id() {
        return context.id();
    }

    public BrokerStatus status() {
        return status;
    }

    // ---- executors

    /** Takes an executor in, or what it tells anew. */
    public synchronized void register(final ExecutorRecord record) {
        cache.update();
        if (isTwin(record)) {
            throw new ConflictException("executor " + record.id() + " is heard from " + endpoint(record.id())
                    + ", and is another process: give this one another --id, or stop that one; it is"
                    + " taken for gone after " + context.suspectMs() + " ms without a heartbeat");
        }
        note(record);
    }

    private String endpoint(final String executor) {
        final ExecutorRecord known = cache.executors().get(executor);
        return known == null ? "elsewhere" : known.endpoint();
    }

    /** Whether somebody else is heard under an executor's name; a process that was started anew at the same place takes its own. */
    private boolean isTwin(final ExecutorRecord record) {
        final ExecutorRecord known = cache.executors().get(record.id());
        return known != null
                && !known.incarnation().equals(record.incarnation())
                && !known.endpoint().equals(record.endpoint())
                && executorLeases.ageMs(record.id(), context.clockMs().getAsLong()) < context.suspectMs();
    }

    /**
     * Takes a heartbeat.
     *
     * @return false if nobody here has heard of the executor: it has to register again
     */
    public synchronized boolean heartbeat(final ExecutorRecord record) {
        cache.update();
        if (!cache.executors().containsKey(record.id()) || isTwin(record)) {
            return false;
        }
        note(record);
        return true;
    }

    private void note(final ExecutorRecord record) {
        final long nowMs = context.clockMs().getAsLong();
        final ExecutorRecord noted =
                record.heardBy(context.id(), nowMs, metadata.engine().clock().toJson());
        metadata.commitSoon(tx -> metadata.heard(tx, noted));
        status.heartbeats.incrementAndGet();
        cache.update();
    }

    /** Gives an executor a label, or takes one away that was given; {@code cordon} and {@code drain} keep jobs away. */
    public synchronized void label(final String executor, final String label, final boolean present) {
        JobSpec.requireName("label", label.replace("=", "-"));
        metadata.commit(tx -> metadata.label(tx, executor, label, present));
    }

    /** Executors that are known here, and what is thought of them. */
    public synchronized SortedMap<String, Health> health() {
        final long nowMs = context.clockMs().getAsLong();
        final SortedMap<String, Health> all = new TreeMap<>();
        cache.executors().keySet().forEach(id -> all.put(id, executorLeases.health(id, nowMs)));
        return all;
    }

    public synchronized SortedMap<String, ExecutorRecord> executors() {
        return new TreeMap<>(cache.executors());
    }

    /** What an executor's capabilities were, as far as this broker remembers, the latest first. */
    public synchronized List<ExecutorRecord> history(final String executor) {
        return cache.history(executor);
    }

    /** Other brokers, and what is thought of them; those that are not healthy may be behind a partition. */
    public synchronized SortedMap<String, Health> brokers() {
        final long nowMs = context.clockMs().getAsLong();
        final SortedMap<String, Health> all = new TreeMap<>();
        cache.brokers().keySet().forEach(id -> {
            if (!id.equals(context.id())) {
                all.put(id, brokerLeases.health(id, nowMs));
            }
        });
        return all;
    }

    // ---- jobs

    /**
     * Takes a job.
     *
     * @param home the broker that the client gave it to first; null if that is this one. A job that its home has not told of is taken over
     *     from it at once
     * @return its name everywhere: its id, and its home
     * @throws ConflictException if another job has been submitted there under this id
     */
    public synchronized String submit(final JobSpec job, final @Nullable String home) {
        final String at = home == null ? context.id() : home;
        JobSpec.requireName("broker", at);
        final String name = job.id() + "@" + at;
        final JobSpec placed = job.withWaitFor(job.waitFor().stream()
                .map(other -> other.contains("@") ? other : other + "@" + at)
                .toList());
        final JobView before = metadata.job(name);
        if (before != null
                && !before.spec().equals(placed.submitted(before.spec().submittedMs()))) {
            throw new ConflictException(
                    "job " + name
                            + " is there already, and asks for something else: what was submitted first stays. Choose another id");
        }
        if (before == null) {
            requireShort(placed);
            final JobSpec stamped = placed.submitted(context.clockMs().getAsLong());
            final Slot slot = new Slot(at.equals(context.id()) && context.ownsHome() ? 0 : 1, context.owner());
            deciding.claim(name, slot, tx -> metadata.submit(tx, name, stamped));
            cache.reload(name);
            status.submitted.incrementAndGet();
        }
        return name;
    }

    /** What executors hand in names the result of each job that was waited for, and has to find room in the metadata. */
    private static void requireShort(final JobSpec job) {
        final int chars = job.waitFor().stream()
                .mapToInt(other -> other.length() + DIGEST_CHARS)
                .sum();
        if (chars > MAX_WAIT_FOR_CHARS) {
            throw new IllegalArgumentException(
                    "job " + job.id() + " waits for " + job.waitFor().size()
                            + " jobs, whose names are too long together: wait for fewer, or for one that gathers what they made");
        }
    }

    /** All that is known of a job, by its name, or by its id if that was taken at one place only; null if there is none. */
    public synchronized @Nullable JobView job(final String name) {
        return metadata.job(resolve(name));
    }

    /** The name under which a job is run again, because its result was made from one that does not count; null if it was not. */
    public synchronized @Nullable String rerun(final String name) {
        return cache.lineage().rerun(resolve(name));
    }

    /** Whether a job's result is final, and so are all from which it was made: then it is never run again. */
    public synchronized boolean isSettled(final String name) {
        return cache.lineage().isSettled(resolve(name));
    }

    /** The job whose result counts for another one: itself or its rerun; null if it is not known here. */
    public synchronized @Nullable JobView counting(final String name) {
        return cache.lineage().counting(resolve(name));
    }

    private String resolve(final String name) {
        if (name.contains("@")) {
            return name;
        }
        final List<String> all = metadata.jobs().tailSet(name + "@").stream()
                .takeWhile(other -> other.startsWith(name + "@"))
                .toList();
        if (all.size() > 1) {
            throw new IllegalArgumentException("job " + name + " was taken at several brokers: ask for one of " + all);
        }
        return all.isEmpty() ? name + "@" + context.id() : all.get(0);
    }

    /** Wants a job, or what it is run again as, no more; false if nobody here has heard of it. What has ended stays so. */
    public synchronized boolean cancel(final String name) {
        final String job = resolve(name);
        if (metadata.job(job) == null) {
            return false;
        }
        final String counting = cache.lineage().countingName(job);
        final JobView last = metadata.job(counting);
        if (last != null && !last.facts().isFinal()) {
            metadata.commit(tx -> metadata.cancel(tx, counting));
        }
        return true;
    }

    /** Jobs whose end is not final, with their state. */
    public synchronized SortedMap<String, JobState> openJobs() {
        final SortedMap<String, JobState> all = new TreeMap<>();
        cache.open().forEach((name, job) -> all.put(name, job.state()));
        return all;
    }

    /** For a job: who would run it now, and of every other executor why it does not. */
    public synchronized Matcher.@Nullable Match why(final String name) {
        cache.update();
        final JobView job = metadata.job(resolve(name));
        return job == null ? null : placing.match(job, context.clockMs().getAsLong());
    }

    /** Why a job has no result yet, beside what executors lack: in sentences, none if nothing stands in its way. */
    public synchronized List<String> waits(final String name) {
        cache.update();
        final String job = resolve(name);
        final JobView view = metadata.job(job);
        return view == null
                ? List.of()
                : placing.waits(job, view, context.clockMs().getAsLong());
    }

    /** Takes an executor's answer to an order. */
    public synchronized void onAnswer(
            final String job, final String executor, final String attempt, final boolean taken, final String reason) {
        if (metadata.job(job) == null) {
            return;
        }
        metadata.commit(tx -> {
            if (taken) {
                metadata.start(tx, job, executor + "/" + attempt);
            } else {
                status.refused.incrementAndGet();
                metadata.fail(
                        tx,
                        job,
                        new Failure(
                                attempt,
                                executor,
                                reason,
                                false,
                                context.clockMs().getAsLong()));
            }
        });
    }

    /** Takes the end of an execution; the same one gets the same verdict again, or a later one that says more. */
    public synchronized Verdict result(final Submission submission) {
        cache.update();
        return deciding.onResult(submission);
    }

    /**
     * Declares that an owner will never write again, as its disk is lost: closes its open slots, so that who has taken over can have the last
     * word. Only for an operator who knows.
     *
     * @return how many slots were closed
     */
    public synchronized int retire(final String owner) {
        cache.update();
        return deciding.retire(owner);
    }

    // ---- emergencies

    public synchronized void declare(final Emergency emergency) {
        metadata.commit(tx -> metadata.declare(tx, emergency));
    }

    /** Ends an emergency by its name; false if none is active here. */
    public synchronized boolean resolveEmergency(final String id) {
        final boolean active = emergencies().stream().anyMatch(e -> e.id().equals(id));
        if (active) {
            metadata.commit(tx -> metadata.resolve(tx, id));
        }
        return active;
    }

    /** Those that are active, the gravest first. */
    public synchronized List<Emergency> emergencies() {
        return new ArrayList<>(metadata.emergencies());
    }

    // ---- the loop

    /** Does what there is to do; returns work done. */
    public synchronized int doWork() {
        final long nowMs = context.clockMs().getAsLong();
        int work = 0;
        if (nowMs - heartbeatMs >= context.heartbeatMs()) {
            heartbeatMs = nowMs;
            final BrokerRecord own =
                    new BrokerRecord(context.id(), context.endpoint(), context.incarnation(), nowMs + beat++, nowMs);
            metadata.commitSoon(tx -> metadata.broker(tx, own));
            cache.prune(nowMs, PRUNE_MS);
            cache.update();
            if (context.detectsOutages()) {
                detectOutages(nowMs);
            }
            work++;
        }
        cache.update();
        for (final Map.Entry<String, JobView> entry : cache.openNow()) {
            try {
                work += deciding.doWork(entry.getKey(), entry.getValue(), nowMs);
            } catch (final IllegalArgumentException | IllegalStateException e) {
                status.failed(e); // one job is not to stop the others
            }
        }
        return work + placing.doWork(nowMs);
    }

    private void detectOutages(final long nowMs) {
        final Outages.Findings found = outages.find(cache.executors().values(), cache.emergencies(), nowMs);
        found.begun().forEach(this::declare);
        found.ended().forEach(this::resolveEmergency);
    }

    /** Slots of a job, for whoever looks into it. */
    public synchronized List<String> facts(final String name) {
        final JobView job = metadata.job(resolve(name));
        return job == null ? List.of() : List.of(job.facts().toString().split("(?= (?:accepted|sealed|stable) )"));
    }

    @Override
    public synchronized void close() {
        cache.close();
    }

    static Fact claim(final Slot slot) {
        return Fact.of(Fact.Kind.CLAIM, slot);
    }
}
