package io.abelia.histories;

import org.agrona.collections.IntArrayList;
import org.agrona.collections.LongHashSet;

/** Edges that reads force, each once, kept apart from the graph until a round of reads has been looked at. */
final class ForcedOrder {
    private final LongHashSet known = new LongHashSet();
    private final IntArrayList before = new IntArrayList();
    private final IntArrayList after = new IntArrayList();
    private final IntArrayList key = new IntArrayList();
    private final IntArrayList reader = new IntArrayList();

    /** A transaction comes before another since a reader read a key from the latter and not from the former. */
    void add(final int first, final int second, final int onKey, final int readBy) {
        if (known.add((long) first << Integer.SIZE | second)) {
            before.addInt(first);
            after.addInt(second);
            key.addInt(onKey);
            reader.addInt(readBy);
        }
    }

    boolean isEmpty() {
        return before.isEmpty();
    }

    /** Moves all edges into a graph. */
    void moveTo(final OrderGraph graph) {
        for (int i = 0; i < before.size(); i++) {
            graph.add(before.getInt(i), after.getInt(i), key.getInt(i), reader.getInt(i));
        }
        known.clear();
        before.clear();
        after.clear();
        key.clear();
        reader.clear();
    }
}
