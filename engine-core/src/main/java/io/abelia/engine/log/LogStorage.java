package io.abelia.engine.log;

import java.io.IOException;

/**
 * Where segments live: files, memory, or the simulator's disk. Calls come from the thread that appends or from
 * housekeeping, never concurrently for one segment.
 */
public interface LogStorage extends AutoCloseable {
    /**
     * Makes a segment whose every page is zero and backed, so that no later store can fail.
     *
     * @throws IOException when there is no space; nothing of the segment is left then
     */
    LogSegmentStorage create(long index, int lengthBytes) throws IOException;

    /** Opens a segment that {@link #indexes} lists. */
    LogSegmentStorage open(long index) throws IOException;

    /** Segments present, ascending. */
    long[] indexes() throws IOException;

    /** Removes a segment. */
    void delete(long index) throws IOException;

    /** Makes creations and removals durable. */
    void forceDirectory() throws IOException;

    /** Position below which everything was forced by an earlier run, 0 where unknown. Never more than was forced. */
    long durableMark();

    /** Notes that everything below a position has been forced. */
    void durableMark(long position);

    @Override
    void close();
}
