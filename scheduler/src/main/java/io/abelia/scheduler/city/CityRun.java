package io.abelia.scheduler.city;

import io.abelia.engine.clock.VectorClock;
import io.abelia.scheduler.broker.Broker;
import io.abelia.scheduler.metadata.JobView;
import io.abelia.scheduler.model.Failure;
import io.abelia.scheduler.model.JobState;
import io.abelia.scheduler.model.Submission;
import io.abelia.scheduler.outcome.Result;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.agrona.concurrent.SystemEpochClock;
import org.jspecify.annotations.Nullable;

/** A trace, run with one policy, and what was measured. */
public final class CityRun implements AutoCloseable {
    private static final long TAIL_MS = 150_000;
    private static final long TELL_MS = 20_000;
    private static final long MS_PER_S = 1_000;
    private static final double HALF = 0.5;
    private static final double P99 = 0.99;

    private final Trace trace;
    private final Size size;
    private final Town city;
    private final Map<String, Integer> homes = new TreeMap<>();
    private final SyncProbe probe;
    private final List<Long> healMs = new ArrayList<>();
    private final Map<String, Double> figures = new TreeMap<>();
    private @Nullable VectorClock atHeal;
    private long healedNs;
    private long toldMs = SystemEpochClock.INSTANCE.time();

    private CityRun(final Trace trace, final Size size, final Town city) {
        this.trace = trace;
        this.size = size;
        this.city = city;
        this.probe = new SyncProbe(city);
        city.watch(probe::poll);
    }

    /** A run in virtual time. */
    public static CityRun simulated(final Trace trace, final Size size, final long seed, final Policy policy)
            throws IOException {
        final City city =
                new City(seed, size.brokers, null, policy.matcher(), policy.executorsCheck(), policy.recordClock());
        for (final Trace.Member member : trace.members) {
            city.add(member.id(), member.capabilities(), member.idlePerS(), member.workPerS());
        }
        return new CityRun(trace, size, city);
    }

    /** A run of real brokers and executors on the loopback interface, in real time, in a temporary directory. */
    public static CityRun real(final Trace trace, final Size size) throws IOException {
        return new CityRun(trace, size, new RealCity(trace, size));
    }

    /**
     * Figures by {@code id|label|unit}.
     *
     * <p>Runs to the end: until every job has ended on every broker, or a time after the last one came has passed.
     *
     * @param progress is told now and then how far it is
     */
    public Map<String, Double> run(final Consumer<String> progress) {
        final List<Trace.Arrival> arrivals = new ArrayList<>(trace.arrivals);
        final List<Trace.Trouble> troubles = new ArrayList<>(trace.troubles);
        troubles.sort(java.util.Comparator.comparingLong(Trace.Trouble::atMs));
        final long endMs = size.seconds * 1000L;
        int arrived = 0;
        int happened = 0;
        final long startMs = city.nowMs();
        long ms = 0;
        while (ms < endMs + TAIL_MS) {
            for (; arrived < arrivals.size() && arrivals.get(arrived).atMs() <= ms; arrived++) {
                submit(arrivals.get(arrived));
            }
            for (; happened < troubles.size() && troubles.get(happened).atMs() <= ms; happened++) {
                happen(troubles.get(happened));
            }
            city.step();
            final long before = ms;
            ms = city.nowMs() - startMs;
            look();
            tell(ms, progress);
            if (ms > endMs && ms / MS_PER_S != before / MS_PER_S && isOver()) {
                break;
            }
        }
        sum(ms);
        return figures;
    }

    /** Says now and then how far it is. */
    private void tell(final long ms, final Consumer<String> progress) {
        final long wallMs = SystemEpochClock.INSTANCE.time();
        if (wallMs - toldMs >= TELL_MS) {
            toldMs = wallMs;
            progress.accept("second " + ms / MS_PER_S + " of " + size.seconds + " and what is open then, "
                    + homes.size() + " jobs");
        }
    }

    private Broker broker(final int number) {
        final Town.Seat broker = city.broker(CityBroker.name(number));
        if (broker == null) {
            throw new IllegalStateException("no broker " + number);
        }
        return broker.broker();
    }

    private void submit(final Trace.Arrival arrival) {
        homes.put(city.submit(arrival.broker(), arrival.job()), arrival.broker());
    }

    private void happen(final Trace.Trouble trouble) {
        switch (trouble.kind()) {
            case OFF -> city.off(trouble.who());
            case ON -> city.on(trouble.who());
            case CUT -> {
                probe.pause(true);
                city.cut(trouble.who());
            }
            case HEAL -> {
                healedNs = city.nowNs();
                city.heal();
                VectorClock all = VectorClock.empty();
                for (final Town.Seat broker : city.brokers()) {
                    all = all.merge(broker.engine().clock());
                }
                atHeal = all;
            }
            case DECLARE -> {
                if (trace.emergency != null) {
                    broker(size.brokers).declare(trace.emergency);
                }
            }
            case RESOLVE -> broker(size.brokers).resolveEmergency(trouble.who());
        }
    }

    // ---- looking

    private void look() {
        final VectorClock known = atHeal;
        if (known != null
                && city.brokers().stream()
                        .allMatch(broker -> broker.engine().clock().covers(known))) {
            healMs.add((city.nowNs() - healedNs) / 1_000_000);
            atHeal = null;
            probe.pause(false);
        }
    }

    private boolean isOver() {
        return homes.keySet().stream()
                .allMatch(name -> city.brokers().stream().allMatch(broker -> {
                    final JobView job = broker.broker().job(name);
                    final JobView counting = broker.broker().counting(name);
                    return job != null
                            && job.facts().isFinal()
                            && counting != null
                            && counting.facts().isFinal();
                }));
    }

    // ---- summing up

    private void sum(final long ms) {
        int done = 0;
        int open = 0;
        int disagree = 0;
        int emergencies = 0;
        int emergenciesDone = 0;
        int outOfOrder = 0;
        int reruns = 0;
        long executions = 0;
        long lacked = 0;
        for (final Map.Entry<String, Integer> entry : homes.entrySet()) {
            final JobView job = broker(entry.getValue()).counting(entry.getKey());
            if (job == null || !job.facts().isFinal()) {
                open++;
                continue;
            }
            final Result result = job.facts().outcome();
            final boolean isDone = job.state() == JobState.DONE;
            done += isDone ? 1 : 0;
            if (job.spec().kind().equals("fire")) {
                emergencies++;
                emergenciesDone += isDone ? 1 : 0;
            }
            for (final Town.Seat other : city.brokers()) {
                final JobView there = other.broker().counting(entry.getKey());
                disagree += there == null || !there.facts().outcome().equals(result) ? 1 : 0;
                outOfOrder += countOutOfOrder(other.broker(), entry.getKey());
            }
            reruns += broker(entry.getValue()).rerun(entry.getKey()) == null ? 0 : 1;
            executions += job.started().size();
            lacked += job.failures().stream().filter(Failure::counts).count();
        }
        figures.put("jobs|jobs|", (double) homes.size());
        figures.put("done|jobs done|%", 100.0 * done / homes.size());
        figures.put("lost|jobs without an end|", (double) open);
        figures.put("disagree|outcomes that brokers do not agree on|", (double) disagree);
        figures.put("reruns|jobs run again as what they were made from was superseded|", (double) reruns);
        figures.put("order|results made from others that do not count|", (double) outOfOrder);
        figures.put("failed|executions that failed|%", executions == 0 ? 0 : 100.0 * lacked / executions);
        if (emergencies > 0) {
            figures.put("emergency|emergency jobs done|%", 100.0 * emergenciesDone / emergencies);
        }
        final List<Double> started = new ArrayList<>(city.startedAfterMs().values());
        figures.put("start.p50|submission to start, p50|ms", percentile(started, HALF));
        figures.put("start.p99|submission to start, p99|ms", percentile(started, P99));
        figures.put("sync.p50|metadata to all other brokers, p50|ms", percentile(probe.millis(), HALF));
        figures.put("sync.p99|metadata to all other brokers, p99|ms", percentile(probe.millis(), P99));
        figures.put("heal|heal to the same metadata|ms", percentile(longs(healMs), 1));
        figures.put("rate|jobs done|/s", 1000.0 * done / ms);
        counters();
    }

    private void counters() {
        long silence = 0;
        long clock = 0;
        final Map<String, Long> all = new TreeMap<>();
        for (final Town.Seat broker : city.brokers()) {
            broker.broker().status().values().forEach((name, value) -> all.merge(name, value, Long::sum));
            silence = Math.max(
                    silence, broker.broker().status().values().getOrDefault("longest silence to redeployment, ms", 0L));
            clock = Math.max(clock, 2L * Long.BYTES * broker.engine().clock().size());
        }
        figures.put("redeploy|loss to redeployment, longest|ms", (double) silence);
        figures.putAll(city.figures());
        figures.put("clock|clock of a broker|bytes", (double) clock);
        figures.put("replaced|executions placed again after a loss|", (double)
                all.getOrDefault("executions placed again after a loss", 0L));
        figures.put("preempted|executions pre-empted|", (double) all.getOrDefault("executions pre-empted", 0L));
        figures.put("takeovers|jobs taken over|", (double) all.getOrDefault("jobs taken over", 0L));
    }

    /** Results of other jobs from which the one that counts was made, and that do not count themselves. */
    private static int countOutOfOrder(final Broker broker, final String name) {
        final JobView job = broker.counting(name);
        int wrong = 0;
        if (job != null && job.state() == JobState.DONE) {
            for (final Submission submission : job.submissions()) {
                if (submission.name().equals(job.facts().outcome().execution())) {
                    for (final String other : job.spec().waitFor()) {
                        final JobView waited = broker.counting(other);
                        final String used = submission.used().get(other);
                        wrong += waited == null
                                        || !waited.facts().outcome().digest().equals(used)
                                ? 1
                                : 0;
                    }
                }
            }
        }
        return wrong;
    }

    private static List<Double> longs(final java.util.Collection<Long> values) {
        return values.stream().map(Long::doubleValue).toList();
    }

    private static double percentile(final List<Double> values, final double share) {
        if (values.isEmpty()) {
            return Double.NaN;
        }
        final List<Double> sorted = new ArrayList<>(values);
        Collections.sort(sorted);
        return sorted.get((int) Math.min(sorted.size() - 1, Math.ceil(share * sorted.size()) - (share == 0 ? 0 : 1)));
    }

    @Override
    public void close() throws IOException {
        city.close();
    }
}
