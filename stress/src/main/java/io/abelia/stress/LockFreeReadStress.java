package io.abelia.stress;

import io.abelia.engine.transaction.Cell;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.JJ_Result;

/** Two reads without a lock while a commit changes both limbs of a counter: never half of it, and never back in time. */
@JCStressTest
@Outcome(id = "0, 0", expect = Expect.ACCEPTABLE, desc = "both before")
@Outcome(id = "0, -1", expect = Expect.ACCEPTABLE, desc = "between")
@Outcome(id = "-1, -1", expect = Expect.ACCEPTABLE, desc = "both behind")
@Outcome(expect = Expect.FORBIDDEN, desc = "torn, or back in time")
@State
public class LockFreeReadStress {
    private final Cell cell = Engines.counter();

    /** Commits. */
    @Actor
    public void writer() {
        Engines.add(-1, cell);
    }

    /** Reads twice. */
    @Actor
    public void reader(final JJ_Result result) {
        result.r1 = Engines.engine().latest().readLong(cell);
        result.r2 = Engines.engine().latest().readLong(cell);
    }
}
