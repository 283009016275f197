package io.abelia.stress;

import io.abelia.engine.Durability;
import io.abelia.engine.Engine;
import io.abelia.engine.EngineContext;
import io.abelia.engine.StoreKind;
import io.abelia.engine.codec.CellType;
import io.abelia.engine.transaction.Cell;
import io.abelia.engine.transaction.Transaction;
import io.abelia.engine.transaction.TransactionMode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.concurrent.atomic.AtomicLong;

/** One engine for all states of a run; each state has cells of its own. */
final class Engines {
    private static final AtomicLong KEYS = new AtomicLong();
    private static final Engine ENGINE = launch();

    private Engines() {}

    private static Engine launch() {
        try {
            return Engine.launch(new EngineContext()
                    .durability(Durability.MEMORY)
                    .store(StoreKind.MEMORY)
                    .memoryLogBytes(64 << 20));
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static Engine engine() {
        return ENGINE;
    }

    static Cell counter() {
        return ENGINE.cell(CellType.COUNTER, "stress", "key-" + KEYS.incrementAndGet());
    }

    static void add(final long value, final Cell... cells) {
        try (Transaction tx = ENGINE.transaction().mode(TransactionMode.COORDINATION_FREE)) {
            for (final Cell cell : cells) {
                tx.increment(cell, value);
            }
            tx.commitOrThrow();
        }
    }
}
