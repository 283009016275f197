package io.abelia.scheduler.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.abelia.scheduler.model.Capabilities;
import io.abelia.scheduler.model.JobFilter;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What careless and malicious clients send to every route of brokers, executors and datastores: an answer each, and never that the node is at fault. */
class HostileHttpTest {
    private static final String TOKEN = "a-token-of-the-test";
    private static final int READ_MS = 20_000;
    private static final List<String> NAMES = List.of(
            "%00",
            "..%2F..%2Fetc%2Fpasswd",
            "a%20b",
            "%FF%FE",
            "%ED%A0%80",
            "%C3%A9%F0%9F%98%80",
            "a+b",
            "%25",
            "n".repeat(121),
            "%C3%A9".repeat(70),
            "n".repeat(3000),
            "-",
            ".",
            "a@b@c",
            "a//b");
    private static final List<String> BODIES = List.of(
            "",
            "{",
            "null",
            "[]",
            "\"text\"",
            "{}",
            "{\"unknown\":1}",
            "{\"program\":\"p\",\"unknown\":1}",
            "{\"program\":\"p\",\"program\":\"q\"}",
            "{\"program\":7}",
            "{\"program\":\"p\",\"retries\":1.5}",
            "{\"program\":\"p\",\"retries\":\"2\"}",
            "{\"program\":\"p\",\"requirements\":{\"cores\":-1}}",
            "{\"program\":\"p\",\"requirements\":{\"memoryMb\":1e999}}",
            "{\"program\":\"p\",\"requirements\":{\"withinKm\":1e999}}",
            "{\"program\":\"p\",\"requirements\":{\"resources\":{\"camera\":-1}}}",
            "{\"program\":\"p\",\"requirements\":{\"minBattery\":2}}",
            "{\"program\":\"\\ud800\"}",
            "{\"program\":\"" + "p".repeat(40_000) + "\"}",
            "{\"program\":\"p\",\"arguments\":[\"" + "x".repeat(60_000) + "\"]}",
            "{\"program\":\"p\",\"level\":\"HIGHEST\"}",
            "[".repeat(20_000),
            "{\"program\":\"p\"} trailing");

    @TempDir
    private Path directory;

    private final ObjectMapper mapper = new ObjectMapper();
    private BrokerNode broker;
    private ExecutorNode executor;
    private DatastoreNode datastore;

    private NodeOptions options(final String id) {
        return NodeOptions.local(id, directory, TOKEN, problem -> {});
    }

    @BeforeEach
    void start() throws Exception {
        broker = BrokerNode.launch(options("b1"), null);
        final List<String> brokers = List.of("http://127.0.0.1:" + broker.port());
        datastore = new DatastoreNode(options("d1"), () -> brokers);
        executor = new ExecutorNode(options("e1"), () -> brokers, () -> Capabilities.of(256, 2), JobFilter.ANY);
    }

    @AfterEach
    void stop() throws IOException {
        executor.close();
        datastore.close();
        broker.close();
    }

    /** An answer; status 0 if the connection was closed without one. */
    private record Answer(int status, String type, String body) {}

    private static Answer send(final int port, final byte[] request) throws IOException {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            socket.setSoTimeout(READ_MS);
            socket.getOutputStream().write(request);
            socket.getOutputStream().flush();
            return read(socket.getInputStream());
        }
    }

    private static Answer read(final InputStream in) throws IOException {
        final String text = new String(in.readAllBytes(), StandardCharsets.ISO_8859_1);
        if (!text.startsWith("HTTP/1.1 ")) {
            return new Answer(0, "", text);
        }
        final int end = text.indexOf("\r\n\r\n");
        final String head = text.substring(0, end);
        String type = "";
        for (final String line : head.lines().toList()) {
            if (line.toLowerCase(java.util.Locale.ROOT).startsWith("content-type:")) {
                type = line.substring(line.indexOf(':') + 1).strip();
            }
        }
        return new Answer(Integer.parseInt(head.substring(9, 12)), type, text.substring(end + 4));
    }

    private static byte[] request(final String method, final String path, final String type, final String body) {
        final byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
        final byte[] head = (method + " " + path + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer "
                        + TOKEN + "\r\nContent-Type: " + type + "\r\nContent-Length: " + bytes.length + "\r\n\r\n")
                .getBytes(StandardCharsets.ISO_8859_1);
        final byte[] all = new byte[head.length + bytes.length];
        System.arraycopy(head, 0, all, 0, head.length);
        System.arraycopy(bytes, 0, all, head.length, bytes.length);
        return all;
    }

    private final List<String> problems = new ArrayList<>();

    @AfterEach
    void requireNoProblems() {
        assertEquals("", String.join("\n", problems));
    }

    private void requireAnswered(final String what, final Answer answer) throws IOException {
        if (answer.status() < 200 || answer.status() >= 500) {
            problems.add(what + ": " + answer);
        } else if (answer.status() >= 400) {
            final JsonNode problem = mapper.readTree(answer.body());
            if (!answer.type().equals("application/problem+json")
                    || problem.path("status").asInt() != answer.status()
                    || problem.path("detail").asText().length() < 4) {
                problems.add(what + ": " + answer);
            }
        }
    }

    private Map<HttpServer, Integer> servers() {
        final Map<HttpServer, Integer> servers = new TreeMap<>((a, b) -> Integer.compare(a.hashCode(), b.hashCode()));
        servers.put(broker.server(), broker.port());
        servers.put(executor.server(), executor.port());
        servers.put(datastore.server(), datastore.port());
        return servers;
    }

    @Test
    void everyRouteAnswersWhateverNameItIsGiven() throws IOException {
        int sent = 0;
        for (final Map.Entry<HttpServer, Integer> server : servers().entrySet()) {
            for (final String route : server.getKey().routes()) {
                final String method = route.substring(route.lastIndexOf(' ') + 1);
                final String path = route.substring(0, route.lastIndexOf(' '));
                for (final String name : path.contains("{") ? NAMES : List.of("")) {
                    final String at = path.replaceAll("\\{[^}]*}", name.replace("$", "\\$"));
                    final String what = method + " " + at;
                    requireAnswered(what, send(server.getValue(), request(method, at, "application/json", "{}")));
                    sent++;
                }
            }
        }
        assertTrue(sent > 300, sent + " requests");
    }

    @Test
    void everyBodyIsTakenOrRefusedWithWhatIsWrong() throws IOException {
        for (final Map.Entry<HttpServer, Integer> server : servers().entrySet()) {
            for (final String route : server.getKey().routes()) {
                if (route.endsWith(" PUT")) {
                    final String path =
                            route.substring(0, route.lastIndexOf(' ')).replaceAll("\\{[^}]*}", "name");
                    for (final String body : BODIES) {
                        final String what = "PUT " + path + " " + body.substring(0, Math.min(100, body.length()));
                        final Answer answer = send(server.getValue(), request("PUT", path, "application/json", body));
                        requireAnswered(what, answer);
                        if (path.startsWith("/job/submit/") && answer.status() < 400) {
                            problems.add(what + " was taken");
                        }
                    }
                }
            }
        }
    }

    @Test
    void whatIsNoRequestIsAnsweredToo() throws IOException {
        final List<String> requests = new ArrayList<>(
                List.of(
                        "nonsense\r\n\r\n",
                        "GET\r\n\r\n",
                        "GET /" + "x".repeat(20_000) + " HTTP/1.1\r\nHost: x\r\n\r\n",
                        "GET /ping HTTP/1.1\r\nHost: x\r\nX: " + "y".repeat(20_000) + "\r\n\r\n",
                        "GET /%zz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
                        "GET /jobs HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
                        "PUT /data/x HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\nConnection: close\r\n\r\n",
                        "PUT /data/x HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\nConnection: close\r\n\r\nx"));
        for (final String request : requests) {
            final Answer answer = send(broker.port(), request.getBytes(StandardCharsets.ISO_8859_1));
            requireAnswered(request.substring(0, Math.min(60, request.length())), answer);
            assertTrue(answer.status() >= 400, request);
        }
    }

    @Test
    void aFormIsRefusedAndNamesAreWhatTheyWere() throws IOException {
        final Answer form = send(
                broker.port(), request("PUT", "/data/x", "multipart/form-data; boundary=b", "--b\r\n\r\nx\r\n--b--"));
        assertEquals(415, form.status());
        assertTrue(form.body().contains("curl -T FILE"), form.body());
        assertEquals(
                200,
                send(broker.port(), request("PUT", "/data/sensor/result", "x", "42"))
                        .status());
        assertEquals(
                "42",
                send(broker.port(), request("GET", "/data/sensor/result", "x", ""))
                        .body());
        assertEquals(
                200, send(broker.port(), request("PUT", "/data/a+b", "x", "1")).status());
        assertEquals(
                "1", send(broker.port(), request("GET", "/data/a%2Bb", "x", "")).body());
        final String name = "%C3%A9".repeat(60);
        assertEquals(
                200,
                send(broker.port(), request("PUT", "/data/" + name, "x", "2")).status());
        assertEquals(
                "2",
                send(broker.port(), request("GET", "/data/" + name, "x", "")).body());
    }

    @Test
    void whoSendsTooSlowlyIsNotWaitedForAndOthersAreAnsweredMeanwhile() throws IOException {
        final List<Socket> slow = new ArrayList<>();
        try {
            for (int i = 0; i < 60; i++) { // more than requests may be answered at once
                final Socket socket = new Socket(InetAddress.getLoopbackAddress(), broker.port());
                socket.setSoTimeout(READ_MS);
                slow.add(socket);
                socket.getOutputStream()
                        .write(("PUT /data/slow HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\nAuthorization: Bearer "
                                        + TOKEN + "\r\n\r\n1")
                                .getBytes(StandardCharsets.ISO_8859_1));
            }
            assertEquals(
                    200, send(broker.port(), request("GET", "/ping", "x", "")).status());
            final int free = send(broker.port(), request("GET", "/broker/status", "x", ""))
                    .status();
            assertTrue(free == 200 || free == 503, "status " + free);
            for (int i = 0; i < 5; i++) {
                slow.get(0).getOutputStream().write('1');
                java.util.concurrent.locks.LockSupport.parkNanos(300_000_000);
            }
            final String answer = new String(slow.get(0).getInputStream().readNBytes(12), StandardCharsets.ISO_8859_1);
            assertEquals("HTTP/1.1 408", answer);
        } finally {
            for (final Socket socket : slow) {
                socket.close();
            }
        }
    }

    @Test
    void whatIsRightIsTaken() throws IOException {
        assertEquals(
                200,
                send(
                                broker.port(),
                                request(
                                        "PUT",
                                        "/broker/emergency/fire",
                                        "application/json",
                                        "{\"level\":\"HIGH\",\"kind\":\"fire\"}"))
                        .status());
        assertEquals(
                202,
                send(
                                broker.port(),
                                request(
                                        "PUT",
                                        "/job/submit/j",
                                        "application/json",
                                        "{\"program\":\"p\",\"requirements\":{\"cores\":1}}"))
                        .status());
    }

    @Test
    void refusedUploadsLeaveNothing() throws IOException {
        assertEquals(
                400,
                send(datastore.port(), request("PUT", "/data/" + "n".repeat(121), "x", "1"))
                        .status());
        assertEquals(
                400,
                send(broker.port(), request("PUT", "/data/result/aa", "x", "1")).status());
        try (var files = Files.walk(directory)) {
            assertEquals(
                    List.of(),
                    files.filter(file -> file.toString().endsWith(".part")).toList());
        }
    }
}
