package io.abelia.engine.apply;

import io.abelia.engine.clock.OriginTable;
import io.abelia.engine.clock.RecordClock;
import io.abelia.engine.codec.Operation;
import io.abelia.engine.codec.OperationCode;
import io.abelia.engine.codec.OperationReader;
import io.abelia.engine.codec.RightsArgument;
import io.abelia.engine.codec.Utf8;
import io.abelia.engine.crdt.BoundedCounter;
import io.abelia.engine.lock.CommitLock;
import io.abelia.engine.state.Block;
import io.abelia.engine.state.Units;
import java.util.Map;
import java.util.Set;
import org.agrona.UnsafeApi;
import org.agrona.collections.LongArrayList;
import org.agrona.concurrent.ManyToOneConcurrentArrayQueue;
import org.jspecify.annotations.Nullable;

/**
 * Sees to it that a local transaction spends no more rights of a BOUNDED_COUNTER than its launch holds: all that has to be checked, and
 * decided on this node alone (escrow, O'Neil 1986; Balegas et al. 2015). Rights of other launches may be moved only by who has
 * taken their place, which the replication protocol answers for.
 */
public final class Rights {
    /** In place of a node's number where there is no group. */
    public static final long NO_NODE = -1;

    /** Why a launch commits no more whose rights another one has inherited. */
    static final String REPLACED =
            "the group has given up a launch of which this node has more than the others, and another one has inherited its rights: export"
                    + " the commits that only this one has (abelia unseen), and join anew with an empty directory";

    private static final int QUEUE = 256;

    private final OperationReader reader = new OperationReader();
    private final ManyToOneConcurrentArrayQueue<RightsShortage> shortages = new ManyToOneConcurrentArrayQueue<>(QUEUE);
    private volatile Map<Long, Long> launches = Map.of();
    private volatile Set<Long> inheritable = Set.of();
    private volatile boolean replicated;
    private volatile boolean alone;
    private Runnable onOthers = () -> {};
    private long node = NO_NODE;
    private boolean nodeIsUsed;

    /** Number of this engine's node, or {@link #NO_NODE}; from now on it does not change. */
    public synchronized long node() {
        assert CommitLock.mayWait();
        nodeIsUsed = true;
        return node;
    }

    /**
     * Whether the engine may be replicated, as a node of that number.
     *
     * @throws IllegalStateException if rights have been given to another number in this launch
     */
    public synchronized void requireNode(final long newNode) {
        assert CommitLock.mayWait();
        if (nodeIsUsed && node != newNode) {
            throw new IllegalStateException("this launch has used bounded counters as node " + node
                    + " already: launch the replicator of node " + newNode + " before the first of them");
        }
    }

    /** Says that the engine is replicated, as a node of that number; see {@link #requireNode}. */
    public synchronized void replicated(final long newNode) {
        assert CommitLock.mayWait();
        requireNode(newNode);
        node = newNode;
        replicated = true;
        heardOfOthers();
    }

    /**
     * Says whether the engine has never been connected to another one: whatever rights there are, are those of its own earlier launches then.
     *
     * @param newOnOthers remembers for later launches that it has been; run once, before anything of another engine is taken
     */
    public synchronized void alone(final boolean newAlone, final Runnable newOnOthers) {
        assert CommitLock.mayWait();
        alone = newAlone;
        onOthers = newOnOthers;
    }

    /** Notes that another engine is about to be heard. */
    synchronized void heardOfOthers() {
        assert CommitLock.mayWait();
        if (alone) {
            onOthers.run();
            alone = false;
        }
    }

    public boolean isAlone() {
        return alone;
    }

    /** Lets transactions take over the rights of some launches, which nobody else will. */
    public void inherit(final Set<Long> origins) {
        inheritable = Set.copyOf(origins);
    }

    /** Notes the current launch of every node heard of: origins by node. */
    public void launches(final Map<Long, Long> newLaunches) {
        launches = Map.copyOf(newLaunches);
    }

    /** Origin of a node's current launch, or 0 if none has been heard of. */
    public long launchOf(final long otherNode) {
        return launches.getOrDefault(otherNode, 0L);
    }

    /** The next shortage that nobody has looked after yet, or null; one thread. */
    public @Nullable RightsShortage poll() {
        return shortages.poll();
    }

    /**
     * Whether a transaction's launch holds what it spends, and may release what it releases; if it lacks rights, it and replication are told.
     * With the commit lock.
     *
     * @return 0, {@link CommitRefusal#INSUFFICIENT_RIGHTS} or {@link CommitRefusal#OUT_OF_RANGE}
     */
    long check(final LocalTransaction transaction, final Units units, final long ownOrigin) {
        reader.wrap(transaction.operations(), transaction.operationsLength());
        while (reader.hasNext()) {
            final Operation op = reader.next();
            if (op.code() != OperationCode.CHANGE_RIGHTS) {
                continue;
            }
            if (!mayRelease(op, units)) {
                return CommitRefusal.OUT_OF_RANGE;
            }
            final RightsShortage shortage = shortage(op, units, ownOrigin);
            if (shortage != null) {
                if (replicated) {
                    shortages.offer(shortage); // when very many wait already, the next refusal tells
                }
                transaction.onShortage(shortage);
                return CommitRefusal.INSUFFICIENT_RIGHTS;
            }
        }
        return 0;
    }

    private static boolean mayRelease(final Operation op, final Units units) {
        final long released = UnsafeApi.getLong(op.argument() + Long.BYTES);
        final long cell = released > 0 ? units.findCell(op) : 0;
        return cell == 0
                || Block.isAbsent(cell)
                || BoundedCounter.value(units.body(cell), Block.bodyLength(cell))
                        <= BoundedCounter.MAX_VALUE - released;
    }

    /** Whether the changes of rights in a record from elsewhere keep every number in range. With the commit lock. */
    boolean fit(final long operations, final int lengthBytes, final long author, final Units units) {
        reader.wrap(operations, lengthBytes);
        while (reader.hasNext()) {
            final Operation op = reader.next();
            final long cell = op.code() == OperationCode.CHANGE_RIGHTS ? units.findCell(op) : 0;
            if (cell != 0
                    && !Block.isAbsent(cell)
                    && !BoundedCounter.fits(op, author, units.body(cell), Block.bodyLength(cell))) {
                return false;
            }
        }
        return true;
    }

    /**
     * Whether launches may be ended by who takes their rights over. What such a launch committed beyond what its heir knew is lost to the group;
     * the launch itself, and a node that has such a transaction, are not of the group any more. With the commit lock.
     */
    boolean mayEnd(
            final LongArrayList takenOver, final RecordClock clock, final OriginTable origins, final long ownOrigin) {
        for (int i = 0; i < takenOver.size(); i++) {
            final int index = origins.indexOf(takenOver.getLong(i));
            if (takenOver.getLong(i) == ownOrigin
                    || index != OriginTable.UNKNOWN && origins.applied(index) > clock.deliveryOf(index)) {
                return false;
            }
        }
        return true;
    }

    private @Nullable RightsShortage shortage(final Operation op, final Units units, final long ownOrigin) {
        assert (op.argumentLength() - RightsArgument.HEADER_LENGTH) % RightsArgument.MOVE_LENGTH == 0
                : op.argumentLength();
        final long cell = units.findCell(op);
        final boolean exists = cell != 0 && !Block.isAbsent(cell);
        final long body = exists ? units.body(cell) : 0;
        final int length = exists ? Block.bodyLength(cell) : 0;
        long wanted = -UnsafeApi.getLong(op.argument() + Long.BYTES);
        for (int at = RightsArgument.HEADER_LENGTH; at < op.argumentLength(); at += RightsArgument.MOVE_LENGTH) {
            final long move = op.argument() + at;
            final long from = RightsArgument.moveFrom(move);
            final long amount = RightsArgument.moveAmount(move);
            if (from == ownOrigin) {
                wanted += amount;
            } else {
                final long left = alone || inheritable.contains(from) ? BoundedCounter.rights(body, length, from) : 0;
                if (left < amount) {
                    return shortage(op, amount, left, body, length);
                }
            }
        }
        final long local = BoundedCounter.rights(body, length, ownOrigin);
        return wanted <= Math.max(local, 0) ? null : shortage(op, wanted, local, body, length);
    }

    private static RightsShortage shortage(
            final Operation op, final long wanted, final long local, final long body, final int length) {
        assert wanted > 0 && wanted > local : wanted;
        return new RightsShortage(
                text(op.table()), text(op.key()), text(op.column()), wanted, local, BoundedCounter.value(body, length));
    }

    private static String text(final Operation.Name name) {
        return Utf8.decode(name.address(), name.length());
    }
}
