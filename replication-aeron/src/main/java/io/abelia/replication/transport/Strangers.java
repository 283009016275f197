package io.abelia.replication.transport;

import io.abelia.replication.security.Opened;
import org.jspecify.annotations.Nullable;

/** Frames that cannot be opened: how many, from where, and what an operator can do. Written by one thread; {@link #last} is for any. */
public final class Strangers {
    private static final long REPORT_NS = 10_000_000_000L;

    private long frames;
    private long reportedNs;
    private boolean hasReported;
    private String source = "";
    private Opened reason = Opened.FORGED;
    private volatile @Nullable String last;

    void note(final Opened opened, final String from) {
        assert opened != Opened.OPENED;
        if (opened == Opened.FORGED || opened == Opened.STRANGER) {
            frames++;
            reason = opened;
            source = from;
        }
    }

    /** What is to be told now; null if there is nothing new. The first is told at once, what follows every ten seconds at most. */
    public @Nullable String takeReport(final long nowNs) {
        if (hasReported && nowNs - reportedNs < REPORT_NS) {
            return null;
        }
        if (frames == 0) {
            last = null;
            return null;
        }
        hasReported = true;
        reportedNs = nowNs;
        last = "frames from " + source + " cannot be opened (" + frames + " since this was told last, "
                + (reason == Opened.STRANGER
                        ? "of another cluster, protection or key epoch"
                        : "broken, or sealed with another key")
                + "): give all nodes of the group the same key file, --cluster and --encrypt";
        frames = 0;
        return last;
    }

    /** What was told last, while there is such a source. */
    public @Nullable String last() {
        return last;
    }
}
