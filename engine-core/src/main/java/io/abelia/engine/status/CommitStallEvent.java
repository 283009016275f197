package io.abelia.engine.status;

import jdk.jfr.Category;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;

/** JFR event: commits had to create log segments themselves, because housekeeping was late. */
@Name("io.abelia.CommitStall")
@Label("Commit stall")
@Category("Abelia")
@StackTrace(false)
public final class CommitStallEvent extends Event {
    @Label("Stalls since the last event")
    private long stalls;

    /** Commits the event. */
    public void finish(final long newStalls) {
        stalls = newStalls;
        commit();
    }

    @Override
    public String toString() {
        return "commit stalls " + stalls;
    }
}
