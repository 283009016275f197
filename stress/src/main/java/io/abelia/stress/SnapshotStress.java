package io.abelia.stress;

import io.abelia.engine.transaction.Cell;
import io.abelia.engine.transaction.Snapshot;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.JJ_Result;

/** A snapshot while a transaction changes two cells: both effects or none. */
@JCStressTest
@Outcome(id = "0, 0", expect = Expect.ACCEPTABLE, desc = "before")
@Outcome(id = "7, 7", expect = Expect.ACCEPTABLE, desc = "behind")
@Outcome(expect = Expect.FORBIDDEN, desc = "half a transaction")
@State
public class SnapshotStress {
    private final Cell left = Engines.counter();
    private final Cell right = Engines.counter();

    /** Commits both. */
    @Actor
    public void writer() {
        Engines.add(7, left, right);
    }

    /** Reads both. */
    @Actor
    public void reader(final JJ_Result result) {
        try (Snapshot snapshot = Engines.engine().snapshot()) {
            result.r1 = snapshot.readLong(left);
            result.r2 = snapshot.readLong(right);
        }
    }
}
