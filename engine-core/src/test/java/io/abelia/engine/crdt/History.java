package io.abelia.engine.crdt;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.abelia.engine.Cluster;
import io.abelia.engine.Engine;
import io.abelia.engine.clock.VectorClock;
import io.abelia.engine.codec.CellType;
import io.abelia.engine.codec.RecordDescriptor;
import io.abelia.engine.transaction.Cell;
import io.abelia.engine.transaction.ElementList;
import io.abelia.engine.transaction.ReadView;
import io.abelia.engine.transaction.Transaction;
import java.io.IOException;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.agrona.concurrent.UnsafeBuffer;

/** A random history on one cell: real engines commit and exchange records, a {@link Model} notes the operations. */
final class History implements AutoCloseable {
    private static final int NODES = 3;
    private static final long[] LONGS = {0, 1, -1, 2, 3, 7, -100, Long.MAX_VALUE, Long.MIN_VALUE, 1L << 32, -(1L << 33)
    };
    private static final double[] DOUBLES = {
        0.0,
        -0.0,
        1.0,
        -1.0,
        0.1,
        1e16,
        -1e16,
        1e-300,
        Double.MIN_VALUE,
        -Double.MIN_VALUE,
        Double.MAX_VALUE,
        -Double.MAX_VALUE,
        Double.NaN,
        Double.POSITIVE_INFINITY,
        Double.NEGATIVE_INFINITY,
        3.5e-310,
        1e308
    };
    private static final String[] TEXTS = {
        "", "a", "b", "\u00e9\u4e2d\ud83d\ude00", "x".repeat(100), "y".repeat(3000), "longer than inline"
    };

    private final Cluster cluster;
    private final Random random;
    private final CellType type;
    private final Cell cell;
    private final Model model = new Model();
    private final List<VectorClock> deliveryClocks = new ArrayList<>();

    History(final CellType type, final long seed) throws IOException {
        this.cluster = new Cluster(NODES, seed);
        this.random = new Random(seed);
        this.type = type;
        this.cell = cluster.engine(0).cell(type, "table", "key\u4e2d", "column");
        for (int node = 0; node < NODES; node++) {
            cluster.engine(node).kernel().rights().replicated(node);
            cluster.engine(node).kernel().rights().launches(launches(cluster));
        }
    }

    private static Map<Long, Long> launches(final Cluster cluster) {
        final Map<Long, Long> launches = new TreeMap<>();
        for (int node = 0; node < NODES; node++) {
            launches.put((long) node, cluster.engine(node).origin());
        }
        return launches;
    }

    void run(final int steps) {
        final List<byte[]> records = cluster.records();
        for (int step = 0; step < steps; step++) {
            cluster.epochMs(1_000_000 + random.nextInt(20));
            if (random.nextInt(3) > 0 || records.isEmpty()) {
                commit(random.nextInt(NODES));
            } else {
                for (int i = random.nextInt(6); i >= 0; i--) {
                    cluster.deliver(random.nextInt(NODES), records.get(random.nextInt(records.size())));
                }
            }
        }
    }

    /** Commits so many transactions, with deliveries between them. */
    void commitTransactions(final int transactions) {
        while (cluster.records().size() < transactions) {
            run(1);
        }
    }

    void exchangeAll() {
        cluster.exchangeAll(random);
    }

    Engine engine(final int node) {
        return cluster.engine(node);
    }

    Engine freshEngine() throws IOException {
        return Engine.launch(Cluster.small(random, () -> 0));
    }

    /** Every order of all records in which each comes after its causes. */
    List<List<byte[]>> causalOrders() {
        final List<List<byte[]>> orders = new ArrayList<>();
        extend(new ArrayList<>(), VectorClock.empty(), orders);
        return orders;
    }

    private void extend(final List<byte[]> prefix, final VectorClock applied, final List<List<byte[]>> orders) {
        if (prefix.size() == cluster.records().size()) {
            orders.add(List.copyOf(prefix));
            return;
        }
        for (int i = 0; i < cluster.records().size(); i++) {
            final byte[] record = cluster.records().get(i);
            final long origin = new UnsafeBuffer(record).getLong(RecordDescriptor.ORIGIN_OFFSET);
            final long seq = new UnsafeBuffer(record).getLong(RecordDescriptor.SEQ_OFFSET);
            if (seq == applied.get(origin) + 1 && applied.covers(deliveryClocks.get(i))) {
                prefix.add(record);
                extend(
                        prefix,
                        applied.merge(VectorClock.builder().put(origin, seq).build()),
                        orders);
                prefix.remove(prefix.size() - 1);
            }
        }
    }

    private void commit(final int node) {
        final Engine engine = cluster.engine(node);
        final List<Model.Op> made = new ArrayList<>();
        final VectorClock observed = engine.clock();
        final long seq = cluster.commit(node, tx -> operate(node, tx, made));
        deliveryClocks.add(observed);
        final byte[] record = cluster.records().get(cluster.records().size() - 1);
        final long hybridTime = new UnsafeBuffer(record).getLong(RecordDescriptor.HYBRID_TIME_OFFSET);
        for (final Model.Op op : made) {
            model.add(new Model.Op(engine.origin(), seq, hybridTime, observed, op.kind(), op.argument()));
        }
    }

    private static Model.Op op(final String kind, final Object argument) {
        return new Model.Op(0, 0, 0, VectorClock.empty(), kind, argument);
    }

    private long pickLong() {
        return LONGS[random.nextInt(LONGS.length)];
    }

    private double pickDouble() {
        return random.nextInt(3) == 0 ? random.nextGaussian() * 1e6 : DOUBLES[random.nextInt(DOUBLES.length)];
    }

    private String pickText() {
        return TEXTS[random.nextInt(TEXTS.length)];
    }

    private void operate(final int node, final Transaction tx, final List<Model.Op> made) {
        switch (type) {
            case COUNTER -> {
                final long value = pickLong();
                tx.increment(cell, value);
                made.add(op("increment", value));
            }
            case DOUBLE_SUM -> {
                final double value = pickDouble();
                tx.addDouble(cell, value);
                made.add(op("addDouble", value));
            }
            case PRODUCT -> {
                final long value =
                        random.nextInt(12) == 0 ? pickLong() : 1 + random.nextInt(5) * (random.nextBoolean() ? 1 : -1);
                tx.multiply(cell, value);
                made.add(op("multiply", value));
            }
            case MAX, MIN -> {
                final long value = pickLong();
                if (type == CellType.MAX) {
                    tx.max(cell, value);
                } else {
                    tx.min(cell, value);
                }
                made.add(op("offer", value));
            }
            case MAX_DOUBLE, MIN_DOUBLE -> {
                final double value = pickDouble();
                if (type == CellType.MAX_DOUBLE) {
                    tx.max(cell, value);
                } else {
                    tx.min(cell, value);
                }
                made.add(op("offer", value));
            }
            case FLAG_OR, FLAG_AND -> {
                final boolean value = random.nextInt(4) > 0 == (type == CellType.FLAG_AND);
                tx.setFlag(cell, value);
                made.add(op("setFlag", value));
            }
            case BOUNDED_COUNTER -> changeRights(node, tx, made);
            case SKETCH -> {
                for (int i = 1 << random.nextInt(11); i > 0; i--) {
                    final long element = random.nextInt(3000);
                    tx.addToSketch(cell, element);
                    made.add(op("sketch", element));
                }
            }
            default -> operateWithDots(tx, made);
        }
    }

    private void changeRights(final int node, final Transaction tx, final List<Model.Op> made) {
        final long own = cluster.engine(node).latest().readRights(cell);
        final int other = (node + 1 + random.nextInt(NODES - 1)) % NODES;
        if (own == 0 || random.nextInt(3) == 0) {
            final long amount = 1L + random.nextInt(20);
            tx.release(cell, amount);
            made.add(op("rights", new long[] {0, cluster.engine(node).origin(), amount}));
        } else if (random.nextBoolean()) {
            final long taken = 1 + random.nextLong(own);
            tx.acquire(cell, taken);
            made.add(op("rights", new long[] {cluster.engine(node).origin(), 0, taken}));
        } else {
            final long amount = 1L + random.nextInt((int) Math.min(own, 100));
            tx.transfer(cell, other, amount);
            made.add(op("rights", new long[] {
                cluster.engine(node).origin(), cluster.engine(other).origin(), amount
            }));
        }
    }

    private void operateWithDots(final Transaction tx, final List<Model.Op> made) {
        switch (type) {
            case ENABLE_WINS, DISABLE_WINS -> {
                final boolean enable = random.nextBoolean();
                if (enable) {
                    tx.enable(cell);
                } else {
                    tx.disable(cell);
                }
                made.add(op(enable ? "enable" : "disable", ""));
            }
            case GROW_SET -> {
                final String text = pickText();
                tx.addToSet(cell, text);
                made.add(op("add", text));
            }
            case INTERSECT_SET -> {
                final Set<String> given = new TreeSet<>();
                final ElementList list = new ElementList();
                for (int i = 0; i < 6; i++) {
                    given.add(pickText());
                }
                given.forEach(list::add);
                tx.intersect(cell, list);
                made.add(op("intersect", given));
            }
            case ADD_WINS_SET, REMOVE_WINS_SET -> changeSet(tx, made);
            default -> {
                if (random.nextInt(4) > 0) {
                    final String text = pickText();
                    tx.set(cell, text);
                    made.add(op("set", text));
                } else {
                    tx.clear(cell);
                    made.add(op("clear", ""));
                }
            }
        }
    }

    private void changeSet(final Transaction tx, final List<Model.Op> made) {
        final String text = pickText();
        final int choice = random.nextInt(8);
        if (choice == 0 && type == CellType.ADD_WINS_SET) {
            tx.clearSet(cell);
            made.add(op("clear", ""));
        } else if (choice < 4) {
            tx.removeFromSet(cell, text);
            made.add(op("remove", text));
        } else {
            tx.addToSet(cell, text);
            made.add(op("add", text));
        }
    }

    void check() {
        for (int node = 0; node < NODES; node++) {
            checkReads(cluster.engine(node).latest());
        }
    }

    void checkReads(final ReadView view) {
        switch (type) {
            case COUNTER -> assertEquals(model.counter(), view.readExact(cell));
            case DOUBLE_SUM -> assertEquals(model.doubleSum(), view.readDouble(cell));
            case PRODUCT -> assertEquals(model.product(), product(view));
            case MAX -> assertEquals(model.extremum(true), view.readLong(cell));
            case MIN -> assertEquals(model.extremum(false), view.readLong(cell));
            case MAX_DOUBLE -> assertEquals(model.extremumOfDoubles(true), view.readDouble(cell));
            case MIN_DOUBLE -> assertEquals(model.extremumOfDoubles(false), view.readDouble(cell));
            case FLAG_OR -> assertEquals(model.flag(true), view.readFlag(cell));
            case FLAG_AND -> assertEquals(model.flag(false), view.readFlag(cell));
            case ENABLE_WINS -> assertEquals(model.enabled(true), view.readFlag(cell));
            case DISABLE_WINS -> assertEquals(model.enabled(false), view.readFlag(cell));
            case GROW_SET -> checkSet(model.growSet(), view);
            case INTERSECT_SET -> {
                final Set<String> expected = model.intersectSet();
                if (expected == null) {
                    assertEquals(ReadView.UNIVERSE, view.size(cell));
                } else {
                    checkSet(expected, view);
                }
            }
            case ADD_WINS_SET -> checkSet(model.observedRemoveSet(true), view);
            case REMOVE_WINS_SET -> checkSet(model.observedRemoveSet(false), view);
            case MV_REGISTER -> assertEquals(model.register(), writes(view));
            case LWW_REGISTER -> assertEquals(model.register(), writes(view));
            case FIRST_WRITER_REGISTER -> assertEquals(model.firstWriter(), writes(view));
            case BOUNDED_COUNTER -> {
                final Map<Long, Long> holders = new TreeMap<>();
                view.forEachHolder(cell, (origin, node, rights) -> holders.put(origin, rights));
                assertEquals(model.holders(), holders);
                assertEquals(
                        model.holders().values().stream()
                                .mapToLong(Long::longValue)
                                .sum(),
                        view.readLong(cell));
                assertTrue(view.readLong(cell) >= 0, "below zero");
            }
            case SKETCH -> assertEquals((double) model.distinct(), view.readDouble(cell), 2 + 0.08 * model.distinct());
        }
    }

    private BigInteger product(final ReadView view) {
        try {
            return view.readExact(cell);
        } catch (final ArithmeticException e) {
            return null;
        }
    }

    private void checkSet(final Set<String> expected, final ReadView view) {
        final Set<String> actual = new TreeSet<>();
        view.forEach(cell, value -> actual.add(value.asString()));
        assertEquals(expected, actual);
        assertEquals(expected.size(), view.size(cell));
    }

    private List<String> writes(final ReadView view) {
        final List<String> actual = new ArrayList<>();
        view.readAll(cell, value -> actual.add(value.asString()));
        return actual;
    }

    @Override
    public void close() throws IOException {
        cluster.close();
    }
}
