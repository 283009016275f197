package io.abelia.engine.apply;

import io.abelia.engine.clock.HybridClock;
import io.abelia.engine.clock.OriginTable;
import io.abelia.engine.clock.RecordClock;
import io.abelia.engine.clock.VectorClock;
import io.abelia.engine.codec.ByteWriter;
import io.abelia.engine.codec.Crc32c;
import io.abelia.engine.codec.Limits;
import io.abelia.engine.codec.MalformedRecordException;
import io.abelia.engine.codec.RecordDescriptor;
import io.abelia.engine.codec.UnknownOperationException;
import io.abelia.engine.crdt.DataTypes;
import io.abelia.engine.lock.CommitLock;
import io.abelia.engine.lock.Seqlock;
import io.abelia.engine.log.CommitLog;
import io.abelia.engine.state.Units;
import io.abelia.engine.status.DeliveryResult;
import io.abelia.engine.status.EngineStatus;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.function.BooleanSupplier;
import org.agrona.BufferUtil;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Everything that is written under the commit lock, and the two ways in: {@link #commit} for a local transaction,
 * {@link #deliver} for a record from elsewhere. Both end in one append to the log and one call of {@link Applier}.
 */
public final class Kernel implements AutoCloseable {
    private final CommitLock lock;
    private final InstallGate gate;
    private final BooleanSupplier isOpen = this::isOpen;
    private final Rights rights = new Rights();
    private final CommonPast commonPast;
    private final Seqlock version;
    private final OriginTable origins;
    private final Units units;
    private final DataTypes types;
    private final HybridClock hybridClock;
    private final Applier applier;
    private final CommitLog log;
    private final CausalBuffer buffer;
    private final UnknownRecords unknown;
    private final OperationsCheck check;
    private final EngineStatus status;
    private final CausalBuffer.Delivery deliverBuffered = this::deliverBuffered;
    private final ByteWriter writer = new ByteWriter();
    private final ByteBuffer receivedBytes =
            ByteBuffer.allocateDirect(Limits.RECORD_BYTES).order(ByteOrder.LITTLE_ENDIAN);
    private final UnsafeBuffer received = new UnsafeBuffer(receivedBytes);
    private final Crc32c receivedCrc = new Crc32c().wrap(receivedBytes);
    private final int ownIndex;
    private final long ownOrigin;
    private volatile boolean open = true;
    private volatile boolean joined;
    private long joinedAtVersion;
    /** From the moment at which a local record is in the log until its effects are in the state. */
    private boolean appending;

    private volatile @Nullable Throwable failure;
    private volatile @Nullable String fenced;

    public Kernel(
            final CommitLock lock,
            final Seqlock version,
            final OriginTable origins,
            final Units units,
            final DataTypes types,
            final HybridClock hybridClock,
            final Applier applier,
            final CommitLog log,
            final CausalBuffer buffer,
            final UnknownRecords unknown,
            final EngineStatus status,
            final long ownOrigin,
            final boolean joined) {
        this.lock = lock;
        this.gate = new InstallGate(lock);
        this.version = version;
        this.origins = origins;
        this.units = units;
        this.check = new OperationsCheck(units.names().key());
        this.types = types;
        this.hybridClock = hybridClock;
        this.applier = applier;
        this.log = log;
        this.buffer = buffer;
        this.unknown = unknown;
        this.status = status;
        this.commonPast = new CommonPast(status);
        this.ownOrigin = ownOrigin;
        this.ownIndex = origins.register(ownOrigin);
        this.joined = joined;
        applier.own(ownIndex);
    }

    public CommitLock lock() {
        return lock;
    }

    public Seqlock version() {
        return version;
    }

    public OriginTable origins() {
        return origins;
    }

    public Units units() {
        return units;
    }

    public DataTypes types() {
        return types;
    }

    public Applier applier() {
        return applier;
    }

    public CommitLog log() {
        return log;
    }

    public CausalBuffer buffer() {
        return buffer;
    }

    public UnknownRecords unknown() {
        return unknown;
    }

    public Rights rights() {
        return rights;
    }

    public CommonPast commonPast() {
        return commonPast;
    }

    public EngineStatus status() {
        return status;
    }

    public HybridClock hybridClock() {
        return hybridClock;
    }

    public long ownOrigin() {
        return ownOrigin;
    }

    public int ownIndex() {
        return ownIndex;
    }

    /** Whether the engine has been closed, so that memory may be gone. */
    public boolean isReleased() {
        return !open;
    }

    /** Refuses what would read memory that may be gone. With the commit lock. */
    public void requireMemory() {
        assert lock.isHeld();
        if (!open) {
            throw new IllegalStateException("the engine is closed");
        }
    }

    public boolean isOpen() {
        return open && failure == null;
    }

    public @Nullable Throwable failure() {
        return failure;
    }

    public boolean isJoined() {
        return joined;
    }

    /** Why local commits are refused for good, or null. */
    public @Nullable String fenced() {
        return fenced;
    }

    /** Refuses local commits for good: the group no longer takes what this node commits. */
    public void fence(final String reason) {
        lock.acquire();
        try {
            fenceWithLock(reason);
        } finally {
            lock.release();
        }
    }

    void fenceWithLock(final String reason) {
        if (fenced == null) {
            fenced = reason;
            status.error(new IllegalStateException(reason));
        }
    }

    /** Lets a joiner commit transactions that begin from now on; an earlier one has not observed what the group may call stable. */
    public void markJoined() {
        lock.acquire();
        try {
            if (!joined) {
                joinedAtVersion = version.read();
                joined = true;
            }
        } finally {
            lock.release();
        }
    }

    /** Replaces the state by a peer's, see {@link StateReplacement#install}. With the commit lock. */
    public long install(final SnapshotInstaller installer) throws IOException {
        assert lock.isHeld();
        return new StateReplacement(this, version, buffer).install(installer);
    }

    /** Keeps what would be appended waiting: for as long as a launch would not find what has been installed. */
    public InstallGate gate() {
        return gate;
    }

    /** Copies a record whose clocks the applier holds to the log, and applies it; false if there is no space. */
    boolean append(final long record) {
        final int length = RecordDescriptor.length(record);
        final long slot = units.store().isDegraded() ? CommitLog.FULL : log.claim(length);
        if (slot == CommitLog.FULL) {
            return false;
        }
        RecordDescriptor.copy(record, slot);
        final long start = log.appendPosition();
        log.publish(length);
        applier.apply(slot, start, null);
        return true;
    }

    /** What can be had from here: what a clock covers, and what is kept without being understood. */
    public VectorClock reach(final VectorClock applied) {
        lock.acquire();
        try {
            return unknown.reach(applied);
        } finally {
            lock.release();
        }
    }

    /** Drops what waits for its causes; it can be fetched again. */
    public void dropBuffered() {
        lock.acquire();
        try {
            buffer.clear();
        } finally {
            lock.release();
        }
    }

    /** Stops all commits and deliveries for good; what was acknowledged stays so. */
    public void fail(final Throwable cause) {
        if (failure == null) {
            failure = cause;
            status.error(cause);
        }
    }

    /**
     * Appends and applies a local transaction. What it throws before the record is in the log fails that transaction only.
     *
     * @return log position behind its record, or one of {@link CommitRefusal}
     */
    public long commit(final LocalTransaction transaction) {
        gate.acquire(isOpen);
        try {
            if (!isOpen()) {
                return CommitRefusal.NOT_OPEN;
            }
            if (fenced != null) {
                return CommitRefusal.FENCED;
            }
            if (transaction.isExpired()) {
                return CommitRefusal.EXPIRED;
            }
            if (!joined || transaction.beginVersion() < joinedAtVersion) {
                return CommitRefusal.NOT_JOINED;
            }
            if (units.store().isDegraded()) {
                status.diskFull();
                return CommitRefusal.DISK_FULL;
            }
            final long refusal = transaction.spends() ? rights.check(transaction, units, ownOrigin) : 0;
            return refusal != 0 ? refusal : append(RecordDescriptor.KIND_TRANSACTION, transaction);
        } catch (final RuntimeException | Error e) {
            if (appending || log.isBroken()) {
                fail(e); // the log has it, the state may not
            } else {
                log.unclaim(); // that transaction's affair
            }
            throw e;
        } finally {
            lock.release();
        }
    }

    /** Ends this engine's origin with a closing record; returns the position behind it, or as {@link #commit}. */
    public long closeOrigin() {
        gate.acquire(isOpen);
        try {
            final boolean hasRecords = origins.applied(ownIndex) > 0;
            return isOpen() && hasRecords ? append(RecordDescriptor.KIND_CLOSE, null) : CommitRefusal.NOT_OPEN;
        } finally {
            open = false;
            lock.release();
        }
    }

    private long append(final int kind, final @Nullable LocalTransaction transaction) {
        final long hybridTime = transaction == null ? hybridClock.nextOfClose() : hybridClock.next();
        if (hybridTime == HybridClock.OUT_OF_RANGE) {
            status.clockOutOfRange();
            return CommitRefusal.CLOCK_OUT_OF_RANGE;
        }
        while (applier.movedCount() > Limits.CLOCK_ENTRIES) {
            final long position = appendOne(RecordDescriptor.KIND_TRANSACTION, null, hybridTime);
            if (position < 0) {
                return position;
            }
        }
        return appendOne(kind, transaction, hybridTime);
    }

    /**
     * Appends a record that tells of what has been delivered since the author's last one, or of as much of it as a record may.
     */
    private long appendOne(final int kind, final @Nullable LocalTransaction transaction, final long hybridTime) {
        final RecordClock clock = applier.clock();
        final long seq = origins.applied(ownIndex) + 1;
        clock.beginLocal(ownIndex, seq, applier.moved(), Math.min(applier.movedCount(), Limits.CLOCK_ENTRIES));
        int operationsLength = 0;
        if (transaction != null) {
            operationsLength = transaction.operationsLength();
            if (transaction.usesObservedClock() && transaction.beginVersion() != version.read()) {
                clock.observeAt(transaction.observedClock(), transaction.observedCount());
            }
        }
        final int maxLength = RecordDescriptor.HEADER_LENGTH + clock.maxEncodedLength() + operationsLength;
        final long record = log.claim(maxLength);
        if (record == CommitLog.FULL) {
            status.diskFull();
            return CommitRefusal.DISK_FULL;
        }
        RecordDescriptor.writeHeader(
                record,
                kind,
                clock.hasLowered() ? RecordDescriptor.FLAG_OBSERVED : 0,
                origins.link(ownIndex),
                ownOrigin,
                seq,
                hybridTime);
        writer.wrap(record, maxLength);
        writer.position(record + RecordDescriptor.HEADER_LENGTH);
        clock.write(writer);
        if (transaction != null) {
            writer.writeBytes(transaction.operations(), operationsLength);
        }
        RecordDescriptor.seal(record, writer.length(), log.crc());
        final long start = log.appendPosition();
        appending = true;
        final long position = log.publish(writer.length());
        applier.apply(record, start, transaction);
        if (transaction != null) {
            transaction.onCommitted(ownOrigin, seq);
            status.committed();
        }
        appending = false;
        return position;
    }

    /** Takes one record from elsewhere; the bytes are copied. */
    public DeliveryResult deliver(final DirectBuffer source, final int offset, final int lengthBytes) {
        if (lengthBytes < RecordDescriptor.HEADER_LENGTH || lengthBytes > Limits.RECORD_BYTES) {
            status.malformed();
            return DeliveryResult.MALFORMED;
        }
        if (rights.isAlone()) {
            rights.heardOfOthers(); // a file is written, so before the commit lock
        }
        gate.acquire(isOpen);
        try {
            if (!isOpen()) {
                return DeliveryResult.CLOSED;
            }
            received.putBytes(0, source, offset, lengthBytes);
            final DeliveryResult result = deliver(received.addressOffset(), lengthBytes);
            status.delivered(result);
            if (result == DeliveryResult.APPLIED && !buffer.isEmpty()) {
                buffer.drain(origins, deliverBuffered);
            }
            return result;
        } catch (final RuntimeException | Error e) {
            fail(e);
            throw e;
        } finally {
            lock.release();
        }
    }

    private DeliveryResult deliver(final long record, final int lengthBytes) {
        if (RecordDescriptor.length(record) != lengthBytes || !RecordDescriptor.isIntact(record, receivedCrc)) {
            return DeliveryResult.MALFORMED;
        }
        if (RecordDescriptor.version(record) != RecordDescriptor.VERSION) {
            return unknown.add(record);
        }
        final int kind = RecordDescriptor.kind(record);
        final long seq = RecordDescriptor.seq(record);
        final long hybridTime = RecordDescriptor.hybridTime(record);
        if (seq <= 0
                || hybridTime < 0
                || hybridTime > HybridClock.MAX
                || kind != RecordDescriptor.KIND_TRANSACTION && kind != RecordDescriptor.KIND_CLOSE) {
            return DeliveryResult.MALFORMED;
        }
        final long origin = RecordDescriptor.origin(record);
        final long applied = origins.appliedOf(origin);
        if (seq <= applied) {
            final boolean contradicts =
                    seq == applied && origins.link(origins.indexOf(origin)) != RecordDescriptor.crc(record);
            return contradicts ? forked(origin) : DeliveryResult.DUPLICATE;
        }
        if (origin == ownOrigin) {
            return forked(origin);
        }
        if (unknown.holds(origin)) {
            return unknown.add(record);
        }
        if (seq > applied + 1 || origins.isFrozen(origin)) {
            return commonPast.hasRefused(origin)
                    ? DeliveryResult.OUTSIDER
                    : buffer.add(record) ? DeliveryResult.BUFFERED : DeliveryResult.DROPPED;
        }
        return deliverNext(record, true);
    }

    /** Delivers the record that is next of its origin, if its causes have been applied. */
    private DeliveryResult deliverNext(final long record, final boolean mayBuffer) {
        final long origin = RecordDescriptor.origin(record);
        final int index = origins.register(origin);
        final int link = RecordDescriptor.seq(record) == 1 ? 0 : origins.link(index);
        if (RecordDescriptor.link(record) != link || origins.isClosed(index)) {
            return forked(origin);
        }
        final RecordClock clock = applier.clock();
        try {
            clock.read(record);
            if (clock.deliverability() != RecordClock.DELIVERABLE) {
                return !mayBuffer || buffer.add(record) ? DeliveryResult.BUFFERED : DeliveryResult.DROPPED;
            }
            final int offset = clock.operationsOffset();
            final int length = RecordDescriptor.length(record) - offset;
            if (length > 0
                    && !commonPast.admits(clock, origin)) { // without operations it only tells what its author has
                buffer.removeUpTo(origin, Long.MAX_VALUE);
                return DeliveryResult.OUTSIDER;
            }
            check.check(record + offset, length, origin);
            if (check.changesRights() && !rights.fit(record + offset, length, origin, units)) {
                throw new MalformedRecordException("rights of a bounded counter beyond what any author may give");
            }
            if (!rights.mayEnd(check.takenOver(), clock, origins, ownOrigin)) {
                fenceWithLock(Rights.REPLACED);
                return DeliveryResult.REPLACED;
            }
        } catch (final MalformedRecordException e) {
            status.error(e);
            return DeliveryResult.MALFORMED;
        } catch (final UnknownOperationException e) {
            status.error(e);
            return unknown.add(record);
        }
        return append(record) ? DeliveryResult.APPLIED : DeliveryResult.DISK_FULL;
    }

    private DeliveryResult forked(final long origin) {
        if (!origins.isFrozen(origin)) {
            origins.freeze(origin);
            status.forked(origin);
        }
        return DeliveryResult.FORKED;
    }

    private DeliveryResult deliverBuffered(final long record) {
        final DeliveryResult result = deliverNext(record, false);
        if (result != DeliveryResult.BUFFERED && result != DeliveryResult.DISK_FULL) {
            status.delivered(result);
        }
        return result;
    }

    @Override
    public void close() {
        open = false;
        lock.acquire();
        try {
            buffer.close();
            BufferUtil.free(receivedBytes);
        } finally {
            lock.release();
        }
    }
}
