package io.abelia.scheduler.http;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.abelia.scheduler.model.Capabilities;
import io.abelia.scheduler.model.JobFilter;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.locks.LockSupport;
import java.util.zip.ZipInputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A broker, an executor and two datastores over HTTP on the loopback interface, and WASM jobs. */
class BrokerNodeTest {
    private static final String TOKEN = "a-token-of-the-test";
    private static final long PATIENCE_NS = 60_000_000_000L;

    @TempDir
    Path directory;

    private final HttpClient http = HttpClient.newHttpClient();
    private final ObjectMapper mapper = new ObjectMapper();
    private BrokerNode broker;
    private ExecutorNode executor;
    private DatastoreNode first;
    private DatastoreNode second;

    private NodeOptions options(final String id) {
        return NodeOptions.local(id, directory, TOKEN, Throwable::printStackTrace);
    }

    @BeforeEach
    void start() throws Exception {
        broker = BrokerNode.launch(options("b1"), null);
        final List<String> brokers = List.of("http://127.0.0.1:" + broker.port());
        first = datastore("d1");
        second = datastore("d2");
        executor = new ExecutorNode(options("e1"), () -> brokers, () -> Capabilities.of(256, 2), JobFilter.ANY);
        await(() -> get("/broker/metadata").path("datastores").size() == 2
                && get("/executors").path("e1").path("health").asText().equals("HEALTHY"));
        for (final String name : List.of("count", "echo", "spin", "write")) {
            assertEquals(200, put("/data/programs/" + name, program(name)).statusCode());
        }
    }

    private DatastoreNode datastore(final String id) throws IOException {
        return new DatastoreNode(options(id), () -> List.of("http://127.0.0.1:" + broker.port()));
    }

    @AfterEach
    void stop() throws IOException {
        executor.close();
        first.close();
        second.close();
        broker.close();
    }

    private static byte[] program(final String name) throws IOException {
        try (InputStream in =
                BrokerNodeTest.class.getResourceAsStream("/io/abelia/scheduler/programs/" + name + ".wasm")) {
            return in.readAllBytes();
        }
    }

    /** Something that becomes true. */
    @FunctionalInterface
    private interface Condition {
        boolean holds() throws Exception;
    }

    private static void await(final Condition condition) throws Exception {
        final long startNs = System.nanoTime();
        while (!condition.holds()) {
            assertTrue(System.nanoTime() - startNs < PATIENCE_NS, "not reached in time");
            LockSupport.parkNanos(20_000_000);
        }
    }

    private HttpRequest.Builder request(final String path) {
        return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + broker.port() + path))
                .header("Authorization", "Bearer " + TOKEN);
    }

    private JsonNode get(final String path) throws Exception {
        return mapper.readTree(http.send(request(path).build(), HttpResponse.BodyHandlers.ofString())
                .body());
    }

    private HttpResponse<String> put(final String path, final byte[] body) throws Exception {
        return http.send(
                request(path).PUT(HttpRequest.BodyPublishers.ofByteArray(body)).build(),
                HttpResponse.BodyHandlers.ofString());
    }

    private HttpResponse<String> put(final String path, final String json) throws Exception {
        return put(path, json.getBytes(StandardCharsets.UTF_8));
    }

    private String resultOf(final String job, final String entry) throws Exception {
        final HttpResponse<byte[]> response =
                http.send(request("/data/" + job + "/result").build(), HttpResponse.BodyHandlers.ofByteArray());
        assertEquals(200, response.statusCode());
        try (ZipInputStream zip = new ZipInputStream(new ByteArrayInputStream(response.body()))) {
            for (var next = zip.getNextEntry(); next != null; next = zip.getNextEntry()) {
                if (next.getName().equals(entry)) {
                    return new String(zip.readAllBytes(), StandardCharsets.UTF_8);
                }
            }
        }
        throw new AssertionError("no " + entry + " in the result");
    }

    @Test
    void shouldRunJobsAndServeTheirResults() throws Exception {
        assertEquals(200, put("/data/text", "one\ntwo\n").statusCode());
        final HttpResponse<String> taken =
                put("/job/submit/words", "{\"program\":\"programs/count\",\"input\":\"text\"}");
        assertEquals(202, taken.statusCode(), taken.body());
        assertEquals("words@b1", mapper.readTree(taken.body()).path("job").asText());
        await(() -> get("/job/words").path("state").asText().equals("DONE"));
        assertTrue(get("/job/words").path("final").asBoolean());
        assertEquals("8 2\n", resultOf("words", "stdout"));

        put("/job/submit/files", "{\"program\":\"programs/write\",\"waitFor\":[\"words\"]}");
        await(() -> get("/job/files").path("state").asText().equals("DONE"));
        assertEquals("made here\n", resultOf("files", "data/made.txt"));
        await(() -> executor.executor().waiting() == 0);
        await(() -> get("/broker/status").path("digest").asText().length() > 8);
    }

    @Test
    void shouldFailWhatDoesNotEndAndSayWhy() throws Exception {
        put("/job/submit/spin", "{\"program\":\"programs/spin\",\"timeoutMs\":300,\"retries\":1}");
        await(() -> get("/job/spin").path("state").asText().equals("FAILED"));
        assertTrue(get("/job/spin").path("outcome").path("digest").asText().contains("not done in 300 ms"));
        put("/job/submit/none", "{\"program\":\"programs/none\",\"retries\":0}");
        await(() -> get("/job/none").path("state").asText().equals("FAILED"));
        assertTrue(
                get("/job/none").path("outcome").path("digest").asText().contains("there is no datum programs/none"));
        put("/job/submit/big", "{\"program\":\"programs/count\",\"requirements\":{\"memoryMb\":4096,\"cores\":1}}");
        final JsonNode why = get("/job/big/why");
        assertEquals(
                "memory 256 MiB of 4096",
                why.path("rejections").get(0).path("reason").asText());
        assertEquals(false, why.path("feasible").asBoolean());
    }

    @Test
    void shouldKeepDataInTwoDatastoresAndServeItWhenOneIsGone() throws Exception {
        final byte[] content = "some content".getBytes(StandardCharsets.UTF_8);
        put("/data/a/b", content);
        await(() -> holds(first, "a/b") && holds(second, "a/b"));
        first.close();
        final HttpResponse<byte[]> read =
                http.send(request("/data/a/b").build(), HttpResponse.BodyHandlers.ofByteArray());
        assertArrayEquals(content, read.body());
        assertEquals("[\"a/b\"]", get("/list/data/a").toString());
    }

    private boolean holds(final DatastoreNode datastore, final String name) throws Exception {
        final HttpRequest request = HttpRequest.newBuilder(
                        URI.create("http://127.0.0.1:" + datastore.port() + "/data/" + name))
                .header("Authorization", "Bearer " + TOKEN)
                .build();
        return http.send(request, HttpResponse.BodyHandlers.discarding()).statusCode() == 200;
    }

    @Test
    void shouldBringWhatADatastoreHeldToItsNewDisk() throws Exception {
        put("/data/a/b", "some content");
        await(() -> holds(first, "a/b") && holds(second, "a/b"));
        second.close();
        Files.move(directory.resolve("d2"), directory.resolve("lost"));
        second = datastore("d2");
        await(() -> holds(second, "a/b"));
    }

    @Test
    void shouldKeepWhatACriticalJobReadsAndMakesInThreeDatastores() throws Exception {
        try (DatastoreNode third = datastore("d3")) {
            put("/data/text", "one\ntwo\n");
            put("/job/submit/words", "{\"program\":\"programs/count\",\"input\":\"text\",\"level\":\"CRITICAL\"}");
            await(() -> get("/job/words").path("state").asText().equals("DONE"));
            final String result =
                    "result/" + get("/job/words").path("outcome").path("digest").asText();
            for (final String name : List.of("programs/count", "text", result)) {
                await(() -> holds(first, name) && holds(second, name) && holds(third, name));
            }
        }
    }

    @Test
    void shouldAnswerErrorsAsProblemsAndStrangersNot() throws Exception {
        final HttpResponse<String> stranger = http.send(
                HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + broker.port() + "/jobs"))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
        assertEquals(401, stranger.statusCode());
        assertTrue(stranger.headers().firstValue("Content-Type").orElse("").startsWith("application/problem+json"));
        assertEquals(
                404,
                mapper.readTree(http.send(request("/job/nobody").build(), HttpResponse.BodyHandlers.ofString())
                                .body())
                        .path("status")
                        .asInt());
        final HttpResponse<String> bad = put("/job/submit/x", "{\"program\":\"p\",\"replicas\":99}");
        assertEquals(400, bad.statusCode());
        assertTrue(
                mapper.readTree(bad.body()).path("detail").asText().contains("replicas is from 1 to 8, not 99"),
                bad.body());
        assertEquals(400, put("/job/submit/x", "{nonsense").statusCode());
        assertEquals(
                404,
                http.send(request("/nowhere").build(), HttpResponse.BodyHandlers.ofString())
                        .statusCode());
        assertEquals(
                200,
                http.send(
                                HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + broker.port() + "/ping"))
                                        .build(),
                                HttpResponse.BodyHandlers.ofString())
                        .statusCode());
    }

    @Test
    void shouldDescribeEveryRouteAndNoOther() throws Exception {
        final Set<String> described = new TreeSet<>();
        final JsonNode paths = get("/openapi.json").path("paths");
        paths.fieldNames()
                .forEachRemaining(path -> paths.path(path)
                        .fieldNames()
                        .forEachRemaining(
                                method -> described.add(path + " " + method.toUpperCase(java.util.Locale.ROOT))));
        assertEquals(new TreeSet<>(broker.server().routes()), described);
    }
}
