package io.abelia.engine.clock;

import io.abelia.engine.lock.CommitLock;
import java.util.ArrayList;
import java.util.List;
import org.agrona.collections.Long2LongHashMap;
import org.agrona.collections.LongHashSet;

/**
 * The origins that this node knows, each under a small local index, with what delivery needs of them: the highest seq applied
 * (the applied clock), the CRC of that record (the link of the next), the full delivery clock of that record (the base of the
 * next delta) and the author's slot numbering.
 *
 * <p>Written with the engine's commit lock held only. The applied clock may be copied optimistically under the engine's
 * version.
 */
public final class OriginTable implements AutoCloseable {
    /** What {@link #indexOf} returns for an origin never heard of. */
    public static final int UNKNOWN = -1;

    private static final int INITIAL_ORIGINS = 16;

    private final CommitLock lock;
    private final Long2LongHashMap indexByOrigin = new Long2LongHashMap(UNKNOWN);
    private final OffHeapLongs origins = new OffHeapLongs(INITIAL_ORIGINS);
    private final OffHeapLongs applied = new OffHeapLongs(INITIAL_ORIGINS);
    private final OffHeapLongs links = new OffHeapLongs(INITIAL_ORIGINS);
    private final OffHeapLongs closed = new OffHeapLongs(INITIAL_ORIGINS);
    private final List<AuthorClock> authors = new ArrayList<>();
    private final OffHeapLongs observed = new OffHeapLongs(INITIAL_ORIGINS);
    private final LongHashSet frozen = new LongHashSet();
    private volatile int count;
    private boolean observedIsKnown;

    /** An empty table that a lock guards. */
    public OriginTable(final CommitLock lock) {
        this.lock = lock;
    }

    /** Number of origins; indexes run below it. */
    public int count() {
        return count;
    }

    public int indexOf(final long origin) {
        assert lock.isHeld();
        return (int) indexByOrigin.get(origin);
    }

    /** Index of an origin, given to it now if it has none. */
    public int register(final long origin) {
        assert lock.isHeld();
        int index = indexOf(origin);
        if (index == UNKNOWN) {
            index = count;
            indexByOrigin.put(origin, index);
            origins.set(index, origin);
            applied.set(index, 0);
            links.set(index, 0);
            closed.set(index, 0);
            observed.set(index, 0);
            authors.add(new AuthorClock());
            assert authors.size() == index + 1 : index;
            assert applied.capacity() > index : index;
            count = index + 1;
        }
        return index;
    }

    public long origin(final int index) {
        return origins.get(index);
    }

    /** Highest seq of the origin applied here; delivery is contiguous, so it stands for all before it. */
    public long applied(final int index) {
        return applied.get(index);
    }

    /** Highest seq applied of an origin that may be unknown (then 0). */
    public long appliedOf(final long origin) {
        final int index = indexOf(origin);
        return index == UNKNOWN ? 0 : applied.get(index);
    }

    /** CRC field of the origin's last applied record. */
    public int link(final int index) {
        return (int) links.get(index);
    }

    /** Whether the origin has ended: by its closing record, or by who took its rights over. */
    public boolean isClosed(final int index) {
        return closed.get(index) != 0;
    }

    public void markClosed(final int index) {
        assert lock.isHeld();
        assert index < count : index;
        closed.set(index, 1);
    }

    /** Whether two contents for one dot of the origin were seen; nothing of it is delivered any more. */
    public boolean isFrozen(final long origin) {
        return !frozen.isEmpty() && frozen.contains(origin);
    }

    public void freeze(final long origin) {
        assert lock.isHeld();
        frozen.add(origin);
    }

    /** Notes that a record of the origin has been applied. */
    public void advance(final int index, final long seq, final int crc) {
        assert lock.isHeld();
        assert seq >= applied.get(index) : "seq " + seq + " after " + applied.get(index);
        assert index < count : index;
        applied.set(index, seq);
        links.set(index, crc);
        observed.set(index, 0);
    }

    /** Notes that a record which is being applied had observed an origin up to a seq. */
    void observe(final int index, final long seq) {
        if (seq == applied.get(index)) {
            observed.set(index, 1);
        }
    }

    /**
     * The last applied dot of each origin that no other applied record has observed: with their causes they are all that has been applied
     * (allocates).
     */
    public VectorClock heads() {
        assert lock.isHeld();
        if (!observedIsKnown) {
            observedIsKnown = true;
            for (int author = 0; author < count; author++) {
                for (int i = 0; i < count; i++) {
                    if (i != author && applied.get(author) > 0) {
                        observe(i, authors.get(author).entry(i));
                    }
                }
            }
        }
        final VectorClock.Builder builder = VectorClock.builder();
        for (int i = 0; i < count; i++) {
            if (observed.get(i) == 0) {
                builder.put(origins.get(i), applied.get(i));
            }
        }
        return builder.build();
    }

    /** Forgets what was applied; the origins keep their indexes. */
    public void reset() {
        assert lock.isHeld();
        observedIsKnown = false;
        for (int i = 0; i < count; i++) {
            applied.set(i, 0);
            links.set(i, 0);
            closed.set(i, 0);
            observed.set(i, 0);
            authors.set(i, new AuthorClock()).close();
        }
    }

    public AuthorClock author(final int index) {
        return authors.get(index);
    }

    /** The applied clock: entry {@code i} is that of origin index {@code i}. */
    public OffHeapLongs appliedClock() {
        return applied;
    }

    /** A copy of the applied clock (allocates). */
    public VectorClock toVectorClock() {
        assert lock.isHeld();
        final VectorClock.Builder builder = VectorClock.builder();
        for (int i = 0; i < count; i++) {
            builder.put(origins.get(i), applied.get(i));
        }
        return builder.build();
    }

    @Override
    public void close() {
        origins.close();
        applied.close();
        links.close();
        closed.close();
        observed.close();
        authors.forEach(AuthorClock::close);
        authors.clear();
        count = 0;
    }
}
