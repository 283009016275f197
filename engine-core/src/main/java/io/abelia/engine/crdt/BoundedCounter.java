package io.abelia.engine.crdt;

import io.abelia.engine.codec.CellType;
import io.abelia.engine.codec.Hashing;
import io.abelia.engine.codec.Operation;
import io.abelia.engine.codec.RightsArgument;
import io.abelia.engine.state.Block;
import io.abelia.engine.state.Units;
import org.agrona.UnsafeApi;

/**
 * BOUNDED_COUNTER: a number that never falls below zero, on any node, though nobody waits for anybody (escrow, O'Neil 1986; bounded
 * counters, Balegas et al. 2015). The number is the sum of the rights that origins hold. Whoever releases gains rights, whoever acquires
 * spends rights of its own, and rights move from one holder to another. What an origin may spend is checked when its transaction commits
 * ({@code Rights} of the apply package); the effect itself only adds, an abelian group for each holder.
 *
 * <p>State: 8 bytes count of holders, then for each holder of rights, ascending by origin: 8 bytes origin, 8 bytes number of its node, 8
 * bytes rights. Who holds none is left out.
 */
public final class BoundedCounter implements DataType {
    /**
     * Greatest value that an author may raise a counter to, as it knows it. Two causally closed sets of transactions together hold at most the
     * sum of what each holds, since what they share is not below zero; so {@link #MAX_DIRECTORIES} authors that know nothing of each
     * other stay below 2^63, and no holder's rights ever wrap.
     */
    public static final long MAX_VALUE = 1L << 52;
    /** Directories that ever wrote to one group, for which {@link #MAX_VALUE} is chosen. */
    public static final int MAX_DIRECTORIES = 1 << 10;

    /** Beyond what any author's check lets arise; a record that would lead there is not taken. */
    private static final long MAX_MERGED = (1L << 62) + (1L << 61);

    private static final int HEADER = Long.BYTES;
    private static final int HOLDER = 3 * Long.BYTES;
    private static final int NODE = Long.BYTES;
    private static final int RIGHTS = 2 * Long.BYTES;

    /** Receives who holds rights. */
    @FunctionalInterface
    public interface HolderHandler {
        void onHolder(long origin, long node, long rights);
    }

    @Override
    public void apply(final Operation op, final EffectContext context) {
        assert op.argumentLength() >= RightsArgument.HEADER_LENGTH
                        && (op.argumentLength() - RightsArgument.HEADER_LENGTH) % RightsArgument.MOVE_LENGTH == 0
                : op.argumentLength();
        if (!context.admits(op)) {
            return;
        }
        final Units units = context.units();
        final long cell = context.acquireCell(op);
        units.touch(cell);
        if (Block.isNew(cell)) {
            UnsafeApi.putLong(units.resizeBody(cell, HEADER), 0);
        }
        final long argument = op.argument();
        add(units, cell, context.origin(), RightsArgument.node(argument), RightsArgument.change(argument));
        for (int at = RightsArgument.HEADER_LENGTH; at < op.argumentLength(); at += RightsArgument.MOVE_LENGTH) {
            final long move = argument + at;
            final long amount = RightsArgument.moveAmount(move);
            assert amount > 0 && amount <= RightsArgument.MAX_AMOUNT : amount;
            add(units, cell, RightsArgument.moveFrom(move), 0, -amount);
            add(units, cell, RightsArgument.moveTo(move), RightsArgument.moveToNode(move), amount);
        }
    }

    /** Changes an origin's rights; 0 stands for a node that the holder's entry names already. */
    private static void add(final Units units, final long cell, final long origin, final long node, final long amount) {
        long body = units.body(cell);
        final int length = Block.bodyLength(cell);
        assert UnsafeApi.getLong(body) * HOLDER == length - HEADER : length;
        int at = HEADER;
        while (at < length && UnsafeApi.getLong(body + at) < origin) {
            at += HOLDER;
        }
        assert at + HOLDER >= length || UnsafeApi.getLong(body + at) < UnsafeApi.getLong(body + at + HOLDER) : at;
        if (at < length && UnsafeApi.getLong(body + at) == origin) {
            final long rights = UnsafeApi.getLong(body + at + RIGHTS) + amount;
            if (rights != 0) {
                UnsafeApi.putLong(body + at + RIGHTS, rights);
                return;
            }
            UnsafeApi.copyMemory(body + at + HOLDER, body + at, length - at - HOLDER);
            body = units.resizeBody(cell, length - HOLDER);
        } else if (amount != 0) {
            body = units.resizeBody(cell, length + HOLDER);
            UnsafeApi.copyMemory(body + at, body + at + HOLDER, length - at);
            UnsafeApi.putLong(body + at, origin);
            UnsafeApi.putLong(body + at + NODE, node);
            UnsafeApi.putLong(body + at + RIGHTS, amount);
        }
        UnsafeApi.putLong(body, (Block.bodyLength(cell) - HEADER) / HOLDER);
    }

    /** The number: what all holders may spend together. */
    public static long value(final long body, final int bodyLength) {
        long sum = 0;
        for (int at = HEADER; at < bodyLength; at += HOLDER) {
            sum += UnsafeApi.getLong(body + at + RIGHTS);
        }
        return sum;
    }

    /** Whether a body is one: holders ascending, as many as it says. */
    static boolean isState(final long body, final int bodyLength) {
        if (bodyLength < HEADER
                || (bodyLength - HEADER) % HOLDER != 0
                || UnsafeApi.getLong(body) != (bodyLength - HEADER) / HOLDER) {
            return false;
        }
        for (int at = HEADER + HOLDER; at < bodyLength; at += HOLDER) {
            if (UnsafeApi.getLong(body + at) <= UnsafeApi.getLong(body + at - HOLDER)) {
                return false;
            }
        }
        return true;
    }

    /** What one origin may spend. */
    public static long rights(final long body, final int bodyLength, final long origin) {
        for (int at = HEADER; at < bodyLength; at += HOLDER) {
            if (UnsafeApi.getLong(body + at) == origin) {
                return UnsafeApi.getLong(body + at + RIGHTS);
            }
        }
        return 0;
    }

    /** Visits the holders of rights, ascending by origin. */
    public static void forEachHolder(final long body, final int bodyLength, final HolderHandler handler) {
        for (int at = HEADER; at < bodyLength; at += HOLDER) {
            handler.onHolder(
                    UnsafeApi.getLong(body + at),
                    UnsafeApi.getLong(body + at + NODE),
                    UnsafeApi.getLong(body + at + RIGHTS));
        }
    }

    /** Whether a change of rights keeps every number that it touches far from wrapping; whatever the order, authors see to it. */
    public static boolean fits(final Operation op, final long author, final long body, final int bodyLength) {
        boolean fits = isMerged(rights(body, bodyLength, author))
                && isMerged(value(body, bodyLength) + RightsArgument.change(op.argument()));
        for (int at = RightsArgument.HEADER_LENGTH; at < op.argumentLength(); at += RightsArgument.MOVE_LENGTH) {
            final long move = op.argument() + at;
            fits &= isMerged(rights(body, bodyLength, RightsArgument.moveFrom(move)))
                    && isMerged(rights(body, bodyLength, RightsArgument.moveTo(move)));
        }
        return fits;
    }

    private static boolean isMerged(final long rights) {
        return rights >= -MAX_MERGED && rights <= MAX_MERGED;
    }

    @Override
    public long readable(final long body, final int bodyLength) {
        return Hashing.hash(CellType.BOUNDED_COUNTER.code(), body, bodyLength) | 1;
    }
}
