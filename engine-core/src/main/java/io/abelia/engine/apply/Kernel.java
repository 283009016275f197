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
import io.abelia.engine.log.CommitLog;
import io.abelia.engine.state.Units;
import io.abelia.engine.status.DeliveryResult;
import io.abelia.engine.status.EngineStatus;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.agrona.BufferUtil;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Everything that is written inside the exclusive section, and the two ways in: {@link #commit} for a local transaction,
 * {@link #deliver} for a record from elsewhere. Both end in one append to the log and one call of {@link Applier}.
 */
public final class Kernel implements AutoCloseable {
    /** What {@link #commit} returns instead of a position. */
    public static final long NOT_OPEN = -1;

    public static final long DISK_FULL = -2;
    public static final long NOT_JOINED = -3;
    public static final long FENCED = -4;
    public static final long INSUFFICIENT_RIGHTS = -5;
    public static final long CLOCK_OUT_OF_RANGE = -6;
    public static final long OUT_OF_RANGE = -7;
    public static final long EXPIRED = -8;

    private final ExclusiveSection section = new ExclusiveSection();
    private final Rights rights = new Rights();
    private final CommonPast commonPast;
    private final ApplyVersion version;
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
            final ApplyVersion version,
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

    public ExclusiveSection section() {
        return section;
    }

    public ApplyVersion version() {
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
        section.enter();
        try {
            fenceInSection(reason);
        } finally {
            section.leave();
        }
    }

    void fenceInSection(final String reason) {
        if (fenced == null) {
            fenced = reason;
            status.error(new IllegalStateException(reason));
        }
    }

    /** Lets a joiner commit transactions that begin from now on; an earlier one has not observed what the group may call stable. */
    public void markJoined() {
        section.enter();
        try {
            if (!joined) {
                joinedAtVersion = version.read();
                joined = true;
            }
        } finally {
            section.leave();
        }
    }

    /** Replaces the state by a peer's, see {@link StateReplacement#install}. Within the exclusive section. */
    public long install(final SnapshotInstaller installer) throws IOException {
        return new StateReplacement(this, version, buffer).install(installer);
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
        section.enter();
        try {
            return unknown.reach(applied);
        } finally {
            section.leave();
        }
    }

    /** Drops what waits for its causes; it can be fetched again. */
    public void dropBuffered() {
        section.enter();
        try {
            buffer.clear();
        } finally {
            section.leave();
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
     * @return log position behind its record, or {@link #NOT_OPEN}, {@link #DISK_FULL}, {@link #NOT_JOINED}, {@link #FENCED},
     *     {@link #INSUFFICIENT_RIGHTS}, {@link #CLOCK_OUT_OF_RANGE}, {@link #OUT_OF_RANGE}, {@link #EXPIRED}
     */
    public long commit(final LocalTransaction transaction) {
        section.enter();
        try {
            if (!isOpen()) {
                return NOT_OPEN;
            }
            if (fenced != null) {
                return FENCED;
            }
            if (transaction.isExpired()) {
                return EXPIRED;
            }
            if (!joined || transaction.beginVersion() < joinedAtVersion) {
                return NOT_JOINED;
            }
            if (units.store().isDegraded()) {
                status.diskFull();
                return DISK_FULL;
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
            section.leave();
        }
    }

    /** Ends this engine's origin with a closing record; returns the position behind it, or as {@link #commit}. */
    public long closeOrigin() {
        section.enter();
        try {
            final boolean hasRecords = origins.applied(ownIndex) > 0;
            return isOpen() && hasRecords ? append(RecordDescriptor.KIND_CLOSE, null) : NOT_OPEN;
        } finally {
            open = false;
            section.leave();
        }
    }

    private long append(final int kind, final @Nullable LocalTransaction transaction) {
        final long hybridTime = transaction == null ? hybridClock.nextOfClose() : hybridClock.next();
        if (hybridTime == HybridClock.OUT_OF_RANGE) {
            status.clockOutOfRange();
            return CLOCK_OUT_OF_RANGE;
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
            return DISK_FULL;
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
            rights.heardOfOthers(); // a file is written, so before the section
        }
        section.enter();
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
            section.leave();
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
                fenceInSection(Rights.REPLACED);
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
        section.enter();
        try {
            buffer.close();
            BufferUtil.free(receivedBytes);
        } finally {
            section.leave();
        }
    }
}
