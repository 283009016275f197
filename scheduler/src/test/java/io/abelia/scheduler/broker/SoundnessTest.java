package io.abelia.scheduler.broker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.abelia.scheduler.city.City;
import io.abelia.scheduler.city.CityBroker;
import io.abelia.scheduler.metadata.JobView;
import io.abelia.scheduler.model.JobSpec;
import io.abelia.scheduler.model.Requirements;
import io.abelia.scheduler.model.Submission;
import io.abelia.scheduler.model.Verdict;
import io.abelia.scheduler.outcome.Result;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Real brokers, partitions, kills and restarts; executors that all come to different results and submit them anywhere. What was called final,
 * to anybody, stays.
 */
class SoundnessTest {
    private static final int SEEDS =
            Integer.getInteger("abelia.scheduler.seeds", Boolean.getBoolean("abelia.full") ? 2_000 : 25);
    private static final long FROM = Long.getLong("abelia.scheduler.from", 1);
    private static final int BROKERS = 3;
    private static final int ROUNDS = 40;
    private static final long ROUND_MS = 1_000;

    @TempDir
    Path directory;

    private City city;
    private SplittableRandom random;
    private final List<String> jobs = new ArrayList<>();
    private final Map<String, Result> finals = new HashMap<>();
    private final Map<String, String> acknowledged = new HashMap<>();
    private int results;
    private int tentative;
    private int takenOver;

    @Test
    void shouldNeverChangeWhatWasCalledFinal() throws IOException {
        for (long seed = FROM; seed < FROM + SEEDS; seed++) {
            try {
                run(seed);
            } catch (final AssertionError | IllegalStateException e) {
                throw new AssertionError(
                        "seed " + seed + " (-Dabelia.scheduler.from=" + seed + " -Dabelia.scheduler.seeds=1): "
                                + e.getMessage(),
                        e);
            }
        }
        assertTrue(takenOver > 0, "some job was taken over");
        assertTrue(tentative > 0, "some result was tentative");
    }

    private void run(final long seed) throws IOException {
        random = new SplittableRandom(seed);
        jobs.clear();
        finals.clear();
        acknowledged.clear();
        city = new City(seed, BROKERS, directory.resolve("seed-" + seed), City.capabilityAware());
        try {
            for (int round = 0; round < ROUNDS; round++) {
                trouble();
                work();
                city.run(ROUND_MS);
                check();
            }
            end();
        } finally {
            city.close();
        }
    }

    private void trouble() throws IOException {
        final int node = 1 + random.nextInt(BROKERS);
        switch (random.nextInt(10)) {
            case 0 -> city.streets().zone("b" + node, 1 + random.nextInt(2));
            case 1 -> city.streets().heal();
            case 2 -> city.kill(node);
            case 3, 4 -> {
                if (city.broker("b" + node) == null) {
                    city.start(node, "disk-1");
                }
            }
            default -> {}
        }
    }

    private void work() {
        final List<CityBroker> brokers = new ArrayList<>(city.brokers());
        if (brokers.isEmpty()) {
            return;
        }
        final Broker broker = brokers.get(random.nextInt(brokers.size())).broker();
        if (jobs.size() < 6 && random.nextInt(3) == 0) {
            final String home = random.nextInt(4) == 0 ? "b" + (1 + random.nextInt(BROKERS)) : null;
            final JobSpec spec = JobSpec.of("j" + random.nextInt(5), "p", Requirements.of(1, 1, "nobody-has"));
            final String name = broker.submit(spec, home);
            if (!jobs.contains(name)) {
                jobs.add(name);
            }
        }
        if (!jobs.isEmpty() && random.nextInt(2) == 0) {
            final String job = jobs.get(random.nextInt(jobs.size()));
            final String digest = "d" + results++;
            final Verdict verdict =
                    broker.result(new Submission(job, "x", Integer.toString(results), digest, "", Map.of()));
            if (verdict == Verdict.ACCEPTED_FINAL) {
                final String before = acknowledged.putIfAbsent(job, digest);
                assertTrue(before == null || before.equals(digest), job + " has two final results");
            }
            tentative += verdict == Verdict.ACCEPTED_TENTATIVE ? 1 : 0;
        }
    }

    private void check() {
        for (final CityBroker broker : city.brokers()) {
            for (final String name : jobs) {
                final JobView job = broker.broker().job(name);
                if (job != null && job.facts().isFinal()) {
                    final Result before = finals.putIfAbsent(name, job.facts().outcome());
                    assertTrue(
                            before == null || before.equals(job.facts().outcome()),
                            name + " was " + before + " and is " + job.facts());
                }
                final String digest = acknowledged.get(name);
                if (job != null && digest != null && job.facts().isFinal()) {
                    assertEquals(digest, job.facts().outcome().digest(), name + " was acknowledged");
                }
            }
        }
    }

    /** All is well again, and every job that has a result anywhere comes to one end that all know. */
    private void end() throws IOException {
        city.streets().heal();
        for (int node = 1; node <= BROKERS; node++) {
            if (city.broker("b" + node) == null) {
                city.start(node, "disk-1");
            }
        }
        final Broker first = city.broker("b1").broker();
        city.run(12_000);
        for (final String name : jobs) {
            first.result(new Submission(name, "last", "0", "last-" + name, "", Map.of()));
        }
        assertTrue(
                city.until(
                        60_000,
                        () -> jobs.stream()
                                .allMatch(name -> city.brokers().stream().allMatch(broker -> {
                                    final JobView job = broker.broker().job(name);
                                    return job != null
                                            && job.facts().isFinal()
                                            && job.facts().open().isEmpty();
                                }))),
                () -> "not all jobs have ended: "
                        + jobs.stream().map(first::facts).toList());
        check();
        assertTrue(city.until(20_000, city::isConverged), "digests differ");
        takenOver += (int) jobs.stream()
                .filter(name -> first.job(name).facts().nextEpoch() > 1)
                .count();
    }
}
