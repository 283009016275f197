package io.abelia.scheduler;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Makes the namespaces, runs {@link EndToEnd} in them, and removes them. Needs root, and permission for network namespaces. */
class EndToEndTest {
    private static final long MOST_MINUTES = 6;

    @TempDir
    Path directory;

    private final String prefix = "ab" + ProcessHandle.current().pid() % 100_000;
    private final List<String> namespaces = new ArrayList<>();

    private boolean run(final String... command) throws IOException, InterruptedException {
        return new ProcessBuilder(command)
                        .redirectErrorStream(true)
                        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                        .start()
                        .waitFor()
                == 0;
    }

    private boolean inHub(final String... command) throws IOException, InterruptedException {
        final List<String> all = new ArrayList<>(List.of("ip", "netns", "exec", prefix + "hub"));
        all.addAll(List.of(command));
        return run(all.toArray(String[]::new));
    }

    /** A bridge in one namespace, and three others that hang on it; false if that may not be. */
    private boolean makeNamespaces() throws InterruptedException {
        try {
            if (!run("ip", "netns", "add", prefix + "hub")) {
                return false;
            }
        } catch (final IOException e) {
            return false; // there is no ip here
        }
        namespaces.add(prefix + "hub");
        try {
            boolean made = inHub("ip", "link", "add", "br0", "type", "bridge")
                    && inHub("ip", "addr", "add", "10.77.0.254/24", "dev", "br0")
                    && inHub("ip", "link", "set", "br0", "up")
                    && inHub("ip", "link", "set", "lo", "up");
            for (int place = 1; place <= 3 && made; place++) {
                final String name = prefix + place;
                final String outside = prefix + "v" + place;
                made = run("ip", "netns", "add", name);
                namespaces.add(name);
                made = made
                        && inHub("ip", "link", "add", outside, "type", "veth", "peer", "name", "eth0", "netns", name)
                        && inHub("ip", "link", "set", outside, "master", "br0", "up")
                        && run(
                                "ip",
                                "netns",
                                "exec",
                                name,
                                "ip",
                                "addr",
                                "add",
                                "10.77.0." + place + "/24",
                                "dev",
                                "eth0")
                        && run("ip", "netns", "exec", name, "ip", "link", "set", "eth0", "up")
                        && run("ip", "netns", "exec", name, "ip", "link", "set", "lo", "up");
            }
            return made;
        } catch (final IOException e) {
            return false;
        }
    }

    @AfterEach
    void removeNamespaces() throws IOException, InterruptedException {
        for (final String namespace : namespaces) {
            run("ip", "netns", "del", namespace);
        }
    }

    @Test
    void shouldEndEveryJobOnceThoughABrokerAndAnExecutorAreKilledAndTheNetworkIsCut() throws Exception {
        final boolean made = makeNamespaces();
        if (!made && System.getenv("CI") != null) {
            System.err.println(
                    "abelia: SKIPPED: the end-to-end test of the scheduler needs root, ip and network namespaces");
        }
        assumeTrue(made, "needs root, ip (iproute2) and permission for network namespaces");
        final Path options = Path.of(System.getProperty("abelia.home", ".."), "config", "jvm.options");
        final String jvm = Files.readAllLines(options).stream()
                .filter(line -> !line.startsWith("#") && !line.isBlank())
                .collect(Collectors.joining(" "));
        final Path log = directory.resolve("end-to-end.log");
        final Process process = new ProcessBuilder(
                        "ip",
                        "netns",
                        "exec",
                        prefix + "hub",
                        System.getProperty("java.home") + "/bin/java",
                        "-ea",
                        "-Xmx128m",
                        "-XX:+UseSerialGC",
                        "-Dabelia.jvm=-ea " + jvm,
                        "-cp",
                        System.getProperty("java.class.path"),
                        "io.abelia.scheduler.EndToEnd",
                        prefix,
                        directory.toString())
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        try {
            assertTrue(process.waitFor(MOST_MINUTES, TimeUnit.MINUTES), () -> "not done in time:\n" + read(log));
            assertEquals(0, process.exitValue(), () -> read(log));
        } finally {
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            process.destroyForcibly().waitFor();
        }
    }

    private static String read(final Path log) {
        try {
            return Files.readString(log, StandardCharsets.UTF_8);
        } catch (final IOException e) {
            return e.toString();
        }
    }
}
