package io.abelia.scheduler.city;

import java.util.HashMap;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.SplittableRandom;

/**
 * Time and network of a simulated city: whatever happens later, in the order of its time, and who can reach whom. A message takes from half a
 * millisecond to two and a half; between two zones none arrives, and what is under way when they part is lost.
 */
public final class Streets {
    private static final long LEAST_NS = 500_000;
    private static final long MOST_NS = 2_500_000;
    private static final long MS = 1_000_000;

    private record Event(long atNs, long number, Runnable action) implements Comparable<Event> {
        @Override
        public int compareTo(final Event other) {
            return atNs == other.atNs ? Long.compare(number, other.number) : Long.compare(atNs, other.atNs);
        }
    }

    private final PriorityQueue<Event> events = new PriorityQueue<>();
    private final Map<String, Integer> zones = new HashMap<>();
    private final SplittableRandom random;
    private final long epochMs;
    private long nowNs;
    private long numbers;

    /** A city whose clock shows this many milliseconds since 1970 at first. */
    public Streets(final long seed, final long epochMs) {
        this.random = new SplittableRandom(seed);
        this.epochMs = epochMs;
    }

    public long nowNs() {
        return nowNs;
    }

    public long nowMs() {
        return epochMs + nowNs / MS;
    }

    /** Has something happen later. */
    public void after(final long delayNs, final Runnable action) {
        events.add(new Event(nowNs + delayNs, numbers++, action));
    }

    /** Delivers a message, if the two can reach each other when it is sent and when it arrives. */
    public void send(final String from, final String to, final Runnable delivery) {
        if (reaches(from, to)) {
            after(random.nextLong(LEAST_NS, MOST_NS), () -> {
                if (reaches(from, to)) {
                    delivery.run();
                }
            });
        }
    }

    public boolean reaches(final String from, final String to) {
        return zones.getOrDefault(from, 0).equals(zones.getOrDefault(to, 0));
    }

    /** Puts somebody into a zone; who is in another one cannot be reached. */
    public void zone(final String who, final int zone) {
        zones.put(who, zone);
    }

    /** Ends all partitions. */
    public void heal() {
        zones.clear();
    }

    /** Lets time pass, and what is due happen. */
    public void pass(final long ns) {
        final long untilNs = nowNs + ns;
        for (Event event = events.peek(); event != null && event.atNs() <= untilNs; event = events.peek()) {
            events.poll();
            nowNs = Math.max(nowNs, event.atNs());
            event.action().run();
        }
        nowNs = untilNs;
    }
}
