package io.abelia.scheduler.broker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.abelia.scheduler.city.City;
import io.abelia.scheduler.city.CityBroker;
import io.abelia.scheduler.metadata.JobView;
import io.abelia.scheduler.model.Capabilities;
import io.abelia.scheduler.model.JobSpec;
import io.abelia.scheduler.model.JobState;
import io.abelia.scheduler.model.Requirements;
import io.abelia.scheduler.model.Submission;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Jobs that are made from the results of others, while results of the first ones are superseded: real brokers and engines under partitions, kills
 * and restarts, in virtual time.
 */
class LineageTest {
    private static final int SEEDS =
            Integer.getInteger("abelia.scheduler.seeds", Boolean.getBoolean("abelia.full") ? 1_000 : 10);
    private static final long FROM = Long.getLong("abelia.scheduler.from", 1);
    private static final int BROKERS = 3;
    private static final int ROUNDS = 20;
    private static final long WORK_MS = 400;
    private static final int RETRIES = 9;
    private static final long ROUND_MS = 1_500;

    @TempDir
    Path directory;

    private City city;
    private SplittableRandom random;
    private final List<String> roots = new ArrayList<>();
    private final List<String> jobs = new ArrayList<>();
    private int results;
    private int reruns;

    @Test
    void shouldMakeEveryResultThatCountsFromResultsThatCount() throws IOException {
        for (long seed = FROM; seed < FROM + SEEDS; seed++) {
            try {
                run(seed);
            } catch (final AssertionError | RuntimeException e) {
                throw new AssertionError(
                        "seed " + seed + " (-Dabelia.scheduler.from=" + seed + " -Dabelia.scheduler.seeds=1): "
                                + e.getMessage(),
                        e);
            }
        }
        assertTrue(reruns > 0, "some job was run again");
    }

    private JobSpec job(final String id, final Requirements needs, final List<String> waitFor) {
        return BrokerTest.job(id, WORK_MS, needs, random.nextInt(4) > 0)
                .withWaitFor(waitFor)
                .withTimes(RETRIES, 0, 0);
    }

    private Broker any() {
        final List<CityBroker> brokers = new ArrayList<>(city.brokers());
        return brokers.get(random.nextInt(brokers.size())).broker();
    }

    private void run(final long seed) throws IOException {
        random = new SplittableRandom(seed);
        roots.clear();
        jobs.clear();
        city = new City(seed, BROKERS, directory.resolve("seed-" + seed), City.capabilityAware());
        try {
            city.add("e1", Capabilities.of(4096, 8), 0, 0);
            city.add("e2", Capabilities.of(4096, 8), 0, 0);
            city.run(3_000);
            for (int i = 0; i < 2; i++) {
                roots.add(any().submit(job("root-" + i, Requirements.of(1, 1, "nobody-has"), List.of()), null));
            }
            jobs.add(any().submit(job("a", Requirements.NONE, List.of(roots.get(0))), null));
            jobs.add(any().submit(job("b", Requirements.NONE, roots), null));
            jobs.add(any().submit(job("c", Requirements.NONE, jobs.subList(0, 2)), null));
            jobs.add(any().submit(job("d", Requirements.NONE, List.of(jobs.get(2), roots.get(1))), null));
            city.run(1_000);
            supersede(roots.get(random.nextInt(roots.size())));
            for (int round = 0; round < ROUNDS; round++) {
                trouble();
                city.run(ROUND_MS);
            }
            end();
        } finally {
            city.close();
        }
    }

    /** Cuts the home of a job off, lets the others take the job over and accept a result, and then the home another one. */
    private void supersede(final String root) {
        final String home = root.substring(root.indexOf('@') + 1);
        city.streets().zone(home, 1);
        city.streets().zone("e1", random.nextInt(2));
        city.run(random.nextLong(6_000, 14_000)); // until somebody has taken over, or not
        for (final CityBroker broker : city.brokers()) {
            if (!broker.id().equals(home)) {
                submit(broker.broker(), root, "r" + results++);
            }
        }
        city.run(random.nextLong(6_000));
        submit(city.broker(home).broker(), root, "r" + results++);
        city.run(random.nextLong(2_000));
    }

    private void trouble() throws IOException {
        final int node = 1 + random.nextInt(BROKERS);
        if (!city.brokers().isEmpty() && random.nextBoolean()) {
            submit(any(), roots.get(random.nextInt(roots.size())), "r" + results++);
        }
        switch (random.nextInt(12)) {
            case 0 -> city.streets().zone("b" + node, 1 + random.nextInt(2));
            case 1 -> city.streets().zone("e" + (1 + random.nextInt(2)), random.nextInt(3));
            case 2 -> city.streets().heal();
            case 3 -> city.kill(node);
            case 4, 5 -> {
                if (city.broker("b" + node) == null) {
                    city.start(node, "disk-1");
                }
            }
            default -> {}
        }
    }

    private static void submit(final Broker broker, final String root, final String digest) {
        broker.result(new Submission(root, "x", digest, digest, "", Map.of()));
    }

    private void end() throws IOException {
        city.streets().heal();
        for (int node = 1; node <= BROKERS; node++) {
            if (city.broker("b" + node) == null) {
                city.start(node, "disk-1");
            }
        }
        city.run(12_000);
        for (final String root : roots) {
            submit(city.broker("b1").broker(), root, "last");
        }
        assertTrue(
                city.until(
                        180_000,
                        () -> city.brokers().stream()
                                .allMatch(broker -> broker.broker().openJobs().isEmpty())),
                () -> "not all have ended: "
                        + city.brokers().stream()
                                .map(b -> b.broker().openJobs())
                                .toList());
        assertTrue(city.until(20_000, city::isConverged), "digests differ");
        for (final String name : jobs) {
            compare(name);
        }
    }

    private void compare(final String name) {
        final TreeSet<String> outcomes = new TreeSet<>();
        for (final CityBroker broker : city.brokers()) {
            final JobView job = broker.broker().counting(name);
            outcomes.add(job.facts().outcome().toString());
            assertTrue(job.facts().isFinal(), name);
            assertEquals(JobState.DONE, job.state(), () -> name + ": " + job.facts() + " " + job.failures());
            final Submission made = job.submissions().stream()
                    .filter(submission ->
                            submission.name().equals(job.facts().outcome().execution()))
                    .findFirst()
                    .orElseThrow();
            made.used()
                    .forEach((other, digest) -> assertEquals(
                            broker.broker().counting(other).facts().outcome().digest(),
                            digest,
                            name + " was made from another result of " + other));
            assertEquals(
                    new TreeSet<>(job.spec().waitFor()),
                    new TreeSet<>(made.used().keySet()));
            reruns += broker.broker().rerun(name) == null ? 0 : 1;
        }
        assertEquals(1, outcomes.size(), name + " has the outcomes " + outcomes);
    }
}
