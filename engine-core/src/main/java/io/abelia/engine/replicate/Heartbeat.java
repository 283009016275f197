package io.abelia.engine.replicate;

import io.abelia.engine.clock.VectorClock;
import io.abelia.engine.codec.ByteWriter;
import java.util.SortedMap;

/**
 * What a node tells all others of itself, again and again.
 *
 * @param epoch who belongs to its group, as far as it knows
 * @param schemaHash of its schema, 0 if it has none
 * @param view the current launch of every node, as far as it knows
 * @param joined whether it may commit
 * @param votes whether it takes part in agreements
 * @param undecided whether it has accepted a change of who belongs to the group and does not know what came of it
 * @param incarnation which directory it lives in
 * @param applied what it has applied, and may pass on
 * @param reach that, and what it keeps without understanding it
 * @param stable what it reports as stable
 * @param stableApplied what it had applied when it took that
 * @param known what it has applied, whether or not it may pass it on yet, and what it keeps without understanding it
 * @param line the heir from whose directory its own descends, see {@link Epoch#heirs}
 * @param born epoch in which its directory joined the group
 * @param wallMs its wall clock, milliseconds since 1970
 * @param refused launches that claim the number of a living member and are refused: origins by number
 */
record Heartbeat(
        Epoch epoch,
        long schemaHash,
        SortedMap<Long, View.Launch> view,
        boolean joined,
        boolean votes,
        boolean undecided,
        long incarnation,
        VectorClock applied,
        VectorClock reach,
        VectorClock stable,
        VectorClock stableApplied,
        VectorClock known,
        long line,
        long born,
        long wallMs,
        SortedMap<Long, Long> refused) {
    private static final int JOINED = 1;
    private static final int VOTES = 2;
    private static final int UNDECIDED = 4;

    static Heartbeat read(final MessageReader in, final long group) {
        final Epoch epoch = Epoch.read(group, in.bytes());
        final long schemaHash = in.bytes().readLong();
        final SortedMap<Long, View.Launch> view = in.view();
        final int flags = in.bytes().readUnsignedByte();
        return new Heartbeat(
                epoch,
                schemaHash,
                view,
                (flags & JOINED) != 0,
                (flags & VOTES) != 0,
                (flags & UNDECIDED) != 0,
                in.bytes().readLong(),
                in.clock(),
                in.clock(),
                in.clock(),
                in.clock(),
                in.clock(),
                in.bytes().readLong(),
                in.bytes().readVarint(),
                in.bytes().readLong(),
                Epoch.readMap(in.bytes()));
    }

    /** Whether it comes from a directory that its node goes on in, or that was empty and joins. */
    boolean isOfLine(final long node, final long origin, final Epoch known) {
        return !joined || known.isOfLine(node, origin, incarnation, line, born);
    }

    void write(final MessageWriter to) {
        assert reach.covers(applied) : reach + " lacks some of " + applied;
        assert votes || !undecided;
        assert !view.isEmpty();
        assert born >= 0 : born;
        final ByteWriter out = to.begin(Message.HEARTBEAT);
        epoch.write(out);
        out.writeLong(schemaHash);
        to.view();
        out.writeByte((joined ? JOINED : 0) | (votes ? VOTES : 0) | (undecided ? UNDECIDED : 0));
        out.writeLong(incarnation);
        to.clock(applied);
        to.clock(reach);
        to.clock(stable);
        to.clock(stableApplied);
        to.clock(known);
        out.writeLong(line);
        out.writeVarint(born);
        out.writeLong(wallMs);
        Epoch.write(out, refused);
    }
}
