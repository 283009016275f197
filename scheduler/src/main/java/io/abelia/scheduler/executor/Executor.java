package io.abelia.scheduler.executor;

import io.abelia.scheduler.model.Capabilities;
import io.abelia.scheduler.model.ExecutorRecord;
import io.abelia.scheduler.model.Order;
import io.abelia.scheduler.model.Submission;
import io.abelia.scheduler.model.Usage;
import io.abelia.scheduler.model.Verdict;
import io.abelia.scheduler.placement.Filter;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * An executor: tells brokers what it can do, runs what they ask for if there is room, and submits what came of it until somebody has taken it
 * for good. Without any broker it finishes what it has begun, and keeps the results.
 *
 * <p>Any thread may call it; one calls {@link #doWork} in a loop.
 */
public final class Executor {
    private static final int MISSED_BEATS = 2;
    private static final long RESEND_MS = 1_000;
    private static final long TENTATIVE_MS = 5_000;
    private static final int MAX_REMEMBERED = 10_000;

    private final ExecutorContext context;
    private final Outbox outbox;
    private final SortedMap<String, Order> running = new TreeMap<>();
    private final Set<String> seen = new LinkedHashSet<>();
    private final Map<String, Long> sendAtMs = new HashMap<>();
    private final Map<String, Set<String>> refusedBy = new HashMap<>();
    private Usage used = Usage.NONE;
    private boolean registered;
    private int broker;
    private long beat;
    private long heartbeatMs = Long.MIN_VALUE / 2;
    private long answeredMs;

    public Executor(final ExecutorContext context) {
        this.context = context;
        this.outbox = context.outbox();
        this.answeredMs = context.clockMs().getAsLong();
    }

    public String id() {
        return context.id();
    }

    /** What it tells brokers. */
    public synchronized ExecutorRecord record() {
        return new ExecutorRecord(
                context.id(),
                context.endpoint(),
                context.incarnation(),
                beat,
                null,
                context.clockMs().getAsLong(),
                null,
                context.capabilities().get(),
                used,
                context.accepts(),
                new ArrayList<>(running.keySet()));
    }

    /** Executions that run. */
    public synchronized List<Order> running() {
        return new ArrayList<>(running.values());
    }

    /** Ends of executions that nobody has taken for good yet. */
    public synchronized int waiting() {
        return outbox.kept().size();
    }

    // ---- orders

    /**
     * Takes an order, if there is room for it now; the same one is taken once.
     *
     * @return why not; null if it was taken
     */
    public synchronized @Nullable String submit(final Order order) {
        final String key = order.name() + " " + order.attempt();
        if (seen.contains(key)) {
            return null;
        }
        final Capabilities has = context.capabilities().get();
        if (!context.accepts().takes(order.job())) {
            return "it takes no such job: " + context.accepts();
        }
        if (has.labels().contains(Capabilities.CORDON) || has.labels().contains(Capabilities.DRAIN)) {
            return "it is cordoned off";
        }
        final String occupied = Filter.occupied(order.job().requirements(), has, used);
        if (occupied != null) {
            return occupied;
        }
        seen.add(key);
        if (seen.size() > MAX_REMEMBERED) {
            seen.remove(seen.iterator().next());
        }
        running.put(key, order);
        used = used.plus(order.job().requirements());
        context.runner().start(order, (digest, error) -> onEnd(key, order, digest, error));
        return null;
    }

    private synchronized void onEnd(final String key, final Order order, final String digest, final String error) {
        if (running.remove(key) == null) {
            return;
        }
        used = used.minus(order.job().requirements());
        final boolean failed = !error.isEmpty();
        outbox.keep(new Submission(
                order.name(),
                context.id(),
                order.attempt(),
                failed ? "" : digest,
                error,
                order.results(),
                failed ? digest : ""));
    }

    /** Stops an execution; what has ended already is still submitted. */
    public synchronized void cancel(final String name, final String attempt) {
        final Order order = running.remove(name + " " + attempt);
        if (order != null) {
            used = used.minus(order.job().requirements());
            context.runner().stop(name + " " + attempt);
        }
    }

    // ---- the loop

    /** Does what there is to do; returns work done. */
    public synchronized int doWork() {
        final List<String> brokers = context.brokers().get();
        if (brokers.isEmpty()) {
            return 0;
        }
        final long nowMs = context.clockMs().getAsLong();
        int work = 0;
        if (nowMs - answeredMs > MISSED_BEATS * context.heartbeatMs()) {
            broker++;
            answeredMs = nowMs;
        }
        final String to = brokers.get(broker % brokers.size());
        if (nowMs - heartbeatMs >= context.heartbeatMs()) {
            heartbeatMs = nowMs;
            beat++;
            beat(to);
            work++;
        }
        for (final Submission submission : outbox.kept()) {
            final Long at = sendAtMs.get(key(submission));
            if (at == null || nowMs >= at) {
                sendAtMs.put(key(submission), nowMs + RESEND_MS);
                context.gateway()
                        .result(
                                to,
                                submission,
                                verdict -> onVerdict(submission, verdict),
                                reason -> onRefused(to, submission, reason));
                work++;
            }
        }
        return work;
    }

    private void beat(final String to) {
        if (registered) {
            context.gateway().heartbeat(to, record(), this::onHeartbeat);
        } else {
            context.gateway().register(to, record(), () -> onHeartbeat(true), this::onNotRegistered);
        }
    }

    private synchronized void onHeartbeat(final boolean known) {
        registered = known;
        answeredMs = context.clockMs().getAsLong();
    }

    private synchronized void onNotRegistered(final String reason) {
        answeredMs = context.clockMs().getAsLong();
        context.problems().accept("executor " + context.id() + " is not registered: " + reason);
    }

    /** One broker may be wrong, or of another version: only what all refuse is laid aside, and then the job is told why it has no result. */
    private synchronized void onRefused(final String by, final Submission submission, final String reason) {
        answeredMs = context.clockMs().getAsLong();
        final Set<String> refused = refusedBy.computeIfAbsent(key(submission), unused -> new HashSet<>());
        refused.add(by);
        if (!refused.containsAll(context.brokers().get())) {
            broker++;
            return;
        }
        refusedBy.remove(key(submission));
        outbox.refuse(submission, reason);
        sendAtMs.remove(key(submission));
        context.problems().accept("the end of " + submission.job() + " is refused for good, and laid aside: " + reason);
        if (!submission.hasFailed()) {
            outbox.keep(new Submission(
                    submission.job(),
                    submission.executor(),
                    submission.attempt(),
                    "",
                    "its result was refused by every broker: " + reason,
                    submission.used()));
        }
    }

    private static String key(final Submission submission) {
        return submission.job() + " " + submission.name();
    }

    private synchronized void onVerdict(final Submission submission, final Verdict verdict) {
        answeredMs = context.clockMs().getAsLong();
        switch (verdict) {
            case ACCEPTED_FINAL, REJECTED_DUPLICATE, FAILURE_NOTED -> {
                outbox.drop(submission);
                sendAtMs.remove(key(submission));
            }
            case ACCEPTED_TENTATIVE ->
                sendAtMs.put(key(submission), context.clockMs().getAsLong() + TENTATIVE_MS);
            case FORWARDED, UNKNOWN_JOB -> {} // soon again
        }
    }
}
