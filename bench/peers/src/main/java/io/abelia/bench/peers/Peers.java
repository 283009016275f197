package io.abelia.bench.peers;

import java.io.IOException;

/** Two members of a system with replicated counters in one JVM, and a third that may come late. */
public interface Peers extends AutoCloseable {
    /** Adds one to a counter on the first member, and returns when that member has it. */
    void update(int key) throws Exception;

    /** So many updates of counters 0, 1, 2 ... in turn, by whatever the system offers for many at once. */
    default void updateMany(final int keys, final int count) throws Exception {
        for (int i = 0; i < count; i++) {
            update(i % keys);
        }
    }

    /** A counter as the second member has it; 0 if it has none. */
    long readOnSecond(int key) throws Exception;

    /** Starts a third member. */
    void startThird() throws Exception;

    /** A counter as the third member has it; 0 if it has none. */
    long readOnThird(int key) throws Exception;

    /** Ends all members. */
    @Override
    void close() throws IOException;
}
