package io.abelia.engine.transaction;

import io.abelia.engine.apply.CommitRefusal;
import io.abelia.engine.apply.Kernel;
import io.abelia.engine.apply.LocalTransaction;
import io.abelia.engine.apply.RightsShortage;
import io.abelia.engine.codec.CellType;
import io.abelia.engine.codec.RightsArgument;
import io.abelia.engine.schema.Schema;
import java.lang.ref.Reference;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.agrona.concurrent.ManyToManyConcurrentArrayQueue;
import org.jspecify.annotations.Nullable;

/** Hands out transactions and takes them back; in steady state it creates none. Any thread. */
public final class TransactionPool implements TransactionHost, AutoCloseable {
    private static final int IDLE = 64;
    private final Kernel kernel;
    private final boolean waitsForForce;
    private final boolean stacks;
    private final LongOpen longOpen;
    private final @Nullable Schema schema;
    private final @Nullable Coordinator coordinator;
    private final ManyToManyConcurrentArrayQueue<TransactionBody> idle = new ManyToManyConcurrentArrayQueue<>(IDLE);
    /** Read with the commit lock, so it is read without a lock of its own. */
    private final List<TransactionBody> created = new CopyOnWriteArrayList<>();
    /** Never begins itself. */
    private final TransactionBody door;

    public TransactionPool(
            final Kernel kernel,
            final boolean waitsForForce,
            final @Nullable Schema schema,
            final @Nullable Coordinator coordinator,
            final OpenLimits limits) {
        this.kernel = kernel;
        this.stacks = limits.stacks();
        this.longOpen = new LongOpen(kernel, limits);
        this.waitsForForce = waitsForForce;
        this.schema = schema;
        this.coordinator = coordinator;
        this.door = new TransactionBody(this, kernel);
        if (schema != null) {
            kernel.units().names().elsewhere(schema::isCoordinated);
        }
    }

    /** Begins a transaction. */
    public Transaction begin() {
        return new Transaction(door.begin());
    }

    @Override
    public TransactionBody take() {
        TransactionBody body = idle.poll();
        if (body == null) {
            body = create();
        }
        body.start();
        return body;
    }

    private TransactionBody create() {
        final TransactionBody body = new TransactionBody(this, kernel);
        created.add(body); // before it begins: who looks at all that have begun by now finds it
        return body;
    }

    /** Opens a snapshot that is named if it stays open. */
    public Snapshot snapshot() {
        return Snapshot.open(kernel, longOpen);
    }

    /** Looks for what stays open; housekeeping calls it now and then. */
    public void watch(final long nowNs) {
        longOpen.watch(created, nowNs);
    }

    @Override
    public boolean remembersStacks() {
        return stacks;
    }

    @Override
    public void release(final TransactionBody body, final boolean expired) {
        assert !TransactionBegin.isOpen(body.beginClock().state())
                : body.beginClock().state();
        if (!expired && !idle.offer(body)) {
            kernel.lock().acquire(); // whoever looks at what is open may be looking at this one
            try {
                created.remove(body);
            } finally {
                kernel.lock().release();
            }
            body.free();
        }
    }

    @Override
    public @Nullable CellType declaredType(final Cell cell) {
        if (schema == null) {
            return null;
        }
        final CellType type = schema.typeOf(
                cell.tableHash(),
                cell.columnHash(),
                cell.tableAddress(),
                cell.tableLength(),
                cell.columnAddress(),
                cell.columnLength());
        Reference.reachabilityFence(cell);
        return type;
    }

    @Override
    public boolean isCoordinated(final Cell cell) {
        final boolean is =
                schema != null && schema.isCoordinated(cell.tableAddress(), cell.tableLength(), cell.tableHash());
        Reference.reachabilityFence(cell);
        return is;
    }

    @Override
    public boolean hasGroup() {
        return coordinator != null;
    }

    @Override
    public @Nullable CoordinatedTransaction coordinate() {
        return coordinator == null ? null : coordinator.begin(schema);
    }

    @Override
    public CommitResult commit(final LocalTransaction transaction, final boolean awaitForce) {
        long position = kernel.commit(transaction);
        boolean more = true;
        while (more
                && position == CommitRefusal.INSUFFICIENT_RIGHTS
                && kernel.rights().isAlone()) {
            final RightsShortage shortage = transaction.shortage();
            more = shortage != null && takeOver(shortage);
            position = kernel.commit(transaction); // another thread may have taken over what there was
        }
        if (position >= 0) {
            if (!waitsForForce || !awaitForce || kernel.log().awaitForced(position)) {
                return CommitResult.COMMITTED;
            }
            kernel.fail(new IllegalStateException(
                    "forcing the log failed; nothing is acknowledged any more. Check the disk, then launch again",
                    kernel.log().failure()));
            return CommitResult.FAILED;
        }
        if (position == CommitRefusal.DISK_FULL) {
            return CommitResult.DISK_FULL;
        }
        if (position == CommitRefusal.NOT_JOINED) {
            return CommitResult.NOT_JOINED;
        }
        if (position == CommitRefusal.FENCED) {
            return CommitResult.FENCED;
        }
        if (position == CommitRefusal.OUT_OF_RANGE) {
            return CommitResult.OUT_OF_RANGE;
        }
        if (position == CommitRefusal.CLOCK_OUT_OF_RANGE) {
            return CommitResult.CLOCK_OUT_OF_RANGE;
        }
        if (position == CommitRefusal.EXPIRED) {
            return CommitResult.EXPIRED;
        }
        if (position == CommitRefusal.INSUFFICIENT_RIGHTS) {
            return CommitResult.INSUFFICIENT_RIGHTS;
        }
        assert position == CommitRefusal.NOT_OPEN : position;
        return kernel.failure() == null ? CommitResult.CLOSED : CommitResult.FAILED;
    }

    /** An engine that belongs to no group is the only heir of its earlier launches; returns whether there was something to inherit. */
    private boolean takeOver(final RightsShortage shortage) {
        final Cell cell = Cell.of(CellType.BOUNDED_COUNTER, shortage.table(), shortage.key(), shortage.column());
        try (Transaction tx = begin().mode(TransactionMode.COORDINATION_FREE)) {
            final int[] moves = {0};
            StateView.latest(kernel).forEachHolder(cell, (origin, node, rights) -> {
                if (origin != kernel.ownOrigin() && rights > 0 && moves[0]++ < RightsArgument.MAX_MOVES) {
                    tx.takeOver(cell, origin, Math.min(rights, RightsArgument.MAX_AMOUNT));
                }
            });
            return tx.commit() == CommitResult.COMMITTED;
        }
    }

    /**
     * Lowers entries of a clock, by origin index, to what every open transaction had observed when it began.
     *
     * @return the clock given
     */
    public long[] lowerToOpen(final long[] clock) {
        assert kernel.lock().isHeld();
        for (final TransactionBody body : created) {
            final TransactionBegin begin = body.beginClock();
            if (TransactionBegin.isOpen(begin.state())) {
                for (int i = 0; i < clock.length; i++) {
                    final long observed =
                            i < begin.count() ? org.agrona.UnsafeApi.getLong(begin.clock() + ((long) i << 3)) : 0;
                    clock[i] = Math.min(clock[i], observed);
                }
            }
        }
        return clock;
    }

    @Override
    public void close() {
        door.free();
        TransactionBody body = idle.poll();
        while (body != null) {
            body.free();
            body = idle.poll();
        }
    }
}
