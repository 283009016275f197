package io.abelia.node;

import io.abelia.engine.transaction.Cell;
import io.abelia.engine.transaction.ReadView;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.TreeMap;
import org.agrona.DirectBuffer;

/**
 * The first rows of a table behind a key, whole, in the order of their keys' bytes. A table has no order of its own, so all of it is looked at for
 * every page, but no more than a page is kept.
 */
final class Page {
    private final int limit;
    private final byte[] from;
    private final boolean isFirst;
    private final TreeMap<byte[], List<Cell>> rows = new TreeMap<>(Arrays::compareUnsigned);
    private int cells;
    private boolean hasMore;

    private Page(final int limit, final String from, final boolean isFirst) {
        this.limit = limit;
        this.from = from.getBytes(StandardCharsets.UTF_8);
        this.isFirst = isFirst;
    }

    /**
     * Reads a page: at most so many cells, but for one row that has more.
     *
     * @param from the last key of the page before
     * @param isFirst whether there is none
     */
    static Page read(
            final ReadView view,
            final String table,
            final String keyPrefix,
            final int limit,
            final String from,
            final boolean isFirst) {
        final Page page = new Page(limit, from, isFirst);
        view.scan(table, keyPrefix, page::isWanted, page::offer);
        return page;
    }

    /** Whether a key is of this page as far as is known; most of a great table are not, and cost no more than this. */
    private boolean isWanted(final DirectBuffer buffer, final int offset, final int length) {
        if (!isFirst && compare(buffer, offset, length, from) <= 0) {
            return false;
        }
        final boolean isBeyond = hasMore && compare(buffer, offset, length, rows.lastKey()) > 0;
        return !isBeyond;
    }

    /** As unsigned bytes. */
    private static int compare(final DirectBuffer buffer, final int offset, final int length, final byte[] key) {
        final int common = Math.min(length, key.length);
        for (int i = 0; i < common; i++) {
            final int difference = (buffer.getByte(offset + i) & 0xFF) - (key[i] & 0xFF);
            if (difference != 0) {
                return difference;
            }
        }
        return length - key.length;
    }

    private void offer(final Cell cell) {
        final byte[] key = cell.key().getBytes(StandardCharsets.UTF_8);
        if (hasMore && Arrays.compareUnsigned(key, rows.lastKey()) > 0) {
            return; // the page has become full since it was looked at
        }
        rows.computeIfAbsent(key, k -> new ArrayList<>()).add(cell);
        cells++;
        while (rows.size() > 1 && cells > limit) {
            cells -= rows.pollLastEntry().getValue().size();
            hasMore = true;
        }
    }

    /** The cells, in order. */
    List<Cell> cells() {
        final List<Cell> sorted = new ArrayList<>();
        rows.values().forEach(sorted::addAll);
        sorted.sort(CellJson.ORDER);
        return sorted;
    }

    /** The last key, if there are rows behind it; else empty. */
    String next() {
        return hasMore ? new String(rows.lastKey(), StandardCharsets.UTF_8) : "";
    }
}
