package io.abelia.histories;

import java.util.BitSet;

/**
 * What sessions did and were answered: sessions of transactions, transactions of reads and writes in program order. Each write has a value
 * of its own, so that a read tells which transactions it read from: one or none of a last-writer key, any number of a
 * multi-value key. Immutable; any thread.
 *
 * <p>Transactions are numbered through, session by session, so that those of one session are neighbours and a smaller number in the
 * same session is the earlier one. Operations are numbered through as well. This is the history (T, so, wr) of Biswas and Enea (2019),
 * section 2, with reads of sets added.
 */
public final class History {
    /** Writer of a value that no transaction of the history wrote to that key. */
    public static final int NOWHERE = -1;

    /** Greatest key. */
    static final int MAX_KEY = (1 << 29) - 1;

    private static final int WRITE = 1;
    private static final int INTERNAL = 2;
    private static final int FLAG_BITS = 2;

    private final int[] sessionStart;
    private final int[] sessionOf;
    private final int[] operationStart;
    private final int[] operations;
    private final int[] writerStart;
    private final int[] writers;
    private final BitSet multiValue;
    private final int keys;

    History(
            final int[] sessionStart,
            final int[] operationStart,
            final int[] operations,
            final int[] writerStart,
            final int[] writers,
            final BitSet multiValue) {
        this.sessionStart = sessionStart;
        this.operationStart = operationStart;
        this.operations = operations;
        this.writerStart = writerStart;
        this.writers = writers;
        this.multiValue = multiValue;
        this.sessionOf = new int[operationStart.length - 1];
        int greatest = -1;
        for (int session = 0; session < sessions(); session++) {
            for (int t = sessionStart[session]; t < sessionStart[session + 1]; t++) {
                sessionOf[t] = session;
            }
        }
        for (final int operation : operations) {
            greatest = Math.max(greatest, operation >> FLAG_BITS);
        }
        keys = greatest + 1;
    }

    static int encode(final int key, final boolean write, final boolean internal) {
        return key << FLAG_BITS | (write ? WRITE : 0) | (internal ? INTERNAL : 0);
    }

    /** How many sessions there are. */
    public int sessions() {
        return sessionStart.length - 1;
    }

    /** How many transactions there are. */
    public int transactions() {
        return sessionOf.length;
    }

    /** How many operations all transactions have together. */
    public int operations() {
        return operations.length;
    }

    /** One more than the greatest key. */
    public int keys() {
        return keys;
    }

    /** Whether reads of a key return all concurrent writes, as those of an MV_REGISTER do; else the one that won, as of an LWW_REGISTER. */
    public boolean isMultiValue(final int key) {
        return multiValue.get(key);
    }

    int sessionOf(final int transaction) {
        return sessionOf[transaction];
    }

    /** Place of a transaction in its session, from 0. */
    int indexOf(final int transaction) {
        return transaction - sessionStart[sessionOf[transaction]];
    }

    /** The first transaction of a session. */
    public int firstOf(final int session) {
        return sessionStart[session];
    }

    /** One more than the last transaction of a session. */
    public int endOf(final int session) {
        return sessionStart[session + 1];
    }

    /** The first operation of a transaction. */
    public int firstOperation(final int transaction) {
        return operationStart[transaction];
    }

    /** One more than the last operation of a transaction. */
    public int endOperation(final int transaction) {
        return operationStart[transaction + 1];
    }

    /** The key that an operation reads or writes. */
    public int key(final int operation) {
        return operations[operation] >> FLAG_BITS;
    }

    /** Whether an operation is a write. */
    public boolean isWrite(final int operation) {
        return (operations[operation] & WRITE) != 0;
    }

    /** Whether an operation is a read behind a write of the same key in the same transaction. */
    boolean isInternalRead(final int operation) {
        return (operations[operation] & (WRITE | INTERNAL)) == INTERNAL;
    }

    /** Whether an operation reads what other transactions wrote. */
    public boolean isExternalRead(final int operation) {
        return (operations[operation] & (WRITE | INTERNAL)) == 0;
    }

    /** How many transactions a read read from. */
    public int writerCount(final int read) {
        return writerStart[read + 1] - writerStart[read];
    }

    /** One of the transactions that a read read from, or {@link #NOWHERE}. */
    public int writer(final int read, final int index) {
        return writers[writerStart[read] + index];
    }

    boolean readsFrom(final int read, final int transaction) {
        for (int i = writerStart[read]; i < writerStart[read + 1]; i++) {
            if (writers[i] == transaction) {
                return true;
            }
        }
        return false;
    }

    boolean writes(final int transaction, final int key) {
        for (int o = operationStart[transaction]; o < operationStart[transaction + 1]; o++) {
            if (isWrite(o) && key(o) == key) {
                return true;
            }
        }
        return false;
    }

    /** The read of what others wrote to a key before the transaction wrote it, or -1. */
    public int externalReadOf(final int transaction, final int key) {
        for (int o = operationStart[transaction]; o < operationStart[transaction + 1]; o++) {
            if (isExternalRead(o) && key(o) == key) {
                return o;
            }
        }
        return -1;
    }

    /** How a transaction is called in texts: its session, a dot, its place there. */
    String name(final int transaction) {
        return sessionOf[transaction] + "." + indexOf(transaction);
    }
}
