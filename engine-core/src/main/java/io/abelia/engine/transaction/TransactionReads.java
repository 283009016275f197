package io.abelia.engine.transaction;

import io.abelia.engine.crdt.BoundedCounter;
import java.math.BigInteger;

/** What a transaction's reads and results hand out: for the transaction's thread only, and until the transaction ends. */
final class TransactionReads implements ReadView {
    private final TransactionBody body;
    private final long generation;
    private final Thread owner;
    private final ReadView view;

    TransactionReads(final TransactionBody body, final ReadView view) {
        this.body = body;
        this.generation = body.generation();
        this.owner = Thread.currentThread();
        this.view = view;
    }

    private ReadView view() {
        if (body.generation() != generation || Thread.currentThread() != owner) {
            throw NumberOperations.refusal(owner);
        }
        body.requireReadable();
        return view;
    }

    @Override
    public boolean exists(final Cell cell) {
        return view().exists(cell);
    }

    @Override
    public long readLong(final Cell cell) {
        return view().readLong(cell);
    }

    @Override
    public BigInteger readExact(final Cell cell) {
        return view().readExact(cell);
    }

    @Override
    public long readRights(final Cell cell) {
        return view().readRights(cell);
    }

    @Override
    public void forEachHolder(final Cell cell, final BoundedCounter.HolderHandler handler) {
        view().forEachHolder(cell, handler);
    }

    @Override
    public double readDouble(final Cell cell) {
        return view().readDouble(cell);
    }

    @Override
    public boolean readFlag(final Cell cell) {
        return view().readFlag(cell);
    }

    @Override
    public boolean read(final Cell cell, final Value into) {
        return view().read(cell, into);
    }

    @Override
    public int readAll(final Cell cell, final ValueHandler handler) {
        return view().readAll(cell, handler);
    }

    @Override
    public long size(final Cell cell) {
        return view().size(cell);
    }

    @Override
    public boolean contains(final Cell cell, final Value element) {
        return view().contains(cell, element);
    }

    @Override
    public long forEach(final Cell cell, final ValueHandler handler) {
        return view().forEach(cell, handler);
    }

    @Override
    public long scan(final String table, final String keyPrefix, final CellHandler handler) {
        return view().scan(table, keyPrefix, handler);
    }

    @Override
    public long scanRow(final String table, final String key, final CellHandler handler) {
        return view().scanRow(table, key, handler);
    }
}
