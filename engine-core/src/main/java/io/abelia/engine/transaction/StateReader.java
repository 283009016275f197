package io.abelia.engine.transaction;

import io.abelia.engine.apply.Kernel;
import io.abelia.engine.codec.CanonicalOrder;
import io.abelia.engine.codec.CellType;
import io.abelia.engine.crdt.CellValues;
import io.abelia.engine.crdt.Writes;
import io.abelia.engine.lock.Seqlock;
import io.abelia.engine.state.Block;
import io.abelia.engine.state.Names;
import io.abelia.engine.state.StateStore;
import io.abelia.engine.state.Units;
import java.lang.ref.Reference;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.agrona.UnsafeApi;
import org.agrona.concurrent.UnsafeBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Reads units of state at a snapshot or as they are now. Fixed-size numbers of prepared cells are read optimistically under the
 * version; everything else takes the commit lock for a bounded moment. Handlers are called outside it.
 */
final class StateReader {
    private static final int OPTIMISTIC_TRIES = 4;
    /** Values or cells, and blocks looked at, while the commit lock is held: commits wait so long. */
    private static final int CHUNK = 16;

    private static final int MAX_HOPS = 8;

    private final Kernel kernel;
    private final Units units;
    private final Seqlock version;
    private final @Nullable ReadLease lease;

    /** Reads at the images of a lease, or of the state as it is if there is none. */
    StateReader(final Kernel kernel, final @Nullable ReadLease lease) {
        this.kernel = kernel;
        this.lease = lease;
        this.units = kernel.units();
        this.version = kernel.version();
    }

    Kernel kernel() {
        return kernel;
    }

    /** Takes the commit lock to look at a snapshot. */
    void enter(final int snapshot) {
        kernel.lock().acquire();
        requireReadable(snapshot);
    }

    /** The same for work that lets commits go first. */
    private void enterBehind(final int snapshot) {
        kernel.lock().acquireBehind();
        requireReadable(snapshot);
    }

    private void requireReadable(final int snapshot) {
        final RuntimeException refusal = refusal(snapshot);
        if (refusal != null) {
            kernel.lock().release();
            throw refusal;
        }
    }

    private @Nullable RuntimeException refusal(final int snapshot) {
        assert snapshot == (lease == null ? Units.LATEST : lease.id()) : snapshot;
        if (kernel.isReleased()) {
            return new IllegalStateException("the engine is closed");
        }
        final String ended = lease == null ? null : lease.ended();
        if (ended != null) {
            return new IllegalStateException(ended);
        }
        return snapshot != Units.LATEST && units.images().isLost(snapshot) ? new SnapshotTooOldException() : null;
    }

    void leave() {
        kernel.lock().release();
    }

    /** Selects a cell's state; with the commit lock held. */
    boolean view(final Cell cell, final int snapshot) {
        assert kernel.lock().isHeld();
        final long block = cell.resolveWithAbsent(units);
        if (block == StateStore.NONE) {
            requireHere(cell);
        }
        return units.view(block, snapshot);
    }

    /** What is coordinated must not read as if nobody had written it. */
    private void requireHere(final Cell cell) {
        final boolean isElsewhere =
                units.names().isElsewhere(cell.tableAddress(), cell.tableLength(), cell.tableHash());
        Reference.reachabilityFence(cell);
        if (isElsewhere) {
            throw CellChecks.coordinated(cell, "a read in mode COORDINATION_FREE");
        }
    }

    long body() {
        assert units.viewLength() > 0 && kernel.lock().isHeld() : units.viewLength();
        return units.viewBody();
    }

    int length() {
        return units.viewLength();
    }

    boolean exists(final Cell cell, final int snapshot) {
        enter(snapshot);
        try {
            return view(cell, snapshot) && CellValues.exists(cell.type(), body(), length());
        } finally {
            leave();
        }
    }

    /** A number of 8 bytes at an offset of the state of a prepared cell, now; lock-free where the cell is cached. */
    long latestLong(final Cell cell, final int offset, final long absent) {
        assert offset >= 0 && offset + Long.BYTES <= cell.type().inlineBytes() : offset;
        for (int i = 0; i < OPTIMISTIC_TRIES; i++) {
            final long noted = version.read();
            final long block = Seqlock.isChanging(noted) ? 0 : cell.cached(units);
            if (block == 0) {
                break;
            }
            final long value = UnsafeApi.getLong(block + Block.HEADER_LENGTH + offset);
            if (version.isStill(noted)) {
                return value;
            }
        }
        enter(Units.LATEST);
        try {
            return view(cell, Units.LATEST) ? UnsafeApi.getLong(body() + offset) : absent;
        } finally {
            leave();
        }
    }

    /** Lower and upper half of a COUNTER, now, into a result; lock-free where the cell is cached. */
    long latestCounter(final Cell cell) {
        for (int i = 0; i < OPTIMISTIC_TRIES; i++) {
            final long noted = version.read();
            final long block = Seqlock.isChanging(noted) ? 0 : cell.cached(units);
            if (block == 0) {
                break;
            }
            final long low = UnsafeApi.getLong(block + Block.HEADER_LENGTH);
            final long high = UnsafeApi.getLong(block + Block.HEADER_LENGTH + Long.BYTES);
            if (version.isStill(noted)) {
                return CellValues.toLong(low, high);
            }
        }
        enter(Units.LATEST);
        try {
            return view(cell, Units.LATEST)
                    ? CellValues.toLong(UnsafeApi.getLong(body()), UnsafeApi.getLong(body() + Long.BYTES))
                    : 0;
        } finally {
            leave();
        }
    }

    /** Copies the writes of a register, greatest first by (hybrid time, origin, seq). */
    List<Value> writes(final Cell cell, final int snapshot) {
        enter(snapshot);
        try {
            if (!view(cell, snapshot)) {
                return List.of();
            }
            final int count = Writes.count(body(), length());
            final List<Long> addresses = new ArrayList<>(count);
            long write = Writes.first(body());
            for (int i = 0; i < count; i++) {
                addresses.add(write);
                write = Writes.next(write);
            }
            addresses.sort((a, b) -> Writes.compare(b, a));
            final List<Value> values = new ArrayList<>(count);
            for (final long address : addresses) {
                values.add(new Value().setCanonical(Writes.value(address), Writes.valueLength(address)));
            }
            return values;
        } finally {
            leave();
        }
    }

    /** Copies the winning write of a register. */
    boolean winner(final Cell cell, final int snapshot, final Value into) {
        enter(snapshot);
        try {
            if (!view(cell, snapshot)) {
                return false;
            }
            final long write = Writes.select(body(), length(), cell.type() != CellType.FIRST_WRITER_REGISTER);
            if (write == 0) {
                return false;
            }
            into.setCanonical(Writes.value(write), Writes.valueLength(write));
            return true;
        } finally {
            leave();
        }
    }

    long size(final Cell cell, final int snapshot) {
        enter(snapshot);
        try {
            return view(cell, snapshot)
                    ? CellValues.size(cell.type(), body())
                    : cell.type() == CellType.INTERSECT_SET ? ReadView.UNIVERSE : 0;
        } finally {
            leave();
        }
    }

    boolean contains(final Cell cell, final int snapshot, final long canonical, final int canonicalLength) {
        enter(snapshot);
        try {
            final long block = cell.resolveWithAbsent(units);
            if (block == StateStore.NONE) {
                requireHere(cell);
            }
            if (cell.type() == CellType.INTERSECT_SET) {
                return !units.view(block, snapshot)
                        || CellValues.listContains(body(), length(), canonical, canonicalLength);
            }
            if (block == 0) {
                return false;
            }
            final long element = units.findElement(block, canonical, canonicalLength);
            return units.view(element, snapshot) && CellValues.isElementPresent(cell.type(), body(), length());
        } finally {
            leave();
        }
    }

    /** Visits the elements of a set at an open snapshot, a bounded number each time that it holds the commit lock. */
    long forEach(final Cell cell, final int snapshot, final ReadView.ValueHandler handler) {
        assert snapshot != Units.LATEST;
        if (cell.type() == CellType.INTERSECT_SET) {
            return forEachOfList(cell, snapshot, handler);
        }
        final List<Value> chunk = new ArrayList<>();
        final Value reused = new Value();
        long visited = 0;
        long resume = 0;
        do {
            chunk.clear();
            enterBehind(snapshot);
            try {
                resume = collectElements(cell, snapshot, resume, chunk);
            } finally {
                kernel.lock().releaseBehind();
            }
            for (final Value value : chunk) {
                handler.onValue(reused.set(value));
                visited++;
            }
        } while (resume != 0);
        return visited;
    }

    private long collectElements(final Cell cell, final int snapshot, final long resume, final List<Value> chunk) {
        assert resume == 0 || Block.isElement(resume) : resume;
        final long block = cell.resolveWithAbsent(units);
        if (block == StateStore.NONE) {
            requireHere(cell);
        }
        long element = resume != 0 ? units.next(resume) : block == 0 ? 0 : units.firstElement(block);
        long stays = resume;
        for (int hops = 0; element != 0; hops++) {
            if (units.view(element, snapshot) && CellValues.isElementPresent(cell.type(), body(), length())) {
                chunk.add(new Value().setCanonical(Block.name(element), Block.nameLength(element)));
                assert chunk.size() <= CHUNK : chunk.size();
            }
            if (units.staysWhileOpen(element, snapshot)) {
                stays = element;
                if (chunk.size() >= CHUNK || hops > MAX_HOPS) {
                    return stays;
                }
            }
            element = units.next(element);
        }
        return 0;
    }

    private long forEachOfList(final Cell cell, final int snapshot, final ReadView.ValueHandler handler) {
        final List<Value> values = new ArrayList<>();
        enter(snapshot);
        try {
            if (view(cell, snapshot)) {
                CellValues.forEachOfList(
                        body(), length(), (address, bytes) -> values.add(new Value().setCanonical(address, bytes)));
            }
        } finally {
            leave();
        }
        values.forEach(handler::onValue);
        return values.size();
    }

    /** Visits the cells of a table at an open snapshot whose keys are wanted. */
    long scan(
            final String table,
            final String keyPrefix,
            final int snapshot,
            final ReadView.KeyFilter wanted,
            final ReadView.CellHandler handler) {
        assert snapshot != Units.LATEST;
        final Scan scan = new Scan(Cell.of(CellType.COUNTER, table, keyPrefix, ""), snapshot, wanted);
        long visited = 0;
        long resume = 0;
        do {
            scan.found.clear();
            enterBehind(snapshot);
            try {
                resume = scan.collect(resume);
            } finally {
                kernel.lock().releaseBehind();
            }
            for (final Found each : scan.found) { // decoded here, where nobody waits
                handler.onCell(Cell.of(each.type, table, new String(each.key, StandardCharsets.UTF_8), each.column));
                visited++;
            }
        } while (resume != 0);
        return visited;
    }

    /** A cell that a scan has found, as little as possible of it. */
    private static final class Found {
        final CellType type;
        final byte[] key;
        final String column;

        Found(final CellType type, final byte[] key, final String column) {
            this.type = type;
            this.key = key;
            this.column = column;
        }
    }

    /** What a scan looks for, and has found since it last released the commit lock. */
    private final class Scan {
        private final Cell named;
        private final int snapshot;
        private final ReadView.KeyFilter wanted;
        private final UnsafeBuffer key = new UnsafeBuffer(0, 0);
        private final Map<Integer, String> columns = new HashMap<>();
        private final List<Found> found = new ArrayList<>();

        Scan(final Cell named, final int snapshot, final ReadView.KeyFilter wanted) {
            this.named = named;
            this.snapshot = snapshot;
            this.wanted = wanted;
        }

        /** Looks at some cells, from one on or from the first; returns the last one, 0 if there are no more. Within the section. */
        private long collect(final long resume) {
            final int table = named.tableId(units);
            if (table < 0) {
                requireHere(named);
                return 0;
            }
            assert resume == 0 || Names.tableOf(resume) == table : table;
            long stays = resume;
            long block = resume != 0 ? units.next(resume) : units.names().firstCell(table);
            for (int hops = 0; block != 0; hops++) {
                if (hasPrefix(block, named) && isWanted(block)) {
                    final CellType type = CellType.ofCode(Block.typeCode(block));
                    if (type != null && units.view(block, snapshot) && CellValues.exists(type, body(), length())) {
                        found.add(new Found(type, keyOf(block), columnOf(block)));
                        assert found.size() <= CHUNK : found.size();
                    }
                }
                if (units.staysWhileOpen(block, snapshot)) {
                    stays = block;
                    if (found.size() >= CHUNK || hops > MAX_HOPS) {
                        return stays;
                    }
                }
                block = units.next(block);
            }
            return 0;
        }

        private boolean isWanted(final long block) {
            key.wrap(Block.name(block), Block.nameLength(block));
            return wanted.accepts(key, 0, key.capacity());
        }

        private byte[] keyOf(final long block) {
            final byte[] bytes = new byte[Block.nameLength(block)];
            key.wrap(Block.name(block), bytes.length);
            key.getBytes(0, bytes);
            return bytes;
        }

        private String columnOf(final long block) {
            return columns.computeIfAbsent(
                    Block.columnId(block), id -> units.names().column(id));
        }
    }

    private static boolean hasPrefix(final long block, final Cell named) {
        final boolean has = Block.nameLength(block) >= named.keyLength()
                && CanonicalOrder.same(Block.name(block), named.keyAddress(), named.keyLength());
        Reference.reachabilityFence(named);
        return has;
    }
}
