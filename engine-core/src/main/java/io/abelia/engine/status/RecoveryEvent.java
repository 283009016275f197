package io.abelia.engine.status;

import jdk.jfr.Category;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;

/** JFR event: one recovery at launch. */
@Name("io.abelia.Recovery")
@Label("Recovery")
@Category("Abelia")
@StackTrace(false)
public final class RecoveryEvent extends Event {
    @Label("Clean stop before")
    private boolean clean;

    @Label("Units from the snapshot")
    private long snapshotUnits;

    @Label("Records replayed")
    private long replayedRecords;

    @Label("Torn bytes cut off")
    private long tornBytes;

    /** Ends and commits the event. */
    public void finish(
            final boolean wasClean,
            final long newSnapshotUnits,
            final long newReplayedRecords,
            final long newTornBytes) {
        clean = wasClean;
        snapshotUnits = newSnapshotUnits;
        replayedRecords = newReplayedRecords;
        tornBytes = newTornBytes;
        commit();
    }

    @Override
    public String toString() {
        return "recovery clean=" + clean + " snapshotUnits=" + snapshotUnits + " replayedRecords=" + replayedRecords
                + " tornBytes=" + tornBytes;
    }
}
