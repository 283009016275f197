package io.abelia.engine.transaction;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.abelia.engine.Durability;
import io.abelia.engine.Engine;
import io.abelia.engine.EngineContext;
import io.abelia.engine.StoreKind;
import io.abelia.engine.codec.CellType;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.TreeSet;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The look-up of a row finds what a scan of the whole table finds of it, in every view. */
class ScanRowTest {
    private static final List<CellType> TYPES = List.of(
            CellType.COUNTER, CellType.LWW_REGISTER, CellType.MV_REGISTER, CellType.ADD_WINS_SET, CellType.ENABLE_WINS);
    private static final int KEYS = 4;

    private static Cell cell(final Random random) {
        return Cell.of(
                TYPES.get(random.nextInt(TYPES.size())), "t", "k" + random.nextInt(KEYS), "c" + random.nextInt(2));
    }

    private static void act(final Transaction tx, final Random random) {
        final Cell cell = cell(random);
        final boolean clears = random.nextBoolean();
        switch (cell.type()) {
            case COUNTER -> tx.increment(cell, 1);
            case LWW_REGISTER, MV_REGISTER -> {
                if (clears) {
                    tx.clear(cell);
                } else {
                    tx.set(cell, 7);
                }
            }
            case ADD_WINS_SET -> {
                if (clears) {
                    tx.clearSet(cell);
                } else {
                    tx.addToSet(cell, random.nextInt(3));
                }
            }
            default -> {
                if (clears) {
                    tx.disable(cell);
                } else {
                    tx.enable(cell);
                }
            }
        }
    }

    private static int compare(final ReadView view) {
        int found = 0;
        for (int i = 0; i < KEYS; i++) {
            final String key = "k" + i;
            final TreeSet<String> scanned = new TreeSet<>();
            view.scan("t", key, each -> {
                if (each.key().equals(key)) {
                    scanned.add(each.toString() + each.type());
                }
            });
            final TreeSet<String> looked = new TreeSet<>();
            assertEquals(scanned.size(), view.scanRow("t", key, each -> looked.add(each.toString() + each.type())));
            assertEquals(scanned, looked);
            found += looked.size();
        }
        return found;
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4, 5, 6})
    void shouldFindWhatAScanFinds(final int seed) throws IOException {
        final Random random = new Random(seed);
        try (Engine engine = Engine.launch(new EngineContext()
                .durability(Durability.MEMORY)
                .store(StoreKind.MEMORY)
                .segmentBytes(2 << 20)
                .housekeepingThread(false))) {
            final List<Snapshot> snapshots = new ArrayList<>();
            int found = 0;
            for (int i = 0; i < 400; i++) {
                try (Transaction tx = engine.transaction()) {
                    tx.reads();
                    for (int n = random.nextInt(3); n >= 0; n--) {
                        act(tx, random);
                    }
                    found += compare(tx.reads());
                    tx.commitOrThrow();
                }
                if (random.nextInt(20) == 0) {
                    snapshots.add(engine.snapshot());
                }
                if (snapshots.size() > 3) {
                    snapshots.remove(0).close();
                }
                engine.doWork();
                found += compare(engine.latest());
                snapshots.forEach(ScanRowTest::compare);
            }
            snapshots.forEach(Snapshot::close);
            assertTrue(found > 1_000);
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void aScanOfWantedKeysFindsWhatAScanOfAllFindsOfThem(final long seed) throws IOException {
        try (Engine engine =
                Engine.launch(new EngineContext().durability(Durability.MEMORY).store(StoreKind.MEMORY))) {
            final Random random = new Random(seed);
            for (int i = 0; i < 200; i++) {
                try (Transaction tx = engine.transaction()) {
                    act(tx, random);
                    tx.increment("t", "many" + random.nextInt(100), "n" + random.nextInt(3), 1);
                    tx.commitOrThrow();
                }
            }
            final ReadView.KeyFilter even =
                    (buffer, offset, length) -> length > 0 && buffer.getByte(offset + length - 1) % 2 == 0;
            try (Snapshot snapshot = engine.snapshot();
                    Transaction tx = engine.transaction()) {
                for (final ReadView view : List.of(snapshot, engine.latest(), tx.reads())) {
                    final TreeSet<String> expected = new TreeSet<>();
                    view.scan("t", "", cell -> {
                        if (cell.key().charAt(cell.key().length() - 1) % 2 == 0) {
                            expected.add(cell.toString() + cell.type());
                        }
                    });
                    final TreeSet<String> found = new TreeSet<>();
                    final long visited = view.scan("t", "", even, cell -> found.add(cell.toString() + cell.type()));
                    assertEquals(expected, found);
                    assertEquals(visited, found.size());
                    assertTrue(visited > 20, visited + " cells");
                }
            }
        }
    }
}
