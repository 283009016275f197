package io.abelia.histories;

import org.agrona.collections.IntArrayList;

/**
 * Judges read atomicity, after Biswas and Enea, "On the Complexity of Checking Transactional Consistency" (OOPSLA 2019): the axiom Read
 * Atomic, checked by saturation. With {@code so} the session order and {@code wr} the relation from each writer to who read from it:
 *
 * <ol>
 *   <li>Last-writer keys: if t3 reads x from t1, and t2 writes x and is <em>directly</em> before t3 in so or wr, then t2 comes before t1 in
 *       the order of commits. That order contains so and wr and has no cycle. Who reads nothing in x has no such t2.
 *   <li>Multi-value keys, which the paper does not have, where t3 reads the set R: nothing in R is directly before a t2 that writes x and is
 *       directly before t3. A t2 that is not in R comes before one of R in the order of commits; if R has only one that does not come
 *       before t2, before that one. These conditions are necessary, not sufficient.
 * </ol>
 *
 * <p>So a transaction is seen with all its writes or with none, also if the reader's session wrote it. It does not say that causes are seen: that
 * is {@link CausalConsistencyChecker}, which rejects all that this one rejects. A history that fails here shows fractured reads, one
 * that fails only there has lost causality.
 */
public final class ReadAtomicityChecker {
    private final History history;
    private final WriteIndex writes;
    private final OrderGraph graph;
    private final CausalOrder order;
    private final Findings findings;
    private final ForcedOrder forced = new ForcedOrder();
    private int reads;
    private int open;

    private ReadAtomicityChecker(final OrderGraph graph) {
        this.graph = graph;
        history = graph.history();
        writes = new WriteIndex(history);
        order = CausalOrder.of(graph);
        findings = new Findings(graph);
    }

    /** Judges a history. */
    public static Verdict check(final History history) {
        final Anomaly bySource = ReadSources.check(history);
        if (bySource != null) {
            return new Verdict(bySource, 0, 0);
        }
        final OrderGraph graph = OrderGraph.of(history);
        return graph.isAcyclic() ? new ReadAtomicityChecker(graph).check() : new Verdict(Findings.cycle(graph), 0, 0);
    }

    private Verdict check() {
        for (int t = 0; t < history.transactions(); t++) {
            for (int o = history.firstOperation(t); o < history.endOperation(t); o++) {
                if (history.isExternalRead(o)) {
                    reads++;
                    judge(t, o);
                }
            }
        }
        if (!findings.isEmpty()) {
            return new Verdict(findings.best(), reads, open);
        }
        forced.moveTo(graph);
        return new Verdict(graph.isAcyclic() ? null : Findings.cycle(graph), reads, open);
    }

    private void judge(final int transaction, final int read) {
        final IntArrayList direct = directWritersBefore(transaction, history.key(read));
        for (int i = 0; i < direct.size(); i++) {
            final int write = direct.getInt(i);
            for (int j = 0; j < history.writerCount(read); j++) {
                final int returned = history.writer(read, j);
                if (returned != write && isDirectlyBefore(returned, write)) {
                    findings.overwritten(read, transaction, returned, write);
                }
            }
            if (!history.readsFrom(read, write) && !isBeforeOneOf(write, read)) {
                oblige(transaction, read, write);
            }
        }
    }

    private boolean isBeforeOneOf(final int write, final int read) {
        for (int i = 0; i < history.writerCount(read); i++) {
            if (order.precedes(write, history.writer(read, i))) {
                return true;
            }
        }
        return false;
    }

    /** A write that is directly before the reader and was not returned comes before one that was. */
    private void oblige(final int transaction, final int read, final int write) {
        int candidates = 0;
        int candidate = -1;
        for (int i = 0; i < history.writerCount(read); i++) {
            if (!order.precedes(history.writer(read, i), write)) {
                candidate = history.writer(read, i);
                candidates++;
            }
        }
        if (candidates == 1) {
            forced.add(write, candidate, history.key(read), transaction);
        } else if (candidates > 1) {
            open++;
        } else if (history.writerCount(read) == 0) {
            findings.missing(read, transaction, write);
        } else {
            findings.overwritten(read, transaction, history.writer(read, 0), write);
        }
    }

    /** Who writes a key and is before a transaction in session order, or is read from by it. */
    private IntArrayList directWritersBefore(final int transaction, final int key) {
        final IntArrayList direct = writes.earlierInSession(transaction, key);
        for (int o = history.firstOperation(transaction); o < history.endOperation(transaction); o++) {
            for (int i = 0; history.isExternalRead(o) && i < history.writerCount(o); i++) {
                final int writer = history.writer(o, i);
                if (history.writes(writer, key) && !direct.containsInt(writer)) {
                    direct.addInt(writer);
                }
            }
        }
        return direct;
    }

    private boolean isDirectlyBefore(final int before, final int after) {
        if (before < after && history.sessionOf(before) == history.sessionOf(after)) {
            return true;
        }
        for (int o = history.firstOperation(after); o < history.endOperation(after); o++) {
            if (history.isExternalRead(o) && history.readsFrom(o, before)) {
                return true;
            }
        }
        return false;
    }
}
