package io.abelia.scheduler;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * Three brokers, five executors and two datastores, processes in three network namespaces; one broker and one executor are killed, one
 * namespace is cut off. Run by {@link EndToEndTest} in the namespace that joins the three.
 */
public final class EndToEnd {
    private static final long PATIENCE_NS = 150_000_000_000L;
    private static final String BROKERS = "1=10.77.0.1:7101,2=10.77.0.2:7101,3=10.77.0.3:7101";

    private final String prefix;
    private final Path directory;
    private final Map<String, Process> processes = new TreeMap<>();
    private final HttpClient http =
            HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(2)).build();
    private final ObjectMapper mapper = new ObjectMapper();
    private final List<String> jobs = new ArrayList<>();

    private EndToEnd(final String prefix, final Path directory) {
        this.prefix = prefix;
        this.directory = directory;
    }

    public static void main(final String[] args) throws Exception {
        final EndToEnd run = new EndToEnd(args[0], Path.of(args[1]));
        try {
            run.run();
            System.out.println("end to end: all is well");
        } finally {
            run.stop();
        }
    }

    // ---- processes

    /** In order at first, so that they take away what they have in shared memory. */
    private void stop() throws InterruptedException {
        processes.values().forEach(Process::destroy);
        for (final Process process : processes.values()) {
            if (!process.waitFor(10, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        }
    }

    private void start(final int place, final String id, final String... command) throws IOException {
        final List<String> line = new ArrayList<>(List.of(
                "ip",
                "netns",
                "exec",
                prefix + place,
                System.getProperty("java.home") + "/bin/java",
                "-Xmx192m",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1"));
        for (final String option : System.getProperty("abelia.jvm").split(" ", -1)) {
            line.add(option);
        }
        line.addAll(List.of("-cp", System.getProperty("java.class.path"), "io.abelia.scheduler.cli.Main"));
        line.addAll(List.of(command));
        line.addAll(List.of(
                "--id",
                id,
                "--host",
                "10.77.0." + place,
                "--rootdir",
                directory.resolve(id).toString(),
                "--insecure"));
        processes.put(
                id,
                new ProcessBuilder(line)
                        .redirectErrorStream(true)
                        .redirectOutput(ProcessBuilder.Redirect.appendTo(
                                directory.resolve(id + ".log").toFile()))
                        .start());
    }

    private void broker(final int place) throws IOException {
        final List<String> command = new ArrayList<>(
                List.of("broker", "--port", "7001", "--node", Integer.toString(place), "--brokers", BROKERS));
        if (place == 1) {
            command.add("--found");
        }
        start(place, "b" + place, command.toArray(String[]::new));
    }

    private void executor(final int place, final String id) throws IOException {
        start(place, id, "executor", "--brokers", urls(place), "--cores", "1", "--memory", "256");
    }

    /** All brokers, the one of this place first. */
    private static String urls(final int place) {
        final StringBuilder urls = new StringBuilder();
        for (int i = 0; i < 3; i++) {
            urls.append(i == 0 ? "" : ",")
                    .append("http://10.77.0.")
                    .append(1 + (place - 1 + i) % 3)
                    .append(":7001");
        }
        return urls.toString();
    }

    private static void kill(final Process process) throws InterruptedException {
        process.destroyForcibly().waitFor();
    }

    private void link(final int place, final String state) throws IOException, InterruptedException {
        final int code = new ProcessBuilder("ip", "link", "set", prefix + "v" + place, state)
                .inheritIO()
                .start()
                .waitFor();
        require(code == 0, "ip link set " + state);
    }

    // ---- requests

    private static void require(final boolean holds, final String what) {
        if (!holds) {
            throw new IllegalStateException(what);
        }
    }

    private HttpResponse<byte[]> send(final int broker, final String method, final String path, final byte[] body)
            throws IOException, InterruptedException {
        return http.send(
                HttpRequest.newBuilder(URI.create("http://10.77.0." + broker + ":7001" + path))
                        .timeout(Duration.ofSeconds(10))
                        .method(method, HttpRequest.BodyPublishers.ofByteArray(body))
                        .build(),
                HttpResponse.BodyHandlers.ofByteArray());
    }

    private JsonNode get(final int broker, final String path) throws InterruptedException {
        try {
            return mapper.readTree(send(broker, "GET", path, new byte[0]).body());
        } catch (final IOException e) {
            return mapper.createObjectNode(); // not now
        }
    }

    private void put(final int broker, final String path, final byte[] body) throws Exception {
        HttpResponse<byte[]> response;
        try {
            response = send(broker, "PUT", path, body);
        } catch (final IOException e) {
            response =
                    send(broker, "PUT", path, body); // a connection from before the cut; all of these may be said twice
        }
        require(response.statusCode() < 300, path + ": " + new String(response.body(), StandardCharsets.UTF_8));
    }

    private void submit(final int broker, final String id, final String program) throws Exception {
        put(
                broker,
                "/job/submit/" + id,
                ("{\"program\":\"programs/" + program + "\",\"retries\":5}").getBytes(StandardCharsets.UTF_8));
        jobs.add(id + "@b" + broker);
    }

    /** Something that becomes true. */
    @FunctionalInterface
    private interface Condition {
        boolean holds() throws Exception;
    }

    private void await(final String what, final Condition condition) throws Exception {
        final long startNs = System.nanoTime();
        while (!condition.holds()) {
            require(System.nanoTime() - startNs < PATIENCE_NS, "not in time: " + what + "; see " + directory);
            LockSupport.parkNanos(200_000_000);
        }
        System.out.println("end to end: " + what + " after " + (System.nanoTime() - startNs) / 1_000_000 + " ms");
    }

    // ---- the story

    private void run() throws Exception {
        for (int place = 1; place <= 3; place++) {
            broker(place);
        }
        start(1, "d1", "datastore", "--brokers", urls(1));
        start(2, "d2", "datastore", "--brokers", urls(2));
        for (int i = 1; i <= 5; i++) {
            executor(1 + (i - 1) % 3, "e" + i);
        }
        awaitAll();
        trouble();
        compare();
    }

    private void awaitAll() throws Exception {
        await("all are there", () -> {
            for (int broker = 1; broker <= 3; broker++) {
                int healthy = 0;
                for (final JsonNode one : get(broker, "/executors")) {
                    healthy += one.path("health").asText().equals("HEALTHY") ? 1 : 0;
                }
                if (healthy < 5
                        || get(broker, "/broker/metadata").path("datastores").size() < 2) {
                    return false;
                }
            }
            return true;
        });
        for (final String program : List.of("burn", "count")) {
            try (InputStream in = EndToEnd.class.getResourceAsStream("programs/" + program + ".wasm")) {
                put(1, "/data/programs/" + program, in.readAllBytes());
            }
        }
    }

    private void trouble() throws Exception {
        for (int i = 0; i < 6; i++) {
            submit(1 + i % 3, "burn-" + i, "burn");
        }
        await("jobs run", () -> get(1, "/job/burn-0@b1").path("state").asText().matches("RUNNING|DONE"));
        kill(processes.get("e1"));
        kill(processes.get("b1"));
        submit(2, "after-kill", "count");
        link(3, "down");
        submit(2, "beside-cut", "count");
        await(
                "b2 sees the cut",
                () -> get(2, "/broker/status").path("unreachable").toString().contains("b3"));
        await(
                "what was submitted beside the cut is done",
                () -> get(2, "/job/beside-cut@b2").path("state").asText().equals("DONE"));
        link(3, "up");
        broker(1);
        submit(3, "after-heal", "count");
        await("every job has one final outcome, on all brokers", this::haveEnded);
    }

    private void compare() throws Exception {
        for (final String job : jobs) {
            final String digest =
                    get(1, "/job/" + job).path("outcome").path("digest").asText();
            for (int broker = 1; broker <= 3; broker++) {
                require(
                        get(broker, "/job/" + job)
                                .path("outcome")
                                .path("digest")
                                .asText()
                                .equals(digest),
                        job + " has two outcomes");
                final int at = broker;
                await(
                        "b" + broker + " serves the result of " + job,
                        () -> send(at, "GET", "/data/" + job + "/result", new byte[0])
                                        .statusCode()
                                == 200);
            }
        }
        await("equal digests", () -> {
            final String digest = get(1, "/broker/status").path("digest").asText();
            return digest.length() > 8
                    && digest.equals(get(2, "/broker/status").path("digest").asText())
                    && digest.equals(get(3, "/broker/status").path("digest").asText());
        });
    }

    private boolean haveEnded() throws Exception {
        for (final String job : jobs) {
            for (int broker = 1; broker <= 3; broker++) {
                final JsonNode view = get(broker, "/job/" + job);
                if (!view.path("state").asText().equals("DONE")
                        || !view.path("final").asBoolean()) {
                    return false;
                }
            }
        }
        return true;
    }
}
