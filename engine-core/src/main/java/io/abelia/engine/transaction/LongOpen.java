package io.abelia.engine.transaction;

import io.abelia.engine.apply.Kernel;
import java.lang.ref.PhantomReference;
import java.lang.ref.Reference;
import java.lang.ref.ReferenceQueue;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Looks for transactions and snapshots that stay open, names them, and gives transactions up that stay open beyond a limit: who has died
 * or forgotten must not hold back what other nodes may drop. Ages count from when they were first seen, so begins need not read a
 * clock. {@link #watch} belongs to housekeeping.
 */
final class LongOpen {
    private static final long NS_PER_S = 1_000_000_000L;

    private final Kernel kernel;
    private final OpenLimits limits;
    private final IdentityHashMap<Object, Sighting> sightings = new IdentityHashMap<>();
    private final Map<ReadLease, BeginOrigin> snapshots = new ConcurrentHashMap<>();
    private final ReferenceQueue<TransactionBody> unreachable = new ReferenceQueue<>();
    private final Set<Abandoned> abandoned = new HashSet<>();
    private List<String> named = List.of();

    /** Since when the same thing has been seen open. */
    private static final class Sighting {
        private long state;
        private long sinceNs;
        private long passNs;
        private boolean told;
    }

    /** Memory of a body that was given up, kept until nobody can use it any more. */
    private static final class Abandoned extends PhantomReference<TransactionBody> {
        private final Runnable memory;

        Abandoned(final TransactionBody body, final ReferenceQueue<TransactionBody> queue) {
            super(body, queue);
            this.memory = body.memory();
        }
    }

    LongOpen(final Kernel kernel, final OpenLimits limits) {
        this.kernel = kernel;
        this.limits = limits;
    }

    /** Watches a snapshot from now on, until {@link #closed}. */
    void opened(final ReadLease snapshot) {
        snapshots.put(snapshot, BeginOrigin.here(limits.stacks()));
    }

    void closed(final ReadLease snapshot) {
        snapshots.remove(snapshot);
    }

    /** Looks at what is open now; the bodies are those that the pool has made and not given up, in a list that any thread may change. */
    void watch(final List<TransactionBody> bodies, final long nowNs) {
        final List<String> names = new ArrayList<>();
        final IdentityHashMap<TransactionBody, Long> late = new IdentityHashMap<>();
        for (final TransactionBody body : bodies) {
            final long state = body.beginClock().state();
            if (TransactionBegin.isOpen(state)) {
                final long openNs = look(body, state, "a transaction", body::begunBy, names, nowNs);
                if (limits.limitNs() > 0 && openNs >= limits.limitNs()) {
                    late.put(body, state);
                }
            }
        }
        snapshots.forEach((lease, origin) -> look(lease, 0, "a snapshot", () -> origin, names, nowNs));
        sightings.values().removeIf(sighting -> sighting.passNs != nowNs);
        late.forEach((body, state) -> expire(bodies, body, state));
        if (!names.isEmpty() || !named.isEmpty()) {
            named = List.copyOf(names);
            kernel.status().longOpen(named);
        }
        freeUnreachable();
    }

    /** A thing that can be open. */
    @FunctionalInterface
    private interface Begun {
        BeginOrigin by();
    }

    /** Returns for how long it has been open. */
    private long look(
            final Object open,
            final long state,
            final String what,
            final Begun begun,
            final List<String> names,
            final long nowNs) {
        final Sighting sighting = sightings.computeIfAbsent(open, ignored -> new Sighting());
        if (sighting.passNs == 0 || sighting.state != state) {
            sighting.state = state;
            sighting.sinceNs = nowNs;
            sighting.told = false;
        }
        sighting.passNs = nowNs;
        final long openNs = nowNs - sighting.sinceNs;
        if (openNs >= limits.warnNs()) {
            final BeginOrigin origin = begun.by();
            final String name = what + " that thread " + origin.thread() + " began";
            names.add(name + " has been open for " + openNs / NS_PER_S + " s");
            if (!sighting.told) {
                sighting.told = true;
                kernel.status()
                        .error(origin.report(
                                name + " stays open: close it, it holds back what this node and others may drop"));
            }
        }
        return openNs;
    }

    private void expire(final List<TransactionBody> bodies, final TransactionBody body, final long state) {
        final BeginOrigin origin = body.begunBy();
        final boolean expired;
        kernel.lock().acquire();
        try {
            expired = !kernel.isReleased() && body.expire(state);
        } finally {
            kernel.lock().release();
        }
        if (expired) {
            bodies.remove(body);
            sightings.remove(body);
            abandoned.add(new Abandoned(body, unreachable));
            kernel.status().expired();
            kernel.status()
                    .error(origin.report("a transaction that thread " + origin.thread()
                            + " began was open beyond EngineContext.transactionLimitMs and has been given up"));
        }
    }

    private void freeUnreachable() {
        for (Reference<?> gone = unreachable.poll(); gone != null; gone = unreachable.poll()) {
            final Abandoned body = (Abandoned) gone;
            abandoned.remove(body);
            body.memory.run();
        }
    }
}
