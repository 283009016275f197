package io.abelia.histories;

import org.agrona.collections.IntArrayList;

/**
 * Judges transactional causal consistency, after Biswas and Enea, "On the Complexity of Checking Transactional Consistency" (OOPSLA 2019):
 * the axiom Causal, checked by saturation. With {@code so} the session order and {@code wr} the relation from each writer to who read from
 * it:
 *
 * <ol>
 *   <li>(so u wr)+ has no cycle. It is the causal order.
 *   <li>Last-writer keys: if t3 reads x from t1, and t2 writes x and comes causally before t3, then t2 comes before t1 in the order of
 *       commits. That order contains the causal one and has no cycle. Who reads nothing in x has no write of x in its past.
 * </ol>
 *
 * <p>Reads of multi-value keys, which return the set R of all writes in the reader's snapshot that no other write there has seen
 * (Burckhardt, "Principles of Eventual Consistency", 2014), are not in the paper. A snapshot contains the causal past, may contain more,
 * and is closed under causes, so for a reader t3:
 *
 * <ol start="3">
 *   <li>nothing in R comes causally before another write of x in t3's past: it would have been overwritten;
 *   <li>a write of x in t3's past that is not in R was seen by a write in R. If only one can have seen it, it comes causally before that one
 *       from then on, and the causal order is closed again, until nothing new follows. If none can, the history is rejected. A
 *       transaction that read x before it wrote it has seen no more of x than that read tells, and of two writes that some read returned
 *       together neither has seen the other.
 * </ol>
 *
 * <p>It never rejects a history that has an explanation. It accepts none without one, unless the verdict has open obligations: several
 * writes in R may have seen the missing one, and which did would have to be guessed. Who reads what it overwrites leaves nothing to guess.
 *
 * <p>Read your writes, monotonic reads, monotonic writes and writes follow reads (Terry et al. 1994) are consequences, since a session that
 * moves between nodes stays one session. Time, with s sessions and r reads: O(r s) for each round of rule 4, of which there are few.
 */
public final class CausalConsistencyChecker {
    private final History history;
    private final WriteIndex writes;
    private final OrderGraph graph;
    private final Findings findings;
    private final ForcedOrder forced = new ForcedOrder();
    private int reads;

    private CausalConsistencyChecker(final OrderGraph graph) {
        this.graph = graph;
        history = graph.history();
        writes = new WriteIndex(history);
        findings = new Findings(graph);
    }

    /** Judges a history. */
    public static Verdict check(final History history) {
        final Anomaly bySource = ReadSources.check(history);
        if (bySource != null) {
            return new Verdict(bySource, 0, 0);
        }
        final OrderGraph graph = OrderGraph.of(history);
        return graph.isAcyclic()
                ? new CausalConsistencyChecker(graph).check()
                : new Verdict(Findings.cycle(graph), 0, 0);
    }

    private Verdict check() {
        final MultiValueRule rule = new MultiValueRule(history, writes, findings, forced);
        CausalOrder order;
        do {
            forced.moveTo(graph);
            if (!graph.isAcyclic()) {
                return new Verdict(Findings.cycle(graph), rule.reads(), rule.open());
            }
            order = CausalOrder.of(graph);
            rule.apply(order);
        } while (findings.isEmpty() && !forced.isEmpty());
        lastWriterRule(order);
        reads += rule.reads();
        if (!findings.isEmpty()) {
            return new Verdict(findings.best(), reads, rule.open());
        }
        forced.moveTo(graph);
        return new Verdict(graph.isAcyclic() ? null : Findings.cycle(graph), reads, rule.open());
    }

    private void lastWriterRule(final CausalOrder order) {
        for (int t = 0; t < history.transactions(); t++) {
            for (int o = history.firstOperation(t); o < history.endOperation(t); o++) {
                if (history.isExternalRead(o) && !history.isMultiValue(history.key(o))) {
                    reads++;
                    lastWriterRead(t, o, order);
                }
            }
        }
    }

    private void lastWriterRead(final int transaction, final int read, final CausalOrder order) {
        final int key = history.key(read);
        final IntArrayList latest = writes.latestBefore(transaction, key, order);
        for (int i = 0; i < latest.size(); i++) {
            final int write = latest.getInt(i);
            if (history.writerCount(read) == 0) {
                findings.missing(read, transaction, write);
                continue;
            }
            final int returned = history.writer(read, 0);
            if (write == returned || order.precedes(write, returned)) {
                continue;
            }
            if (order.precedes(returned, write)) {
                findings.overwritten(read, transaction, returned, write);
            } else {
                forced.add(write, returned, key, transaction);
            }
        }
    }
}
