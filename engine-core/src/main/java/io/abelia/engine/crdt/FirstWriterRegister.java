package io.abelia.engine.crdt;

import io.abelia.engine.codec.CellType;
import io.abelia.engine.codec.Operation;
import io.abelia.engine.codec.OperationCode;
import io.abelia.engine.state.Block;
import io.abelia.engine.state.Units;
import org.agrona.UnsafeApi;

/**
 * FIRST_WRITER_REGISTER: the writes that cover no other write; readers see the least. A write is void if its transaction had
 * observed a write that was not void, and had not observed a clear of that write.
 *
 * <p>A clear drops the writes that it covers and leaves their ghosts until it is causally stable: without them a write that is
 * concurrent with the clear would be void where it arrives before it, and stand where it arrives after it. State:
 * {@link Writes}.
 */
public final class FirstWriterRegister implements DataType {
    private static final long GONE = -1;

    @Override
    public void apply(final Operation op, final EffectContext context) {
        assert op.code() == OperationCode.SET || op.code() == OperationCode.CLEAR : op.code();
        if (!context.admits(op)) {
            return;
        }
        if (op.code() == OperationCode.SET) {
            set(op, context);
        } else {
            final long cell = context.findCell(op);
            if (cell != 0 && !Block.isAbsent(cell)) {
                clear(cell, context);
            }
        }
    }

    private static void set(final Operation op, final EffectContext context) {
        final Units units = context.units();
        final long cell = context.acquireCell(op);
        final int oldLength = Block.bodyLength(cell);
        final long old = units.body(cell);
        if (isVoid(old, oldLength, context)) {
            return;
        }
        units.touch(cell);
        final int count = Writes.count(old, oldLength);
        final int ghosts = Writes.ghosts(old, oldLength);
        final int ghostBytes = ghosts * Writes.GHOST;
        final int writesEnd = oldLength == 0 ? Writes.HEADER : oldLength - ghostBytes;
        final int size = Writes.size(op.argumentLength());
        final long body = units.resizeBody(cell, writesEnd + size + ghostBytes);
        UnsafeApi.copyMemory(body + writesEnd, body + writesEnd + size, ghostBytes);
        Writes.write(body + writesEnd, context, op);
        Writes.counts(body, count + 1, ghosts);
    }

    private static boolean isVoid(final long body, final int length, final EffectContext context) {
        final int count = Writes.count(body, length);
        long at = body + Writes.HEADER;
        for (int i = 0; i < count; i++) {
            if (context.covers(Writes.origin(at), Writes.seq(at))) {
                return true;
            }
            at = Writes.next(at);
        }
        final int ghosts = Writes.ghosts(body, length);
        assert length == 0 || at == body + length - (long) ghosts * Writes.GHOST : ghosts;
        for (int i = 0; i < ghosts; i++) {
            final long ghost = at + (long) i * Writes.GHOST;
            if (context.covers(Writes.origin(ghost), Writes.seq(ghost))
                    && !isClearCovered(at, ghosts, ghost, context)) {
                return true;
            }
        }
        return false;
    }

    /** Whether the transaction had observed any clear of a ghost's write. */
    private static boolean isClearCovered(
            final long firstGhost, final int ghosts, final long ghost, final EffectContext context) {
        for (int i = 0; i < ghosts; i++) {
            final long other = firstGhost + (long) i * Writes.GHOST;
            if (Writes.origin(other) == Writes.origin(ghost)
                    && Writes.seq(other) == Writes.seq(ghost)
                    && context.covers(clearOrigin(other), clearSeq(other))) {
                return true;
            }
        }
        return false;
    }

    private static long clearOrigin(final long ghost) {
        return UnsafeApi.getLong(ghost + 16);
    }

    private static long clearSeq(final long ghost) {
        return UnsafeApi.getLong(ghost + 24);
    }

    private static void clear(final long cell, final EffectContext context) {
        final Units units = context.units();
        final int length = Block.bodyLength(cell);
        final int count = Writes.count(units.body(cell), length);
        final int ghosts = Writes.ghosts(units.body(cell), length);
        if (count + ghosts == 0) {
            return;
        }
        units.touch(cell);
        // worst case: every write and every ghost gets a ghost of this clear; shrunk to what is needed below
        long body = units.resizeBody(cell, length + (count + ghosts) * Writes.GHOST);
        long spare = body + length;
        long from = body + Writes.HEADER;
        for (int i = 0; i < count; i++) {
            if (context.covers(Writes.origin(from), Writes.seq(from))) {
                spare = putGhost(spare, Writes.origin(from), Writes.seq(from), context);
            }
            from = Writes.next(from);
        }
        assert from == body + length - (long) ghosts * Writes.GHOST : ghosts;
        for (int i = 0; i < ghosts; i++) {
            final long ghost = from + (long) i * Writes.GHOST;
            if (context.covers(Writes.origin(ghost), Writes.seq(ghost))
                    && isFirstOfItsWrite(from, ghost)
                    && !isClearCovered(from, ghosts, ghost, context)) {
                spare = putGhost(spare, Writes.origin(ghost), Writes.seq(ghost), context);
            }
        }
        final int newGhostBytes = (int) (spare - (body + length));
        assert newGhostBytes % Writes.GHOST == 0 && newGhostBytes <= (count + ghosts) * Writes.GHOST : newGhostBytes;
        final int oldGhostBytes = ghosts * Writes.GHOST;
        final int writesLength = Writes.dropCovered(context, body, length);
        final int kept = Writes.count(body, length);
        assert kept <= count && writesLength <= length - oldGhostBytes : writesLength;
        UnsafeApi.copyMemory(body + length - oldGhostBytes, body + writesLength, oldGhostBytes + (long) newGhostBytes);
        body = units.resizeBody(cell, writesLength + oldGhostBytes + newGhostBytes);
        Writes.counts(body, kept, ghosts + newGhostBytes / Writes.GHOST);
    }

    /** One ghost stands for a write and a clear, however many clears there were before: else concurrent clears doubled them each time. */
    private static boolean isFirstOfItsWrite(final long firstGhost, final long ghost) {
        for (long other = firstGhost; other < ghost; other += Writes.GHOST) {
            if (Writes.origin(other) == Writes.origin(ghost) && Writes.seq(other) == Writes.seq(ghost)) {
                return false;
            }
        }
        return true;
    }

    private static long putGhost(final long at, final long origin, final long seq, final EffectContext context) {
        UnsafeApi.putLong(at, origin);
        UnsafeApi.putLong(at + 8, seq);
        UnsafeApi.putLong(at + 16, context.origin());
        UnsafeApi.putLong(at + 24, context.seq());
        context.leaveTrace();
        return at + Writes.GHOST;
    }

    @Override
    public boolean collect(final long cell, final long block, final EffectContext context, final StableDots stable) {
        assert cell == block : block;
        final Units units = context.units();
        final int length = Block.bodyLength(cell);
        long body = units.body(cell);
        final int count = Writes.count(body, length);
        final int ghosts = Writes.ghosts(body, length);
        if (ghosts == 0) {
            return false;
        }
        final long first = body + length - (long) ghosts * Writes.GHOST;
        if (!anyStable(first, ghosts, stable)) {
            return false;
        }
        units.touch(cell);
        markStable(first, ghosts, stable);
        int kept = 0;
        for (int i = 0; i < ghosts; i++) {
            final long ghost = first + (long) i * Writes.GHOST;
            if (clearSeq(ghost) != GONE) {
                UnsafeApi.copyMemory(ghost, first + (long) kept++ * Writes.GHOST, Writes.GHOST);
            }
        }
        assert kept < ghosts : kept;
        body = units.resizeBody(cell, length - (ghosts - kept) * Writes.GHOST);
        Writes.counts(body, count, kept);
        if (count + kept == 0) {
            units.removeCell(cell);
            return true;
        }
        return false;
    }

    private static boolean anyStable(final long first, final int ghosts, final StableDots stable) {
        for (int i = 0; i < ghosts; i++) {
            final long ghost = first + (long) i * Writes.GHOST;
            if (stable.isStable(clearOrigin(ghost), clearSeq(ghost))) {
                return true;
            }
        }
        return false;
    }

    /** One stable clear settles its write for good: all ghosts of that write go, whichever clear they name. */
    private static void markStable(final long first, final int ghosts, final StableDots stable) {
        for (int i = 0; i < ghosts; i++) {
            final long ghost = first + (long) i * Writes.GHOST;
            if (clearSeq(ghost) != GONE && stable.isStable(clearOrigin(ghost), clearSeq(ghost))) {
                for (int j = 0; j < ghosts; j++) {
                    final long other = first + (long) j * Writes.GHOST;
                    if (Writes.origin(other) == Writes.origin(ghost) && Writes.seq(other) == Writes.seq(ghost)) {
                        UnsafeApi.putLong(other + 24, GONE);
                    }
                }
            }
        }
    }

    @Override
    public long readable(final long body, final int bodyLength) {
        return Register.hashAll(CellType.FIRST_WRITER_REGISTER, body, bodyLength);
    }
}
