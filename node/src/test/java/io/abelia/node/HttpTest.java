package io.abelia.node;

import static io.abelia.node.Calls.get;
import static io.abelia.node.Calls.post;
import static io.abelia.node.Calls.request;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.abelia.engine.StoreKind;
import io.abelia.engine.clock.SessionToken;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Clients that are many, slow, wrong or hostile. */
class HttpTest {
    private static final long DEADLINE_NS = 30_000_000_000L;
    private static final int MANY = 80;

    @TempDir
    private Path directory;

    private Node node;

    private NodeContext context(final String name, final int port) {
        final NodeContext context = new NodeContext().httpPort(port);
        context.engine()
                .directory(directory.resolve(name))
                .store(StoreKind.MEMORY)
                .segmentBytes(4 << 20)
                .joiner(true);
        context.replicator().unicast("127.0.0.1:0", Map.of()).insecure();
        context.replicator().replica().node(1).found(5).foundDelayNs(0);
        return context;
    }

    @BeforeEach
    void start() throws IOException {
        node = Node.launch(context("node", 0));
        final long startNs = System.nanoTime();
        while (get(node, "/ready").statusCode() != 200) {
            assertTrue(System.nanoTime() - startNs < DEADLINE_NS, "not ready in time");
            LockSupport.parkNanos(2_000_000);
        }
    }

    @AfterEach
    void stop() throws IOException {
        node.close();
    }

    private static void requireProblem(final int status, final HttpResponse<String> answer) {
        assertEquals(status, answer.statusCode(), answer.body());
        assertEquals(
                "application/problem+json",
                answer.headers().firstValue("Content-Type").orElse(""));
        assertTrue(
                answer.body().startsWith("{\"status\":" + status + ",\"title\":\"")
                        && answer.body().contains("\"detail\":\""),
                answer.body());
    }

    @Test
    void shouldAnswerProbesHoweverManyRequestsWaitAndRefuseThoseBeyondTheBound() {
        final String never = "/v1/status?timeoutMs=5000&after=" + SessionToken.of(9, 9);
        final List<CompletableFuture<HttpResponse<String>>> waiting = new ArrayList<>();
        for (int i = 0; i < MANY; i++) {
            waiting.add(Calls.HTTP.sendAsync(request(node, never).build(), HttpResponse.BodyHandlers.ofString()));
        }
        for (int i = 0; i < 10; i++) {
            assertEquals(200, get(node, "/health").statusCode());
            assertEquals(200, get(node, "/ready").statusCode());
        }
        assertTrue(waiting.stream().anyMatch(answer -> !answer.isDone()), "probes do not wait for those that do");
        final Map<Integer, Integer> answers = new TreeMap<>();
        waiting.forEach(answer -> answers.merge(answer.join().statusCode(), 1, Integer::sum));
        assertEquals(Set.of(503, 504), answers.keySet(), "no connection is reset: " + answers);
    }

    @Test
    void shouldLeaveNothingBehindWhereThePortOfHttpIsTaken() throws IOException {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            final IOException refused =
                    assertThrows(IOException.class, () -> Node.launch(context("other", taken.getLocalPort())));
            assertTrue(
                    String.valueOf(refused.getMessage()).contains("127.0.0.1:" + taken.getLocalPort())
                            && String.valueOf(refused.getMessage()).contains("--http-port"),
                    refused.getMessage());
        }
        assertFalse(Files.exists(directory.resolve("other")), "the engine was not launched, so nobody has heard of it");
        Node.launch(context("other", 0)).close();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "{",
                "[]",
                "{\"operations\":[]}",
                "{\"operations\":[{\"op\":\"increment\",\"table\":\"t\",\"key\":\"k\",\"value\":1,\"colum\":\"c\"}]}",
                "{\"operations\":[{\"op\":\"increment\",\"table\":7,\"key\":\"k\",\"value\":1}]}",
                "{\"operations\":[{\"op\":\"increment\",\"table\":\"t\",\"key\":\"k\",\"value\":\"1\"}]}",
                "{\"operations\":[{\"op\":\"increment\",\"table\":\"t\",\"key\":\"k\",\"value\":1,\"value\":2}]}",
                "{\"operations\":[{\"op\":\"addDouble\",\"table\":\"t\",\"key\":\"k\",\"value\":1e999}]}",
                "{\"operations\":[{\"op\":\"set\",\"table\":\"t\",\"key\":\"k\",\"value\":\"\\ud800\"}]}",
                "{\"operations\":[{\"op\":\"set\",\"table\":\"t\\udc00\",\"key\":\"k\",\"value\":\"v\"}]}",
                "{\"operations\":[{\"op\":\"intersect\",\"table\":\"t\",\"key\":\"k\",\"values\":[true]}]}",
                "{\"operations\":[{\"op\":\"set\",\"table\":\"_idempotency\",\"key\":\"k\",\"value\":\"v\"}]}",
                "{\"operations\":[{\"op\":\"nothing\",\"table\":\"t\",\"key\":\"k\"}]}",
                "{\"operations\":[{\"op\":\"increment\",\"table\":\"t\",\"key\":\"k\",\"value\":1}]} more"
            })
    void shouldRefuseWhatIsNoTransaction(final String body) {
        requireProblem(400, post(node, "/v1/transactions", body));
        assertFalse(get(node, "/v1/tables").body().contains("\"t\""), "nothing was committed");
    }

    @Test
    void shouldRefuseWhatIsNoUtf8() {
        final byte[] body = "{\"operations\":[{\"op\":\"set\",\"table\":\"t\",\"key\":\"k?\",\"value\":\"v\"}]}"
                .replace('?', '\u00ff')
                .getBytes(StandardCharsets.ISO_8859_1);
        requireProblem(
                400,
                Calls.send(request(node, "/v1/transactions")
                        .POST(HttpRequest.BodyPublishers.ofByteArray(body))
                        .build()));
    }

    @Test
    void shouldAnswerEveryErrorInOneForm() {
        requireProblem(404, get(node, "/nowhere"));
        requireProblem(404, get(node, "/v1/nothing"));
        requireProblem(404, get(node, "/v1/cells/t"));
        requireProblem(404, get(node, "/v1/cells/t/k"));
        requireProblem(400, get(node, "/v1/tables/t?limit=many"));
        requireProblem(400, get(node, "/v1/status?after=!"));
        requireProblem(404, Calls.send(request(node, "/v1/status").DELETE().build()));
        requireProblem(
                401,
                Calls.send(request(node, "/v1/status")
                        .setHeader("Authorization", "Bearer no")
                        .build()));
    }

    @ParameterizedTest
    @ValueSource(strings = {"GET nowhere at all\r\n\r\n", "GET /v1/cells/t/%zz HTTP/1.0\r\nHost: a\r\n\r\n"})
    void shouldAnswerWhatIsNoHttpInTheSameForm(final String request) throws IOException {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), node.httpPort())) {
            socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
            final String answer = new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
            assertTrue(answer.startsWith("HTTP/1.1 400"), answer);
            assertTrue(answer.contains("application/problem+json"), answer);
        }
    }

    @Test
    void shouldEndAConnectionWhoseBodyComesTooSlowly() throws IOException {
        final String token = Files.readString(node.httpTokenFile()).strip();
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), node.httpPort())) {
            socket.setSoTimeout(200);
            socket.getOutputStream()
                    .write(
                            ("POST /v1/transactions HTTP/1.1\r\nHost: a\r\nContent-Length: 10000\r\nAuthorization: Bearer "
                                            + token + "\r\n\r\n")
                                    .getBytes(StandardCharsets.US_ASCII));
            final StringBuilder answer = new StringBuilder();
            final long startNs = System.nanoTime();
            while (answer.indexOf("}") < 0) {
                assertTrue(System.nanoTime() - startNs < DEADLINE_NS, "it is let go on: " + answer);
                socket.getOutputStream().write(' ');
                try {
                    final int next = socket.getInputStream().read();
                    assertTrue(next >= 0, "it was ended without a word: " + answer);
                    answer.append((char) next);
                    while (socket.getInputStream().available() > 0) {
                        answer.append((char) socket.getInputStream().read());
                    }
                } catch (final SocketTimeoutException e) {
                    // the node waits for more
                }
            }
            assertTrue(answer.toString().startsWith("HTTP/1.1 408"), answer.toString());
            assertTrue(answer.toString().contains("application/problem+json"), answer.toString());
        }
    }

    @Test
    void shouldSayThatASnapshotCouldNotBeWritten() throws IOException {
        final Path snapshots = directory.resolve("node").resolve("snapshots");
        try (Stream<Path> files = Files.list(snapshots)) {
            for (final Path file : files.toList()) {
                Files.delete(file);
            }
        }
        Files.delete(snapshots);
        Files.createFile(snapshots);
        requireProblem(500, post(node, "/v1/snapshot", ""));
    }

    @Test
    void shouldRefuseAnIdempotencyKeyWithAnotherBody() {
        final String one = "{\"operations\":[{\"op\":\"increment\",\"table\":\"c\",\"key\":\"k\",\"value\":1}]}";
        final String two = "{\"operations\":[{\"op\":\"increment\",\"table\":\"c\",\"key\":\"k\",\"value\":2}]}";
        assertEquals(
                200, post(node, "/v1/transactions", one, "Idempotency-Key", "a").statusCode());
        assertEquals(
                200, post(node, "/v1/transactions", one, "Idempotency-Key", "a").statusCode());
        requireProblem(422, post(node, "/v1/transactions", two, "Idempotency-Key", "a"));
        assertTrue(get(node, "/v1/cells/c/k").body().contains("\"value\":1"));
    }
}
