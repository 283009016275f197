package io.abelia.scheduler.city;

import io.abelia.scheduler.model.Capabilities;
import io.abelia.scheduler.model.Emergency;
import io.abelia.scheduler.model.JobSpec;
import io.abelia.scheduler.model.Level;
import io.abelia.scheduler.model.Location;
import io.abelia.scheduler.model.Preferences;
import io.abelia.scheduler.model.Requirements;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What happens in a city, all of it following from a seed: who is there, which jobs come when, who goes and returns, which part is cut off when,
 * what burns. The same for every policy.
 */
public final class Trace {
    private static final Location CENTRE = new Location(48.2082, 16.3738);
    private static final double SPREAD = 0.08;
    private static final int CUT_OF_TEN = 4;

    /** An executor. */
    record Member(String id, Capabilities capabilities, double idlePerS, double workPerS) {}

    /** A job, given to a broker. */
    record Arrival(long atMs, int broker, JobSpec job) {}

    /** Something that happens to somebody. */
    record Trouble(long atMs, Kind kind, String who, double figure) {
        enum Kind {
            OFF,
            ON,
            CUT,
            HEAL,
            DECLARE,
            RESOLVE
        }
    }

    final List<Member> members = new ArrayList<>();
    final List<Arrival> arrivals = new ArrayList<>();
    final List<Trouble> troubles = new ArrayList<>();
    final @Nullable Emergency emergency;
    private final SplittableRandom random;
    private final Size size;
    private final int retries;

    /**
     * A trace.
     *
     * @param retries executions of a job that may fail
     * @param emergency whether something burns and a third of the city is cut off, which is the scenario {@code urban_emergency}; else there
     *     are only churn and a short cut
     */
    public Trace(final Size size, final long seed, final int retries, final boolean emergency) {
        this.retries = retries;
        this.size = size;
        this.random = new SplittableRandom(seed);
        for (int i = 0; i < size.executors; i++) {
            members.add(member(i));
        }
        this.emergency =
                emergency ? new Emergency("fire-1", Level.CRITICAL, "fire", CENTRE, 20, "fire brigade", 0) : null;
        troubles();
        arrivals();
    }

    private Location somewhere() {
        return new Location(
                CENTRE.latitude() + random.nextDouble(-SPREAD, SPREAD),
                CENTRE.longitude() + random.nextDouble(-SPREAD, SPREAD));
    }

    private Member member(final int i) {
        return switch (i % 5) {
            case 0, 1 ->
                new Member(
                        "phone-" + i,
                        new Capabilities(
                                256,
                                512,
                                2,
                                1200 + 200 * random.nextInt(4),
                                0,
                                random.nextDouble(0.15, 1),
                                Set.of(),
                                Map.of(),
                                somewhere()),
                        0.0001,
                        0.0015);
            case 2, 3 ->
                new Member(
                        "vehicle-" + i,
                        new Capabilities(
                                1024,
                                4096,
                                4,
                                1600 + 200 * random.nextInt(3),
                                0,
                                random.nextDouble(0.4, 1),
                                Set.of("mobile"),
                                Map.of("camera", 2L),
                                somewhere()),
                        0.00005,
                        0.0005);
            default ->
                new Member(
                        "server-" + i,
                        new Capabilities(
                                8192,
                                65536,
                                8,
                                2600,
                                0,
                                null,
                                i % 10 == 4 ? Set.of("gpu", "street") : Set.of("street"),
                                Map.of(),
                                somewhere()),
                        0,
                        0);
        };
    }

    private void troubles() {
        final long endMs = size.seconds * 1000L;
        for (final Member member : members) {
            if (random.nextInt(4) == 0 && !member.id().startsWith("server")) {
                final long offMs = random.nextLong(endMs / 10, endMs);
                troubles.add(new Trouble(offMs, Trouble.Kind.OFF, member.id(), 0));
                troubles.add(new Trouble(offMs + random.nextLong(15_000, 60_000), Trouble.Kind.ON, member.id(), 0));
            }
        }
        final boolean grave = emergency != null;
        final long cutMs = endMs * 3 / 10;
        for (int i = 0; i < members.size(); i++) {
            if (i % 10 < CUT_OF_TEN) {
                troubles.add(new Trouble(cutMs, Trouble.Kind.CUT, members.get(i).id(), 0));
            }
        }
        troubles.add(new Trouble(cutMs, Trouble.Kind.CUT, CityBroker.name(1), 0));
        troubles.add(new Trouble(cutMs + (grave ? endMs / 4 : endMs / 12), Trouble.Kind.HEAL, "", 0));
        if (grave) {
            troubles.add(new Trouble(endMs / 4, Trouble.Kind.DECLARE, "fire-1", 0));
            troubles.add(new Trouble(endMs * 3 / 4, Trouble.Kind.RESOLVE, "fire-1", 0));
        }
    }

    private void arrivals() {
        final double everyMs = 1000 / (size.jobsPerExecutor * size.executors);
        final Map<Integer, String> last = new TreeMap<>();
        int number = 0;
        for (double atMs = 5_000; atMs < size.seconds * 1000.0; atMs += everyMs * (0.5 + random.nextDouble())) {
            final int broker = 1 + random.nextInt(size.brokers);
            final boolean burning = emergency != null && atMs > size.seconds * 250.0 && atMs < size.seconds * 750.0;
            JobSpec job = job("job-" + number++, burning);
            final String before = last.get(broker);
            if (before != null && random.nextInt(8) == 0) {
                job = job.withWaitFor(List.of(before));
            }
            arrivals.add(new Arrival((long) atMs, broker, job));
            last.put(broker, job.id());
        }
    }

    private JobSpec job(final String id, final boolean burning) {
        final Requirements needs;
        final int dice = random.nextInt(10);
        String kind = "";
        Level level = Level.LOW;
        if (burning && random.nextInt(4) == 0) {
            kind = "fire";
            level = Level.HIGH;
            needs = new Requirements(128, 0, 1, 0, 0.2, false, Set.of(), Map.of(), CENTRE, 15);
        } else if (dice < 4) {
            needs = new Requirements(64, 0, 1, 0, 0.1, false, Set.of(), Map.of(), null, 0);
        } else if (dice < 6) {
            needs = new Requirements(512, 128, 2, 0, 0.2, false, Set.of(), Map.of(), null, 0);
        } else if (dice < 7) {
            needs = new Requirements(256, 0, 1, 0, 0, false, Set.of("gpu"), Map.of(), null, 0);
        } else if (dice < 8) {
            needs = new Requirements(128, 0, 1, 0, 0.3, false, Set.of(), Map.of("camera", 1L), null, 0);
        } else if (dice < 9) {
            kind = "medical";
            level = Level.MEDIUM;
            needs = new Requirements(256, 0, 1, 2000, 0.5, false, Set.of(), Map.of(), null, 0);
        } else {
            needs = new Requirements(128, 0, 1, 0, 0.2, false, Set.of(), Map.of(), somewhere(), 8);
        }
        final long workMs = random.nextLong(1_000, 9_000);
        return new JobSpec(
                id,
                "city",
                kind,
                "simulated",
                List.of(Long.toString(workMs)),
                Map.of(),
                null,
                List.of(),
                needs,
                new Preferences(Set.of(), needs.near(), null),
                level,
                List.of(),
                retries,
                40_000,
                60_000,
                1,
                true,
                null,
                null,
                0);
    }
}
