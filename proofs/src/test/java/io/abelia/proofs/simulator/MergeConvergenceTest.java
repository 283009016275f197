package io.abelia.proofs.simulator;

import static org.junit.jupiter.api.Assertions.assertNull;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.IntRange;

/**
 * Merge convergence as a property: transactions that mix all types, on any number of nodes, over a network that loses, doubles, delays and
 * reorders, end in equal digests everywhere, and in what {@link Reference} makes of the set of transactions. Shrinks by nodes,
 * transactions and faults.
 */
class MergeConvergenceTest {
    private static final long MS = 1_000_000L;

    @Property(tries = 120)
    void shouldConvergeWhateverTheNetworkDoes(
            @ForAll @IntRange(min = 2, max = 6) final int nodes,
            @ForAll @IntRange(min = 1, max = 120) final int transactions,
            @ForAll @DoubleRange(min = 0, max = 0.6) final double loss,
            @ForAll @DoubleRange(min = 0, max = 0.6) final double duplication,
            @ForAll @IntRange(min = 1, max = 60) final int maxDelayMs,
            @ForAll final boolean power,
            @ForAll final long seed)
            throws IOException {
        final Path directory = SimulateCommand.temporary();
        try {
            final Faults faults = new Faults(
                    nodes,
                    power,
                    transactions,
                    200 * MS,
                    loss,
                    duplication,
                    maxDelayMs * MS,
                    EnumSet.of(Faults.Kind.PARTITION, Faults.Kind.JUNK),
                    30 * MS,
                    64 << 10,
                    64 << 10,
                    1 << 20,
                    1000);
            assertNull(Simulation.run(seed, faults, directory, false).violation());
        } finally {
            Files.delete(directory);
        }
    }
}
