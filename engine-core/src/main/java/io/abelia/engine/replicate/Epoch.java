package io.abelia.engine.replicate;

import io.abelia.engine.codec.ByteReader;
import io.abelia.engine.codec.ByteWriter;
import io.abelia.engine.codec.MalformedRecordException;
import java.util.Collections;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Who belongs to a group at one time. Epochs follow each other one by one, each decided by a majority of the one before.
 *
 * @param group number of the group, drawn when it was founded; 0 for one that was not founded explicitly
 * @param number 0, 1, 2 ...
 * @param incarnations members, each with the incarnation that was admitted: a node that lost its disk has another one, and must be
 *     admitted again before it takes part in agreements, since it may have in this one without knowing
 * @param removed nodes that did and never may again
 */
public record Epoch(long group, long number, SortedMap<Long, Long> incarnations, SortedSet<Long> removed) {
    /** Most members of a group, the removed ones counted. */
    public static final int MAX_NODES = 1 << 10;

    /** A change of who belongs to a group; a member may be admitted again with another incarnation. */
    public record Change(boolean removes, long node, long incarnation) {}

    public Epoch {
        incarnations = Collections.unmodifiableSortedMap(new TreeMap<>(incarnations));
        removed = Collections.unmodifiableSortedSet(new TreeSet<>(removed));
    }

    /** Nodes that belong to the group. */
    public SortedSet<Long> members() {
        return Collections.unmodifiableSortedSet(new TreeSet<>(incarnations.keySet()));
    }

    boolean includes(final long node) {
        return incarnations.containsKey(node);
    }

    /** Whether it takes part in deciding the next epoch. */
    boolean isVoter(final long node, final long incarnation) {
        final Long admitted = incarnations.get(node);
        return admitted != null && admitted == incarnation;
    }

    /** Votes that decide the next epoch. */
    int majority() {
        return incarnations.size() / 2 + 1;
    }

    Epoch after(final Change change) {
        final SortedMap<Long, Long> in = new TreeMap<>(incarnations);
        final SortedSet<Long> out = new TreeSet<>(removed);
        if (change.removes()) {
            in.remove(change.node());
            out.add(change.node());
        } else if (!out.contains(change.node())) {
            in.put(change.node(), change.incarnation());
        }
        return new Epoch(group, number + 1, in, out);
    }

    /** Whether a change would not be one. */
    boolean refuses(final Change change) {
        return change.removes()
                ? !incarnations.containsKey(change.node()) || incarnations.size() == 1
                : removed.contains(change.node())
                        || isVoter(change.node(), change.incarnation())
                        || incarnations.size() + removed.size() >= MAX_NODES;
    }

    void write(final ByteWriter out) {
        out.writeVarint(number);
        out.writeVarint(incarnations.size());
        incarnations.forEach((node, incarnation) -> {
            out.writeLong(node);
            out.writeLong(incarnation);
        });
        out.writeVarint(removed.size());
        removed.forEach(out::writeLong);
    }

    static Epoch read(final long group, final ByteReader reader) {
        final long number = reader.readVarint();
        if (number < 0) {
            throw new MalformedRecordException("epoch " + number);
        }
        final SortedMap<Long, Long> members = new TreeMap<>();
        for (int left = reader.readVarintInt(MAX_NODES); left > 0; left--) {
            final long node = reader.readLong();
            members.put(node, reader.readLong());
        }
        final SortedSet<Long> removed = new TreeSet<>();
        for (int left = reader.readVarintInt(MAX_NODES); left > 0; left--) {
            removed.add(reader.readLong());
        }
        return new Epoch(group, number, members, removed);
    }
}
