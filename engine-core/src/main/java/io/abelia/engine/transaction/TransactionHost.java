package io.abelia.engine.transaction;

import io.abelia.engine.apply.LocalTransaction;
import io.abelia.engine.codec.CellType;
import org.jspecify.annotations.Nullable;

/** What a transaction needs of its engine; a test puts a recording one in its place. */
interface TransactionHost {
    /** Commits; with durability POWER it returns when the log has been forced, unless nobody waits for that. */
    CommitResult commit(LocalTransaction transaction, boolean awaitForce);

    /** Hands out a body that has begun. */
    TransactionBody take();

    /** Takes a body back whose transaction has ended; one that had been given up before is not used again. */
    void release(TransactionBody body, boolean expired);

    /** Whether to remember where transactions are begun. */
    boolean remembersStacks();

    /** Whether a cell's table is declared coordinated. */
    boolean isCoordinated(Cell cell);

    /** Whether a coordination group is configured. */
    boolean hasGroup();

    /** Begins a transaction's coordinated side; null if no coordination group is configured. */
    @Nullable
    CoordinatedTransaction coordinate();

    /** Type that the cell's column is declared with; null where nothing is declared. */
    @Nullable
    CellType declaredType(Cell cell);
}
