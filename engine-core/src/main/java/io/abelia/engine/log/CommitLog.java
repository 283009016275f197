package io.abelia.engine.log;

import io.abelia.engine.codec.Crc32c;
import io.abelia.engine.codec.Limits;
import io.abelia.engine.codec.RecordDescriptor;
import io.abelia.engine.lock.CommitLock;
import java.io.IOException;
import java.util.Arrays;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.agrona.UnsafeApi;
import org.jspecify.annotations.Nullable;

/**
 * The log: every transaction that this node applied, local and remote, in its apply order. It is the send buffer, the truth
 * that state is rebuilt from, and what any peer is served from.
 *
 * <p>{@link #claim}, {@link #publish} and {@link #crc} need the engine's commit lock. {@link #force},
 * {@link #prepareNext} and readers may run on any thread. Positions grow for ever and are never reused.
 */
public final class CommitLog implements AutoCloseable {
    /** {@link #claim} when there is no space for another segment. */
    public static final long FULL = 0;

    private static final long FORCE_WAIT_NS = 20_000;
    private static final int FORCE_SPINS = 200;
    /** Threads up to which each looks as often as one alone. */
    private static final int FORCE_WATCHERS = 8;

    /** Writes the launch record that begins every segment: the author's origin and the applied clock at that point. */
    public interface SegmentPrologue {
        /** Writes a sealed record at an address and returns its length in bytes. */
        int write(long address, int capacityBytes, Crc32c crc);

        /** Most bytes that it would write now; any thread, and then only roughly. */
        int maxLength();
    }

    private final LogStorage storage;
    private final int stride;
    private final long generation;
    private final SegmentPrologue prologue;
    private final CommitLock lock;
    private final Object prepareLock = new Object();
    private final AtomicBoolean forcing = new AtomicBoolean();
    private final AtomicInteger waiting = new AtomicInteger();

    private volatile LogSegment[] segments;
    /** Segments whose files are to be removed. */
    private final Queue<LogSegment> dropped = new ConcurrentLinkedQueue<>();

    /** Made by housekeeping, or by a commit that cannot wait, with {@link #prepareLock}; taken with the commit lock. */
    private volatile @Nullable LogSegment prepared;

    private volatile boolean prepareWanted = true;
    private volatile boolean prepareFailed;
    private volatile LogSegment active;
    private Crc32c activeCrc;
    private int offset;
    private int claimed;
    private boolean broken;
    private volatile long appendPosition;
    private volatile long forcedPosition;
    private volatile @Nullable IOException failure;
    private long stalls;

    CommitLog(
            final LogStorage storage,
            final int stride,
            final int firstLength,
            final long generation,
            final SegmentPrologue prologue,
            final LogSegment[] recovered,
            final CommitLock lock)
            throws IOException {
        this.storage = storage;
        this.stride = stride;
        this.generation = generation;
        this.prologue = prologue;
        this.lock = lock;
        final long index = recovered.length == 0 ? 1 : recovered[recovered.length - 1].index() + 1;
        active = LogSegment.create(storage, index, lengthFor(firstLength, 0), stride, generation);
        activeCrc = active.newCrc();
        segments = Arrays.copyOf(recovered, recovered.length + 1);
        segments[recovered.length] = active;
        begin();
        appendPosition = active.position(offset);
        forcedPosition = active.position(0);
        storage.forceDirectory(); // first: the durable mark must not name a segment whose name may be lost
        force();
    }

    /** A length, doubled until the launch record and a record fit; the launch record may grow until the segment is used. */
    private int lengthFor(final int least, final int recordBytes) {
        final long needed = SegmentDescriptor.HEADER_LENGTH
                + 3L * SegmentDescriptor.FRAME_HEADER_LENGTH
                + 2L * prologue.maxLength()
                + recordBytes;
        long length = least;
        while (length < needed) {
            length <<= 1;
        }
        return (int) Math.min(length, stride);
    }

    private void begin() {
        offset = SegmentDescriptor.HEADER_LENGTH;
        final int recordOffset = offset + SegmentDescriptor.FRAME_HEADER_LENGTH;
        final int length = prologue.write(
                active.address(recordOffset),
                active.lengthBytes() - recordOffset - SegmentDescriptor.FRAME_HEADER_LENGTH,
                activeCrc);
        active.publish(offset, length);
        offset = recordOffset + RecordDescriptor.aligned(length);
        assert active.lengthBytes() - offset >= SegmentDescriptor.FRAME_HEADER_LENGTH : offset;
    }

    /**
     * Address at which a record of at most that length may be written; nothing is visible before {@link #publish}.
     *
     * @return the address, or {@link #FULL}
     */
    public long claim(final int maxRecordLength) {
        assert lock.isHeld();
        assert maxRecordLength >= RecordDescriptor.HEADER_LENGTH && maxRecordLength <= Limits.RECORD_BYTES
                : maxRecordLength;
        final int needed = 2 * SegmentDescriptor.FRAME_HEADER_LENGTH + RecordDescriptor.aligned(maxRecordLength);
        if (active.lengthBytes() - offset < needed && (!roll() || active.lengthBytes() - offset < needed)) {
            return FULL;
        }
        assert claimed == 0 : claimed;
        claimed = needed;
        return active.address(offset + SegmentDescriptor.FRAME_HEADER_LENGTH);
    }

    /** Takes a claim back whose record was not finished: what lies behind the last frame is zero again. */
    public void unclaim() {
        assert lock.isHeld();
        UnsafeApi.setMemory(active.address(offset), Math.min(claimed, active.lengthBytes() - offset), (byte) 0);
        claimed = 0;
    }

    /** Whether an exception left the log between two segments, so that nothing can be appended any more. */
    public boolean isBroken() {
        return broken;
    }

    private boolean roll() {
        final LogSegment next = takePrepared();
        if (next == null) {
            return false;
        }
        assert next.index() == active.index() + 1;
        final Crc32c crc = next.newCrc(); // what needs memory comes first
        final LogSegment[] old = segments;
        final LogSegment[] grown = Arrays.copyOf(old, old.length + 1);
        grown[old.length] = next;
        broken = true;
        active.publishEnd(offset);
        active = next;
        prepared = null; // housekeeping may make the one behind it
        activeCrc = crc;
        segments = grown;
        begin();
        assert next.position(offset) > appendPosition : offset;
        appendPosition = next.position(offset);
        broken = false;
        prepareWanted = true;
        return true;
    }

    /** The next segment: the one that housekeeping has made, else one that is made here while commits wait; null if there is no room. */
    private @Nullable LogSegment takePrepared() {
        final LogSegment ready = prepared;
        if (ready != null || prepareFailed) {
            return ready;
        }
        CommitLock.beginStall();
        try {
            synchronized (prepareLock) {
                if (prepared == null) {
                    stalls++;
                    prepare();
                }
                return prepared;
            }
        } finally {
            CommitLock.endStall();
        }
    }

    /** Goes on in a new segment; its launch record tells the applied clock as it is now. With the commit lock. */
    public long beginSegment() throws IOException {
        if (!roll()) {
            throw new IOException("no space for another log segment");
        }
        return active.position(SegmentDescriptor.HEADER_LENGTH);
    }

    /**
     * Creates the next segment ahead of its need, if it is missing; housekeeping calls this. Behind a whole segment it is made at once, behind
     * a shorter one when a quarter of that is used: a launch that commits little needs none. Returns work done.
     */
    public int prepareNext() {
        if (!prepareWanted && !prepareFailed) {
            return 0;
        }
        assert CommitLock.mayWait();
        synchronized (prepareLock) {
            if (prepared != null || failure != null || !prepareFailed && !isNextDue()) {
                return 0;
            }
            prepareWanted = false; // first: whoever takes what is made wants another one
            prepare();
            return 1;
        }
    }

    private boolean isNextDue() {
        return active.lengthBytes() == stride || appendPosition - active.position(0) >= active.lengthBytes() / 4;
    }

    /** The next segment is twice as long, up to the stride, and takes any record. */
    private void prepare() {
        LogSegment made = null;
        try {
            final int length = lengthFor((int) Math.min(2L * active.lengthBytes(), stride), Limits.RECORD_BYTES);
            made = LogSegment.create(storage, active.index() + 1, length, stride, generation);
            storage.forceDirectory(); // before anybody can append to it: its name must not be lost with power
            prepared = made;
            prepareFailed = false;
        } catch (final IOException e) {
            if (made != null) {
                made.retire();
            }
            prepareFailed = true; // commits are refused until housekeeping finds room again
        }
    }

    /** Makes the record written at the claimed address part of the log; returns the position behind it. */
    public long publish(final int recordLength) {
        assert lock.isHeld();
        assert claimed > 0
                        && 2 * SegmentDescriptor.FRAME_HEADER_LENGTH + RecordDescriptor.aligned(recordLength) <= claimed
                : recordLength + " bytes, claimed " + claimed;
        claimed = 0;
        active.publish(offset, recordLength);
        offset += SegmentDescriptor.FRAME_HEADER_LENGTH + RecordDescriptor.aligned(recordLength);
        assert active.lengthBytes() - offset >= SegmentDescriptor.FRAME_HEADER_LENGTH : offset;
        final long position = active.position(offset);
        assert position > appendPosition : position;
        appendPosition = position;
        return position;
    }

    /** CRC over the segment that {@link #claim} returned an address of. */
    public Crc32c crc() {
        return activeCrc;
    }

    /** Position behind the last published record. */
    public long appendPosition() {
        return appendPosition;
    }

    /** Position below which everything is on stable storage. */
    public long forcedPosition() {
        return forcedPosition;
    }

    /** Position of the oldest frame still there. */
    public long oldestPosition() {
        return segments[0].position(SegmentDescriptor.HEADER_LENGTH);
    }

    /** Bytes of all segments. */
    public long sizeBytes() {
        long bytes = 0;
        for (final LogSegment segment : segments) {
            bytes += segment.lengthBytes();
        }
        return bytes;
    }

    /** Bytes of log from a position to the last frame, whole segments between the two ends. */
    public long bytesFrom(final long position) {
        final long last = appendPosition();
        long bytes = 0;
        for (final LogSegment segment : segments) {
            final long end = Math.min(last, segment.position(segment.lengthBytes()));
            bytes += Math.max(0, end - Math.max(position, segment.position(0)));
        }
        return bytes;
    }

    /** Segments that begin at or behind a position. */
    public int segmentsFrom(final long position) {
        int count = 0;
        for (final LogSegment segment : segments) {
            count += segment.position(SegmentDescriptor.HEADER_LENGTH) >= position ? 1 : 0;
        }
        return count;
    }

    /** Position to truncate before so that at least so many bytes are kept, and less than a segment more. */
    public long positionKeeping(final long bytes) {
        final LogSegment[] present = segments;
        int first = present.length - 1;
        for (long kept = present[first].lengthBytes();
                first > 0 && kept < bytes;
                kept += present[first].lengthBytes()) {
            first--;
        }
        return present[first].position(SegmentDescriptor.HEADER_LENGTH);
    }

    /** How often a commit had to create a segment itself, because housekeeping had not. */
    public long stalls() {
        return stalls;
    }

    /** Refuses to read what is no longer there, instead of finding nothing. */
    void requireOpen() {
        if (segments.length == 0) {
            throw new IllegalStateException("the engine is closed");
        }
    }

    public @Nullable IOException failure() {
        return failure;
    }

    /**
     * Waits until everything below a position is forced: one waiting thread forces for all (group commit).
     *
     * @return false if forcing failed, now or before: what was not acknowledged until then is not durable
     */
    public boolean awaitForced(final long position) {
        assert position <= appendPosition : position;
        for (int spins = 0; forcedPosition < position && spins < FORCE_SPINS; spins++) {
            if (!tryForce()) {
                return false;
            }
        }
        return forcedPosition >= position || awaitForcedParked(position);
    }

    /** Parks longer the more threads do: what all of them together look at the force stays the same. */
    private boolean awaitForcedParked(final long position) {
        boolean interrupted = false;
        waiting.incrementAndGet();
        try {
            while (forcedPosition < position) {
                if (!tryForce()) {
                    return false;
                }
                if (forcedPosition < position) {
                    interrupted |= Thread.interrupted(); // else parking returns at once
                    LockSupport.parkNanos(FORCE_WAIT_NS * Math.max(1, waiting.get() / FORCE_WATCHERS));
                }
            }
            return true;
        } finally {
            waiting.decrementAndGet();
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /** Forces what has been appended unless another thread is doing it; returns false if a force has failed. */
    private boolean tryForce() {
        if (failure != null) {
            return false;
        }
        if (forcing.compareAndSet(false, true)) {
            try {
                forceOnce();
            } finally {
                forcing.set(false);
            }
        } else {
            Thread.onSpinWait();
        }
        return true;
    }

    /** Forces everything appended so far; returns false if that failed. */
    public boolean force() {
        return awaitForced(appendPosition);
    }

    private void forceOnce() {
        final long target = appendPosition;
        long from = forcedPosition;
        if (from >= target || failure != null) {
            return;
        }
        try {
            for (final LogSegment segment : segments) {
                final long end = Math.min(target, segment.position(segment.lengthBytes()));
                if (end > from && segment.position(0) <= from) {
                    final int start = (int) (from - segment.position(0));
                    segment.force(start, (int) (end - segment.position(0)) - start);
                    from = segment.nextPosition();
                }
            }
            storage.durableMark(target);
            forcedPosition = target;
        } catch (final IOException e) {
            failure = e;
        }
    }

    /**
     * Gives up whole segments below a position; the active one stays. With the commit lock; {@link #deleteDropped} removes their files without
     * it.
     */
    public void dropBefore(final long position) {
        assert lock.isHeld();
        final LogSegment[] present = segments;
        int drop = 0;
        while (drop < present.length - 1 && present[drop + 1].position(SegmentDescriptor.HEADER_LENGTH) <= position) {
            dropped.add(present[drop++]);
        }
        segments = Arrays.copyOfRange(present, drop, present.length);
    }

    /** Removes the files of what {@link #dropBefore} gave up, oldest first, so that no launch finds a gap. */
    public void deleteDropped() throws IOException {
        assert CommitLock.mayWait();
        LogSegment segment = dropped.peek();
        if (segment == null) {
            return;
        }
        for (; segment != null; segment = dropped.peek()) {
            storage.delete(segment.index());
            segment.retire();
            dropped.remove();
        }
        storage.forceDirectory();
    }

    /** A reader from the oldest record still there. */
    public LogReader newReader() {
        return new LogReader(this, oldestPosition());
    }

    /** A reader from a position that this log reported. */
    public LogReader newReader(final long position) {
        return new LogReader(this, position);
    }

    /** The segment that holds a position, pinned; null if it has been removed or does not exist yet. */
    @Nullable
    LogSegment pin(final long position) {
        final long index = position / stride;
        for (final LogSegment segment : segments) {
            if (segment.index() == index) {
                return segment.pin() ? segment : null;
            }
        }
        return null;
    }

    /** Oldest segment at or after the one that holds a position, pinned; null if there is none. */
    @Nullable
    LogSegment pinAtOrAfter(final long position) {
        final long index = position / stride;
        for (final LogSegment segment : segments) {
            if (segment.index() >= index) {
                return segment.pin() ? segment : null;
            }
        }
        return null;
    }

    /** Position of the first frame of every segment, oldest first. */
    public long[] segmentPositions() {
        return Arrays.stream(segments)
                .mapToLong(segment -> segment.position(SegmentDescriptor.HEADER_LENGTH))
                .toArray();
    }

    @Override
    public void close() {
        if (failure == null) {
            failure = new IOException("the log is closed"); // nobody who still waits may take what follows for a force
        }
        while (!forcing.compareAndSet(false, true)) {
            Thread.onSpinWait();
        }
        assert CommitLock.mayWait();
        synchronized (prepareLock) {
            final LogSegment unused = prepared;
            if (unused != null) {
                unused.retire();
                try {
                    storage.delete(unused.index());
                } catch (final IOException e) {
                    prepared = null; // a segment without frames is removed by the next recovery
                }
                prepared = null;
            }
            dropped.forEach(LogSegment::retire); // the next launch drops them again
            for (final LogSegment segment : segments) {
                segment.retire();
            }
            segments = new LogSegment[0];
        }
        storage.close();
    }
}
