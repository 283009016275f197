package io.abelia.histories;

import org.jspecify.annotations.Nullable;

/**
 * What has to hold of each read by itself, before any order is thought of: its values were written to that key by committed transactions,
 * not by its own transaction later on; and behind a write of its own transaction it returns that write and nothing else. Biswas and
 * Enea (2019) assume both of a history (sections 2.1 and 2.2).
 */
final class ReadSources {
    private ReadSources() {}

    static @Nullable Anomaly check(final History history) {
        for (int t = 0; t < history.transactions(); t++) {
            for (int o = history.firstOperation(t); o < history.endOperation(t); o++) {
                final Anomaly anomaly = history.isWrite(o) ? null : check(history, t, o);
                if (anomaly != null) {
                    return anomaly;
                }
            }
        }
        return null;
    }

    private static @Nullable Anomaly check(final History history, final int transaction, final int read) {
        final String what = history.name(transaction) + " reads key " + history.key(read) + " from "
                + HistoryText.from(history, read);
        if (history.isInternalRead(read)) {
            final boolean own = history.writerCount(read) == 1 && history.writer(read, 0) == transaction;
            return own ? null : new Anomaly(Anomaly.Kind.INTERNAL_READ, what + ", behind its own write");
        }
        if (history.readsFrom(read, History.NOWHERE)) {
            return new Anomaly(Anomaly.Kind.READ_FROM_NOWHERE, what);
        }
        return history.readsFrom(read, transaction)
                ? new Anomaly(Anomaly.Kind.CAUSALITY_CYCLE, what + ", before it writes it")
                : null;
    }
}
