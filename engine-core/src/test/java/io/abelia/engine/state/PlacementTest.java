package io.abelia.engine.state;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.abelia.engine.CollidingNames;
import io.abelia.engine.codec.CellType;
import io.abelia.engine.codec.Operation;
import io.abelia.engine.lock.CommitLock;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.function.LongFunction;
import java.util.stream.IntStream;
import org.agrona.UnsafeApi;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a look-up costs, counted: names that were made to collide are spread as others are. */
class PlacementTest {
    private static final int NAMES = 20_000;
    private static final List<String> HOSTILE = CollidingNames.names(NAMES, 43);

    /** Counts look-ups of blocks. */
    private static final class CountingStore implements StateStore {
        private final StateStore store;
        private long finds;

        CountingStore(final StateStore store) {
            this.store = store;
        }

        @Override
        public long find(final long scope, final long placement, final int meta) {
            finds++;
            return store.find(scope, placement, meta);
        }

        @Override
        public long create(final long scope, final long placement, final int meta) {
            return store.create(scope, placement, meta);
        }

        @Override
        public void remove(final long scope, final long placement, final int meta) {
            store.remove(scope, placement, meta);
        }

        @Override
        public SliceParts parts(final int slice) {
            return store.parts(slice);
        }

        @Override
        public int prepare() {
            return store.prepare();
        }

        @Override
        public boolean isDegraded() {
            return store.isDegraded();
        }

        @Override
        public long sizeBytes() {
            return store.sizeBytes();
        }

        @Override
        public boolean closeClean() throws IOException {
            return store.closeClean();
        }

        @Override
        public void close() {
            store.close();
        }
    }

    /** What it took to make and to find cells of some names. */
    private record Cost(long findsToMake, long findsToFind, long bytes, int placements, int fullestSlice) {}

    private static Cost cost(final StateStore store, final List<String> names, final LongFunction<String[]> cellOf) {
        final CountingStore counting = new CountingStore(store);
        try (counting;
                Units units = new Units(
                        counting,
                        new BeforeImages(1 << 20),
                        new StateDigest(block -> 1),
                        new Random(43)::nextLong,
                        new CommitLock())) {
            for (int i = 0; i < names.size(); i++) {
                acquire(units, cellOf.apply(i));
            }
            final long made = counting.finds;
            for (int i = 0; i < names.size(); i++) {
                acquire(units, cellOf.apply(i));
            }
            final HashSet<Long> placements = new HashSet<>();
            final int[] perSlice = new int[StateStore.SLICES];
            for (int slice = 0; slice < StateStore.SLICES; slice++) {
                final StateStore.SliceParts parts = store.parts(slice);
                final int number = slice;
                for (int part = 0; part < parts.count(); part++) {
                    parts.forEach(part, block -> {
                        perSlice[number]++;
                        placements.add(Block.placement(block));
                    });
                }
            }
            assertEquals(names.size(), units.cells());
            return new Cost(
                    made,
                    counting.finds - made,
                    store.sizeBytes(),
                    placements.size(),
                    IntStream.of(perSlice).max().orElseThrow());
        }
    }

    private static void acquire(final Units units, final String[] cell) {
        final long memory = UnsafeApi.allocateMemory(1024);
        try {
            final Operation.Name[] names = new Operation.Name[cell.length];
            long at = memory;
            for (int i = 0; i < cell.length; i++) {
                final byte[] bytes = cell[i].getBytes(StandardCharsets.UTF_8);
                for (int j = 0; j < bytes.length; j++) {
                    UnsafeApi.putByte(at + j, bytes[j]);
                }
                names[i] = new Operation.Name();
                names[i].wrap(at, bytes.length);
                at += bytes.length;
            }
            units.acquireCell(names[0], names[1], names[2], CellType.COUNTER);
        } finally {
            UnsafeApi.freeMemory(memory);
        }
    }

    private static List<String> friendly() {
        final List<String> names = new ArrayList<>();
        for (int i = 0; i < NAMES; i++) {
            names.add(String.format("name-%011d", i));
        }
        return names;
    }

    @ParameterizedTest
    @ValueSource(strings = {"keys", "tables", "columns", "tables and columns"})
    void shouldCostAsMuchForNamesOfOneHashAsForOthers(final String what) throws IOException {
        for (final boolean memory : new boolean[] {true, false}) {
            final Cost friendly = cost(store(memory), friendly(), cells(what, friendly()));
            final Cost other = cost(store(memory), HOSTILE, cells(what, HOSTILE));
            assertTrue(
                    other.findsToMake <= 2 * friendly.findsToMake && other.findsToFind <= 2 * friendly.findsToFind,
                    () -> friendly + " and " + other);
            assertTrue(other.bytes <= 2 * friendly.bytes, () -> friendly + " and " + other);
            assertEquals(friendly.placements, other.placements);
            assertTrue(other.fullestSlice <= 2 * friendly.fullestSlice, () -> friendly + " and " + other);
            assertTrue(other.findsToFind <= 3L * NAMES, "look-ups of a name that is known: " + other);
        }
    }

    private static StateStore store(final boolean memory) throws IOException {
        return memory ? new MemoryStateStore() : new ChronicleStateStore(null, 0);
    }

    private static LongFunction<String[]> cells(final String what, final List<String> names) {
        return switch (what) {
            case "keys" -> i -> new String[] {"t", names.get((int) i), ""};
            case "tables" -> i -> new String[] {names.get((int) i), "k", ""};
            case "columns" -> i -> new String[] {"t", "k", names.get((int) i)};
            default -> i -> new String[] {names.get((int) i), "k", names.get(NAMES - 1 - (int) i)};
        };
    }

    @Test
    void shouldNotTellItsKey() {
        assertTrue(!new PlacementKey(0x1234567890L, 5).toString().contains("78187493520"));
    }
}
