package io.abelia.histories;

import org.agrona.collections.LongArrayList;

/**
 * What one session does, noted while it does it: {@link #read} and {@link #write} of a transaction, then {@link #committed}, {@link #aborted}
 * or {@link #unknown}. A session that moves to another node remains one session. One thread, whose events are merged with
 * those of other sessions by {@link HistoryRecorder#build}.
 */
public final class RecordedSession {
    /** Bits of an entry that tell how many values follow it. */
    static final int COUNT_BITS = 16;

    /** Count of an entry that is a write. */
    static final int WRITE = (1 << COUNT_BITS) - 1;

    private final LongArrayList entries = new LongArrayList();
    private final LongArrayList ends = new LongArrayList();
    private boolean ended;

    RecordedSession() {}

    /** Notes a read: no values for a key that nobody has written, several for a multi-value key. */
    public RecordedSession read(final int key, final long... values) {
        return add(key, values.length, values);
    }

    /** Notes a write; a transaction writes a key once, and no two writes of a history have the same value. */
    public RecordedSession write(final int key, final long value) {
        return add(key, WRITE, value);
    }

    private RecordedSession add(final int key, final int count, final long... values) {
        if (ended) {
            throw new IllegalStateException("a transaction's outcome is unknown: go on in a new session");
        }
        if (key < 0 || key > History.MAX_KEY || values.length >= WRITE) {
            throw new IllegalArgumentException("key " + key + " with " + values.length + " values");
        }
        entries.addLong((long) key << COUNT_BITS | count);
        for (final long value : values) {
            entries.addLong(value);
        }
        return this;
    }

    /** The transaction has committed; the next operation begins another. */
    public void committed() {
        ends.addLong(entries.size());
    }

    /** The transaction has certainly not committed: nobody may ever read what it wrote. */
    public void aborted() {
        final int from = ends.isEmpty() ? 0 : (int) ends.getLong(ends.size() - 1);
        while (entries.size() > from) {
            entries.removeAt(entries.size() - 1);
        }
    }

    /**
     * Nobody has told whether the transaction committed. It counts as committed, at the end of its session: if nobody reads from it,
     * nothing follows from that. The client goes on in a new session.
     */
    public void unknown() {
        committed();
        ended = true;
    }

    /** How many transactions have been noted, aborted ones not counted. */
    public int transactions() {
        return ends.size();
    }

    long entry(final int index) {
        return entries.getLong(index);
    }

    int endOf(final int transaction) {
        return (int) ends.getLong(transaction);
    }
}
