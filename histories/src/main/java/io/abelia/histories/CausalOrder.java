package io.abelia.histories;

import org.agrona.collections.IntArrayList;

/**
 * The transitive closure of an {@link OrderGraph}, as a vector clock for each transaction: by session, how many of its transactions come
 * before. Since a session is a chain, that is all of the closure, in transactions times sessions numbers.
 */
final class CausalOrder {
    private final History history;
    private final int[][] clocks;

    private CausalOrder(final History history) {
        this.history = history;
        clocks = new int[history.transactions()][history.sessions()];
    }

    /** The closure of a graph without cycles. */
    static CausalOrder of(final OrderGraph graph) {
        final CausalOrder order = new CausalOrder(graph.history());
        final IntArrayList forward = graph.forward();
        assert forward.size() == order.clocks.length : "a graph with a cycle has no causal order";
        for (int i = 0; i < forward.size(); i++) {
            final int t = forward.getInt(i);
            if (graph.hasNextInSession(t)) {
                order.merge(t, t + 1);
            }
            for (int edge = graph.firstEdge(t); edge >= 0; edge = graph.nextEdge(edge)) {
                order.merge(t, graph.to(edge));
            }
        }
        return order;
    }

    private void merge(final int before, final int after) {
        final int[] source = clocks[before];
        final int[] target = clocks[after];
        for (int session = 0; session < source.length; session++) {
            target[session] = Math.max(target[session], source[session]);
        }
        final int own = history.sessionOf(before);
        target[own] = Math.max(target[own], history.indexOf(before) + 1);
    }

    /** Whether a transaction comes before another one. */
    boolean precedes(final int before, final int after) {
        return clocks[after][history.sessionOf(before)] > history.indexOf(before);
    }

    /** How many transactions of a session come before a transaction. */
    int count(final int transaction, final int session) {
        return clocks[transaction][session];
    }
}
