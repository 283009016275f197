package io.abelia.proofs.histories;

import io.abelia.engine.transaction.CommitResult;
import io.abelia.engine.transaction.ReadView;
import io.abelia.engine.transaction.Transaction;
import io.abelia.engine.transaction.TransactionMode;
import io.abelia.engine.transaction.Value;
import io.abelia.histories.HistoryRecorder;
import io.abelia.histories.RecordedSession;
import java.util.ArrayDeque;
import java.util.BitSet;
import java.util.Deque;
import java.util.SplittableRandom;
import java.util.function.LongSupplier;
import org.agrona.collections.LongArrayList;
import org.jspecify.annotations.Nullable;

/**
 * A client: small transactions, one call a step so that those of others, deliveries and kills come between, and now and then a move to another
 * node. Mostly it reads what it overwrites, as clients of multi-value registers do. One thread.
 */
final class EmbeddedSession {
    private static final int MAX_READS = 4;
    private static final int MAX_WRITES = 3;
    private static final int MOVE_ONE_IN = 8;
    private static final int READ_ONLY_ONE_IN = 3;
    private static final int BLIND_ONE_IN = 6;
    private static final int READ_BACK_ONE_IN = 4;

    /** Turns that a client waits at a node's door before it stays where it is. */
    private static final int PATIENCE = 300;

    private final EmbeddedGroup group;
    private final RunPlan plan;
    private final HistoryRecorder recorder;
    private final LongSupplier values;
    private final SplittableRandom random;
    private final Value value = new Value();
    private final BitSet toWrite = new BitSet();
    private final Deque<Integer> toRead = new ArrayDeque<>();
    private final RunCounts counts;
    private RecordedSession record;
    private Mover mover;
    private @Nullable Transaction open;
    private int node;
    private int goal;
    private int patience;

    EmbeddedSession(
            final EmbeddedGroup group,
            final RunPlan plan,
            final HistoryRecorder recorder,
            final LongSupplier values,
            final SplittableRandom random,
            final RunCounts counts) {
        this.group = group;
        this.plan = plan;
        this.recorder = recorder;
        this.values = values;
        this.random = random;
        this.counts = counts;
        record = recorder.session();
        mover = plan.moves().newMover();
        node = random.nextInt(EmbeddedGroup.NODES);
        goal = node;
    }

    /** Does one thing. */
    void step() {
        if (goal != node) {
            tryToMove();
        } else if (open == null && random.nextInt(MOVE_ONE_IN) == 0) {
            goal = (node + random.nextInt(1, EmbeddedGroup.NODES)) % EmbeddedGroup.NODES;
            patience = PATIENCE;
        } else if (group.node(node).isUp()) {
            work();
        }
    }

    private void tryToMove() {
        final EmbeddedNode target = group.node(goal);
        if (target.isUp() && mover.mayGoOnAt(target.engine())) {
            node = goal;
            counts.moves++;
        } else if (patience-- == 0) {
            goal = node;
            counts.gaveUp++;
        } else {
            counts.waits++;
        }
    }

    private void work() {
        if (open == null) {
            draw();
            begin();
        } else if (!toRead.isEmpty()) {
            final ReadView view = plan.reads() == RunPlan.Reads.SNAPSHOT
                    ? open.reads()
                    : group.node(node).engine().latest();
            read(view, toRead.remove());
        } else {
            write(open);
            commit(open);
        }
    }

    private void draw() {
        toWrite.clear();
        final int writes = random.nextInt(READ_ONLY_ONE_IN) == 0 ? 0 : random.nextInt(1, MAX_WRITES + 1);
        for (int i = 0; i < writes; i++) {
            final int key = random.nextInt(RegisterKeys.COUNT);
            toWrite.set(key);
            if (random.nextInt(BLIND_ONE_IN) > 0 && !toRead.contains(key)) {
                toRead.add(key);
            }
        }
        for (int i = random.nextInt(MAX_READS); toRead.isEmpty() || i > 0 && toRead.size() < MAX_READS; i--) {
            toRead.add(random.nextInt(RegisterKeys.COUNT));
        }
    }

    private Transaction begin() {
        final Transaction transaction = group.node(node).engine().transaction().mode(TransactionMode.COORDINATION_FREE);
        transaction.reads(); // takes the snapshot, and nothing can be applied before the next line
        mover.hasRead(transaction, group.node(node).engine().clock());
        open = transaction;
        return transaction;
    }

    private void read(final ReadView view, final int key) {
        if (RegisterKeys.isMultiValue(key)) {
            final LongArrayList all = new LongArrayList();
            view.readAll(group.node(node).cell(key), each -> all.addLong(each.asLong()));
            record.read(key, all.toLongArray());
        } else if (view.read(group.node(node).cell(key), value)) {
            record.read(key, value.asLong());
        } else {
            record.read(key);
        }
    }

    private void write(final Transaction transaction) {
        toWrite.stream().forEach(key -> {
            final long unique = values.getAsLong();
            transaction.set(group.node(node).cell(key), unique);
            record.write(key, unique);
            if (random.nextInt(READ_BACK_ONE_IN) == 0) {
                read(transaction.reads(), key);
            }
        });
    }

    private void commit(final Transaction transaction) {
        final CommitResult result = transaction.commit();
        if (result == CommitResult.COMMITTED || result == CommitResult.EMPTY) {
            mover.hasCommitted(transaction, result == CommitResult.COMMITTED);
            record.committed();
            counts.transactions++;
        } else {
            record.aborted();
            counts.refused++;
        }
        transaction.close();
        open = null;
    }

    /** Ends with one more transaction, which writes a key. */
    void farewell(final int key) {
        toRead.clear();
        toWrite.clear();
        toWrite.set(key);
        final Transaction transaction = begin();
        write(transaction);
        commit(transaction);
    }

    /** Goes to a node and reads all keys below one, in one transaction. */
    void readAllAt(final int where, final int endKey) {
        node = where;
        toWrite.clear();
        final Transaction transaction = begin();
        for (int key = 0; key < endKey; key++) {
            read(transaction.reads(), key);
        }
        commit(transaction);
    }

    /**
     * The client's node is about to be killed, with its transaction open: it is lost, or commits and nobody tells the client, which then
     * knows nothing of it and goes on as another session.
     */
    void onKill(final int killed) {
        if (open == null || node != killed) {
            return;
        }
        if (random.nextBoolean()) {
            write(open);
            open.commitOrThrow();
            record.unknown();
            record = recorder.session();
            mover = plan.moves().newMover();
            counts.unknown++;
        } else {
            record.aborted();
        }
        open.close();
        open = null;
        toRead.clear();
    }
}
