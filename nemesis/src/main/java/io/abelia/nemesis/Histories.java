package io.abelia.nemesis;

import io.abelia.histories.CausalConsistencyChecker;
import io.abelia.histories.History;
import io.abelia.histories.HistoryRecorder;
import io.abelia.histories.HistoryText;
import io.abelia.histories.ReadAtomicityChecker;
import io.abelia.histories.RecordedSession;
import io.abelia.histories.Verdict;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Sessions that move between daemons under faults, and a history of all that they were answered, which has to be causally consistent. Each
 * table has a history of its own.
 */
final class Histories {
    /** So many transactions are judged within seconds, and in a small heap. */
    private static final int TRANSACTIONS = 20_000;

    private static final long LEAST_PAUSE_NS = 2_000_000L;

    private final List<Daemon> nodes;
    private final Client client;
    private final String table;
    private final boolean withTokens;
    private final int count;
    private final HistoryRecorder recorder = new HistoryRecorder();
    private final AtomicLong values = new AtomicLong();
    private final List<HistorySession> sessions = new ArrayList<>();
    private final List<Thread> threads = new ArrayList<>();

    /**
     * @param withTokens whether sessions carry the token of what they saw last; without, the history is a control that has to be rejected where
     *     the network was cut
     * @param count how many clients, each a thread
     */
    Histories(
            final List<Daemon> nodes,
            final Client client,
            final String table,
            final boolean withTokens,
            final int count) {
        this.nodes = nodes;
        this.client = client;
        this.table = table;
        this.withTokens = withTokens;
        this.count = count;
        for (int key = 0; key < HistoryTable.KEYS; key++) {
            if (HistoryTable.isMultiValue(key)) {
                recorder.multiValue(key);
            }
        }
    }

    /**
     * Starts the clients.
     *
     * @param runNs how long they will run: what a history can hold is spread over it
     */
    void start(final long seed, final long runNs) {
        final long pauseNs = Math.max(LEAST_PAUSE_NS, runNs * count / TRANSACTIONS);
        for (int i = 0; i < count; i++) {
            final HistorySession session = new HistorySession(
                    nodes,
                    new HistoryTable(client, table, withTokens),
                    recorder,
                    values::incrementAndGet,
                    new Random(seed + i),
                    HistoryTable.KEYS + i,
                    pauseNs);
            final Thread thread = new Thread(session, table + "-" + i);
            thread.setDaemon(true);
            sessions.add(session);
            threads.add(thread);
            thread.start();
        }
    }

    /** Lets each session say farewell in a key of its own; all nodes are up again. */
    void stop() throws InterruptedException {
        sessions.forEach(HistorySession::stop);
        for (final Thread thread : threads) {
            thread.join();
        }
    }

    /**
     * Reads everything on each node, in one session: it reads from every client's farewell, so nothing acknowledged may be missing, and no two
     * nodes may differ.
     */
    History audited() throws IOException {
        final RecordedSession auditor = recorder.session();
        for (final Daemon node : nodes) {
            final List<long[]> all = new HistoryTable(client, table, false).read(node);
            if (all.isEmpty()) {
                throw new IOException("node " + node.id + " does not answer the auditor");
            }
            for (int key = 0; key < HistoryTable.KEYS + count; key++) {
                auditor.read(key, all.get(key));
            }
            auditor.committed();
        }
        return recorder.build();
    }

    /** Judges a history. */
    static Verdict judge(final History history) {
        final Verdict atomic = ReadAtomicityChecker.check(history);
        return atomic.isAccepted() ? CausalConsistencyChecker.check(history) : atomic;
    }

    /** Keeps a history, and tells how to judge it again. */
    static String keep(final History history, final long seed) throws IOException {
        final Path file = Files.createTempFile("abelia-history-" + seed + "-", ".txt");
        Files.writeString(file, HistoryText.write(history, "nemesis, seed " + seed));
        return "kept: ./abelia histories " + file;
    }

    String describe(final History history, final Verdict verdict) {
        int moves = 0;
        int refused = 0;
        int unknown = 0;
        int given = 0;
        for (final HistorySession session : sessions) {
            moves += session.moves();
            refused += session.refused();
            unknown += session.unknown();
            given += session.abandoned();
        }
        return String.format(
                "history of table %s, sessions %s: %,d transactions, %,d moves, %,d not served yet or not up, %,d outcomes unknown, %,d sessions"
                        + " given up%n  %s",
                table,
                withTokens ? "with tokens" : "without tokens (a control)",
                history.transactions(),
                moves,
                refused,
                unknown,
                given,
                verdict);
    }
}
