package io.abelia.engine.state;

import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** One map of a row of maps that hold blocks of one size, and how full it and its segments are. With the commit lock, once it has been added. */
final class SizedMap {
    /** Blocks above this are few: their maps have one segment, and slices pick from it. */
    static final int LARGE_BYTES = 8192;

    static final int MIN_ENTRIES = 16;
    private static final int MAX_ENTRIES_PER_SEGMENT = 8192;

    final ChronicleBlockMap map;
    final long entries;
    final int segments;
    final @Nullable Path file;
    private final int perSegment;
    private final int[] segmentUsed;
    long used;

    SizedMap(final int classIndex, final long entries, final @Nullable Path file) throws IOException {
        this.entries = entries;
        final boolean large = BlockSizes.bytes(classIndex) > LARGE_BYTES;
        this.segments = large ? 1 : segments(entries);
        assert Integer.bitCount(segments) == 1 : segments;
        this.file = file;
        final double mean = (double) entries / segments;
        // seven standard deviations above the mean: the map as a whole is full before any segment is
        this.perSegment = large ? (int) entries : (int) (mean + 7 * Math.sqrt(mean)) + MIN_ENTRIES;
        this.segmentUsed = new int[segments];
        this.map = ChronicleBlockMap.open(
                file == null ? null : file.toFile(), BlockSizes.bytes(classIndex), entries, segments, perSegment);
    }

    boolean hasRoom(final long placement) {
        return used < entries && segmentUsed[segment(placement)] < perSegment;
    }

    void change(final long placement, final int change) {
        used += change;
        segmentUsed[segment(placement)] += change;
        assert used >= 0 && used <= entries : used;
        assert segmentUsed[segment(placement)] >= 0 : used;
    }

    private int segment(final long placement) {
        return (int) placement & segments - 1;
    }

    /** Counts the blocks of a map that was reopened. */
    void count() {
        assert used == 0 : used;
        for (int i = 0; i < segments; i++) {
            segmentUsed[i] = (int) map.segmentSize(i);
            used += segmentUsed[i];
        }
    }

    private static int segments(final long entries) {
        int segments = StateStore.SLICES;
        while (entries / segments > MAX_ENTRIES_PER_SEGMENT) {
            segments <<= 1;
        }
        return segments;
    }
}
