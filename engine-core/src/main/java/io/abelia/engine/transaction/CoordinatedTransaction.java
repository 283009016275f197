package io.abelia.engine.transaction;

import org.jspecify.annotations.Nullable;

/**
 * The coordinated side of one transaction: its conditions, its reads, its commit. One thread at a time. A cell or value is only valid
 * during the call that gives it.
 */
public interface CoordinatedTransaction extends AutoCloseable {
    /** Commits only if a number is at least so much before the transaction's own operations. */
    void requireAtLeast(Cell cell, long minimum);

    /** Commits only if a register's value is this one. */
    void requireValue(Cell cell, Value expected);

    /** Commits only if nothing can be read of a cell. */
    void requireAbsent(Cell cell);

    /** Linearizable reads; the commit fails with CONFLICT if any of them would be answered otherwise by then. */
    ReadView reads();

    /** Asks for what can be read of a cell right behind the transaction. */
    void returning(Cell cell);

    /** What {@link #returning} asked for, once committed. */
    ReadView results();

    /** Commits and waits for the answer; called again after NO_MAJORITY or UNDECIDED it asks about the same transaction. */
    CommitResult commit(long operations, int operationsLengthBytes);

    /** After CONDITION_FAILED or CONFLICT: which condition or read, with its cell; else null. */
    @Nullable
    String failed();

    /** How many coordinated transactions with operations had been committed, this one included; 0 if it has not been. */
    long position();

    @Override
    void close();
}
