package io.abelia.proofs;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.abelia.engine.StoreKind;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AnyCallsTest {
    private static final int SEEDS = 150;
    private static final long[] EDGES = {0, 1, -1, Long.MAX_VALUE, Long.MIN_VALUE, 1L << 40, (1L << 40) + 1, 1L << 52};

    /** Decisions that follow from a seed. */
    private static final class Drawn implements AnyCalls.Choices {
        private final Random random;

        Drawn(final long seed) {
            random = new Random(seed);
        }

        @Override
        public int choose(final int bound) {
            return random.nextInt(bound);
        }

        @Override
        public long number() {
            return random.nextInt(3) == 0 ? EDGES[random.nextInt(EDGES.length)] : random.nextInt(100) - 20;
        }

        @Override
        public String text(final int most) {
            final char[] chars = new char[random.nextInt(most + 1)];
            for (int i = 0; i < chars.length; i++) {
                chars[i] = (char) (random.nextInt(40) == 0 ? 0xD800 + random.nextInt(0x800) : random.nextInt(0x300));
            }
            return new String(chars);
        }

        @Override
        public boolean hasMore() {
            return true;
        }
    }

    @Test
    void shouldRefuseOrKeepWhateverIsCalled(@TempDir final Path directory) throws IOException, InterruptedException {
        final long first = Long.getLong("anycalls.seed", 1);
        final int seeds = Integer.getInteger("anycalls.seeds", SEEDS);
        int committed = 0;
        int refused = 0;
        for (long seed = first; seed < first + seeds; seed++) {
            final StoreKind store = seed % 20 == 0 ? StoreKind.CHRONICLE : StoreKind.MEMORY;
            final AnyCalls calls = new AnyCalls(new Drawn(seed), directory.resolve("seed-" + seed), store);
            try {
                calls.run();
            } catch (final RuntimeException | AssertionError e) {
                throw new AssertionError("seed " + seed + " (again with -Danycalls.seed=" + seed + ")", e);
            }
            committed += calls.committed();
            refused += calls.refused();
        }
        assertTrue(committed > seeds && refused > seeds, committed + " committed, " + refused + " refused");
    }
}
