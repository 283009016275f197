package io.abelia.engine.replicate;

import io.abelia.engine.transaction.Cell;
import java.util.List;

/** Told of each transaction by which replication is about to move rights of a bounded counter, on the replica's thread. */
@FunctionalInterface
public interface RightsListener {
    /** Rights that one origin loses and another gains. */
    record Move(long from, long to, long amount) {}

    void onMoves(Cell cell, List<Move> moves);
}
