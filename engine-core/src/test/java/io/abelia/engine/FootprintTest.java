package io.abelia.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.abelia.engine.transaction.Transaction;
import io.abelia.engine.transaction.TransactionMode;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What an engine with Chronicle Map maps and opens, seen from a process of its own. */
class FootprintTest {
    @TempDir
    private Path directory;

    /** Prints what is mapped executable and which sockets are open, after the engine has worked. */
    static final class Probe {
        private Probe() {}

        public static void main(final String[] args) throws IOException {
            Files.createDirectories(Path.of(args[0]).getParent());
            try (java.nio.channels.FileChannel warm = java.nio.channels.FileChannel.open(
                    Path.of(args[0] + ".warm"),
                    java.nio.file.StandardOpenOption.CREATE,
                    java.nio.file.StandardOpenOption.WRITE)) {
                warm.force(true);
            }
            final long socketsBefore = sockets();
            try (Engine engine = Engine.launch(new EngineContext().directory(Path.of(args[0])))) {
                for (int i = 0; i < 10_000; i++) {
                    try (Transaction tx = engine.transaction().mode(TransactionMode.COORDINATION_FREE)) {
                        tx.increment("t", "k" + i, 1)
                                .addToSet("t", "k" + i, "c", "e")
                                .commitOrThrow();
                    }
                }
                engine.writeSnapshot();
                for (final String line : Files.readAllLines(Path.of("/proc/self/maps"))) {
                    final int path = line.indexOf('/');
                    if (path > 0 && line.contains("r-xp")) {
                        System.out.println("library " + line.substring(path));
                    }
                }
                // JDK 17 keeps one socket pair end for closing descriptors: take it as the base line
                System.out.println("sockets " + (sockets() - socketsBefore));
            }
        }

        private static long sockets() throws IOException {
            try (Stream<Path> descriptors = Files.list(Path.of("/proc/self/fd"))) {
                return descriptors.filter(Probe::isSocket).count();
            }
        }

        private static boolean isSocket(final Path descriptor) {
            try {
                return Files.readSymbolicLink(descriptor).toString().startsWith("socket:");
            } catch (final IOException e) {
                return false;
            }
        }
    }

    @Test
    void shouldMapNoNativeLibraryBeyondThoseOfTheJdkAndOpenNoSocket() throws IOException, InterruptedException {
        final Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "@" + JvmOptions.file(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        Probe.class.getName(),
                        directory.resolve("engine").toString())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        final List<String> lines;
        try (BufferedReader out =
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
            lines = out.lines().toList();
        }
        assertEquals(0, process.waitFor());
        final String jdk = Path.of(System.getProperty("java.home")).toRealPath().toString();
        final TreeSet<String> strangers = new TreeSet<>();
        boolean libjvm = false;
        for (final String line : lines) {
            if (line.startsWith("library ")) {
                final String library = line.substring("library ".length());
                libjvm |= library.endsWith("libjvm.so");
                if (!library.startsWith(jdk)
                        && !library.matches(
                                "(/usr)?/lib(64|/[a-z0-9_-]+)?/(ld-|lib(c|m|dl|pthread|rt|z|gcc_s|stdc\\+\\+|nss_\\w+)[-.]).*")) {
                    strangers.add(library);
                }
            }
        }
        assertTrue(libjvm, "the probe sees libraries at all");
        assertEquals(new TreeSet<>(), strangers);
        assertTrue(lines.contains("sockets 0"), lines.toString());
    }
}
