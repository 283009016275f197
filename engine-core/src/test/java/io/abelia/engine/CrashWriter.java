package io.abelia.engine;

import io.abelia.engine.codec.CellType;
import io.abelia.engine.transaction.Cell;
import io.abelia.engine.transaction.CommitResult;
import io.abelia.engine.transaction.Transaction;
import io.abelia.engine.transaction.TransactionMode;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/** A process that commits until it is killed, and tells after each commit, in order, what was acknowledged. */
public final class CrashWriter {
    private CrashWriter() {}

    /** Arguments: directory, durability, store, number of the first transaction. */
    public static void main(final String[] args) throws IOException {
        final PrintStream out = new PrintStream(System.out, true, StandardCharsets.US_ASCII);
        final Engine engine = Engine.launch(new EngineContext()
                .directory(Path.of(args[0]))
                .durability(Durability.valueOf(args[1]))
                .store(StoreKind.valueOf(args[2]))
                .segmentBytes(2 << 20)
                .snapshotIntervalBytes(3 << 20));
        final Cell count = engine.cell(CellType.COUNTER, "crash", "count");
        final Cell left = engine.cell(CellType.GROW_SET, "crash", "left");
        final Cell right = engine.cell(CellType.GROW_SET, "crash", "right");
        final Cell recent = engine.cell(CellType.ADD_WINS_SET, "crash", "recent");
        for (long i = Long.parseLong(args[3]); ; i++) {
            try (Transaction tx = engine.transaction().mode(TransactionMode.COORDINATION_FREE)) {
                tx.increment(count, 1);
                tx.addToSet(left, i);
                tx.addToSet(right, i);
                tx.addToSet(recent, i);
                tx.removeFromSet(recent, i - 10);
                if (tx.commit() != CommitResult.COMMITTED) {
                    return;
                }
            }
            out.println(i);
        }
    }
}
