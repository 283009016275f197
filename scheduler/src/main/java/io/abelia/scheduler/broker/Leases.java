package io.abelia.scheduler.broker;

import io.abelia.scheduler.placement.Health;
import java.util.Map;
import java.util.TreeMap;

/**
 * Who has been heard, by this node's clock alone: what counts is when a beat was first seen here, so that clocks need not agree.
 */
final class Leases {
    private static final int BEATS_TO_RETURN = 2;

    private static final class Lease {
        private String incarnation = "";
        private long beat;
        private long heardMs;
        private long beats;
        private int beatsSinceLost = BEATS_TO_RETURN;
        private boolean lost;
    }

    private final long suspectMs;
    private final long lostMs;
    private final Map<String, Lease> leases = new TreeMap<>();

    Leases(final long suspectMs, final long lostMs) {
        this.suspectMs = suspectMs;
        this.lostMs = lostMs;
    }

    /** Notes a beat; an old one changes nothing. Who comes back with another incarnation is as good as new. */
    void heard(final String id, final String incarnation, final long beat, final long nowMs) {
        final Lease lease = leases.computeIfAbsent(id, unused -> new Lease());
        if (lease.incarnation.equals(incarnation) && beat <= lease.beat) {
            return;
        }
        health(id, nowMs);
        if (lease.lost) {
            lease.lost = false;
            lease.beatsSinceLost = 0;
        }
        lease.beatsSinceLost++;
        lease.beats++;
        lease.incarnation = incarnation;
        lease.beat = beat;
        lease.heardMs = nowMs;
    }

    Health health(final String id, final long nowMs) {
        final Lease lease = leases.get(id);
        if (lease == null) {
            return Health.LOST;
        }
        final long age = nowMs - lease.heardMs;
        if (age >= lostMs) {
            lease.lost = true;
            return Health.LOST;
        }
        if (age >= suspectMs) {
            return Health.SUSPECT;
        }
        return lease.beatsSinceLost < BEATS_TO_RETURN ? Health.REAPPEARED : Health.HEALTHY;
    }

    /** Whether more than one beat was seen: who was only read of in what others wrote may be gone for long. */
    boolean isHeard(final String id) {
        final Lease lease = leases.get(id);
        return lease != null && lease.beats > 1;
    }

    long ageMs(final String id, final long nowMs) {
        final Lease lease = leases.get(id);
        return lease == null ? Long.MAX_VALUE : nowMs - lease.heardMs;
    }

    /** Forgets who has not been heard for long. */
    void prune(final long nowMs, final long afterMs) {
        leases.values().removeIf(lease -> nowMs - lease.heardMs > afterMs);
    }
}
