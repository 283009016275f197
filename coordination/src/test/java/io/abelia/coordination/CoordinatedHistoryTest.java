package io.abelia.coordination;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.abelia.coordination.StrictOrder.Committed;
import io.abelia.coordination.client.CoordinationClient;
import io.abelia.coordination.client.CoordinationClientContext;
import io.abelia.engine.Durability;
import io.abelia.engine.Engine;
import io.abelia.engine.EngineContext;
import io.abelia.engine.StoreKind;
import io.abelia.engine.codec.CellType;
import io.abelia.engine.schema.Schema;
import io.abelia.engine.transaction.Cell;
import io.abelia.engine.transaction.CommitResult;
import io.abelia.engine.transaction.CoordinationException;
import io.abelia.engine.transaction.Transaction;
import io.abelia.engine.transaction.Value;
import io.abelia.histories.CausalConsistencyChecker;
import io.abelia.histories.History;
import io.abelia.histories.HistoryRecorder;
import io.abelia.histories.ReadAtomicityChecker;
import io.abelia.histories.RecordedSession;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Histories of coordinated registers: sessions that carry nothing wander over three engines while leaders are killed, and still see all that
 * they have seen before.
 */
class CoordinatedHistoryTest {
    private static final int ENGINES = 3;
    private static final int SESSIONS = 6;
    private static final int KEYS = 12;
    private static final int KILLS = 1;
    private static final int TRANSACTIONS_BETWEEN_KILLS = 600;
    private static final Schema SCHEMA =
            Schema.builder().coordinated("registers").build();

    @TempDir
    Path directory;

    private final HistoryRecorder recorder = new HistoryRecorder();
    private final HistoryRecorder control = new HistoryRecorder();
    private final Queue<Committed> committed = new ConcurrentLinkedQueue<>();
    private final AtomicLong values = new AtomicLong();
    private final AtomicInteger finished = new AtomicInteger();
    private final AtomicReference<Throwable> failure = new AtomicReference<>();
    private volatile boolean stopping;

    @Test
    void shouldFindOrdersThatExplainNothing() {
        final Committed first = new Committed(1, Map.of(), Map.of(0, 10L, 1, 11L), 0, 10);
        final Committed second = new Committed(2, Map.of(), Map.of(0, 20L), 20, 30);
        final Committed whole = new Committed(1, Map.of(0, 10L, 1, 11L), Map.of(), 5, 25);
        final Committed stale = new Committed(1, Map.of(0, 10L), Map.of(), 40, 50);
        final Committed half = new Committed(1, Map.of(0, 10L, 1, StrictOrder.ABSENT), Map.of(), 5, 25);
        final Committed overtaken = new Committed(1, Map.of(0, 10L), Map.of(0, 30L), 40, 50);
        assertEquals(List.of(), StrictOrder.problems(List.of(first, second, whole)));
        assertEquals(1, StrictOrder.problems(List.of(first, second, stale)).size());
        assertEquals(1, StrictOrder.problems(List.of(first, second, half)).size());
        assertFalse(StrictOrder.problems(List.of(second, overtaken)).isEmpty());
    }

    @Test
    void shouldStayStrictlySerializableWhileSessionsWanderAndLeadersAreKilled()
            throws IOException, InterruptedException {
        final List<CoordinationClient> clients = new ArrayList<>();
        final List<Engine> engines = new ArrayList<>();
        final List<Thread> threads = new ArrayList<>();
        try (MemberProcesses processes = new MemberProcesses(directory)) {
            for (int i = 0; i < ENGINES; i++) {
                final CoordinationClient client = CoordinationClient.launch(new CoordinationClientContext()
                        .members(processes.members())
                        .timeout(Duration.ofSeconds(8)));
                clients.add(client);
                engines.add(Engine.launch(new EngineContext()
                        .durability(Durability.MEMORY)
                        .store(StoreKind.MEMORY)
                        .segmentBytes(2 << 20)
                        .schema(SCHEMA)
                        .coordinator(client)));
            }
            for (int i = 0; i < SESSIONS; i++) {
                final Random random = new Random(20_261_127L + i);
                threads.add(new Thread(() -> wander(engines, random)));
            }
            threads.forEach(Thread::start);
            for (int kill = 1; kill <= KILLS; kill++) {
                awaitTransactions(kill * TRANSACTIONS_BETWEEN_KILLS);
                Group.await("somebody leads", () -> clients.get(0).leader() >= 0);
                processes.kill(clients.get(0).leader());
            }
            awaitTransactions((KILLS + 1) * TRANSACTIONS_BETWEEN_KILLS);
            stopping = true;
            for (final Thread thread : threads) {
                thread.join();
            }
        } finally {
            stopping = true;
            for (final Engine engine : engines) {
                engine.close();
            }
            clients.forEach(CoordinationClient::close);
        }
        assertEquals(null, failure.get());
        final History history = recorder.build();
        assertTrue(history.transactions() >= (KILLS + 1) * TRANSACTIONS_BETWEEN_KILLS);
        assertTrue(
                ReadAtomicityChecker.check(history).isAccepted(),
                () -> ReadAtomicityChecker.check(history).toString());
        assertTrue(
                CausalConsistencyChecker.check(history).isAccepted(),
                () -> CausalConsistencyChecker.check(history).toString());
        assertEquals(List.of(), StrictOrder.problems(committed));
        assertFalse(
                ReadAtomicityChecker.check(control.build()).isAccepted(), "keys that are read one by one do not fit");
    }

    private void awaitTransactions(final int count) throws InterruptedException {
        Group.await(count + " transactions have been done", () -> finished.get() >= count || failure.get() != null);
    }

    private void wander(final List<Engine> engines, final Random random) {
        try {
            RecordedSession session = recorder.session();
            RecordedSession careless = control.session();
            while (!stopping) {
                final Engine engine = engines.get(random.nextInt(ENGINES));
                final List<Integer> keys =
                        random.ints(4, 0, KEYS).distinct().boxed().toList();
                if (random.nextInt(3) == 0) {
                    readOneByOne(engine, keys, careless);
                } else if (!transact(engine, keys, random.nextInt(keys.size()), session, careless)) {
                    session = recorder.session();
                    careless = control.session();
                }
            }
        } catch (final Throwable e) {
            failure.compareAndSet(null, e);
        }
    }

    private static Cell cell(final int key) {
        return Cell.of(CellType.LWW_REGISTER, "registers", "key-" + key, "");
    }

    /** Reads keys and writes the first ones of them; returns false if nobody knows what came of it. */
    private boolean transact(
            final Engine engine,
            final List<Integer> keys,
            final int writeCount,
            final RecordedSession session,
            final RecordedSession careless) {
        final Map<Integer, Long> reads = new HashMap<>();
        final Map<Integer, Long> writes = new HashMap<>();
        final long calledNs = System.nanoTime();
        try (Transaction tx = engine.transaction()) {
            keys.forEach(key -> reads.put(key, read(tx, key)));
            keys.subList(0, writeCount).forEach(key -> {
                writes.put(key, values.incrementAndGet());
                tx.set(cell(key), writes.get(key));
            });
            final CommitResult result = tx.commit();
            final boolean isCommitted = result == CommitResult.COMMITTED || result == CommitResult.EMPTY;
            if (!isCommitted && result != CommitResult.UNDECIDED) {
                return true;
            }
            reads.forEach((key, value) -> note(session, key, value));
            for (final RecordedSession each : List.of(session, careless)) {
                writes.forEach(each::write);
                if (isCommitted) {
                    each.committed();
                } else {
                    each.unknown();
                }
            }
            if (isCommitted) {
                committed.add(new Committed(tx.coordinatedPosition(), reads, writes, calledNs, System.nanoTime()));
                finished.incrementAndGet();
            }
            return isCommitted;
        } catch (final CoordinationException e) {
            return true; // an election: nothing was read, and nothing written
        }
    }

    /** The control: several transactions that are taken for one. */
    private static void readOneByOne(final Engine engine, final List<Integer> keys, final RecordedSession careless) {
        try {
            for (final int key : keys) {
                try (Transaction tx = engine.transaction()) {
                    note(careless, key, read(tx, key));
                }
            }
            careless.committed();
        } catch (final CoordinationException e) {
            careless.aborted();
        }
    }

    private static long read(final Transaction tx, final int key) {
        final Value value = new Value();
        return tx.reads().read(cell(key), value) ? value.asLong() : StrictOrder.ABSENT;
    }

    private static void note(final RecordedSession session, final int key, final long value) {
        if (value == StrictOrder.ABSENT) {
            session.read(key);
        } else {
            session.read(key, value);
        }
    }
}
