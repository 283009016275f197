package io.abelia.proofs.simulator;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** Runs seeds until one fails. */
public final class Hunt {
    private Hunt() {}

    /**
     * Runs seeds with whatever engine is on the class path.
     *
     * @return the seed that failed, the invariant and what it said, or null
     */
    public static @Nullable String run(final long firstSeed, final long seeds, final String profile)
            throws IOException {
        final Path directory = SimulateCommand.temporary();
        try {
            for (long seed = firstSeed; seed < firstSeed + seeds; seed++) {
                final Outcome outcome =
                        Simulation.run(seed, SimulateCommand.faults(seed, 0, profile), directory, false);
                if (outcome.violation() != null) {
                    return seed + " " + outcome.violation().getMessage();
                }
            }
            return null;
        } finally {
            Files.deleteIfExists(directory);
        }
    }
}
