package io.abelia.scheduler.broker;

import io.abelia.engine.clock.VectorClock;
import io.abelia.engine.transaction.Transaction;
import io.abelia.scheduler.metadata.JobView;
import io.abelia.scheduler.metadata.Metadata;
import io.abelia.scheduler.model.Capabilities;
import io.abelia.scheduler.model.Datum;
import io.abelia.scheduler.model.ExecutorRecord;
import io.abelia.scheduler.model.Failure;
import io.abelia.scheduler.model.JobSpec;
import io.abelia.scheduler.model.Level;
import io.abelia.scheduler.model.Order;
import io.abelia.scheduler.model.Placement;
import io.abelia.scheduler.model.Requirements;
import io.abelia.scheduler.model.Usage;
import io.abelia.scheduler.outcome.Slot;
import io.abelia.scheduler.placement.Candidate;
import io.abelia.scheduler.placement.Filter;
import io.abelia.scheduler.placement.Health;
import io.abelia.scheduler.placement.Matcher;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Places the jobs of this broker's active slots, the most urgent first, and again where an execution came to nothing. */
final class Placing {
    private static final int LEVEL = 10;
    private static final long ANSWER_MS = 3_000;
    private static final long GRACE_MS = 2_000;
    private static final long BACKOFF_MS = 500;
    private static final long MAX_BACKOFF_MS = 30_000;
    private static final long REFUSED_MS = 200;
    private static final int MAX_DOUBLINGS = 6;
    /** Executions that may come to nothing through no fault of the job before it waits longer and longer. */
    private static final int PATIENCE = 4;

    private static final long PREEMPT_MS = 3_000;
    private static final int MAX_DIGITS = 9;
    /** Datastores that hold what critical jobs read and make. */
    static final int CRITICAL_COPIES = 3;

    private final BrokerContext context;
    private final Metadata metadata;
    private final Cache cache;
    private final Leases leases;
    private final Leases brokers;
    private final BrokerStatus status;
    private final Matcher matcher;
    private final Waits waits;
    /** Of one pass: what was found to have no room; what was taken since only makes that less. */
    private final Set<Wish> withoutRoom = new HashSet<>();

    private final Set<Wish> withoutVictims = new HashSet<>();
    /** When placements and failures were first seen here: other brokers' clocks need not agree with this one's. */
    private final Map<String, Long> seen = new HashMap<>();

    private final Set<String> stillSeen = new HashSet<>();
    /** When room was last made for a job: what was told goes on showing what was there before for a while. */
    private final Map<String, Long> preempted = new HashMap<>();

    private @Nullable Map<String, List<Victim>> preemptible;

    Placing(
            final BrokerContext context,
            final Cache cache,
            final Leases leases,
            final Leases brokers,
            final BrokerStatus status) {
        this.brokers = brokers;
        this.context = context;
        this.metadata = context.metadata();
        this.cache = cache;
        this.leases = leases;
        this.status = status;
        this.matcher = context.matcher();
        this.waits = new Waits(context.metadata(), cache);
    }

    /** All of a job that decides whether an executor can run it now: equal wishes fare equally. */
    private record Wish(
            Requirements requirements,
            String kind,
            String client,
            Level level,
            @Nullable String after) {
        static Wish of(final JobSpec job) {
            return new Wish(job.requirements(), job.kind(), job.client(), job.level(), job.after());
        }
    }

    private record Urgent(String name, JobView job, double urgency) {}

    int doWork(final long nowMs) {
        int work = 0;
        final List<Urgent> waiting = new ArrayList<>();
        for (final Map.Entry<String, JobView> entry : cache.openNow()) {
            final String name = entry.getKey();
            final JobView job = entry.getValue();
            if (job.facts().winner() != null || !isMine(job.facts().active())) {
                continue;
            }
            try {
                final Placement placement = job.current();
                if (placement != null) {
                    work += watch(name, job, placement, nowMs);
                } else if (!job.cancelled() && isReady(name, job, nowMs)) {
                    waiting.add(new Urgent(name, job, urgency(job.spec(), nowMs)));
                }
            } catch (final IllegalArgumentException | IllegalStateException e) {
                status.failed(e);
            }
        }
        seen.keySet().retainAll(stillSeen);
        stillSeen.clear();
        if (waiting.isEmpty()) {
            return work;
        }
        waiting.sort(Comparator.comparingDouble(Urgent::urgency)
                .reversed()
                .thenComparing(u -> u.job().spec().submittedMs())
                .thenComparing(Urgent::name));
        final Map<String, Usage> used = occupied();
        withoutRoom.clear();
        withoutVictims.clear();
        preemptible = null;
        for (final Urgent next : waiting) { // all of them: who finds no executor does not stand in the way of others
            try {
                work += place(next.name(), next.job(), used, nowMs);
            } catch (final IllegalArgumentException | IllegalStateException e) {
                status.failed(e);
            }
        }
        return work;
    }

    private boolean isMine(final @Nullable Slot slot) {
        return slot != null && slot.owner().equals(context.owner());
    }

    // ---- urgency

    private double urgency(final JobSpec job, final long nowMs) {
        return LEVEL * cache.level(job).rank() + (double) (nowMs - job.submittedMs()) / context.ageStepMs();
    }

    private boolean isReady(final String name, final JobView job, final long nowMs) {
        for (final String other : job.spec().waitFor()) {
            final JobView waited = cache.lineage().counting(other);
            final boolean ready = waited != null
                    && waited.isUsable()
                    && (job.spec().acceptsTentative()
                            ? !cache.lineage().isStale(waited)
                            : cache.lineage().isSettled(other));
            if (!ready) {
                return false;
            }
        }
        return backoffMs(name, job, nowMs) <= 0;
    }

    /** How long a job still waits behind its last failure; 0 or less if it does not. */
    private long backoffMs(final String name, final JobView job, final long nowMs) {
        final List<Failure> failures = job.failures();
        if (failures.isEmpty()) {
            return 0;
        }
        final Failure last = failures.get(failures.size() - 1);
        final long ageMs = nowMs - firstSeen(name + " failure " + failures.size(), nowMs);
        if (!last.counts()) {
            final long others = failures.size() - job.counted();
            return Math.min(MAX_BACKOFF_MS, REFUSED_MS << Math.min(MAX_DOUBLINGS + 1, Math.max(0, others - PATIENCE)))
                    - ageMs;
        }
        final long backoff = Math.min(MAX_BACKOFF_MS, BACKOFF_MS << Math.min(MAX_DOUBLINGS, job.counted()));
        final boolean urgent = cache.level(job.spec()).compareTo(Level.HIGH) >= 0;
        return (urgent ? backoff / 4 : backoff) - ageMs;
    }

    /** What a job waits for, beside an executor. */
    List<String> waits(final String name, final JobView job, final long nowMs) {
        final boolean counts = job.current() == null && isMine(job.facts().active());
        return waits.of(name, job, counts ? backoffMs(name, job, nowMs) : 0, nowMs);
    }

    private long firstSeen(final String what, final long nowMs) {
        stillSeen.add(what);
        return seen.computeIfAbsent(what, unused -> nowMs);
    }

    // ---- placing

    Matcher.Match match(final JobView job, final long nowMs) {
        return matcher.match(job.spec(), replicas(job.spec()), candidates(job, occupied(), nowMs), cache.emergencies());
    }

    private int replicas(final JobSpec job) {
        return job.level() != Level.CRITICAL && cache.level(job) == Level.CRITICAL
                ? job.replicas() + 1
                : job.replicas();
    }

    /** What the executions that this broker knows of occupy. */
    private Map<String, Usage> occupied() {
        final Map<String, Usage> used = new HashMap<>();
        cache.open().values().forEach(job -> {
            final Placement placement = job.current();
            if (placement != null && job.facts().winner() == null) {
                for (final String executor : placement.executors()) {
                    if (!job.hasFailed(placement, executor)
                            && !hasSubmitted(job, executor + "/" + placement.attempt())) {
                        reserve(used, executor, job.spec().requirements());
                    }
                }
            }
        });
        return used;
    }

    private static void reserve(final Map<String, Usage> used, final String executor, final Requirements needs) {
        used.put(executor, used.getOrDefault(executor, Usage.NONE).plus(needs));
    }

    private List<Candidate> candidates(final JobView job, final Map<String, Usage> used, final long nowMs) {
        final String after = job.spec().after();
        final VectorClock needed = after == null ? VectorClock.empty() : VectorClock.parseJson(after);
        final List<Candidate> candidates = new ArrayList<>();
        cache.executors().values().forEach(record -> {
            final int failed = (int) job.failures().stream()
                    .filter(failure -> failure.executor().equals(record.id()))
                    .count();
            final String clock = record.clock();
            candidates.add(new Candidate(
                    record,
                    leases.health(record.id(), nowMs),
                    leases.ageMs(record.id(), nowMs),
                    greater(record.used(), used.getOrDefault(record.id(), Usage.NONE)),
                    local(job.spec(), record),
                    failed,
                    after != null
                            && (clock == null || !VectorClock.parseJson(clock).covers(needed))));
        });
        return candidates;
    }

    /** What it told is older than the newest placements, and knows of executions that this broker does not. */
    private static Usage greater(final Usage told, final Usage known) {
        final TreeMap<String, Long> resources = new TreeMap<>(told.resources());
        known.resources().forEach((name, count) -> resources.merge(name, count, Math::max));
        return new Usage(
                Math.max(told.memoryMb(), known.memoryMb()),
                Math.max(told.diskMb(), known.diskMb()),
                Math.max(told.cores(), known.cores()),
                resources);
    }

    /** Share of a job's data that lies in a datastore of the executor's own name: on the same machine. */
    private double local(final JobSpec job, final ExecutorRecord record) {
        if (job.data().isEmpty()) {
            return 0;
        }
        long near = 0;
        for (final String name : job.data()) {
            final Datum datum = metadata.datum(name);
            near += datum != null && datum.stores().stream().anyMatch(holder -> holder.startsWith(record.id() + "~"))
                    ? 1
                    : 0;
        }
        return (double) near / job.data().size();
    }

    private int place(final String name, final JobView job, final Map<String, Usage> used, final long nowMs) {
        final Wish wish = Wish.of(job.spec());
        if (withoutRoom.contains(wish)) {
            return makeRoom(name, job, wish, used, nowMs);
        }
        final Matcher.Match match =
                matcher.match(job.spec(), replicas(job.spec()), candidates(job, used, nowMs), cache.emergencies());
        if (match.chosen().isEmpty()) {
            withoutRoom.add(wish);
            return makeRoom(name, job, wish, used, nowMs);
        }
        final int number = nextNumber(job);
        final Slot slot = job.facts().active();
        final String attempt =
                (slot == null ? 0 : slot.epoch()) + "." + context.id() + "." + context.incarnation() + "." + number;
        final List<ExecutorRecord> chosen =
                match.chosen().stream().map(Candidate::record).toList();
        final Placement placement = new Placement(
                attempt,
                number,
                chosen.stream().map(ExecutorRecord::id).toList(),
                chosen.stream().map(ExecutorRecord::incarnation).toList(),
                nowMs);
        final Map<String, String> results = new TreeMap<>();
        for (final String other : job.spec().waitFor()) {
            final JobView waited = cache.lineage().counting(other);
            if (waited != null) {
                results.put(other, waited.facts().outcome().digest());
            }
        }
        metadata.commit(tx -> {
            metadata.place(tx, name, placement);
            if (cache.level(job.spec()) == Level.CRITICAL) {
                spread(tx, job.spec(), results);
            }
        });
        cache.reload(name);
        for (final ExecutorRecord executor : chosen) {
            reserve(used, executor.id(), job.spec().requirements());
            context.executors().submit(executor, new Order(name, job.spec(), attempt, results));
            status.placed.incrementAndGet();
        }
        return chosen.size();
    }

    /** What a critical job reads is wanted in more datastores than usual. */
    private void spread(final Transaction tx, final JobSpec job, final Map<String, String> results) {
        final List<String> names = job.reads();
        results.values().forEach(digest -> names.add("result/" + digest));
        for (final String name : names) {
            if (metadata.spread(name) < CRITICAL_COPIES) {
                metadata.spread(tx, name, CRITICAL_COPIES);
            }
        }
    }

    /** One beyond all that is known: a number names one placement, also where two parts of a network have placed the job. */
    private static int nextNumber(final JobView job) {
        final Placement last = job.placement();
        int next = last == null ? 0 : last.number() + 1;
        final List<String> attempts = new ArrayList<>(job.started());
        job.failures().forEach(failure -> attempts.add(failure.attempt()));
        job.submissions().forEach(submission -> attempts.add(submission.attempt()));
        for (final String attempt : attempts) {
            final String digits = attempt.substring(attempt.lastIndexOf('.') + 1);
            if (digits.length() < MAX_DIGITS
                    && !digits.isEmpty()
                    && digits.chars().allMatch(Character::isDigit)) {
                next = Math.max(next, Integer.parseInt(digits) + 1);
            }
        }
        return next;
    }

    // ---- pre-emption

    /** Takes room for a job that is urgent, if that is possible; who asks behind another one of the same kind in vain need not be looked at. */
    private int makeRoom(
            final String name, final JobView job, final Wish wish, final Map<String, Usage> used, final long nowMs) {
        if (cache.level(job.spec()).compareTo(Level.HIGH) < 0 || withoutVictims.contains(wish)) {
            return 0;
        }
        final Long before = preempted.get(name);
        if (before != null && nowMs - before < PREEMPT_MS) {
            return 0; // the room that was made is not told yet
        }
        final int taken = preempt(name, job, used, nowMs);
        if (taken == 0) {
            withoutVictims.add(wish);
        }
        return taken;
    }

    private record Victim(String name, Placement placement, Requirements needs, double urgency) {}

    /**
     * Takes room away from the least urgent executions of one executor; their jobs wait again, and have lost no retry. Only what is at least
     * a level less urgent makes room, and nothing that is urgent itself.
     */
    private int preempt(final String name, final JobView job, final Map<String, Usage> used, final long nowMs) {
        List<Victim> fewest = List.of();
        String from = "";
        for (final Candidate candidate : candidates(job, used, nowMs)) {
            final List<Victim> victims = victims(job, candidate, nowMs);
            if (!victims.isEmpty() && (fewest.isEmpty() || victims.size() < fewest.size())) {
                fewest = victims;
                from = candidate.record().id();
            }
        }
        if (!fewest.isEmpty()) {
            preempted.keySet().retainAll(cache.open().keySet());
            preempted.put(name, nowMs);
        }
        if (!fewest.isEmpty()) {
            preemptible = null;
        }
        for (final Victim victim : fewest) {
            giveUp(victim.name(), victim.placement(), from, "pre-empted by " + name, false, nowMs);
            status.preempted.incrementAndGet();
        }
        return fewest.size();
    }

    /** Executions without which an executor could run a job, the least urgent first; none if that does not suffice. */
    private List<Victim> victims(final JobView job, final Candidate candidate, final long nowMs) {
        final List<Victim> victims = new ArrayList<>();
        Usage used = candidate.used();
        for (final Victim victim : lessUrgent(candidate.record().id(), urgency(job.spec(), nowMs) - LEVEL, nowMs)) {
            victims.add(victim);
            used = used.minus(victim.needs());
            if (Filter.reject(job.spec(), candidate.with(used)) == null) {
                return victims;
            }
        }
        return List.of();
    }

    private List<Victim> lessUrgent(final String executor, final double than, final long nowMs) {
        return preemptible(nowMs).getOrDefault(executor, List.of()).stream()
                .takeWhile(victim -> victim.urgency() <= than)
                .toList();
    }

    /** By executor, what may be taken away from it, the least urgent first: looked through once in a pass, however many ask. */
    private Map<String, List<Victim>> preemptible(final long nowMs) {
        final Map<String, List<Victim>> known = preemptible;
        if (known != null) {
            return known;
        }
        final Map<String, List<Victim>> all = new HashMap<>();
        cache.open().forEach((name, job) -> {
            final Placement placement = job.current();
            if (placement != null
                    && job.facts().winner() == null
                    && isMine(job.facts().active())
                    && cache.level(job.spec()).compareTo(Level.HIGH) < 0) {
                final Victim victim =
                        new Victim(name, placement, job.spec().requirements(), urgency(job.spec(), nowMs));
                placement.executors().stream()
                        .filter(executor -> !job.hasFailed(placement, executor)
                                && !hasSubmitted(job, executor + "/" + placement.attempt()))
                        .forEach(executor -> all.computeIfAbsent(executor, unused -> new ArrayList<>())
                                .add(victim));
            }
        });
        all.values()
                .forEach(victims ->
                        victims.sort(Comparator.comparingDouble(Victim::urgency).thenComparing(Victim::name)));
        preemptible = all;
        return all;
    }

    // ---- watching

    /** Gives executions up that will come to nothing. */
    private int watch(final String name, final JobView job, final Placement placement, final long nowMs) {
        int work = 0;
        for (int i = 0; i < placement.executors().size(); i++) {
            final String executor = placement.executors().get(i);
            if (job.hasFailed(placement, executor) || hasSubmitted(job, executor + "/" + placement.attempt())) {
                continue; // what has a result waits for the one that it was made from to be settled
            }
            final ExecutorRecord record = cache.executors().get(executor);
            final long ageMs = nowMs - firstSeen(name + " " + placement.attempt(), nowMs);
            final boolean started = job.started().contains(executor + "/" + placement.attempt());
            if (record == null || leases.health(executor, nowMs) == Health.LOST) {
                redeployed(job, placement, executor, nowMs);
                work += giveUp(name, placement, executor, "the executor was lost", false, nowMs);
            } else if (!record.incarnation().equals(placement.incarnations().get(i))) {
                redeployed(job, placement, executor, nowMs);
                work += giveUp(name, placement, executor, "the executor was started anew", false, nowMs);
            } else if (!started && ageMs > ANSWER_MS) {
                work += giveUp(name, placement, executor, "the executor did not answer", false, nowMs);
            } else if (ageMs > job.spec().timeoutMs() + ANSWER_MS + GRACE_MS) {
                work += giveUp(
                        name, placement, executor, "not done in " + job.spec().timeoutMs() + " ms", true, nowMs);
            } else if (record.capabilities().labels().contains(Capabilities.DRAIN)) {
                work += giveUp(name, placement, executor, "the executor is drained", false, nowMs);
            } else if (job.cancelled()) {
                work += giveUp(name, placement, executor, "the job is cancelled", false, nowMs);
            }
        }
        return work;
    }

    private static boolean hasSubmitted(final JobView job, final String execution) {
        return job.submissions().stream()
                .anyMatch(submission ->
                        !submission.hasFailed() && submission.name().equals(execution));
    }

    /** Counts from the latest loss that led here: the executor's, or that of the broker that had placed the job there. */
    private void redeployed(final JobView job, final Placement placement, final String executor, final long nowMs) {
        long silenceMs = leases.ageMs(executor, nowMs);
        final Slot active = job.facts().active();
        final Slot before = active == null ? null : job.facts().before(active);
        if (active != null && before != null && !placement.attempt().startsWith(active.epoch() + ".")) {
            silenceMs = Math.min(silenceMs, brokers.ageMs(before.broker(), nowMs));
        }
        status.redeployed.incrementAndGet();
        if (silenceMs != Long.MAX_VALUE) {
            status.redeployMsMax.accumulateAndGet(silenceMs, Math::max);
        }
    }

    private int giveUp(
            final String name,
            final Placement placement,
            final String executor,
            final String reason,
            final boolean counts,
            final long nowMs) {
        metadata.commit(
                tx -> metadata.fail(tx, name, new Failure(placement.attempt(), executor, reason, counts, nowMs)));
        cache.reload(name);
        final ExecutorRecord record = cache.executors().get(executor);
        if (record != null) {
            context.executors().cancel(record, name, placement.attempt());
        }
        return 1;
    }
}
