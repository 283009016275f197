package io.abelia.scheduler.broker;

import io.abelia.engine.transaction.Transaction;
import io.abelia.scheduler.metadata.JobView;
import io.abelia.scheduler.metadata.Metadata;
import io.abelia.scheduler.model.BrokerRecord;
import io.abelia.scheduler.model.Failure;
import io.abelia.scheduler.model.JobSpec;
import io.abelia.scheduler.model.Level;
import io.abelia.scheduler.model.Placement;
import io.abelia.scheduler.model.Submission;
import io.abelia.scheduler.model.Verdict;
import io.abelia.scheduler.outcome.Fact;
import io.abelia.scheduler.outcome.Facts;
import io.abelia.scheduler.outcome.Result;
import io.abelia.scheduler.outcome.Slot;
import io.abelia.scheduler.placement.Health;
import java.util.HashSet;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Decides whose result counts: claims, accepts, seals. The rules are those of {@code proofs/tla/Outcome.tla}. */
final class Deciding {
    private final BrokerContext context;
    private final Metadata metadata;
    private final Cache cache;
    private final Leases brokers;
    private final BrokerStatus status;
    /** Transactions of this launch that claimed slots, by job: their stability is what the slots' finality waits for. */
    private final Map<String, Metadata.Dot> claims = new TreeMap<>();

    private final long startMs;

    Deciding(final BrokerContext context, final Cache cache, final Leases brokers, final BrokerStatus status) {
        this.context = context;
        this.metadata = context.metadata();
        this.cache = cache;
        this.brokers = brokers;
        this.status = status;
        this.startMs = context.clockMs().getAsLong();
    }

    // ---- slots

    void claim(final String name, final Slot slot, final Consumer<Transaction> further) {
        final Metadata.Dot dot = metadata.commit(tx -> {
            further.accept(tx);
            metadata.say(tx, name, Broker.claim(slot));
        });
        if (slot.epoch() > 0) {
            claims.put(name, dot);
        }
    }

    /** Says again what an earlier launch claimed, so that this one knows a transaction whose stability it can tell. */
    void claimAgain() {
        for (final Map.Entry<String, JobView> entry : cache.openNow()) {
            final Slot active = entry.getValue().facts().active();
            if (active != null && active.epoch() > 0 && isMine(active)) {
                claim(entry.getKey(), active, tx -> {});
            }
        }
    }

    boolean isMine(final @Nullable Slot slot) {
        return slot != null && slot.owner().equals(context.owner());
    }

    private void say(final String name, final Fact fact) {
        metadata.commit(tx -> metadata.say(tx, name, fact));
        cache.reload(name);
    }

    int retire(final String owner) {
        if (owner.equals(context.owner())) {
            throw new IllegalArgumentException(owner + " is this broker, and not gone");
        }
        int closed = 0;
        for (final Map.Entry<String, JobView> entry : cache.openNow()) {
            final Facts facts = entry.getValue().facts();
            for (final Slot slot : facts.open()) {
                if (slot.owner().equals(owner) && (facts.winner() != null || !slot.equals(facts.active()))) {
                    say(entry.getKey(), Fact.of(Fact.Kind.SEAL, slot));
                    closed++;
                }
            }
        }
        return closed;
    }

    // ---- the loop

    int doWork(final String name, final JobView job, final long nowMs) {
        final Facts facts = job.facts();
        int work = 0;
        for (final Slot slot : facts.open()) {
            if (isMine(slot) && !slot.equals(facts.active())) {
                say(name, Fact.of(Fact.Kind.SEAL, slot));
                status.sealed.incrementAndGet();
                work++;
            }
        }
        final Slot winner = facts.winner();
        if (winner != null && facts.needsStability(winner) && isMineToEnd(winner, nowMs)) {
            final Metadata.Dot claim = claims.get(name);
            if (claim == null) {
                claim(name, winner, tx -> {});
            } else if (context.stability().isStable(claim.origin(), claim.seq())) {
                say(name, Fact.of(Fact.Kind.STABLE, winner));
                claims.remove(name);
                work++;
            }
        }
        if (winner == null) {
            work += isMine(facts.active()) ? decide(name, job, nowMs) : takeOver(name, job, nowMs);
        } else {
            final Slot active = facts.active();
            if (isMine(active)) {
                work += closeActive(name, facts);
            }
            if (active != null && isMineToEnd(active, nowMs)) {
                work += runAgain(name, job);
            }
            cache.reload(name); // it may be over because another one is
        }
        return work;
    }

    /**
     * Whether it is for this broker to do what the owner of a slot would: it is the owner, or the first that lives when the owner is gone. Who says
     * the claim again and knows that to be stable, knows the claim to be.
     */
    private boolean isMineToEnd(final Slot slot, final long nowMs) {
        return isMine(slot) || nowMs - startMs >= context.lostMs() && !isLives(slot, nowMs) && isSuccessor(nowMs);
    }

    /** The outcome is another slot's: this one stays empty for ever. */
    private int closeActive(final String name, final Facts facts) {
        final Slot active = facts.active();
        if (active == null || active.equals(facts.winner()) || !facts.open().contains(active)) {
            return 0;
        }
        say(name, Fact.of(Fact.Kind.SEAL, active));
        status.sealed.incrementAndGet();
        return 1;
    }

    private int decide(final String name, final JobView job, final long nowMs) {
        for (final Submission submission : job.submissions()) {
            if (!submission.hasFailed() && isCurrent(submission)) {
                accept(name, job, result(submission));
                return 1;
            }
        }
        final Result end = end(job, nowMs);
        if (end == null) {
            return noteFailures(name, job, nowMs);
        }
        accept(name, job, end);
        return 1;
    }

    /** How a job ends without a result; null if it need not. */
    private @Nullable Result end(final JobView job, final long nowMs) {
        final JobSpec spec = job.spec();
        if (job.cancelled()) {
            return new Result(Result.End.CANCELLED, "", "");
        }
        if (spec.deadlineMs() > 0 && nowMs - spec.submittedMs() > spec.deadlineMs()) {
            return Result.failed("not done within its deadline of " + spec.deadlineMs() + " ms");
        }
        if (job.counted() > spec.retries()) {
            final Failure last = job.failures().stream()
                    .filter(Failure::counts)
                    .reduce((a, b) -> b)
                    .orElseThrow();
            return new Result(
                    Result.End.FAILED,
                    job.counted() + " executions failed, the last one on " + last.executor() + ": " + last.reason(),
                    last.executor() + "/" + last.attempt());
        }
        for (final String other : spec.waitFor()) {
            final JobView waited = cache.lineage().counting(other);
            if (waited != null
                    && cache.lineage().isSettled(other)
                    && waited.facts().outcome().end() != Result.End.DONE) {
                return Result.failed("job " + other + ", which it waits for, is "
                        + waited.facts().outcome().state());
            }
        }
        return null;
    }

    private int noteFailures(final String name, final JobView job, final long nowMs) {
        int noted = 0;
        for (final Submission submission : job.submissions()) {
            final boolean known = job.failures().stream()
                    .anyMatch(failure -> (failure.executor() + "/" + failure.attempt()).equals(submission.name()));
            if (!known && (submission.hasFailed() || isSuperseded(submission))) {
                final String reason =
                        submission.hasFailed() ? submission.error() : "it used a result that was superseded";
                metadata.commit(tx -> metadata.fail(
                        tx,
                        name,
                        new Failure(
                                submission.attempt(),
                                submission.executor(),
                                reason,
                                submission.hasFailed() && !submission.wasUnavailable() && !isSuperseded(submission),
                                nowMs,
                                submission.output().isEmpty() ? null : submission.output())));
                noted++;
            }
        }
        if (noted > 0) {
            cache.reload(name);
        }
        return noted;
    }

    /** Whether a submission used the results of other jobs that count. */
    private boolean isCurrent(final Submission submission) {
        return submission.used().entrySet().stream().allMatch(entry -> {
            final JobView other = cache.lineage().counting(entry.getKey());
            return other != null && other.facts().outcome().digest().equals(entry.getValue());
        });
    }

    /** Whether a submission used a result that is known never to count. */
    private boolean isSuperseded(final Submission submission) {
        return submission.used().entrySet().stream().anyMatch(entry -> {
            final JobView other = cache.lineage().counting(entry.getKey());
            return other != null
                    && !other.facts().outcome().digest().equals(entry.getValue())
                    && (other.facts().isFinal() || other.facts().isSuperseded(entry.getValue()));
        });
    }

    private static Result result(final Submission submission) {
        return new Result(Result.End.DONE, submission.digest(), submission.name());
    }

    private void accept(final String name, final JobView job, final Result result) {
        final Slot slot = job.facts().active();
        if (slot == null || !isMine(slot) || !job.facts().mayAccept(slot)) {
            throw new IllegalStateException("job " + name + ": a result for a slot that takes none: " + job.facts());
        }
        metadata.commit(tx -> {
            metadata.say(tx, name, Fact.accept(slot, result));
            if (result.end() == Result.End.DONE && cache.level(job.spec()) == Level.CRITICAL) {
                metadata.spread(tx, "result/" + result.digest(), Placing.CRITICAL_COPIES);
            }
        });
        cache.reload(name);
        status.accepted.incrementAndGet();
        stopOthers(name, job, result);
    }

    private void stopOthers(final String name, final JobView job, final Result result) {
        final Placement placement = job.placement();
        if (placement != null) {
            for (final String executor : placement.executors()) {
                final var record = cache.executors().get(executor);
                if (record != null && !result.execution().equals(executor + "/" + placement.attempt())) {
                    context.executors().cancel(record, name, placement.attempt());
                }
            }
        }
    }

    // ---- taking over

    private int takeOver(final String name, final JobView job, final long nowMs) {
        final Slot active = job.facts().active();
        if (nowMs - startMs < context.lostMs() || active != null && isLives(active, nowMs) || !isSuccessor(nowMs)) {
            return 0;
        }
        claim(name, new Slot(job.facts().nextEpoch(), context.owner()), tx -> {});
        cache.reload(name);
        status.takeovers.incrementAndGet();
        return 1;
    }

    private boolean isLives(final Slot slot, final long nowMs) {
        final String id = slot.broker();
        final BrokerRecord record = cache.brokers().get(id);
        return record != null
                && slot.owner().equals(id + "~" + record.incarnation())
                && brokers.health(id, nowMs) != Health.LOST;
    }

    /** The first of those that live goes on; others would only claim beside it. */
    private boolean isSuccessor(final long nowMs) {
        for (final String id : cache.brokers().keySet()) {
            if (id.equals(context.id())) {
                return true;
            }
            if (brokers.health(id, nowMs) == Health.HEALTHY) {
                return false;
            }
        }
        return true;
    }

    // ---- results

    Verdict onResult(final Submission submission) {
        final String name = submission.job();
        JobView job = metadata.job(name);
        if (job == null) {
            return Verdict.UNKNOWN_JOB;
        }
        if (!submission.used().keySet().equals(new HashSet<>(job.spec().waitFor()))) {
            throw new IllegalArgumentException("job " + name + " waits for "
                    + job.spec().waitFor()
                    + ": a result of it says in \"used\" which results of these it was made from, not of "
                    + submission.used().keySet());
        }
        if (!job.submissions().contains(submission)) {
            metadata.commit(tx -> metadata.result(tx, submission));
            job = cache.reload(name);
        }
        if (job == null) {
            return Verdict.UNKNOWN_JOB;
        }
        if (job.facts().winner() == null && isMine(job.facts().active())) {
            decide(name, job, context.clockMs().getAsLong());
            job = metadata.job(name);
        }
        return job == null ? Verdict.UNKNOWN_JOB : verdict(job, submission);
    }

    private Verdict verdict(final JobView job, final Submission submission) {
        final Facts facts = job.facts();
        if (facts.winner() != null) {
            if (!submission.hasFailed() && facts.outcome().sameAs(result(submission))) {
                return facts.isFinal() ? Verdict.ACCEPTED_FINAL : Verdict.ACCEPTED_TENTATIVE;
            }
            if (submission.hasFailed()) {
                return Verdict.FAILURE_NOTED;
            }
            if (facts.isFinal()) {
                status.duplicates.incrementAndGet();
                return Verdict.REJECTED_DUPLICATE;
            }
        } else if (submission.hasFailed() || isSuperseded(submission)) {
            return Verdict.FAILURE_NOTED;
        }
        status.forwarded.incrementAndGet();
        return Verdict.FORWARDED;
    }

    // ---- what waited for a result that was superseded

    /** A job whose result was made from another's that does not count is run again. */
    private int runAgain(final String name, final JobView job) {
        if (!cache.lineage().isToRunAgain(job)) {
            return 0;
        }
        final String again = Lineage.againName(name, job);
        if (metadata.knows(again)) {
            return 0;
        }
        final boolean home = again.endsWith("@" + context.id()) && context.ownsHome();
        claim(
                again,
                new Slot(home ? 0 : 1, context.owner()),
                tx -> metadata.submit(
                        tx, again, job.spec().submitted(context.clockMs().getAsLong())));
        cache.reload(again);
        return 1;
    }
}
