package io.abelia.proofs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.abelia.engine.Durability;
import io.abelia.engine.Engine;
import io.abelia.engine.EngineContext;
import io.abelia.engine.StoreKind;
import io.abelia.engine.codec.CellType;
import io.abelia.engine.transaction.Cell;
import io.abelia.engine.transaction.ElementList;
import io.abelia.engine.transaction.ReadView;
import io.abelia.engine.transaction.Transaction;
import io.abelia.engine.transaction.TransactionMode;
import io.abelia.engine.transaction.Value;
import java.io.IOException;
import java.io.InputStream;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Scanner;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;

/**
 * Real engines run the histories that {@code coq/Vectors.v} draws, and must read what the effects compute that the proofs are about.
 * {@code ./abelia prove} checks that the recorded vectors are what Coq prints.
 */
class ConformanceTest {
    private static final int NODES = 3;
    private static final int LEAST_VECTORS = 2000;
    /** By the numbers that Vectors.read gives them. */
    private static final CellType[] TYPES = {
        CellType.COUNTER,
        CellType.PRODUCT,
        CellType.MAX,
        CellType.MIN,
        CellType.FLAG_OR,
        CellType.FLAG_AND,
        CellType.ENABLE_WINS,
        CellType.DISABLE_WINS,
        CellType.GROW_SET,
        CellType.INTERSECT_SET,
        CellType.ADD_WINS_SET,
        CellType.REMOVE_WINS_SET,
        CellType.MV_REGISTER,
        CellType.LWW_REGISTER,
        CellType.FIRST_WRITER_REGISTER,
        CellType.DOUBLE_SUM
    };

    private static final int ELEMENTS = 4;

    /** One group of engines, without files; a cell of its own for each history would share clocks, so each history has its own group. */
    private static final class Group implements AutoCloseable {
        private final List<Engine> engines = new ArrayList<>();
        private final Cell cell;
        private final CellType type;

        Group(final CellType type) throws IOException {
            this.type = type;
            this.cell = Cell.of(type, "t", "k", "c");
            for (int i = 0; i < NODES; i++) {
                final long[] next = {i + 1};
                engines.add(Engine.launch(new EngineContext()
                        .durability(Durability.MEMORY)
                        .store(StoreKind.MEMORY)
                        .segmentBytes(2 << 20)
                        .beforeImageBytes(1 << 20)
                        .closeGraceNs(0)
                        .housekeepingThread(false)
                        .epochClock(() -> 0)
                        .idSource(() -> next[0] += NODES)));
            }
        }

        void commit(final int node, final int kind, final BigInteger argument) {
            try (Transaction tx = engines.get(node).transaction().mode(TransactionMode.COORDINATION_FREE)) {
                final long number = argument.longValueExact();
                switch (type) {
                    case COUNTER -> tx.increment(cell, number);
                    case PRODUCT -> tx.multiply(cell, number);
                    case MAX -> tx.max(cell, number);
                    case MIN -> tx.min(cell, number);
                    case FLAG_OR, FLAG_AND -> tx.setFlag(cell, number == 1);
                    case ENABLE_WINS, DISABLE_WINS -> {
                        if (kind == 0) {
                            tx.enable(cell);
                        } else {
                            tx.disable(cell);
                        }
                    }
                    case GROW_SET -> tx.addToSet(cell, number);
                    case INTERSECT_SET -> {
                        final ElementList list = new ElementList();
                        for (int e = 0; e < ELEMENTS; e++) {
                            if ((number >> e & 1) != 0) {
                                list.add(e);
                            }
                        }
                        tx.intersect(cell, list);
                    }
                    case ADD_WINS_SET, REMOVE_WINS_SET -> {
                        if (kind == 0) {
                            tx.addToSet(cell, number);
                        } else if (kind == 1) {
                            tx.removeFromSet(cell, number);
                        } else {
                            tx.clearSet(cell);
                        }
                    }
                    case DOUBLE_SUM -> tx.addDouble(cell, (double) number);
                    default -> {
                        if (kind == 0) {
                            tx.set(cell, number);
                        } else {
                            tx.clear(cell);
                        }
                    }
                }
                tx.commitOrThrow();
            }
        }

        void sync(final int from, final int to) {
            engines.get(from)
                    .logReader()
                    .poll(
                            (buffer, offset, length) -> {
                                final UnsafeBuffer copy = new UnsafeBuffer(new byte[length]);
                                buffer.getBytes(offset, copy, 0, length);
                                engines.get(to).onRemote(copy, 0, length);
                            },
                            Integer.MAX_VALUE);
        }

        List<BigInteger> read(final int node) {
            final ReadView view = engines.get(node).latest();
            return switch (type) {
                case COUNTER -> List.of(view.readExact(cell));
                case PRODUCT -> {
                    try {
                        yield List.of(view.readExact(cell));
                    } catch (final ArithmeticException e) {
                        yield List.of();
                    }
                }
                case MAX -> numbers(view.readLong(cell), Long.MIN_VALUE);
                case MIN -> numbers(view.readLong(cell), Long.MAX_VALUE);
                case FLAG_OR, FLAG_AND, ENABLE_WINS, DISABLE_WINS -> numbers(view.readFlag(cell) ? 1 : 0, -1);
                case DOUBLE_SUM -> numbers((long) view.readDouble(cell), Long.MIN_VALUE);
                case GROW_SET, ADD_WINS_SET, REMOVE_WINS_SET -> elements(view);
                case INTERSECT_SET ->
                    view.size(cell) == ReadView.UNIVERSE ? List.of(BigInteger.ONE.negate()) : elements(view);
                case MV_REGISTER -> {
                    final List<BigInteger> values = new ArrayList<>();
                    view.readAll(cell, value -> values.add(BigInteger.valueOf(value.asLong())));
                    yield values;
                }
                default -> {
                    final Value value = new Value();
                    yield view.read(cell, value) ? numbers(value.asLong(), Long.MIN_VALUE) : List.of();
                }
            };
        }

        private static List<BigInteger> numbers(final long number, final long none) {
            return number == none ? List.of() : List.of(BigInteger.valueOf(number));
        }

        private List<BigInteger> elements(final ReadView view) {
            final List<BigInteger> elements = new ArrayList<>();
            view.forEach(cell, value -> elements.add(BigInteger.valueOf(value.asLong())));
            Collections.sort(elements);
            return elements;
        }

        @Override
        public void close() throws IOException {
            for (final Engine engine : engines) {
                engine.close();
            }
        }
    }

    @Test
    void shouldReadWhatTheProvedEffectsCompute() throws IOException {
        int vectors = 0;
        try (InputStream file = ConformanceTest.class.getResourceAsStream("/vectors.txt")) {
            assertNotNull(file);
            try (Scanner numbers = new Scanner(file, StandardCharsets.US_ASCII)) {
                while (numbers.hasNext()) {
                    check(numbers, vectors++);
                }
            }
        }
        assertTrue(vectors >= LEAST_VECTORS, vectors + " vectors");
    }

    private static void check(final Scanner numbers, final int vector) throws IOException {
        final CellType type = TYPES[numbers.nextInt()];
        try (Group group = new Group(type)) {
            int left = numbers.nextInt();
            while (left > 0) {
                if (numbers.nextInt() == 0) {
                    group.commit(numbers.nextInt(), numbers.nextInt(), numbers.nextBigInteger());
                    left -= 4;
                } else {
                    group.sync(numbers.nextInt(), numbers.nextInt());
                    left -= 3;
                }
            }
            for (int node = 0; node < NODES; node++) {
                final List<BigInteger> expected = new ArrayList<>();
                for (int i = numbers.nextInt(); i > 0; i--) {
                    expected.add(numbers.nextBigInteger());
                }
                assertEquals(expected, group.read(node), "vector " + vector + ", " + type + ", node " + node);
            }
        }
    }
}
