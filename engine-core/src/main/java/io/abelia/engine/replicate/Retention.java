package io.abelia.engine.replicate;

import io.abelia.engine.Engine;
import io.abelia.engine.clock.VectorClock;
import io.abelia.engine.codec.RecordDescriptor;
import io.abelia.engine.log.LogReader;
import java.util.Collection;

/** Tells the engine how much of its log other members still need. */
final class Retention implements AutoCloseable {
    private final Engine engine;
    private final ReplicaContext context;
    private final LogReader acknowledged;
    private final LogReader everywhere;

    Retention(final Engine engine, final ReplicaContext context) {
        this.engine = engine;
        this.context = context;
        this.acknowledged = engine.kernel().log().newReader();
        this.everywhere = engine.kernel().log().newReader();
        if (context.members().length > 1) {
            engine.retentionFloor(acknowledged.position());
        }
    }

    /**
     * Keeps records in the log, those of earlier launches too, until all members have them on disk; beyond the retention, until one other
     * has. A report counts only once everything that its sender had then has been applied here: so of two nodes that hold records
     * which the other lacks, never both have let go of them because a third one, that is then lost, had all.
     */
    void retain(final Collection<Peer> peers, final VectorClock here) {
        if (context.members().length < 2) {
            return;
        }
        VectorClock some = VectorClock.empty();
        VectorClock all = peers.size() + 1 < context.members().length ? VectorClock.empty() : here;
        for (final Peer peer : peers) {
            some = some.merge(peer.stable(here));
            all = all.least(peer.stable(here));
        }
        pass(acknowledged, some);
        pass(everywhere, all);
        final long kept = engine.kernel().log().appendPosition() - everywhere.position();
        engine.retentionFloor(
                kept > context.retentionBytes()
                        ? Math.max(acknowledged.position(), everywhere.position())
                        : everywhere.position());
    }

    private void pass(final LogReader records, final VectorClock known) {
        final int polled = records.poll(
                (record, lengthBytes, position) ->
                        RecordDescriptor.seq(record) <= known.get(RecordDescriptor.origin(record)),
                engine.kernel().log().appendPosition(),
                Integer.MAX_VALUE);
        if (polled == LogReader.TRUNCATED) { // a peer's snapshot has been installed
            records.seek(engine.kernel().log().oldestPosition());
        }
    }

    @Override
    public void close() {
        acknowledged.close();
        everywhere.close();
    }
}
