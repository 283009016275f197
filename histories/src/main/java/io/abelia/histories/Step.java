package io.abelia.histories;

/**
 * One reason why a transaction comes before another.
 *
 * @param from the earlier transaction
 * @param to the later one
 * @param key the key on which the reason rests, or {@link #NO_KEY} for session order
 * @param reader the transaction whose read forces this order, or {@link #NO_READER}: then {@code to} read what {@code from} wrote
 */
record Step(int from, int to, int key, int reader) {
    static final int NO_KEY = -1;
    static final int NO_READER = -1;

    boolean isSessionOrder() {
        return key == NO_KEY;
    }

    boolean isWriteRead() {
        return key != NO_KEY && reader == NO_READER;
    }

    boolean isForced() {
        return reader != NO_READER;
    }
}
