package io.abelia.histories;

import java.util.BitSet;
import org.agrona.collections.IntArrayList;
import org.agrona.collections.LongHashSet;

/** Rules 3 and 4 of {@link CausalConsistencyChecker}: reads that return sets of writes. */
final class MultiValueRule {
    private static final int NOBODY = -1;
    private static final int SEVERAL = -2;

    private final History history;
    private final WriteIndex writes;
    private final Findings findings;
    private final ForcedOrder forced;
    private final LongHashSet together = new LongHashSet();
    private int reads;
    private int open;

    MultiValueRule(final History history, final WriteIndex writes, final Findings findings, final ForcedOrder forced) {
        this.history = history;
        this.writes = writes;
        this.findings = findings;
        this.forced = forced;
        for (int o = 0; o < history.operations(); o++) {
            if (history.isExternalRead(o)) {
                noteTogether(o);
            }
        }
    }

    /** Of two writes that one read returned, neither has seen the other. */
    private void noteTogether(final int read) {
        for (int i = 0; i < history.writerCount(read); i++) {
            for (int j = 0; j < history.writerCount(read); j++) {
                together.add(pair(history.writer(read, i), history.writer(read, j)));
            }
        }
    }

    private static long pair(final int one, final int other) {
        return (long) one << Integer.SIZE | other;
    }

    /** Reads of the last round. */
    int reads() {
        return reads;
    }

    /** Obligations that the last round left open. */
    int open() {
        return open;
    }

    /** One round over all reads. */
    void apply(final CausalOrder order) {
        reads = 0;
        open = 0;
        for (int t = 0; t < history.transactions(); t++) {
            for (int o = history.firstOperation(t); o < history.endOperation(t); o++) {
                if (history.isExternalRead(o) && history.isMultiValue(history.key(o))) {
                    reads++;
                    judge(t, o, order);
                }
            }
        }
    }

    private void judge(final int transaction, final int read, final CausalOrder order) {
        // of each session the last write suffices: what holds of it follows for those before it
        final IntArrayList latest = writes.latestBefore(transaction, history.key(read), order);
        for (int i = 0; i < latest.size(); i++) {
            final int write = latest.getInt(i);
            final int overwritten = firstBefore(write, read, order);
            if (overwritten != NOBODY) {
                findings.overwritten(read, transaction, overwritten, write);
            } else if (!history.readsFrom(read, write) && !isSeen(write, read, order)) {
                oblige(transaction, read, write, order);
            }
        }
    }

    /** One of the returned writes that comes before a write, or nobody. */
    private int firstBefore(final int write, final int read, final CausalOrder order) {
        for (int i = 0; i < history.writerCount(read); i++) {
            if (order.precedes(history.writer(read, i), write)) {
                return history.writer(read, i);
            }
        }
        return NOBODY;
    }

    private boolean isSeen(final int write, final int read, final CausalOrder order) {
        for (int i = 0; i < history.writerCount(read); i++) {
            if (order.precedes(write, history.writer(read, i))) {
                return true;
            }
        }
        return false;
    }

    /** A write that was not returned was seen by one that was. */
    private void oblige(final int transaction, final int read, final int write, final CausalOrder order) {
        int by = NOBODY;
        for (int i = 0; i < history.writerCount(read); i++) {
            final int returned = history.writer(read, i);
            if (maySee(returned, write, history.key(read), order, new BitSet())) {
                by = by == NOBODY || by == returned ? returned : SEVERAL;
            }
        }
        if (by == NOBODY) {
            findings.missing(read, transaction, write);
        } else if (by == SEVERAL) {
            open++;
        } else {
            forced.add(write, by, history.key(read), transaction);
        }
    }

    /** Whether a write may have seen another one of the same key, though the causal order does not say so. */
    private boolean maySee(
            final int later, final int write, final int key, final CausalOrder order, final BitSet visited) {
        if (later == write
                || visited.get(later)
                || order.precedes(later, write)
                || together.contains(pair(later, write))) {
            return false;
        }
        visited.set(later);
        final int read = history.externalReadOf(later, key);
        if (read < 0) {
            return true;
        }
        for (int i = 0; i < history.writerCount(read); i++) {
            if (maySee(history.writer(read, i), write, key, order, visited)) {
                return true;
            }
        }
        return false;
    }
}
