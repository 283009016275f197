package io.abelia.histories;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Collections;
import java.util.List;
import org.agrona.collections.IntArrayList;

/**
 * Which transaction comes before which, and why: a graph over the transactions of a history. Begins with session order (which takes
 * no edges, since the next transaction of a session has the next number) and write-read; rules add edges that follow from a read.
 * One thread.
 */
final class OrderGraph {
    /** How many transactions on cycles are tried as the beginning of a short one. */
    private static final int MAX_CYCLE_STARTS = 400;

    private static final int NO_EDGE = -1;
    private static final int UNREACHED = Integer.MIN_VALUE;

    private final History history;
    private final int nodes;
    private final int[] firstEdge;
    private final IntArrayList nextEdge = new IntArrayList();
    private final IntArrayList from = new IntArrayList();
    private final IntArrayList to = new IntArrayList();
    private final IntArrayList key = new IntArrayList();
    private final IntArrayList reader = new IntArrayList();

    private OrderGraph(final History history) {
        this.history = history;
        nodes = history.transactions();
        firstEdge = new int[nodes];
        Arrays.fill(firstEdge, NO_EDGE);
    }

    /** Session order and write-read of a history whose reads have passed {@link ReadSources}. */
    static OrderGraph of(final History history) {
        final OrderGraph graph = new OrderGraph(history);
        for (int t = 0; t < history.transactions(); t++) {
            for (int o = history.firstOperation(t); o < history.endOperation(t); o++) {
                for (int i = 0; history.isExternalRead(o) && i < history.writerCount(o); i++) {
                    graph.add(history.writer(o, i), t, history.key(o), Step.NO_READER);
                }
            }
        }
        return graph;
    }

    /** Adds an edge: {@code readBy} is the transaction whose read forces it. */
    void add(final int before, final int after, final int onKey, final int readBy) {
        from.addInt(before);
        to.addInt(after);
        key.addInt(onKey);
        reader.addInt(readBy);
        nextEdge.addInt(firstEdge[before]);
        firstEdge[before] = to.size() - 1;
    }

    History history() {
        return history;
    }

    int firstEdge(final int transaction) {
        return firstEdge[transaction];
    }

    /** The next edge from the same transaction, negative if there is none. */
    int nextEdge(final int edge) {
        return nextEdge.getInt(edge);
    }

    int to(final int edge) {
        return to.getInt(edge);
    }

    boolean hasNextInSession(final int transaction) {
        return transaction + 1 < history.endOf(history.sessionOf(transaction));
    }

    /** The transactions so that every edge goes forward (Kahn 1962); those on cycles and behind them are missing. */
    IntArrayList forward() {
        final int[] waiting = new int[nodes];
        final IntArrayList order = new IntArrayList(Math.max(nodes, 1), IntArrayList.DEFAULT_NULL_VALUE);
        for (int edge = 0; edge < to.size(); edge++) {
            waiting[to(edge)]++;
        }
        for (int t = 0; t < nodes; t++) {
            waiting[t] += history.indexOf(t) > 0 ? 1 : 0;
            if (waiting[t] == 0) {
                order.addInt(t);
            }
        }
        for (int done = 0; done < order.size(); done++) {
            final int t = order.getInt(done);
            if (hasNextInSession(t) && --waiting[t + 1] == 0) {
                order.addInt(t + 1);
            }
            for (int edge = firstEdge[t]; edge >= 0; edge = nextEdge(edge)) {
                if (--waiting[to(edge)] == 0) {
                    order.addInt(to(edge));
                }
            }
        }
        return order;
    }

    boolean isAcyclic() {
        return forward().size() == nodes;
    }

    /** A path of as few steps as there can be, where session order to any later transaction is one; empty if there is none. */
    List<Step> path(final int start, final int goal) {
        return search(start, goal, new BitSet());
    }

    /** A short cycle; empty if there is none. */
    List<Step> cycle() {
        final BitSet outside = new BitSet();
        forward().forEachInt(outside::set);
        List<Step> best = List.of();
        int tried = 0;
        for (int t = outside.nextClearBit(0); t < nodes && tried < MAX_CYCLE_STARTS; t = outside.nextClearBit(t + 1)) {
            final List<Step> cycle = search(t, t, outside);
            if (!cycle.isEmpty()) {
                tried++;
                if (best.isEmpty() || cycle.size() < best.size()) {
                    best = cycle;
                }
            }
        }
        return best;
    }

    /** Breadth first. A transaction is reached by an edge, or, through session order, by -1 - (an earlier transaction). */
    private List<Step> search(final int start, final int goal, final BitSet outside) {
        final int[] reachedBy = new int[nodes];
        Arrays.fill(reachedBy, UNREACHED);
        final ArrayDeque<Integer> queue = new ArrayDeque<>();
        queue.add(start);
        while (reachedBy[goal] == UNREACHED && !queue.isEmpty()) {
            final int t = queue.remove();
            for (int u = t + 1; u < history.endOf(history.sessionOf(t)); u++) {
                if (reachedBy[u] == UNREACHED && !outside.get(u)) {
                    reachedBy[u] = -1 - t;
                    queue.add(u);
                }
            }
            for (int edge = firstEdge[t]; edge >= 0; edge = nextEdge(edge)) {
                if (reachedBy[to(edge)] == UNREACHED && !outside.get(to(edge))) {
                    reachedBy[to(edge)] = edge;
                    queue.add(to(edge));
                }
            }
        }
        return reachedBy[goal] == UNREACHED ? List.of() : walkBack(reachedBy, start, goal);
    }

    private List<Step> walkBack(final int[] reachedBy, final int start, final int goal) {
        final List<Step> steps = new ArrayList<>();
        int t = goal;
        do {
            final int by = reachedBy[t];
            final Step step = by < 0
                    ? new Step(-1 - by, t, Step.NO_KEY, Step.NO_READER)
                    : new Step(from.getInt(by), t, key.getInt(by), reader.getInt(by));
            steps.add(step);
            t = step.from();
        } while (t != start);
        Collections.reverse(steps);
        return steps;
    }
}
