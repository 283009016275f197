package io.abelia.engine.transaction;

import io.abelia.engine.apply.Kernel;
import io.abelia.engine.crdt.Versions;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * An operation that stands in a cell: nothing that has been delivered covers it. Several writes, or several adds of one element, are
 * concurrent with each other.
 *
 * @param what write, cleared write, add or remove
 * @param origin of its dot
 * @param seq of its dot
 * @param hybridTime of its transaction, 0 where it is not kept
 * @param value written, or element; null for switches and cleared writes
 */
public record CellVersion(
        String what,
        long origin,
        long seq,
        long hybridTime,
        @Nullable Value value) {
    /** What stands in a cell now; empty for types without dots. */
    public static List<CellVersion> of(final Kernel kernel, final Cell cell) {
        final List<CellVersion> versions = new ArrayList<>();
        kernel.lock().acquire();
        try {
            kernel.requireMemory();
            Versions.forEach(
                    kernel.units(),
                    cell.type(),
                    cell.resolve(kernel.units()),
                    (what, origin, seq, hybridTime, value, length) -> versions.add(new CellVersion(
                            what,
                            origin,
                            seq,
                            hybridTime,
                            value == 0 ? null : new Value().setCanonical(value, length))));
        } finally {
            kernel.lock().release();
        }
        return versions;
    }
}
