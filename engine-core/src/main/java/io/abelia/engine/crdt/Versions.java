package io.abelia.engine.crdt;

import io.abelia.engine.codec.CellType;
import io.abelia.engine.state.Block;
import io.abelia.engine.state.Units;
import org.agrona.UnsafeApi;

/** The dots that a cell's state is made of, for tools: which operations stand, concurrent ones side by side. */
public final class Versions {
    private Versions() {}

    /** Receives one operation that stands. */
    @FunctionalInterface
    public interface Handler {
        /**
         * An operation.
         *
         * @param what write, cleared write, add or remove
         * @param hybridTime its hybrid time, 0 where it is not kept
         * @param value address of its canonical value or element, 0 for none
         */
        void onVersion(String what, long origin, long seq, long hybridTime, long value, int valueLength);
    }

    /** Visits what stands in a cell; nothing for types without dots. With the commit lock. */
    public static void forEach(final Units units, final CellType type, final long cell, final Handler handler) {
        if (cell == 0 || Block.isAbsent(cell) || Block.isNew(cell)) {
            return;
        }
        assert Block.typeCode(cell) == type.code() : type;
        if (type.isRegister()) {
            writes(units.body(cell), Block.bodyLength(cell), handler);
        } else if (type == CellType.ENABLE_WINS || type == CellType.DISABLE_WINS) {
            dots(units.body(cell), 0, 0, handler);
        } else if (type == CellType.ADD_WINS_SET || type == CellType.REMOVE_WINS_SET) {
            for (long element = units.firstElement(cell); element != 0; element = units.next(element)) {
                if (!Block.isAbsent(element) && !Block.isNew(element)) {
                    dots(units.body(element), Block.name(element), Block.nameLength(element), handler);
                }
            }
        }
    }

    private static void writes(final long body, final int length, final Handler handler) {
        final int count = Writes.count(body, length);
        long write = Writes.first(body);
        for (int i = 0; i < count; i++) {
            handler.onVersion(
                    "write",
                    Writes.origin(write),
                    Writes.seq(write),
                    Writes.hybridTime(write),
                    Writes.value(write),
                    Writes.valueLength(write));
            write = Writes.next(write);
        }
        final int ghosts = Writes.ghosts(body, length);
        for (int i = 0; i < ghosts; i++) {
            final long ghost = write + (long) i * Writes.GHOST;
            handler.onVersion("cleared write", Writes.origin(ghost), Writes.seq(ghost), 0, 0, 0);
        }
    }

    private static void dots(final long body, final long name, final int nameLength, final Handler handler) {
        final int adds = Dots.adds(body);
        final int total = adds + Dots.removes(body);
        for (int i = 0; i < total; i++) {
            final long dot = body + Dots.HEADER + (long) i * Dots.DOT;
            handler.onVersion(
                    i < adds ? "add" : "remove",
                    UnsafeApi.getLong(dot),
                    UnsafeApi.getLong(dot + Long.BYTES),
                    0,
                    name,
                    nameLength);
        }
    }
}
