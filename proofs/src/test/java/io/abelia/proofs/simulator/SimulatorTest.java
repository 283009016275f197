package io.abelia.proofs.simulator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A few seeds of each profile, and that equal seeds do the same. {@code ./abelia simulate} runs as many as one likes. */
class SimulatorTest {
    /** In memory where there is such a file system: it gives no inode to a second file, by which the simulated disk tells files apart. */
    private Path directory;

    @BeforeEach
    void create() throws IOException {
        directory = SimulateCommand.temporary();
    }

    @AfterEach
    void delete() throws IOException {
        Files.deleteIfExists(directory.resolve("nodes"));
        Files.delete(directory);
    }

    private Outcome run(final long seed, final String profile, final boolean lines) {
        return Simulation.run(seed, SimulateCommand.faults(seed, 0, profile), directory.resolve("nodes"), lines);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "swarm",
                "calm",
                "network",
                "crash",
                "disk",
                "away",
                "late",
                "behind",
                "limits",
                "image",
                "chronicle"
            })
    void shouldHoldEveryInvariantUnderEveryProfile(final String profile) {
        for (long seed = 1; seed <= 6; seed++) {
            final Violation violation = run(seed, profile, false).violation();
            final long failed = seed;
            assertNull(violation, () -> "seed " + failed + ": " + violation);
        }
    }

    @Test
    void shouldDoTheSameUnderTheSameSeed() {
        for (long seed = 100; seed < 106; seed++) {
            final Outcome first = run(seed, "swarm", false);
            assertEquals(first.traceHash(), run(seed, "swarm", true).traceHash(), "seed " + seed);
            assertNotEquals(first.traceHash(), run(seed + 1, "swarm", false).traceHash());
        }
    }

    @Test
    void shouldInstallSnapshotsWhereNodesFallBehind() {
        int installations = 0;
        for (long seed = 1; seed <= 20; seed++) {
            installations += run(seed, "behind", false).installations();
        }
        assertTrue(installations >= 2, installations + " snapshots installed");
    }

    @Test
    void shouldFindThePlaceOfEveryPlantedBugInTheSource() throws IOException {
        final Path sources = Path.of("../engine-core/src/main/java/io/abelia/engine");
        for (final Mutant mutant : Mutant.ALL) {
            for (final Mutant.Edit edit : mutant.edits()) {
                final String text = Files.readString(sources.resolve(edit.file()));
                assertNotEquals(text, edit.apply(text), mutant.name());
            }
        }
    }

    @Test
    void shouldRestartNodesManyTimes() {
        int restarts = 0;
        for (long seed = 1; seed <= 20; seed++) {
            restarts += run(seed, "crash", false).restarts();
        }
        assertTrue(restarts > 50, restarts + " restarts");
    }

    @Test
    void shouldKeepTheLinesOfARunAndRefuseWrongOptions() {
        final Faults faults = SimulateCommand.faults(3, 3, "calm");
        final Outcome outcome = Simulation.run(3, faults, directory.resolve("nodes"), true);
        assertNull(outcome.violation());
        assertFalse(outcome.lines().isEmpty());
        assertEquals(2, SimulateCommand.execute("--nodes", "99"));
        assertEquals(2, SimulateCommand.execute("--profile", "nonsense"));
    }
}
