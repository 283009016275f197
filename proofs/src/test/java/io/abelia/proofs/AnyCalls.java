package io.abelia.proofs;

import io.abelia.engine.Durability;
import io.abelia.engine.Engine;
import io.abelia.engine.EngineContext;
import io.abelia.engine.StoreKind;
import io.abelia.engine.codec.CellType;
import io.abelia.engine.log.LogReader;
import io.abelia.engine.status.DeliveryResult;
import io.abelia.engine.transaction.Cell;
import io.abelia.engine.transaction.CommitResult;
import io.abelia.engine.transaction.ElementList;
import io.abelia.engine.transaction.Transaction;
import io.abelia.engine.transaction.TransactionRefusedException;
import io.abelia.engine.transaction.Value;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicReference;

/**
 * Whatever is called on transactions, by whichever thread: a commit either refuses before anything has changed, or the log replays, a peer takes
 * the record, and all digests agree. What is called is drawn from {@link Choices}.
 */
final class AnyCalls {
    /** Where decisions come from: a seed, or a fuzzer's bytes. */
    interface Choices {
        /** From 0 below a bound. */
        int choose(int bound);

        long number();

        /** Any characters, also such as are no text. */
        String text(int most);

        boolean hasMore();
    }

    private static final int MOST_TRANSACTIONS = 40;
    private static final int MOST_OPERATIONS = 12;
    private static final int LONG_NAME = 1_100;
    private static final CellType[] TYPES = CellType.values();

    private final Choices choices;
    private final Path directory;
    private final StoreKind store;
    private int committed;
    private int refused;

    AnyCalls(final Choices choices, final Path directory, final StoreKind store) {
        this.choices = choices;
        this.directory = directory;
        this.store = store;
    }

    int committed() {
        return committed;
    }

    int refused() {
        return refused;
    }

    private EngineContext context() {
        return new EngineContext()
                .store(store)
                .segmentBytes(2 << 20)
                .beforeImageBytes(1 << 20)
                .closeGraceNs(0)
                .housekeepingThread(false);
    }

    void run() throws IOException, InterruptedException {
        final String digest;
        try (Engine peer = Engine.launch(
                context().store(StoreKind.MEMORY).durability(Durability.MEMORY).collectAlone(false))) {
            final Engine engine = Engine.launch(context().directory(directory).collectAlone(false));
            try (LogReader reader = engine.logReader()) {
                for (int i = 0; i < MOST_TRANSACTIONS && choices.hasMore(); i++) {
                    transaction(engine);
                    deliver(reader, peer);
                    require(engine.digest().equals(peer.digest()), "a peer reads something else");
                }
                digest = engine.digest().toString();
            } finally {
                engine.abandon();
            }
        }
        try (Engine again = Engine.launch(context().directory(directory))) {
            require(again.digest().toString().equals(digest), "the log replays to something else");
        }
    }

    private static void deliver(final LogReader reader, final Engine peer) {
        reader.poll(
                (buffer, offset, length) -> require(
                        peer.onRemote(buffer, offset, length) == DeliveryResult.APPLIED, "a peer does not take it"),
                Integer.MAX_VALUE);
    }

    private void transaction(final Engine engine) throws InterruptedException {
        final Transaction tx = engine.transaction();
        try {
            for (int i = choices.choose(MOST_OPERATIONS); i > 0; i--) {
                attempt(() -> operation(engine, tx));
            }
            if (choices.choose(8) == 0) {
                byAnotherThread(() -> operation(engine, tx));
            }
            commit(engine, tx);
        } finally {
            for (int i = choices.choose(3); i >= 0; i--) {
                tx.close();
            }
        }
        requireRefusal(() -> tx.increment("t", "k", 1));
    }

    private void commit(final Engine engine, final Transaction tx) {
        final long position = engine.kernel().log().appendPosition();
        final boolean interrupts = choices.choose(4) == 0;
        CommitResult result = CommitResult.FAILED;
        if (interrupts) {
            Thread.currentThread().interrupt();
        }
        try {
            result = tx.commit();
        } catch (final TransactionRefusedException | IllegalStateException e) {
            refused++;
        } finally {
            require(Thread.interrupted() == interrupts, "the interrupt flag is another one");
        }
        require(engine.kernel().failure() == null, "a commit ended the engine");
        if (result == CommitResult.COMMITTED) {
            committed++;
        } else {
            require(engine.kernel().log().appendPosition() == position, "something was logged that was not committed");
        }
    }

    /** A call that may be refused, and then has changed nothing. */
    private void attempt(final Runnable call) {
        try {
            call.run();
        } catch (final TransactionRefusedException | IllegalArgumentException | IllegalStateException e) {
            refused++;
        }
    }

    private static void byAnotherThread(final Runnable call) throws InterruptedException {
        final AtomicReference<Throwable> thrown = new AtomicReference<>();
        final Thread thread = new Thread(() -> {
            try {
                call.run();
            } catch (final RuntimeException e) {
                thrown.set(e);
            }
        });
        thread.start();
        thread.join();
        require(thrown.get() != null, "another thread was let into a transaction");
    }

    private static void requireRefusal(final Runnable call) {
        try {
            call.run();
        } catch (final IllegalStateException e) {
            return;
        }
        throw new AssertionError("a closed transaction was used");
    }

    private static void require(final boolean holds, final String what) {
        if (!holds) {
            throw new AssertionError(what);
        }
    }

    private String name() {
        return switch (choices.choose(6)) {
            case 0 -> choices.text(LONG_NAME);
            case 1 -> "";
            default -> "n" + choices.choose(4);
        };
    }

    private Value value() {
        final Value value = new Value();
        return switch (choices.choose(4)) {
            case 0 -> value.set(Double.longBitsToDouble(choices.number()));
            case 1 -> value.set(choices.text(LONG_NAME));
            case 2 -> value.set(new byte[choices.choose(LONG_NAME)]);
            default -> value.set(choices.number() % 5);
        };
    }

    private void operation(final Engine engine, final Transaction tx) {
        final Cell cell = choices.choose(2) == 0
                ? engine.cell(type(), name(), name(), name())
                : tx.cell(type(), name(), name(), name());
        switch (choices.choose(24)) {
            case 0, 1 -> tx.increment(cell, choices.number());
            case 2 -> tx.decrement(cell, choices.number());
            case 3 -> tx.addDouble(cell, Double.longBitsToDouble(choices.number()));
            case 4 -> tx.multiply(cell, choices.number());
            case 5 -> tx.max(cell, choices.number());
            case 6 -> tx.min(cell, Double.longBitsToDouble(choices.number()));
            case 7, 8 -> tx.addToSet(cell, value());
            case 9 -> tx.removeFromSet(cell, value());
            case 10 -> tx.clearSet(cell);
            case 11 ->
                tx.intersect(cell, new ElementList().add(choices.number()).add(choices.text(20)));
            case 12, 13 -> tx.set(cell, value());
            case 14 -> tx.clear(cell);
            case 15 -> tx.removeRow(name(), name());
            case 16, 17 -> tx.release(cell, choices.number());
            case 18 -> tx.acquire(cell, choices.choose(50));
            case 19 -> tx.transfer(cell, choices.choose(3), choices.number());
            case 20 -> tx.addToSketch(cell, value());
            case 21 -> tx.setFlag(cell, choices.choose(2) == 0);
            case 22 -> tx.enable(cell);
            default -> tx.reads().exists(cell);
        }
    }

    private CellType type() {
        return TYPES[choices.choose(TYPES.length)];
    }
}
