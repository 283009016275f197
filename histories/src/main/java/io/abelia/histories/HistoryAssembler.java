package io.abelia.histories;

import java.util.BitSet;
import org.agrona.collections.IntArrayList;

/** Puts a {@link History} together, transaction by transaction, once it is known who wrote what was read. One thread. */
public final class HistoryAssembler {
    private final IntArrayList sessionStart = new IntArrayList();
    private final IntArrayList operationStart = new IntArrayList();
    private final IntArrayList operations = new IntArrayList();
    private final IntArrayList writerStart = new IntArrayList();
    private final IntArrayList writers = new IntArrayList();
    private final BitSet multiValue = new BitSet();
    private final BitSet written = new BitSet();

    /** Says that reads of a key return all concurrent writes. */
    public HistoryAssembler multiValue(final int key) {
        multiValue.set(key);
        return this;
    }

    HistoryAssembler multiValue(final BitSet keys) {
        multiValue.or(keys);
        return this;
    }

    /** Begins a session. */
    public HistoryAssembler session() {
        sessionStart.addInt(operationStart.size());
        return this;
    }

    /** Begins a transaction of the session that was begun last. */
    public HistoryAssembler transaction() {
        if (sessionStart.isEmpty()) {
            throw new IllegalStateException("a transaction belongs to a session; begin one first");
        }
        operationStart.addInt(operations.size());
        written.clear();
        return this;
    }

    /** Adds a read, with the numbers of the transactions that it read from. */
    public HistoryAssembler read(final int key, final int... from) {
        if (from.length > 1 && !multiValue.get(key)) {
            throw new IllegalArgumentException(
                    "a read of key " + key + " returned " + from.length + " values, and it is not a multi-value key");
        }
        add(key, false);
        for (final int writer : from) {
            writers.addInt(writer);
        }
        return this;
    }

    /** Adds a write; a transaction writes a key once. */
    public HistoryAssembler write(final int key) {
        if (written.get(key)) {
            throw new IllegalArgumentException("a transaction writes key " + key + " twice");
        }
        add(key, true);
        written.set(key);
        return this;
    }

    private void add(final int key, final boolean write) {
        if (operationStart.isEmpty()) {
            throw new IllegalStateException("an operation belongs to a transaction; begin one first");
        }
        operations.addInt(History.encode(key, write, written.get(key)));
        writerStart.addInt(writers.size());
    }

    /** The history of all that was added. */
    public History build() {
        sessionStart.addInt(operationStart.size());
        operationStart.addInt(operations.size());
        writerStart.addInt(writers.size());
        return new History(
                sessionStart.toIntArray(),
                operationStart.toIntArray(),
                operations.toIntArray(),
                writerStart.toIntArray(),
                writers.toIntArray(),
                multiValue);
    }
}
