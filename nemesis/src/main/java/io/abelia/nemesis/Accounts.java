package io.abelia.nemesis;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/**
 * Clients of a coordinated table. Each transaction has a number of its own, adds it to a set and counts one up. Whoever reads sees at least
 * what had been acknowledged before, wherever it reads; at the end every number is there that was acknowledged, none that was refused, and the
 * counter is as great as the sets.
 */
final class Accounts {
    /** Name of the table; the schema of the nodes says that it is coordinated. */
    static final String TABLE = "accounts";

    private static final int CLIENTS = 2;
    private static final int BLOCK = 200;
    private static final int OK = 200;
    private static final int UNDECIDED = 504;
    private static final int READS_ONE_IN = 4;
    private static final long PAUSE_NS = 10_000_000L;
    private static final long REFUSED_NS = 100_000_000L;

    private final List<Daemon> nodes;
    private final Client client;
    private final Queue<String> violations;
    private final List<Thread> threads = new ArrayList<>();
    private final Set<String> acknowledged = ConcurrentHashMap.newKeySet();
    private final Set<String> unknown = ConcurrentHashMap.newKeySet();
    private final Set<String> refused = ConcurrentHashMap.newKeySet();
    private final Set<String> blocks = ConcurrentHashMap.newKeySet();
    private final AtomicLong reads = new AtomicLong();
    private volatile boolean running = true;

    Accounts(final List<Daemon> nodes, final Client client, final Queue<String> violations) {
        this.nodes = nodes;
        this.client = client;
        this.violations = violations;
    }

    void start(final long seed) {
        for (int i = 0; i < CLIENTS; i++) {
            final int number = i;
            final Thread thread = new Thread(() -> run(number, new Random(seed - number)), "accounts-" + number);
            thread.setDaemon(true);
            threads.add(thread);
            thread.start();
        }
    }

    void stop() throws InterruptedException {
        running = false;
        for (final Thread thread : threads) {
            thread.join();
        }
    }

    private void run(final int number, final Random random) {
        for (long n = 0; running; n++) {
            final Daemon node = nodes.get(random.nextInt(nodes.size()));
            if (!node.isUp() || node.isPaused()) {
                LockSupport.parkNanos(PAUSE_NS);
            } else if (random.nextInt(READS_ONE_IN) == 0) {
                read(node);
            } else {
                commit(node, number + ":" + n, "c" + number + "-" + n / BLOCK);
            }
            LockSupport.parkNanos(PAUSE_NS);
        }
    }

    private static String op(final String op, final String key, final String type, final String value) {
        return "{\"op\":\"" + op + "\",\"table\":\"" + TABLE + "\",\"key\":\"" + key + "\",\"type\":\"" + type
                + "\",\"value\":" + value + "}";
    }

    private void commit(final Daemon node, final String id, final String block) {
        blocks.add(block);
        final Client.Answer answer = client.post(
                node.url() + "/v1/transactions",
                "{\"operations\":[" + op("add", block, "GROW_SET", "\"" + id + "\"") + ","
                        + op("increment", "total", "COUNTER", "1") + "]}");
        if (answer.status() == OK) {
            acknowledged.add(id);
        } else if (answer.status() == UNDECIDED || answer.status() == 0) {
            unknown.add(id);
        } else {
            refused.add(id);
            LockSupport.parkNanos(REFUSED_NS);
        }
    }

    /** Strictly serializable: what was acknowledged before a read began is in it. */
    private void read(final Daemon node) {
        final long least = acknowledged.size();
        final Client.Answer answer = client.get(node.url() + "/v1/cells/" + TABLE + "/total");
        if (answer.status() != OK) {
            return;
        }
        reads.incrementAndGet();
        final long total = Client.value(answer, "total", "") instanceof Long value ? value : 0;
        if (total < least) {
            violations.add("node " + node.id + " reads " + total + " coordinated transactions, when " + least
                    + " had been acknowledged");
        }
    }

    /** Whether a node commits a coordinated transaction within a time. */
    boolean commitsOn(final Daemon node, final long ms) {
        final long endMs = System.currentTimeMillis() + ms;
        while (System.currentTimeMillis() < endMs) {
            final String id = "after-pause-" + node.id + "-" + System.nanoTime();
            commit(node, id, "after-pause");
            if (acknowledged.contains(id)) {
                return true;
            }
        }
        return false;
    }

    String describe() {
        return String.format(
                "%,d coordinated transactions acknowledged, %,d unknown, %,d refused, %,d reads",
                acknowledged.size(), unknown.size(), refused.size(), reads.get());
    }

    /** Compares what is there with what clients were told. */
    void finish(final Daemon node) {
        final Set<String> present = new HashSet<>();
        for (final String block : blocks) {
            final Client.Answer answer = client.get(node.url() + "/v1/cells/" + TABLE + "/" + block);
            if (answer.status() != OK) {
                violations.add("coordinated cell " + block + " cannot be read: " + answer.text());
            } else if (Client.value(answer, block, "") instanceof List<?> ids) {
                ids.forEach(id -> present.add(String.valueOf(id)));
            }
        }
        final Client.Answer answer = client.get(node.url() + "/v1/cells/" + TABLE + "/total");
        final Object total = Client.value(answer, "total", "");
        if (!(total instanceof Long count) || count != present.size()) {
            violations.add(
                    "coordinated: the total is " + total + ", but " + present.size() + " transactions are there");
        }
        final Set<String> missing = new HashSet<>(acknowledged);
        missing.removeAll(present);
        missing.forEach(id -> violations.add("coordinated transaction " + id + " was acknowledged and is gone"));
        final Set<String> unwanted = new HashSet<>(refused);
        unwanted.retainAll(present);
        unwanted.forEach(id -> violations.add("coordinated transaction " + id + " was refused and is there"));
        System.out.printf(
                "%,d coordinated transactions; of %,d acknowledged ones %,d are missing%n",
                present.size(), acknowledged.size(), missing.size());
        if (acknowledged.isEmpty() || reads.get() == 0) {
            violations.add("no coordinated transaction was acknowledged, or none was read: nothing was tested");
        }
    }
}
