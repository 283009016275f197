package io.abelia.nemesis;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * What clients do, and what must hold whatever happens. Each transaction has a number of its own: it adds the number to one set, counts one up,
 * moves a pair of counters together, and touches a cell of every other type. At the end the set must hold every number that was acknowledged
 * (but for those whose only copy was destroyed), and the counters must be as great as the set: no transaction twice, none by half. Beside that,
 * tickets are sold from a bounded counter: in every cut there are as many as were released and not sold, and never less than none.
 */
final class Workload {
    private static final int CLIENTS = 4;
    private static final int BLOCK = 200;
    private static final int TICKETS = 20;
    private static final int OK = 200;
    private static final int CONFLICT = 409;
    private static final long PAUSE_NS = 2_000_000L;

    /** An acknowledged transaction. */
    record Ack(String number, int node, long timeMs, boolean replicated) {}

    private final List<Daemon> nodes;
    private final Client client;
    private final List<Thread> threads = new ArrayList<>();
    private final Queue<String> violations = new ConcurrentLinkedQueue<>();
    private final Map<String, Ack> acks = new ConcurrentHashMap<>();
    private final Set<String> unknown = ConcurrentHashMap.newKeySet();
    private final AtomicLong refused = new AtomicLong();
    private final AtomicLong reads = new AtomicLong();
    private final Map<String, Ack> tickets = new ConcurrentHashMap<>();
    private final AtomicLong soldOut = new AtomicLong();
    /** Destructions of copies so far; what sessions saw before one may be gone. */
    private final AtomicLong losses = new AtomicLong();

    private volatile boolean running = true;

    Workload(final List<Daemon> nodes, final Client client) {
        this.nodes = nodes;
        this.client = client;
    }

    void start(final long seed) {
        for (int i = 0; i < CLIENTS; i++) {
            final int number = i;
            final Thread thread = new Thread(() -> run(number, new Random(seed + number)), "client-" + i);
            thread.setDaemon(true);
            threads.add(thread);
            thread.start();
        }
    }

    void noteLoss() {
        losses.incrementAndGet();
    }

    void stop() throws InterruptedException {
        running = false;
        for (final Thread thread : threads) {
            thread.join();
        }
    }

    Collection<Ack> acks() {
        return acks.values();
    }

    Queue<String> violations() {
        return violations;
    }

    String describe() {
        return String.format(
                "%,d acknowledged, %,d unknown, %,d refused, %,d reads; %,d tickets sold, %,d times none was to be had",
                acks.size(), unknown.size(), refused.get(), reads.get(), tickets.size(), soldOut.get());
    }

    private static String operations(final int client, final String number, final long n) {
        final String block = "c" + client + "-" + n / BLOCK;
        return "{\"operations\":["
                + op("add", "ids", "all", "", "GROW_SET", "\"" + number + "\"")
                + "," + op("add", "own", block, "", "GROW_SET", "\"" + number + "\"")
                + "," + op("increment", "counters", "total", "", "COUNTER", "1")
                + "," + op("increment", "counters", "client-" + client, "", "COUNTER", "1")
                + "," + op("increment", "pairs", "pair", "left", "COUNTER", "1")
                + "," + op("increment", "pairs", "pair", "right", "COUNTER", "1")
                + "," + op("addDouble", "types", "row", "sum", "DOUBLE_SUM", "0.5")
                + "," + op("max", "types", "row", "max", "MAX", String.valueOf(n))
                + "," + op("min", "types", "row", "min", "MIN", String.valueOf(-n))
                + "," + op("enable", "types", "row", "on", "ENABLE_WINS", "0")
                + "," + op("set", "types", "row", "last", "LWW_REGISTER", "\"" + number + "\"")
                + "," + op("set", "types", "row", "mv", "MV_REGISTER", "\"" + number + "\"")
                + "," + op(n % 3 == 0 ? "remove" : "add", "types", "row", "tags", "ADD_WINS_SET", String.valueOf(n % 5))
                + "]}";
    }

    private static String op(
            final String op,
            final String table,
            final String key,
            final String column,
            final String type,
            final String value) {
        return "{\"op\":\"" + op + "\",\"table\":\"" + table + "\",\"key\":\"" + key + "\",\"column\":\"" + column
                + "\",\"type\":\"" + type + "\",\"value\":" + value + "}";
    }

    private void run(final int number, final Random random) {
        long n = 0;
        long buyers = 0;
        long seen = 0;
        String token = "";
        String last = "";
        long lossesSeen = 0;
        while (running) {
            final Daemon node = nodes.get(random.nextInt(nodes.size()));
            if (!node.isUp() || node.isPaused()) {
                LockSupport.parkNanos(PAUSE_NS);
                continue;
            }
            if (losses.get() != lossesSeen) {
                lossesSeen = losses.get();
                token = "";
                last = "";
                seen = 0;
            }
            final String after = token.isEmpty() ? "" : "after=" + token + "&";
            if (random.nextInt(4) == 0) {
                ticket(node, random, number + ":" + ++buyers);
            } else if (random.nextInt(4) > 0) {
                n++;
                final String id = number + ":" + n;
                final boolean replicated = random.nextInt(4) == 0;
                final Client.Answer answer = client.post(
                        node.url() + "/v1/transactions?" + after + "timeoutMs=2000"
                                + (replicated ? "&replicated=2" : ""),
                        operations(number, id, n));
                if (answer.status() == 200 || answer.status() == 202) {
                    acks.put(
                            id,
                            new Ack(
                                    id,
                                    node.id,
                                    System.currentTimeMillis(),
                                    "APPLIED".equals(answer.json().get("replicated"))));
                    if (losses.get() == lossesSeen) {
                        token = String.valueOf(answer.json().get("token"));
                        last = "c" + number + "-" + n / BLOCK + " " + id;
                    }
                } else if (answer.status() == 0) {
                    unknown.add(id);
                } else {
                    refused.incrementAndGet();
                }
            } else {
                reads.incrementAndGet();
                checkPair(node);
                checkTickets(node);
                if (!last.isEmpty()) {
                    seen = checkSession(number, node, after, last, seen, lossesSeen);
                }
            }
            LockSupport.parkNanos(PAUSE_NS);
        }
    }

    /** Sells a ticket, or now and then releases some more. */
    private void ticket(final Daemon node, final Random random, final String buyer) {
        final boolean release = random.nextInt(TICKETS) == 0;
        final String body = release
                ? op("release", "tickets", "left", "", "BOUNDED_COUNTER", TICKETS + "") + ","
                        + op("increment", "tickets", "released", "", "COUNTER", TICKETS + "")
                : op("acquire", "tickets", "left", "", "BOUNDED_COUNTER", "1")
                        + "," + op("increment", "tickets", "sold", "", "COUNTER", "1")
                        + "," + op("add", "tickets", "ids", "", "GROW_SET", "\"" + buyer + "\"");
        final Client.Answer answer = client.post(node.url() + "/v1/transactions", "{\"operations\":[" + body + "]}");
        if (answer.status() == OK && !release) {
            tickets.put(buyer, new Ack(buyer, node.id, System.currentTimeMillis(), false));
        } else if (answer.status() == CONFLICT) {
            soldOut.incrementAndGet();
        }
    }

    /** In one cut, what is left is what was released without what was sold. */
    private void checkTickets(final Daemon node) {
        final Client.Answer answer = client.get(node.url() + "/v1/tables/tickets");
        if (answer.status() != 200) {
            return;
        }
        final long left = number(answer, "left");
        final long released = number(answer, "released");
        final long gone = number(answer, "sold");
        if (left < 0 || left != released - gone) {
            violations.add(
                    "node " + node.id + " has " + left + " tickets left of " + released + ", with " + gone + " sold");
        }
    }

    private static long number(final Client.Answer answer, final String key) {
        return Client.value(answer, key, "") instanceof Long value ? value : 0;
    }

    private void checkPair(final Daemon node) {
        final Client.Answer answer = client.get(node.url() + "/v1/tables/pairs");
        if (answer.status() == 200) {
            final Object left = Client.value(answer, "pair", "left");
            final Object right = Client.value(answer, "pair", "right");
            if (!String.valueOf(left).equals(String.valueOf(right))) {
                violations.add("node " + node.id + " shows half a transaction: left " + left + ", right " + right);
            }
        }
    }

    private long checkSession(
            final int number,
            final Daemon node,
            final String after,
            final String last,
            final long seen,
            final long lossesBefore) {
        final String block = last.substring(0, last.indexOf(' '));
        final String id = last.substring(last.indexOf(' ') + 1);
        final Client.Answer own = client.get(node.url() + "/v1/cells/own/" + block + "?" + after + "timeoutMs=2000");
        final Client.Answer counter =
                client.get(node.url() + "/v1/cells/counters/client-" + number + "?" + after + "timeoutMs=2000");
        if (own.status() != 200 || counter.status() != 200 || losses.get() != lossesBefore) {
            return seen;
        }
        final Object numbers = Client.value(own, block, "");
        if (!(numbers instanceof List<?> list) || !list.contains(id)) {
            violations.add("client " + number + " does not read its own write " + id + " on node " + node.id);
        }
        final Object value = Client.value(counter, "client-" + number, "");
        if (value instanceof Long now) {
            if (now < seen) {
                violations.add("client " + number + " read " + seen + " and then " + now + " on node " + node.id);
            }
            return Math.max(seen, now);
        }
        return seen;
    }

    // ---- the end

    /** Compares one node's state with what clients were told. */
    void finish(final Daemon node, final List<Destruction> destructions) {
        final Set<String> present = elements(client.get(node.url() + "/v1/cells/ids/all"), "all");
        final long missing = countMissing(acks, present, destructions);
        for (final String id : present) {
            if (!acks.containsKey(id) && !unknown.contains(id)) {
                violations.add("nobody committed " + id);
            }
        }
        final Client.Answer counters = client.get(node.url() + "/v1/tables/counters");
        requireCount("total", Client.value(counters, "total", ""), present.size());
        final Client.Answer pairs = client.get(node.url() + "/v1/tables/pairs");
        requireCount("left", Client.value(pairs, "pair", "left"), present.size());
        requireCount("right", Client.value(pairs, "pair", "right"), present.size());
        final Client.Answer types = client.get(node.url() + "/v1/tables/types");
        if (!(Client.value(types, "row", "sum") instanceof Number sum) || sum.doubleValue() != present.size() * 0.5) {
            violations.add("the sum is " + Client.value(types, "row", "sum") + ", not " + present.size() * 0.5);
        }
        checkTickets(node);
        final Client.Answer shop = client.get(node.url() + "/v1/tables/tickets");
        final Set<String> soldThere = elements(shop, "ids");
        final long ticketsMissing = countMissing(tickets, soldThere, destructions);
        if (number(shop, "sold") != soldThere.size()) {
            violations.add(number(shop, "sold") + " tickets are sold, to " + soldThere.size() + " buyers");
        }
        System.out.printf(
                "%,d tickets are sold on every node; of %,d acknowledged ones %,d are missing%n",
                soldThere.size(), tickets.size(), ticketsMissing);
        System.out.printf(
                "%,d transactions on every node; of %,d acknowledged ones %,d are missing%n",
                present.size(), acks.size(), missing);
        final Set<String> lost = new TreeSet<>();
        for (final Ack ack : acks.values()) {
            if (!present.contains(ack.number())) {
                lost.add(ack.number());
            }
        }
        if (!lost.isEmpty()) {
            System.out.println("missing, with the only copy destroyed unless said below: "
                    + lost.stream().limit(10).toList());
        }
    }

    private static Set<String> elements(final Client.Answer answer, final String key) {
        final Set<String> elements = new HashSet<>();
        if (Client.value(answer, key, "") instanceof List<?> list) {
            list.forEach(element -> elements.add(String.valueOf(element)));
        }
        return elements;
    }

    /** Acknowledged transactions that a node does not have; those whose only copy was not destroyed are violations. */
    private long countMissing(
            final Map<String, Ack> acknowledged, final Set<String> present, final List<Destruction> destructions) {
        long missing = 0;
        for (final Ack ack : acknowledged.values()) {
            if (!present.contains(ack.number())) {
                missing++;
                final boolean explained = !ack.replicated()
                        && destructions.stream().anyMatch(done -> done.explains(ack.node(), ack.timeMs()));
                if (!explained) {
                    violations.add("acknowledged by node " + ack.node() + " and lost: " + ack);
                }
            }
        }
        return missing;
    }

    private void requireCount(final String what, final @Nullable Object value, final long count) {
        if (!(value instanceof Long number) || number != count) {
            violations.add(
                    what + " is " + value + ", but " + count + " transactions are there: one counts twice, or by half");
        }
    }
}
