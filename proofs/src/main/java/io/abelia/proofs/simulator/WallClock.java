package io.abelia.proofs.simulator;

import java.util.SplittableRandom;

/** A node's wall clock: wrong from the beginning, and at times it jumps, by up to years, both ways. */
final class WallClock {
    private static final long EPOCH_MS = 1_800_000_000_000L;
    private static final long MS = 1_000_000L;
    private static final long YEAR_MS = 365L * 24 * 60 * 60 * 1000;
    /** The latest time with which anything may be authored, as the documents say: the beginning of the year 2200. */
    static final long LATEST_MS = 7_258_118_400_000L;

    private final Agenda agenda;
    private final SplittableRandom random;
    private final long skewMs;
    private long jumpMs;

    WallClock(final Agenda agenda, final SplittableRandom random, final long maxSkewMs) {
        this.agenda = agenda;
        this.random = random;
        this.skewMs = random.nextLong(2 * maxSkewMs + 1) - maxSkewMs;
    }

    /** Milliseconds since 1970, as it believes. */
    long timeMs() {
        return rightMs() + jumpMs;
    }

    private long rightMs() {
        return EPOCH_MS + skewMs + agenda.nowNs() / MS;
    }

    /** Jumps; returns by how much, in milliseconds. */
    long jump() {
        final long before = jumpMs;
        jumpMs = switch (random.nextInt(6)) {
            case 0 -> 0;
            case 1 -> LATEST_MS + 1 + random.nextLong(YEAR_MS) - rightMs();
            case 2 -> LATEST_MS - random.nextLong(1000) - rightMs(); // it runs into the limit
            case 3 -> jumpMs + random.nextLong(2000) - 1000;
            default -> random.nextLong(20 * YEAR_MS) - 10 * YEAR_MS;
        };
        return jumpMs - before;
    }

    /** Whether it shows a time with which nobody may author. */
    boolean isBeyondLimit() {
        return timeMs() > LATEST_MS;
    }
}
