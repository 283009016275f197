package io.abelia.coordination;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.abelia.coordination.Linearizability.Kind;
import io.abelia.coordination.Linearizability.Operation;
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
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Histories of concurrent clients against three member processes whose leader is killed, again and again. */
class LinearizabilityTest {
    private static final int CLIENTS = 4;
    private static final int OBJECTS = 6;
    private static final int KILLS = Integer.getInteger("abelia.leaderKills", 2);
    private static final int OPERATIONS_BETWEEN_KILLS = 250;
    private static final long TOTAL = 1_000;
    private static final Schema SCHEMA =
            Schema.builder().coordinated("numbers").coordinated("registers").build();

    @TempDir
    Path directory;

    private final Map<String, List<Operation>> histories = new HashMap<>();
    private final AtomicInteger finished = new AtomicInteger();
    private final AtomicReference<Throwable> failure = new AtomicReference<>();
    private volatile boolean stopping;

    @Test
    void shouldFindHistoriesThatCannotBeExplained() {
        final List<Operation> lostUpdate =
                List.of(new Operation(Kind.ADD, 1, 0, 1, 0, 10), new Operation(Kind.ADD, 1, 0, 1, 20, 30));
        final List<Operation> staleRead =
                List.of(new Operation(Kind.ADD, 1, 0, 1, 0, 10), new Operation(Kind.READ, 0, 0, 0, 20, 30));
        final List<Operation> doubled =
                List.of(new Operation(Kind.ADD, 1, 0, 0, 0, Long.MAX_VALUE), new Operation(Kind.READ, 0, 0, 2, 20, 30));
        final List<Operation> twoWinners = List.of(
                new Operation(Kind.COMPARE_AND_SET, 0, 5, 1, 0, 50),
                new Operation(Kind.COMPARE_AND_SET, 0, 6, 1, 0, 50));
        assertFalse(Linearizability.holds(lostUpdate));
        assertFalse(Linearizability.holds(staleRead));
        assertFalse(Linearizability.holds(doubled));
        assertFalse(Linearizability.holds(twoWinners));
        assertTrue(Linearizability.holds(List.of(
                new Operation(Kind.ADD, 1, 0, 0, 0, Long.MAX_VALUE), new Operation(Kind.READ, 0, 0, 1, 20, 30))));
    }

    @Test
    void shouldStayLinearizableWhileLeadersAreKilled() throws IOException, InterruptedException {
        final List<Thread> threads = new ArrayList<>();
        try (MemberProcesses processes = new MemberProcesses(directory);
                CoordinationClient client = CoordinationClient.launch(new CoordinationClientContext()
                        .members(processes.members())
                        .timeout(Duration.ofSeconds(8)));
                Engine engine = Engine.launch(new EngineContext()
                        .durability(Durability.MEMORY)
                        .store(StoreKind.MEMORY)
                        .segmentBytes(2 << 20)
                        .schema(SCHEMA)
                        .coordinator(client))) {
            deposit(engine);
            for (int i = 0; i < CLIENTS; i++) {
                final long seed = 20_261_121L + i;
                threads.add(new Thread(() -> work(engine, new Random(seed))));
            }
            threads.forEach(Thread::start);
            for (int kill = 1; kill <= KILLS; kill++) {
                final int until = kill * OPERATIONS_BETWEEN_KILLS;
                Group.await(
                        until + " operations have been done, and somebody leads",
                        () -> finished.get() >= until && client.leader() >= 0 || failure.get() != null);
                processes.kill(client.leader());
            }
            final int enough = (KILLS + 1) * OPERATIONS_BETWEEN_KILLS;
            Group.await("the group goes on", () -> finished.get() >= enough || failure.get() != null);
            stopping = true;
            for (final Thread thread : threads) {
                thread.join();
            }
        } finally {
            stopping = true;
        }
        assertEquals(null, failure.get());
        histories.forEach((name, history) ->
                assertTrue(Linearizability.holds(history), () -> name + " is not linearizable: " + history));
        assertTrue(histories.size() == OBJECTS, "every object was used: " + histories.keySet());
    }

    private static Cell account(final int number) {
        return Cell.of(CellType.COUNTER, "numbers", "account-" + number, "");
    }

    private static void deposit(final Engine engine) throws InterruptedException {
        try (Transaction tx = engine.transaction()) {
            tx.increment(account(0), TOTAL);
            Group.await("the group is up", () -> tx.commit() == CommitResult.COMMITTED);
        }
    }

    private void work(final Engine engine, final Random random) {
        try {
            while (!stopping) {
                switch (random.nextInt(5)) {
                    case 0 -> transfer(engine, random);
                    case 1 -> sum(engine);
                    default -> one(engine, random);
                }
                finished.incrementAndGet();
            }
        } catch (final Throwable e) {
            failure.compareAndSet(null, e);
        }
    }

    /** Moves between two accounts, never below zero. */
    private static void transfer(final Engine engine, final Random random) {
        final int from = random.nextInt(2);
        final long amount = 1L + random.nextInt(20);
        try (Transaction tx = engine.transaction()) {
            tx.requireAtLeast(account(from), amount);
            tx.decrement(account(from), amount).increment(account(1 - from), amount);
            final CommitResult unused = tx.commit(); // whatever came of it, the sum stays
        }
    }

    /** What one transaction reads of both accounts together is always the same. */
    private static void sum(final Engine engine) {
        try (Transaction tx = engine.transaction()) {
            final long sum = tx.reads().readLong(account(0)) + tx.reads().readLong(account(1));
            if (tx.commit() == CommitResult.COMMITTED) {
                assertEquals(TOTAL, sum);
            }
        } catch (final CoordinationException e) {
            // an election: nothing was read
        }
    }

    private void one(final Engine engine, final Random random) {
        final boolean register = random.nextBoolean();
        final String key = (register ? "register-" : "number-") + random.nextInt(OBJECTS / 2);
        final Operation operation = register ? compareAndSet(engine, key, random) : addOrRead(engine, key, random);
        synchronized (histories) {
            histories
                    .computeIfAbsent(key, k -> Collections.synchronizedList(new ArrayList<>()))
                    .add(operation);
        }
    }

    private static Operation addOrRead(final Engine engine, final String key, final Random random) {
        final Cell cell = Cell.of(CellType.COUNTER, "numbers", key, "");
        final long delta = random.nextInt(3);
        final Kind kind = delta == 0 ? Kind.READ : Kind.ADD;
        try (Transaction tx = engine.transaction()) {
            if (delta != 0) {
                tx.increment(cell, delta);
            }
            tx.returning(cell);
            final long calledNs = System.nanoTime();
            final CommitResult result = tx.commit();
            return result == CommitResult.COMMITTED
                    ? new Operation(kind, delta, 0, tx.results().readLong(cell), calledNs, System.nanoTime())
                    : unknown(kind, delta, 0, calledNs, result);
        }
    }

    private static Operation compareAndSet(final Engine engine, final String key, final Random random) {
        final long expected = random.nextInt(3);
        final long written = random.nextInt(3);
        try (Transaction tx = engine.transaction()) {
            final Value old = new Value().set(expected);
            if (expected == 0) {
                // nobody has written: as good as 0, which nobody writes
                tx.setIfAbsent("registers", key, "", new Value().set(written + 1));
            } else {
                tx.compareAndSet("registers", key, "", old, new Value().set(written + 1));
            }
            final long calledNs = System.nanoTime();
            final CommitResult result = tx.commit();
            final boolean known = result == CommitResult.COMMITTED || result == CommitResult.CONDITION_FAILED;
            return known
                    ? new Operation(
                            Kind.COMPARE_AND_SET,
                            expected,
                            written + 1,
                            result == CommitResult.COMMITTED ? 1 : 0,
                            calledNs,
                            System.nanoTime())
                    : unknown(Kind.COMPARE_AND_SET, expected, written + 1, calledNs, result);
        }
    }

    private static Operation unknown(
            final Kind kind, final long argument, final long newValue, final long calledNs, final CommitResult result) {
        if (result == CommitResult.NO_MAJORITY) {
            return new Operation(Kind.ADD, 0, 0, 0, calledNs, Long.MAX_VALUE); // nothing happened
        }
        assertEquals(CommitResult.UNDECIDED, result);
        return new Operation(kind, argument, newValue, 0, calledNs, Long.MAX_VALUE);
    }
}
