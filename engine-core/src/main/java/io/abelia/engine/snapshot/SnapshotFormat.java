package io.abelia.engine.snapshot;

import java.nio.file.Path;

/**
 * Layout of a snapshot file: chunks, each with its own checksum, so that a damaged byte is found in whatever part it lies.
 * Little-endian.
 *
 * <pre>
 *   chunk
 *        0     4  magic "ABSN"
 *        4     4  kind
 *        8     4  length of the payload
 *       12     4  CRC-32C of kind, length and payload
 *       16        payload
 *
 *   kinds, in this order
 *        1  header: 4 format version, 8 log position of the first cut, 16 key of the slices (from version 2 on)
 *        2  bases, as of the first cut: 8 hybrid time, varint origins, then per origin 8 id, varint seq applied, 4 link, 1 closed,
 *           varint slots, per slot varint origin number, varint entries, per entry varint origin number, varint seq
 *        3  slice, 64 of them: varint number, varint log position of its cut, then units: 1 type (bit 7: element), varint-length
 *           table, key, column, canonical element (elements only), body
 *        4  tail: records logged from the first cut to the last, each 8 log position, the record padded to 8
 *        5  end: 8 log position behind the tail, varint units
 * </pre>
 *
 * A unit lies in the slice that the lowest 6 bits of its placement tell ({@link io.abelia.engine.state.PlacementKey}).
 *
 * <p>A record of the tail, or of the log behind it, acts on a unit only where it lies at or behind the cut of the unit's slice; so a
 * unit removed before its cut is not brought back by older records.
 */
public final class SnapshotFormat {
    public static final int VERSION = 2;
    /** Oldest version that is read. */
    static final int OLDEST_VERSION = 1;

    /** First version whose slices follow a key, that of the writer's store; before, they followed the canonical hash. */
    static final int KEYED_VERSION = 2;

    static final int HEADER_PAYLOAD = 28;
    static final int KEY_OFFSET = 12;
    static final int MAGIC = 0x4e534241;
    static final int CHUNK_HEADER = 16;
    static final int KIND_HEADER = 1;
    static final int KIND_BASES = 2;
    static final int KIND_SLICE = 3;
    static final int KIND_TAIL = 4;
    static final int KIND_END = 5;
    /** The store's own totals, in the mark of a clean stop only. */
    static final int KIND_TOTALS = 6;

    static final int ELEMENT_BIT = 0x80;
    private static final String PREFIX = "snapshot-";
    private static final String SUFFIX = ".snap";

    private SnapshotFormat() {}

    /** Name of the snapshot that ends at a log position. */
    public static String fileName(final long position) {
        assert position > 0 : position;
        return PREFIX + String.format("%016x", position) + SUFFIX;
    }

    /** Whether a file is a finished snapshot. */
    public static boolean isSnapshot(final Path file) {
        final String name = file.getFileName().toString();
        return name.startsWith(PREFIX) && name.endsWith(SUFFIX);
    }

    /** Log position that a snapshot's name tells. */
    public static long position(final Path file) {
        final String name = file.getFileName().toString();
        return Long.parseUnsignedLong(name.substring(PREFIX.length(), name.length() - SUFFIX.length()), 16);
    }
}
