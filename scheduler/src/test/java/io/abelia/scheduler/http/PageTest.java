package io.abelia.scheduler.http;

import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.abelia.replication.ReplicatorContext;
import io.abelia.scheduler.model.Capabilities;
import io.abelia.scheduler.model.Emergency;
import io.abelia.scheduler.model.JobFilter;
import io.abelia.scheduler.model.JobSpec;
import io.abelia.scheduler.model.Level;
import io.abelia.scheduler.model.Location;
import io.abelia.scheduler.model.Requirements;
import java.io.IOException;
import java.io.InputStream;
import java.net.DatagramSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The live page in headless Chromium, before two brokers on the loopback interface. Needs chromium. */
class PageTest {
    private static final String TOKEN = "a-token-of-the-test";
    private static final long PATIENCE_NS = 90_000_000_000L;
    private static final String SCREENSHOTS = System.getProperty("abelia.screenshots");

    @TempDir
    Path directory;

    private final List<AutoCloseable> nodes = new ArrayList<>();
    private String chromium;
    private BrokerNode first;
    private BrokerNode second;

    private static String find() {
        for (final String name : List.of("/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome")) {
            if (Files.isExecutable(Path.of(name))) {
                return name;
            }
        }
        return null;
    }

    private NodeOptions options(final String id) {
        return NodeOptions.local(id, directory, TOKEN, Throwable::printStackTrace);
    }

    private static int udpPort() throws IOException {
        try (DatagramSocket socket = new DatagramSocket(0)) {
            return socket.getLocalPort();
        }
    }

    @BeforeEach
    void start() throws IOException {
        chromium = find();
        assumeTrue(chromium != null, "needs chromium (on Debian: apt-get install chromium)");
        final String one = "127.0.0.1:" + udpPort();
        final String two = "127.0.0.1:" + udpPort();
        final ReplicatorContext of1 =
                new ReplicatorContext().unicast(one, Map.of(2L, two)).insecure();
        of1.replica().node(1).found(1).foundDelayNs(0);
        first = BrokerNode.launch(options("b1"), of1);
        nodes.add(first);
        final ReplicatorContext of2 =
                new ReplicatorContext().unicast(two, Map.of(1L, one)).insecure();
        of2.replica().node(2).join();
        second = BrokerNode.launch(options("b2"), of2);
        nodes.add(second);
        final List<Location> places =
                List.of(new Location(48.20, 16.36), new Location(48.23, 16.40), new Location(48.18, 16.33));
        for (int i = 0; i < places.size(); i++) {
            final Capabilities has =
                    Capabilities.of(256 << i, 1 + i).withLocation(places.get(i)).withBattery(i == 0 ? 0.35 : null);
            final List<String> brokers = List.of("http://127.0.0.1:" + (i == 2 ? second : first).port());
            nodes.add(new ExecutorNode(options("e" + i), () -> brokers, () -> has, JobFilter.ANY));
        }
    }

    @AfterEach
    void stop() throws Exception {
        for (final AutoCloseable node : nodes) {
            node.close();
        }
    }

    private String look(final String... further) throws IOException, InterruptedException {
        final Path dom = directory.resolve("dom.html");
        final List<String> command = new ArrayList<>(List.of(
                chromium,
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--disable-dev-shm-usage",
                "--user-data-dir=" + directory.resolve("profile"),
                "--window-size=1280,860",
                "--virtual-time-budget=2500"));
        command.addAll(List.of(further));
        command.add("http://127.0.0.1:" + first.port() + "/#token=" + TOKEN);
        final Process process = new ProcessBuilder(command)
                .redirectOutput(dom.toFile())
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        if (!process.waitFor(60, TimeUnit.SECONDS)) {
            process.destroyForcibly();
        }
        return Files.readString(dom, StandardCharsets.UTF_8);
    }

    private void awaitPage(final String what, final Predicate<String> shows) throws Exception {
        final long startNs = System.nanoTime();
        String page = look("--dump-dom");
        while (!shows.test(page)) {
            assertTrue(System.nanoTime() - startNs < PATIENCE_NS, "the page does not show " + what + ":\n" + page);
            page = look("--dump-dom");
        }
        if (SCREENSHOTS != null) {
            look("--screenshot=" + Path.of(SCREENSHOTS, what.replace(' ', '-') + ".png"));
        }
    }

    @Test
    void shouldShowAJobACutAndItsEnd() throws Exception {
        try (InputStream in = PageTest.class.getResourceAsStream("/io/abelia/scheduler/programs/echo.wasm")) {
            new Calls(TOKEN, url -> true)
                    .put("http://127.0.0.1:" + first.port() + "/data/programs/echo", in.readAllBytes());
        }
        awaitPage("all reachable", page -> page.contains("all brokers reachable") && page.contains("e2"));
        first.broker().submit(JobSpec.of("shown", "programs/echo", Requirements.NONE), null);
        first.broker()
                .declare(new Emergency("fire-1", Level.CRITICAL, "fire", new Location(48.2, 16.36), 5, "test", 0));
        awaitPage(
                "a job that is done",
                page -> page.contains("shown@b1") && page.contains("DONE 1") && page.contains("CRITICAL"));
        second.isolate(true);
        awaitPage("a cut", page -> page.contains("cannot reach b2"));
        second.isolate(false);
        awaitPage("the end of the cut", page -> page.contains("all brokers reachable"));
        assertTrue(second.broker().job("shown@b1") != null, "the other broker knows the job");
    }
}
