package io.abelia.histories;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import org.agrona.collections.Long2LongHashMap;

/**
 * Collects a {@link History} while it happens. Any thread may ask for a session; each session then belongs to one thread. {@link #build} is
 * called when all of them have ended.
 */
public final class HistoryRecorder {
    private static final long NOBODY = -1;

    private final List<RecordedSession> sessions = new ArrayList<>();
    private final BitSet multiValue = new BitSet();

    /** Says that reads of a key return all concurrent writes. */
    public synchronized HistoryRecorder multiValue(final int key) {
        multiValue.set(key);
        return this;
    }

    /** A new session, of the thread that uses it. */
    public synchronized RecordedSession session() {
        final RecordedSession session = new RecordedSession();
        sessions.add(session);
        return session;
    }

    /**
     * The history of all sessions so far.
     *
     * @throws IllegalArgumentException if two writes have the same value, or a transaction writes a key twice
     */
    public synchronized History build() {
        final Long2LongHashMap writers = writers();
        final HistoryAssembler assembler = new HistoryAssembler().multiValue(multiValue);
        for (final RecordedSession session : sessions) {
            assembler.session();
            int entry = 0;
            for (int t = 0; t < session.transactions(); t++) {
                assembler.transaction();
                while (entry < session.endOf(t)) {
                    entry = add(assembler, session, entry, writers);
                }
            }
        }
        return assembler.build();
    }

    private static int add(
            final HistoryAssembler assembler,
            final RecordedSession session,
            final int entry,
            final Long2LongHashMap writers) {
        final int key = key(session, entry);
        if (isWrite(session, entry)) {
            assembler.write(key);
            return entry + 2;
        }
        final int[] from = new int[count(session, entry)];
        for (int i = 0; i < from.length; i++) {
            final long writer = writers.get(session.entry(entry + 1 + i));
            from[i] = writer == NOBODY || (int) writer != key ? History.NOWHERE : (int) (writer >> Integer.SIZE);
        }
        assembler.read(key, from);
        return entry + 1 + from.length;
    }

    /** By value who wrote it, and to which key. */
    private Long2LongHashMap writers() {
        final Long2LongHashMap writers = new Long2LongHashMap(NOBODY);
        long number = 0;
        for (final RecordedSession session : sessions) {
            int entry = 0;
            for (int t = 0; t < session.transactions(); t++, number++) {
                while (entry < session.endOf(t)) {
                    if (isWrite(session, entry)) {
                        final long value = session.entry(entry + 1);
                        if (writers.put(value, number << Integer.SIZE | key(session, entry)) != NOBODY) {
                            throw new IllegalArgumentException("value " + value + " was written twice");
                        }
                    }
                    entry += 1 + (isWrite(session, entry) ? 1 : count(session, entry));
                }
            }
        }
        return writers;
    }

    private static int key(final RecordedSession session, final int entry) {
        return (int) (session.entry(entry) >> RecordedSession.COUNT_BITS);
    }

    private static int count(final RecordedSession session, final int entry) {
        return (int) session.entry(entry) & RecordedSession.WRITE;
    }

    private static boolean isWrite(final RecordedSession session, final int entry) {
        return count(session, entry) == RecordedSession.WRITE;
    }
}
