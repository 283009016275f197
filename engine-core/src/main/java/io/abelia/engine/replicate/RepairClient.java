package io.abelia.engine.replicate;

import io.abelia.engine.clock.VectorClock;
import io.abelia.engine.codec.ByteReader;
import io.abelia.engine.codec.ByteWriter;
import java.util.SortedMap;
import org.jspecify.annotations.Nullable;

/** Has gaps filled that do not close by themselves: asks one peer at a time for what this node lacks, the next one if it does not answer. */
final class RepairClient {
    /** Time-outs that an answer may take as long as it still comes in. */
    private static final int PATIENCE = 10;

    private final ReplicaContext context;
    private final MessageWriter writer;
    private final Transport transport;
    private final SortedMap<Long, Peer> peers;
    private long gapSinceNs;
    private boolean gap;
    private long requestNs;
    private long answeredNs;
    private long requestedFrom;
    private long resumePosition;
    private boolean requesting;
    private long requests;

    RepairClient(
            final ReplicaContext context,
            final MessageWriter writer,
            final Transport transport,
            final SortedMap<Long, Peer> peers) {
        this.context = context;
        this.writer = writer;
        this.transport = transport;
        this.peers = peers;
    }

    /** Requests sent so far. */
    long requests() {
        return requests;
    }

    /**
     * Asks, if something has been missing for long enough.
     *
     * @param reach what is here, applied or kept
     * @param applied what is applied here
     * @param mayAsk whether nothing else is under way that would make a request useless
     */
    int doWork(final long nowNs, final VectorClock reach, final VectorClock applied, final boolean mayAsk) {
        assert reach.covers(applied) : reach + " lacks some of " + applied;
        assert !requesting || gap;
        final Peer ahead = ahead(reach);
        if (ahead == null) {
            gap = false;
            requesting = false;
            return 0;
        }
        if (!gap) {
            gap = true;
            gapSinceNs = nowNs;
        }
        if (requesting ? !isOverdue(nowNs) : nowNs - gapSinceNs < context.repairDelayNs()) {
            return 0;
        }
        if (!mayAsk) {
            return 0;
        }
        if (requestedFrom != ahead.node() || requesting) {
            resumePosition = 0;
        }
        request(ahead.node(), applied, nowNs);
        return 1;
    }

    /** An answer that still comes in is waited for longer; but not for ever, since what comes in may be something else. */
    private boolean isOverdue(final long nowNs) {
        assert requesting;
        return nowNs - answeredNs >= context.repairTimeoutNs()
                || nowNs - requestNs >= PATIENCE * context.repairTimeoutNs();
    }

    /** Notes that records came from a peer. */
    void onRecords(final long from, final long nowNs) {
        if (from == requestedFrom) {
            answeredNs = nowNs;
        }
    }

    /** Transactions that peers are known to have and this node has not. */
    long lag(final VectorClock here) {
        final long[] missing = new long[1];
        VectorClock all = here;
        for (final Peer peer : peers.values()) {
            all = all.merge(peer.applied());
        }
        all.forEach((origin, seq) -> missing[0] += seq - here.get(origin));
        return missing[0];
    }

    /** A peer that has what is missing here: the one that has just answered, or after a time-out the next one, in a circle. */
    private @Nullable Peer ahead(final VectorClock here) {
        Peer first = null;
        Peer behind = null;
        for (final Peer peer : peers.values()) {
            if (!here.covers(peer.reach())) {
                if (peer.node() == requestedFrom && !requesting && resumePosition != 0) {
                    return peer; // it has more of what was asked for; otherwise another one may have what it lacks
                }
                first = first == null ? peer : first;
                behind = behind == null && peer.node() > requestedFrom ? peer : behind;
            }
        }
        return behind == null ? first : behind;
    }

    private void request(final long node, final VectorClock applied, final long nowNs) {
        assert gap;
        final ByteWriter out = writer.begin(Message.CATCH_UP);
        out.writeLong(resumePosition);
        writer.clock(applied);
        if (!writer.send(transport, node)) {
            return; // soon again
        }
        requestedFrom = node;
        requestNs = nowNs;
        answeredNs = nowNs;
        requesting = true;
        requests++;
    }

    void onCaughtUp(final long from, final ByteReader reader, final long nowNs) {
        final long position = reader.readLong();
        final boolean more = reader.readByte() != 0;
        if (from == requestedFrom && requesting) {
            resumePosition = more ? position : 0;
            requesting = false;
            gapSinceNs = more ? nowNs - context.repairDelayNs() : nowNs;
        }
    }
}
