package io.abelia.engine.transaction;

import io.abelia.engine.apply.Kernel;
import io.abelia.engine.crdt.CellType;
import org.jspecify.annotations.Nullable;

/** What a transaction needs of its engine; a test puts a recording one in its place. */
interface TransactionHost {
    CommitResult commit(Kernel.LocalTransaction transaction);

    void release(Transaction transaction);

    @Nullable
    CellType declaredType(long tableHash, long columnHash);
}
