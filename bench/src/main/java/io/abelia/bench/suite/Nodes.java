package io.abelia.bench.suite;

import java.io.IOException;

/** Nodes of one group that commit and converge, wherever they run. */
interface Nodes extends AutoCloseable {
    /** Makes so many nodes. */
    @FunctionalInterface
    interface Maker {
        Nodes make(int size) throws IOException;
    }

    int size();

    /** What this is, for a report. */
    String describe();

    /**
     * Has every node do some work, all at once, and waits until every node has applied everything.
     *
     * @return nanoseconds from the first commit to that
     */
    long run(Work work, int count) throws Exception;

    /** Compares digests and outcomes; throws if they differ. */
    void check(Work work, long times) throws Exception;

    @Override
    void close() throws IOException;
}
