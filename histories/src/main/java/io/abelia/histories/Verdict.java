package io.abelia.histories;

import org.jspecify.annotations.Nullable;

/**
 * What a checker says of a history.
 *
 * @param anomaly why it is rejected, or null if it is accepted
 * @param reads external reads that were judged
 * @param open obligations left open: a multi-value read lacks a write that one of several returned writes may have covered
 *     unseen. A history with none is decided exactly
 */
public record Verdict(@Nullable Anomaly anomaly, int reads, int open) {
    /** Whether nothing speaks against the history. */
    public boolean isAccepted() {
        return anomaly == null;
    }

    /** The kind of the anomaly, or null. */
    public Anomaly.@Nullable Kind kind() {
        return anomaly == null ? null : anomaly.kind();
    }

    @Override
    public String toString() {
        return anomaly == null
                ? "accepted: " + reads + " reads, " + open + " obligations left open"
                : "rejected, " + anomaly;
    }
}
