package io.abelia.engine.apply;

import io.abelia.engine.clock.HybridClock;
import io.abelia.engine.clock.OriginTable;
import io.abelia.engine.clock.RecordClock;
import io.abelia.engine.codec.CellType;
import io.abelia.engine.codec.Operation;
import io.abelia.engine.codec.OperationCode;
import io.abelia.engine.codec.OperationReader;
import io.abelia.engine.codec.RecordDescriptor;
import io.abelia.engine.codec.RightsArgument;
import io.abelia.engine.crdt.CellValues;
import io.abelia.engine.crdt.DataTypes;
import io.abelia.engine.crdt.EffectContext;
import io.abelia.engine.crdt.StableDots;
import io.abelia.engine.lock.Seqlock;
import io.abelia.engine.state.Block;
import io.abelia.engine.state.FileSlices;
import io.abelia.engine.state.StateStore;
import io.abelia.engine.state.Units;
import java.util.Arrays;
import org.agrona.UnsafeApi;
import org.jspecify.annotations.Nullable;

/**
 * The only writer of state: local commits, remote deliveries and recovery all come through {@link #apply}. Effect, applied
 * clock and delivery base change together, under one version. With the commit lock.
 */
public final class Applier {
    /** Addresses of the cells of a local transaction's operations, by operation; 0 where not known. */
    public interface CellHints {
        long cell(int operation);
    }

    private final OriginTable origins;
    private final Units units;
    private final DataTypes types;
    private final HybridClock hybridClock;
    private final Seqlock version;
    private final RecordClock clock;
    private final EffectContext context;
    private final OperationReader reader = new OperationReader();
    private int[] moved = new int[16];
    private boolean[] isMoved = new boolean[16];
    private int movedCount;
    private int ownIndex = OriginTable.UNKNOWN;

    public Applier(
            final OriginTable origins,
            final Units units,
            final DataTypes types,
            final HybridClock hybridClock,
            final Seqlock version,
            final RecordClock clock) {
        this.origins = origins;
        this.units = units;
        this.types = types;
        this.hybridClock = hybridClock;
        this.version = version;
        this.clock = clock;
        this.context = new EffectContext(units, clock);
    }

    /** Clocks of the record at hand. */
    public RecordClock clock() {
        return clock;
    }

    /** Says which origin is this engine's own; what it has not yet told of the others counts as moved since its last commit. */
    public void own(final int originIndex) {
        assert originIndex >= 0 && originIndex < origins.count() : originIndex;
        ownIndex = originIndex;
        movedCount = 0;
        Arrays.fill(isMoved, false);
        for (int i = 0; i < origins.count(); i++) {
            if (i != ownIndex && origins.applied(i) > origins.author(ownIndex).entry(i)) {
                noteMoved(i);
            }
        }
    }

    /** Origins, by index, whose records arrived since the last local record. */
    public int[] moved() {
        return moved;
    }

    public int movedCount() {
        return movedCount;
    }

    /** Number of transactions applied to this state. */
    public long applied() {
        return units.version();
    }

    /** How often something was left in state that is kept for concurrent operations: {@link #collect} may find some where it has moved. */
    public long traces() {
        return context.traces();
    }

    /** Says that there may be such traces in a state that was not built record by record. */
    public void mayHaveTraces() {
        context.leaveTrace();
    }

    /**
     * Effects of records before the position of their unit's slice are held back from now on (recovery).
     *
     * @param slices tells the slices of the snapshot file that is loaded
     * @param slicePositions log position of each slice's cut
     */
    public void holdBack(final FileSlices slices, final long[] slicePositions) {
        assert slicePositions.length == StateStore.SLICES : slicePositions.length;
        context.holdBack(slices, slicePositions);
    }

    /** Ends {@link #holdBack}. */
    public void release() {
        context.release();
    }

    /**
     * Applies a record whose clocks {@link #clock} holds and that the log holds.
     *
     * @param record its address
     * @param position its log position
     * @param hints cells of its operations, null where none are known
     */
    public void apply(final long record, final long position, final @Nullable CellHints hints) {
        final long operations = record + clock.operationsOffset();
        final int length = (int) (record + RecordDescriptor.length(record) - operations);
        final long hybridTime = RecordDescriptor.hybridTime(record);
        assert clock.operationsOffset() >= RecordDescriptor.HEADER_LENGTH && length >= 0 : length;
        assert RecordDescriptor.origin(record) == origins.origin(clock.authorIndex()) : "the clocks of another record";
        assert RecordDescriptor.seq(record) == origins.applied(clock.authorIndex()) + 1 : RecordDescriptor.seq(record);
        assert hints == null || clock.authorIndex() == ownIndex : clock.authorIndex();
        version.beginChange();
        units.version(units.version() + 1);
        hybridClock.observe(hybridTime);
        context.begin(RecordDescriptor.origin(record), RecordDescriptor.seq(record), hybridTime);
        context.position(position);
        reader.wrap(operations, length);
        for (int i = 0; reader.hasNext(); i++) {
            final Operation op = reader.next();
            context.hint(hints == null ? 0 : hints.cell(i));
            types.of(op.type()).apply(op, context);
            if (op.code() == OperationCode.CHANGE_RIGHTS) {
                endTakenOver(op, RecordDescriptor.origin(record));
            }
        }
        clock.install(RecordDescriptor.crc(record));
        assert origins.link(clock.authorIndex()) == RecordDescriptor.crc(record) : "the next record cannot follow";
        if (RecordDescriptor.kind(record) == RecordDescriptor.KIND_CLOSE) {
            origins.markClosed(clock.authorIndex());
        }
        if (clock.authorIndex() == ownIndex) {
            clearMoved(clock.changedCount());
        } else {
            noteMoved(clock.authorIndex());
        }
        version.endChange();
    }

    /** A launch whose rights have been taken over has ended with what its heir had of it: nothing that it wrote behind that is taken. */
    private void endTakenOver(final Operation op, final long author) {
        assert (op.argumentLength() - RightsArgument.HEADER_LENGTH) % RightsArgument.MOVE_LENGTH == 0
                : op.argumentLength();
        for (int at = RightsArgument.HEADER_LENGTH; at < op.argumentLength(); at += RightsArgument.MOVE_LENGTH) {
            final long from = RightsArgument.moveFrom(op.argument() + at);
            if (from != author) {
                origins.markClosed(origins.register(from));
            }
        }
    }

    /** Forgets the first of the origins that have moved: the record at hand tells of them. */
    private void clearMoved(final int told) {
        final int count = Math.min(told, movedCount);
        for (int i = 0; i < count; i++) {
            assert isMoved[moved[i]] : moved[i];
            isMoved[moved[i]] = false;
        }
        movedCount -= count;
        System.arraycopy(moved, count, moved, 0, movedCount);
    }

    private void noteMoved(final int index) {
        assert index >= 0 && index < origins.count() && index != ownIndex : index;
        if (index >= isMoved.length) {
            isMoved = Arrays.copyOf(isMoved, Math.max(index + 1, isMoved.length << 1));
        }
        if (!isMoved[index]) {
            isMoved[index] = true;
            if (movedCount == moved.length) {
                moved = Arrays.copyOf(moved, movedCount << 1);
            }
            moved[movedCount++] = index;
            assert movedCount <= origins.count() : movedCount;
        }
    }

    /** Puts back a cell that a snapshot file holds. */
    public void restoreCell(
            final CellType type,
            final Operation.Name table,
            final Operation.Name key,
            final Operation.Name column,
            final long body,
            final int bodyLength) {
        restoreBody(units.acquireCell(table, key, column, type), body, bodyLength);
    }

    /** Puts back an element of a set that a snapshot file holds, and its set if need be. */
    public void restoreElement(
            final CellType type,
            final Operation.Name table,
            final Operation.Name key,
            final Operation.Name column,
            final long name,
            final int nameLength,
            final long body,
            final int bodyLength) {
        final long cell = units.acquireCell(table, key, column, type);
        final long element = units.acquireElement(cell, name, nameLength);
        restoreBody(element, body, bodyLength);
        if (CellValues.isElementPresent(type, body, bodyLength)) {
            units.changeSetSize(cell, 1);
        }
    }

    private static boolean keepsTraces(final int typeCode) {
        return typeCode == CellType.REMOVE_WINS_SET.code()
                || typeCode == CellType.DISABLE_WINS.code()
                || typeCode == CellType.FIRST_WRITER_REGISTER.code();
    }

    private void restoreBody(final long block, final long body, final int bodyLength) {
        assert block != 0 && bodyLength >= 0 : bodyLength;
        units.touch(block);
        UnsafeApi.copyMemory(body, units.resizeBody(block, bodyLength), bodyLength);
        assert Block.bodyLength(block) == bodyLength : Block.bodyLength(block);
        if (keepsTraces(Block.typeCode(block))) {
            context.leaveTrace();
        }
    }

    /**
     * Drops from units what is only kept for operations that can no longer arrive.
     *
     * @param parts parts of a slice
     * @param part the one to visit
     * @param stable tells which dots are causally stable
     * @param scratch receives the units before they are changed; grown as needed
     * @return units dropped altogether
     */
    public int collect(
            final StateStore.SliceParts parts, final int part, final StableDots stable, final BlockScratch scratch) {
        assert part >= 0 && part < parts.count() : part;
        scratch.clear();
        parts.forEach(part, block -> {
            final int code = Block.typeCode(block);
            if (keepsTraces(code) && (code != CellType.REMOVE_WINS_SET.code() || Block.isElement(block))) {
                scratch.add(block);
            }
        });
        if (scratch.count() == 0) {
            return 0;
        }
        int dropped = 0;
        version.beginChange();
        units.version(units.version() + 1);
        for (int i = 0; i < scratch.count(); i++) {
            final long block = scratch.block(i);
            if (!Block.isAbsent(block) && !Block.isNew(block)) {
                final CellType type = CellType.ofCode(Block.typeCode(block));
                final long cell = Block.isElement(block) ? units.ownerOf(block) : block;
                if (type != null && cell != 0 && types.of(type).collect(cell, block, context, stable)) {
                    dropped++;
                }
            }
        }
        version.endChange();
        return dropped;
    }
}
