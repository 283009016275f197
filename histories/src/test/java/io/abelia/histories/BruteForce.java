package io.abelia.histories;

import java.util.Arrays;

/**
 * Decides tiny histories by trying every execution of an abstract store: every order of commits, and for each transaction every set of
 * earlier transactions that its snapshot may hold. Shares no idea with the checkers, only the definition of what is consistent.
 */
final class BruteForce {
    private final History history;
    private final boolean causal;
    private final int[] place;
    private final int[] seen;

    private BruteForce(final History history, final boolean causal) {
        this.history = history;
        this.causal = causal;
        place = new int[history.transactions()];
        seen = new int[history.transactions()];
    }

    /** Whether some execution with snapshots that are closed under causes explains the history. */
    static boolean isCausallyConsistent(final History history) {
        return new BruteForce(history, true).go(0, 0);
    }

    /** Whether some execution with any snapshots explains the history. */
    static boolean isReadAtomic(final History history) {
        return new BruteForce(history, false).go(0, 0);
    }

    private boolean go(final int placed, final int count) {
        if (count == place.length) {
            return true;
        }
        for (int t = 0; t < place.length; t++) {
            final int required = required(t);
            if ((placed & 1 << t) == 0 && (required & ~placed) == 0) {
                place[t] = count;
                if (goWith(t, required, placed, count)) {
                    return true;
                }
            }
        }
        return false;
    }

    private boolean goWith(final int transaction, final int required, final int placed, final int count) {
        final int free = placed & ~required;
        for (int more = free; ; more = more - 1 & free) {
            seen[transaction] = required | more;
            if (isClosed(seen[transaction]) && explainsReads(transaction) && go(placed | 1 << transaction, count + 1)) {
                return true;
            }
            if (more == 0) {
                return false;
            }
        }
    }

    /** What a snapshot has to hold: earlier transactions of the session, and those that are read from. */
    private int required(final int transaction) {
        int mask = 0;
        for (int t = history.firstOf(history.sessionOf(transaction)); t < transaction; t++) {
            mask |= 1 << t;
        }
        for (int o = history.firstOperation(transaction); o < history.endOperation(transaction); o++) {
            for (int i = 0; !history.isWrite(o) && i < history.writerCount(o); i++) {
                mask |= 1 << history.writer(o, i);
            }
        }
        return mask;
    }

    private boolean isClosed(final int snapshot) {
        for (int t = 0; causal && t < place.length; t++) {
            if ((snapshot & 1 << t) != 0 && (seen[t] & ~snapshot) != 0) {
                return false;
            }
        }
        return true;
    }

    private boolean explainsReads(final int transaction) {
        for (int o = history.firstOperation(transaction); o < history.endOperation(transaction); o++) {
            if (!history.isWrite(o)) {
                final int returned = Arrays.stream(writers(o)).reduce(0, (mask, t) -> mask | 1 << t);
                if (returned != answer(history.key(o), seen[transaction])) {
                    return false;
                }
            }
        }
        return true;
    }

    private int[] writers(final int read) {
        final int[] writers = new int[history.writerCount(read)];
        Arrays.setAll(writers, i -> history.writer(read, i));
        return writers;
    }

    /** What a read of a snapshot returns. */
    private int answer(final int key, final int snapshot) {
        int answer = 0;
        int last = -1;
        for (int t = 0; t < place.length; t++) {
            if ((snapshot & 1 << t) == 0 || !history.writes(t, key)) {
                continue;
            }
            if (!history.isMultiValue(key)) {
                last = last < 0 || place[t] > place[last] ? t : last;
            } else if (!isOverwritten(t, key, snapshot)) {
                answer |= 1 << t;
            }
        }
        return last < 0 ? answer : 1 << last;
    }

    private boolean isOverwritten(final int write, final int key, final int snapshot) {
        for (int t = 0; t < place.length; t++) {
            if ((snapshot & 1 << t) != 0 && history.writes(t, key) && (seen[t] & 1 << write) != 0) {
                return true;
            }
        }
        return false;
    }
}
