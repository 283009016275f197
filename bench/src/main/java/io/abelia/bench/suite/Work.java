package io.abelia.bench.suite;

import io.abelia.engine.Engine;
import io.abelia.engine.codec.CellType;
import io.abelia.engine.transaction.Cell;
import io.abelia.engine.transaction.CommitResult;
import io.abelia.engine.transaction.Transaction;
import io.abelia.engine.transaction.TransactionMode;
import java.util.Locale;

/** What one node does in a scenario, as Rhizo's benchmarks define it: one operation a transaction. */
enum Work {
    /** Adds (index + 1) * 10 to one counter that all nodes share. */
    ADD {
        @Override
        void run(final Engine engine, final int index, final int count) {
            final Cell shared = engine.cell(CellType.COUNTER, "counters", "shared");
            for (int i = 0; i < count; i++) {
                try (Transaction tx = begin(engine)) {
                    require(tx.increment(shared, (index + 1) * 10L).commit());
                }
            }
        }

        @Override
        void check(final Engine engine, final int nodes, final long times) {
            expect(
                    engine.latest().readLong(engine.cell(CellType.COUNTER, "counters", "shared")),
                    10L * sum(nodes) * times);
        }
    },
    /** Adds i + 1 to a sum. */
    SUM {
        @Override
        void run(final Engine engine, final int index, final int count) {
            final Cell sum = engine.cell(CellType.COUNTER, "types", "sum");
            for (int i = 0; i < count; i++) {
                try (Transaction tx = begin(engine)) {
                    require(tx.increment(sum, index + 1L).commit());
                }
            }
        }

        @Override
        void check(final Engine engine, final int nodes, final long times) {
            expect(engine.latest().readLong(engine.cell(CellType.COUNTER, "types", "sum")), sum(nodes) * times);
        }
    },
    /** Offers index * 100 + j to a maximum. */
    MAXIMUM {
        @Override
        void run(final Engine engine, final int index, final int count) {
            final Cell maximum = engine.cell(CellType.MAX, "types", "maximum");
            for (int j = 0; j < count; j++) {
                try (Transaction tx = begin(engine)) {
                    require(tx.max(maximum, index * 100L + j).commit());
                }
            }
        }

        @Override
        void check(final Engine engine, final int nodes, final long times) {
            final long greatest = engine.latest().readLong(engine.cell(CellType.MAX, "types", "maximum"));
            if (greatest < (nodes - 1) * 100L || greatest >= nodes * 100L) {
                throw new IllegalStateException("the maximum is " + greatest);
            }
        }
    },
    /** Adds a tag of its own to a set. */
    TAGS {
        @Override
        void run(final Engine engine, final int index, final int count) {
            final Cell tags = engine.cell(CellType.GROW_SET, "types", "tags");
            for (int j = 0; j < count; j++) {
                try (Transaction tx = begin(engine)) {
                    require(tx.addToSet(tags, "node_" + index + "_tag_" + j).commit());
                }
            }
        }

        @Override
        void check(final Engine engine, final int nodes, final long times) {
            if (engine.latest().size(engine.cell(CellType.GROW_SET, "types", "tags")) < nodes) {
                throw new IllegalStateException("tags are missing");
            }
        }
    };

    /** Commits so many transactions on the node of that index. */
    abstract void run(Engine engine, int index, int count);

    /** Checks the outcome once all nodes have done this so many times in all. */
    abstract void check(Engine engine, int nodes, long times);

    static Transaction begin(final Engine engine) {
        return engine.transaction().mode(TransactionMode.COORDINATION_FREE);
    }

    static void require(final CommitResult result) {
        if (result != CommitResult.COMMITTED) {
            throw new IllegalStateException("not committed: " + result);
        }
    }

    private static void expect(final long found, final long expected) {
        if (found != expected) {
            throw new IllegalStateException("read " + found + " where " + expected + " was committed");
        }
    }

    private static long sum(final int nodes) {
        return nodes * (nodes + 1L) / 2;
    }

    /** Transactions that an engine has applied. */
    static long applied(final Engine engine) {
        final long[] applied = {0};
        engine.clock().forEach((origin, seq) -> applied[0] += seq);
        return applied[0];
    }

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
