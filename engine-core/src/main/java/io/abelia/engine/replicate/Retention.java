package io.abelia.engine.replicate;

import io.abelia.engine.Engine;
import io.abelia.engine.clock.VectorClock;
import io.abelia.engine.codec.RecordDescriptor;
import io.abelia.engine.log.LogReader;
import java.util.Map;

/** Tells the engine how much of its log other members still need. */
final class Retention implements AutoCloseable {
    private final Engine engine;
    private final Membership membership;
    private final LogReader everywhere;

    Retention(final Engine engine, final Membership membership) {
        this.engine = engine;
        this.membership = membership;
        this.everywhere = engine.kernel().log().newReader();
        if (isNeeded()) {
            engine.retentionFloor(everywhere.position());
        }
    }

    private boolean isNeeded() {
        return !membership.isOpen() && membership.others().length > 0;
    }

    /**
     * Keeps records in the log, those of earlier launches too, until all members have them on disk. To let go of them once some have is
     * not enough: of a group that was cut in two, each half would let go of what the other lacks, and neither could take the other's
     * snapshot. A report counts only once everything that its sender had then has been applied here.
     */
    void retain(final Map<Long, Peer> peers, final VectorClock here) {
        if (!isNeeded()) {
            engine.retentionFloor(Long.MAX_VALUE);
            return;
        }
        VectorClock all = here;
        for (final long member : membership.others()) {
            final Peer peer = peers.get(member);
            all = peer == null ? VectorClock.empty() : all.least(peer.stable(here));
        }
        assert here.covers(all) : all;
        pass(all);
        engine.retentionFloor(everywhere.position());
    }

    private void pass(final VectorClock known) {
        final int polled = everywhere.poll(
                (record, lengthBytes, position) ->
                        RecordDescriptor.seq(record) <= known.get(RecordDescriptor.origin(record)),
                engine.kernel().log().appendPosition(),
                Integer.MAX_VALUE);
        if (polled == LogReader.TRUNCATED) { // a peer's snapshot has been installed
            everywhere.seek(engine.kernel().log().oldestPosition());
        }
        assert everywhere.position() <= engine.kernel().log().appendPosition() : everywhere.position();
    }

    @Override
    public void close() {
        everywhere.close();
    }
}
