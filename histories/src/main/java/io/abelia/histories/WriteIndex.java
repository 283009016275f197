package io.abelia.histories;

import java.util.Arrays;
import org.agrona.collections.IntArrayList;

/** By key, which transactions write it, in ascending order of their numbers. */
final class WriteIndex {
    private final History history;
    private final int[][] byKey;

    WriteIndex(final History history) {
        this.history = history;
        final IntArrayList[] lists = new IntArrayList[history.keys()];
        Arrays.setAll(lists, key -> new IntArrayList());
        for (int t = 0; t < history.transactions(); t++) {
            for (int o = history.firstOperation(t); o < history.endOperation(t); o++) {
                if (history.isWrite(o)) {
                    lists[history.key(o)].addInt(t);
                }
            }
        }
        byKey = new int[lists.length][];
        for (int key = 0; key < lists.length; key++) {
            byKey[key] = lists[key].toIntArray();
        }
    }

    /** The writes of a key that come before a transaction and are the last of their session to do so. */
    IntArrayList latestBefore(final int transaction, final int key, final CausalOrder order) {
        final IntArrayList latest = new IntArrayList();
        final int[] writes = byKey[key];
        int i = 0;
        while (i < writes.length) {
            final int session = history.sessionOf(writes[i]);
            final int known = history.firstOf(session) + order.count(transaction, session);
            int last = -1;
            for (; i < writes.length && history.sessionOf(writes[i]) == session; i++) {
                if (writes[i] < known) {
                    last = writes[i];
                }
            }
            if (last >= 0) {
                latest.addInt(last);
            }
        }
        return latest;
    }

    /** The writes of a key by earlier transactions of the same session, ascending. */
    IntArrayList earlierInSession(final int transaction, final int key) {
        final IntArrayList earlier = new IntArrayList();
        final int place = Arrays.binarySearch(byKey[key], history.firstOf(history.sessionOf(transaction)));
        for (int i = place < 0 ? -place - 1 : place; i < byKey[key].length && byKey[key][i] < transaction; i++) {
            earlier.addInt(byKey[key][i]);
        }
        return earlier;
    }
}
