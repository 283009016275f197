package io.abelia.engine.status;

import jdk.jfr.Category;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;

/** JFR event: one snapshot file. */
@Name("io.abelia.Snapshot")
@Label("Snapshot file")
@Category("Abelia")
@StackTrace(false)
public final class SnapshotEvent extends Event {
    @Label("File")
    private String file = "";

    @Label("Bytes")
    private long bytes;

    /** Ends and commits the event. */
    public void finish(final String newFile, final long newBytes) {
        file = newFile;
        bytes = newBytes;
        commit();
    }

    @Override
    public String toString() {
        return "snapshot " + file + " " + bytes;
    }
}
