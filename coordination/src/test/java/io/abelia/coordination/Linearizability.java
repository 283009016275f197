package io.abelia.coordination;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Whether a history of one object can be explained by operations that each take effect at one moment between call and return (Wing and
 * Gong 1993, with the visited configurations remembered as Lowe does 2017). An operation without a return may take effect at any later
 * moment, or never.
 */
final class Linearizability {
    /** What an operation does to a number. */
    enum Kind {
        READ,
        ADD,
        COMPARE_AND_SET
    }

    /**
     * An operation as a client saw it.
     *
     * @param kind what it does
     * @param argument ADD: what is added; COMPARE_AND_SET: what is expected
     * @param newValue COMPARE_AND_SET: what is written
     * @param result READ, ADD: the number afterwards; COMPARE_AND_SET: 1 if it was written, else 0
     * @param calledNs when it was called
     * @param returnedNs when it returned, {@link Long#MAX_VALUE} if nobody knows what came of it
     */
    record Operation(Kind kind, long argument, long newValue, long result, long calledNs, long returnedNs) {
        boolean isPending() {
            return returnedNs == Long.MAX_VALUE;
        }

        /** Whether the operation can follow a state with this result. */
        boolean fits(final long state) {
            return isPending()
                    || switch (kind) {
                        case READ -> result == state;
                        case ADD -> result == state + argument;
                        case COMPARE_AND_SET -> result == (state == argument ? 1 : 0);
                    };
        }

        long after(final long state) {
            return switch (kind) {
                case READ -> state;
                case ADD -> state + argument;
                case COMPARE_AND_SET -> state == argument ? newValue : state;
            };
        }
    }

    private final List<Operation> history;
    private final Set<Configuration> visited = new HashSet<>();
    private final BitSet done = new BitSet();

    private record Configuration(BitSet done, long state) {}

    private Linearizability(final List<Operation> history) {
        this.history = new ArrayList<>(history);
        this.history.sort(Comparator.comparingLong(Operation::calledNs));
    }

    /** Whether a history that begins with 0 is linearizable. */
    static boolean holds(final List<Operation> history) {
        return new Linearizability(history).search(0);
    }

    /** Tries every operation that no undone operation precedes. Recursion is as deep as the history is long. */
    private boolean search(final long state) {
        long firstReturnNs = Long.MAX_VALUE;
        boolean complete = true;
        for (int i = done.nextClearBit(0); i < history.size(); i = done.nextClearBit(i + 1)) {
            firstReturnNs = Math.min(firstReturnNs, history.get(i).returnedNs());
            complete &= history.get(i).isPending();
        }
        if (complete) {
            return true;
        }
        for (int i = done.nextClearBit(0); i < history.size(); i = done.nextClearBit(i + 1)) {
            final Operation operation = history.get(i);
            if (operation.calledNs() > firstReturnNs) {
                break;
            }
            if (operation.fits(state)) {
                done.set(i);
                final long after = operation.after(state);
                if (visited.add(new Configuration((BitSet) done.clone(), after)) && search(after)) {
                    return true;
                }
                done.clear(i);
            }
        }
        return false;
    }
}
