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
 * @param successors nodes that did and never may again, each with the member that takes over what it leaves behind
 * @param heirs launches that have taken the place of all earlier ones of their nodes, by node: no other directory of that node that
 *     does not descend from theirs, an old copy say, is listened to any more
 * @param admissions epoch in which each member was last admitted; 0 where left out
 */
public record Epoch(
        long group,
        long number,
        SortedMap<Long, Long> incarnations,
        SortedMap<Long, Long> successors,
        SortedMap<Long, Long> heirs,
        SortedMap<Long, Long> admissions) {
    /** Most members of a group, the removed ones counted. */
    public static final int MAX_NODES = 1 << 10;

    /** What a change does. */
    public enum Kind {
        /** No change; only in messages. */
        NONE(0),
        /** Admits a node with an incarnation; a member may be admitted again with another one. */
        ADD(1),
        /** Removes a node for good. */
        REMOVE(2),
        /** Makes a launch the heir of all earlier ones of its node. */
        SUCCEED(3);

        private final int code;

        Kind(final int code) {
            this.code = code;
        }

        /** Number in messages. */
        int code() {
            return code;
        }

        static Kind of(final int code) {
            for (final Kind kind : values()) {
                if (kind.code == code) {
                    return kind;
                }
            }
            throw new MalformedRecordException("change " + code);
        }
    }

    /**
     * A change of who belongs to a group.
     *
     * @param number the incarnation that is admitted, or the origin of the launch that succeeds
     */
    public record Change(Kind kind, long node, long number) {
        static Change add(final long node, final long incarnation) {
            return new Change(Kind.ADD, node, incarnation);
        }

        static Change remove(final long node) {
            return new Change(Kind.REMOVE, node, 0);
        }

        static Change succeed(final long node, final long origin) {
            return new Change(Kind.SUCCEED, node, origin);
        }
    }

    public Epoch {
        incarnations = Collections.unmodifiableSortedMap(new TreeMap<>(incarnations));
        successors = Collections.unmodifiableSortedMap(new TreeMap<>(successors));
        heirs = Collections.unmodifiableSortedMap(new TreeMap<>(heirs));
        admissions = Collections.unmodifiableSortedMap(new TreeMap<>(admissions));
    }

    /** An epoch whose members are there from the beginning. */
    public static Epoch first(final long group, final SortedMap<Long, Long> incarnations) {
        return new Epoch(group, 0, incarnations, new TreeMap<>(), new TreeMap<>(), new TreeMap<>());
    }

    /** Nodes that were members and never may be again. */
    public SortedSet<Long> removed() {
        return Collections.unmodifiableSortedSet(new TreeSet<>(successors.keySet()));
    }

    /**
     * Whether a launch that has joined lives in a directory that its node goes on in: in the one that was admitted, and there it is the heir
     * or descends from it; or in one that joined later, and is admitted soon.
     *
     * @param born epoch in which the directory joined
     */
    boolean isOfLine(final long node, final long origin, final long incarnation, final long line, final long born) {
        final long heir = heirs.getOrDefault(node, 0L);
        return isVoter(node, incarnation) ? line == heir || origin == heir : born >= admissions.getOrDefault(node, 0L);
    }

    boolean hasRemoved(final long node) {
        return successors.containsKey(node);
    }

    /** The member that takes over what a node leaves behind: itself while it is one. */
    long heirOf(final long node) {
        long heir = node;
        int hops = 0; // a peer may tell of a circle
        while (hops++ < successors.size() && !incarnations.containsKey(heir) && successors.containsKey(heir)) {
            heir = successors.get(heir);
        }
        return heir;
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

    /**
     * Members that have joined which a joiner must have caught up with: so many that one of them took part in, or knows of, every agreement
     * of a majority.
     */
    int guidesToJoin() {
        return (incarnations.size() + 1) / 2;
    }

    /**
     * The epoch that a change leads to.
     *
     * @throws IllegalArgumentException if this one refuses it
     */
    Epoch after(final Change change) {
        if (refuses(change)) {
            throw new IllegalArgumentException("epoch " + number + " of " + members() + " refuses " + change);
        }
        final SortedMap<Long, Long> in = new TreeMap<>(incarnations);
        final SortedMap<Long, Long> out = new TreeMap<>(successors);
        final SortedMap<Long, Long> lines = new TreeMap<>(heirs);
        final SortedMap<Long, Long> since = new TreeMap<>(admissions);
        assert change.kind == Kind.ADD || in.containsKey(change.node()) : change;
        switch (change.kind) {
            case REMOVE -> {
                in.remove(change.node());
                lines.remove(change.node());
                since.remove(change.node());
                assert !in.isEmpty() : this;
                out.put(change.node(), in.firstKey());
            }
            case ADD -> {
                in.put(change.node(), change.number());
                assert in.size() + out.size() <= MAX_NODES : in.size() + out.size();
                since.put(change.node(), number + 1);
            }
            case SUCCEED -> lines.put(change.node(), change.number());
            default -> throw new IllegalArgumentException("no change");
        }
        return new Epoch(group, number + 1, in, out, lines, since);
    }

    /** Whether a change would not be one. */
    boolean refuses(final Change change) {
        final boolean isMember = incarnations.containsKey(change.node());
        return switch (change.kind) {
            case REMOVE -> !isMember || incarnations.size() == 1;
            case ADD ->
                successors.containsKey(change.node())
                        || isVoter(change.node(), change.number())
                        || incarnations.size() + successors.size() >= MAX_NODES;
            case SUCCEED -> !isMember || heirs.getOrDefault(change.node(), 0L) == change.number();
            default -> true;
        };
    }

    void write(final ByteWriter out) {
        assert number >= 0 : number;
        out.writeVarint(number);
        write(out, incarnations);
        write(out, successors);
        write(out, heirs);
        write(out, admissions);
    }

    static void write(final ByteWriter out, final SortedMap<Long, Long> map) {
        out.writeVarint(map.size());
        map.forEach((node, value) -> {
            out.writeLong(node);
            out.writeLong(value);
        });
    }

    static Epoch read(final long group, final ByteReader reader) {
        final long number = reader.readVarint();
        if (number < 0) {
            throw new MalformedRecordException("epoch " + number);
        }
        return new Epoch(group, number, readMap(reader), readMap(reader), readMap(reader), readMap(reader));
    }

    static SortedMap<Long, Long> readMap(final ByteReader reader) {
        final SortedMap<Long, Long> map = new TreeMap<>();
        for (int left = reader.readVarintInt(MAX_NODES); left > 0; left--) {
            map.put(reader.readLong(), reader.readLong());
        }
        return map;
    }
}
