package io.abelia.engine.crdt;

import io.abelia.engine.clock.RecordClock;
import io.abelia.engine.codec.Operation;
import io.abelia.engine.state.Block;
import io.abelia.engine.state.FileSlices;
import io.abelia.engine.state.StateStore;
import io.abelia.engine.state.Units;
import org.jspecify.annotations.Nullable;

/**
 * What an effect may know: the units of state, the dot and hybrid time of its transaction, and what that transaction had
 * observed. During recovery it also holds back effects on units whose snapshot slice is younger than the record.
 */
public final class EffectContext {
    private final Units units;
    private final RecordClock clock;
    private long origin;
    private long seq;
    private long hybridTime;
    private long hintedCell;
    private long position;
    private @Nullable FileSlices slices;
    private long[] slicePositions = {};
    private long traces;

    public EffectContext(final Units units, final RecordClock clock) {
        this.units = units;
        this.clock = clock;
    }

    /** Begins a transaction. */
    public void begin(final long newOrigin, final long newSeq, final long newHybridTime) {
        assert newSeq > 0 : newSeq;
        origin = newOrigin;
        seq = newSeq;
        hybridTime = newHybridTime;
    }

    /** Address of the next operation's cell where the caller knows it, else 0. */
    public void hint(final long cell) {
        hintedCell = cell;
    }

    /** From now on effects of records before a slice's position leave units of that slice alone. */
    public void holdBack(final FileSlices newSlices, final long[] positions) {
        assert positions.length == StateStore.SLICES : positions.length;
        slices = newSlices;
        slicePositions = positions;
    }

    /** Ends {@link #holdBack}. */
    public void release() {
        slices = null;
    }

    /** Log position of the record that follows, for {@link #holdBack}. */
    public void position(final long newPosition) {
        position = newPosition;
    }

    /** Whether the operation's effect on its unit has to be applied. */
    boolean admits(final Operation op) {
        return slices == null || position >= slicePositions[slices.of(op)];
    }

    /** Whether the effect of an operation on a whole set has to be applied to an element of it. */
    boolean admits(final Operation op, final long element) {
        return slices == null || position >= slicePositions[slices.of(op, element)];
    }

    Units units() {
        return units;
    }

    /** The operation's cell, made if there is none. */
    long acquireCell(final Operation op) {
        final long cell = hintedCell;
        hintedCell = 0;
        assert cell == 0 || Block.typeCode(cell) == op.type().code() && !Block.isAbsent(cell) : op.type();
        return cell != 0 ? cell : units.acquireCell(op);
    }

    /** The operation's cell, or 0. */
    long findCell(final Operation op) {
        final long cell = hintedCell;
        hintedCell = 0;
        assert cell == 0 || Block.typeCode(cell) == op.type().code() && !Block.isAbsent(cell) : op.type();
        return cell != 0 ? cell : units.findCell(op);
    }

    /** Whether the transaction had observed a dot. */
    boolean covers(final long dotOrigin, final long dotSeq) {
        return clock.covers(dotOrigin, dotSeq);
    }

    /** Notes that an effect leaves something that is kept only for concurrent operations. */
    public void leaveTrace() {
        traces++;
    }

    /** How often {@link #leaveTrace} was called. */
    public long traces() {
        return traces;
    }

    long origin() {
        return origin;
    }

    long seq() {
        return seq;
    }

    long hybridTime() {
        return hybridTime;
    }
}
