package io.abelia.engine.apply;

import io.abelia.engine.clock.OriginTable;
import io.abelia.engine.clock.RecordClock;
import io.abelia.engine.codec.RecordDescriptor;
import io.abelia.engine.lock.CommitLock;
import io.abelia.engine.lock.Seqlock;
import io.abelia.engine.log.LogReader;
import java.io.IOException;

/** Puts a peer's state in the place of an engine's, without losing what only the engine's own log holds. With the commit lock. */
final class StateReplacement {
    private final Kernel kernel;
    private final Seqlock version;
    private final CausalBuffer buffer;
    private final OriginTable origins;
    private final Applier applier;

    StateReplacement(final Kernel kernel, final Seqlock version, final CausalBuffer buffer) {
        this.kernel = kernel;
        this.version = version;
        this.buffer = buffer;
        this.origins = kernel.origins();
        this.applier = kernel.applier();
    }

    /**
     * Replaces the state by a peer's, as one change, and adds to it what this log holds beyond that: the peer's records are not in this
     * log, so it goes on in a new segment, to which the records that the peer lacks are written again, in log order.
     *
     * @return position of the new segment, from which log and peer's snapshot make up the state
     */
    long install(final SnapshotInstaller installer) throws IOException {
        final long oldEnd = kernel.log().appendPosition();
        final long start;
        version.beginChange();
        CommitLock.beginStall();
        try {
            kernel.units().version(kernel.units().version() + 1);
            kernel.units().clear();
            origins.reset();
            installer.install(origins, applier, kernel.hybridClock());
            start = kernel.log().beginSegment();
            assert start > oldEnd : start;
            try (LogReader reader = kernel.log().newReader()) {
                reader.poll(this::applyAgain, oldEnd, Integer.MAX_VALUE);
            }
            applier.own(kernel.ownIndex());
        } finally {
            CommitLock.endStall();
            version.endChange();
        }
        buffer.clear();
        return start;
    }

    private boolean applyAgain(final long record, final int lengthBytes, final long position) {
        assert RecordDescriptor.kind(record) < RecordDescriptor.KIND_LAUNCH : RecordDescriptor.kind(record);
        if (RecordDescriptor.seq(record) > origins.appliedOf(RecordDescriptor.origin(record))) {
            final RecordClock clock = applier.clock();
            clock.read(record);
            if (RecordDescriptor.seq(record) != origins.applied(clock.authorIndex()) + 1
                    || clock.deliverability() != RecordClock.DELIVERABLE) {
                throw new IllegalStateException("the log holds a record before its causes, at position " + position);
            }
            if (origins.isClosed(clock.authorIndex())) {
                kernel.fenceWithLock(Rights.REPLACED);
                return true; // the group has given it up; what depends on it is this node's own, and fails above
            }
            if (!kernel.append(record)) {
                throw new IllegalStateException("no space for the records that a peer's snapshot lacks");
            }
            assert origins.applied(clock.authorIndex()) == RecordDescriptor.seq(record) : RecordDescriptor.seq(record);
        }
        return true;
    }
}
