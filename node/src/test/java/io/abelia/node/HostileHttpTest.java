package io.abelia.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Impossible names, parameters and bodies on every route of the document: each is answered, in one form, and never as a fault of the node. */
class HostileHttpTest {
    private static final int READ_MS = 20_000;
    private static final Pattern ROUTE = Pattern.compile("\"(/v1[^\"]*)\"\\s*:");
    private static final List<String> NAMES = List.of(
            "",
            "%00",
            "..%2F..%2Fetc",
            "a%20b",
            "%FF%FE",
            "%ED%A0%80",
            "%zz",
            "%C3%A9",
            "a+b",
            "n".repeat(256),
            "n".repeat(1025),
            "n".repeat(9000),
            "_idempotency",
            ".",
            "a/b/c");
    private static final List<String> QUERIES = List.of(
            "",
            "?limit=-1",
            "?limit=x",
            "?limit=99999999999999999999",
            "?from=%FF",
            "?after=nonsense",
            "?timeoutMs=-1",
            "?type=NO_TYPE",
            "?node=x",
            "?durability=NEVER",
            "?replicated=-1",
            "?first=0",
            "?column=" + "c".repeat(300),
            "?&&=&a=b=c");

    @TempDir
    private Path directory;

    private final List<String> problems = new ArrayList<>();
    private Node node;

    @BeforeEach
    void start() throws IOException {
        node = Calls.alone(directory.resolve("node"), 1);
    }

    @AfterEach
    void stop() throws IOException {
        node.close();
        assertEquals("", String.join("\n", problems));
    }

    private String send(final String method, final String path, final String body) throws IOException {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), node.httpPort())) {
            socket.setSoTimeout(READ_MS);
            final byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
            final String head =
                    method + " " + path + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer "
                            + Files.readString(node.httpTokenFile()).strip() + "\r\nContent-Length: " + bytes.length
                            + "\r\n\r\n";
            socket.getOutputStream().write(head.getBytes(StandardCharsets.ISO_8859_1));
            socket.getOutputStream().write(bytes);
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    private int requireAnswer(final String method, final String path, final String body) throws IOException {
        final String answer = send(method, path, body);
        final String what = method + " " + path.substring(0, Math.min(80, path.length()));
        if (!answer.startsWith("HTTP/1.1 ")) {
            problems.add(what + " is not answered: " + answer);
            return 0;
        }
        final int status = Integer.parseInt(answer.substring(9, 12));
        if (status >= 500) {
            problems.add(what + " is a fault of the node: " + answer);
        } else if (status >= 400 && (!answer.contains("application/problem+json") || !answer.contains("\"detail\":"))) {
            problems.add(what + " is answered in another form: " + answer);
        }
        return status;
    }

    /** Of the document that the node serves. */
    private List<String> routes() throws IOException {
        final List<String> routes = new ArrayList<>();
        final Matcher matcher = ROUTE.matcher(send("GET", "/openapi.json", ""));
        while (matcher.find()) {
            routes.add(matcher.group(1));
        }
        assertTrue(routes.size() > 8, routes.toString());
        return routes;
    }

    @Test
    void everyRouteAnswersWhateverItIsGiven() throws IOException {
        int sent = 0;
        for (final String route : routes()) {
            for (final String method : List.of("GET", "POST", "PUT", "DELETE", "PATCH")) {
                if (route.equals("/v1/changes") && method.equals("GET")) {
                    continue; // it answers for as long as it is listened to
                }
                for (final String name : route.contains("{") ? NAMES : List.of("")) {
                    final int unused = requireAnswer(method, route.replaceAll("\\{[^}]*}", name), "{}");
                    sent++;
                }
                for (final String query : QUERIES) {
                    final int unused = requireAnswer(method, route.replaceAll("\\{[^}]*}", "x") + query, "");
                    sent++;
                }
            }
        }
        assertTrue(sent > 500, sent + " requests");
    }

    private static String line(final String fields) {
        return "{\"operations\":[{" + fields + "}]}";
    }

    @Test
    void namesThatCannotBeAreRefusedWithFourHundred() throws IOException {
        for (final String name : List.of("n".repeat(256), "\\u0000x".repeat(200), "\\ud800")) {
            assertEquals(
                    400,
                    requireAnswer(
                            "POST",
                            "/v1/transactions",
                            line("\"op\":\"increment\",\"table\":\"" + name + "\",\"key\":\"k\",\"value\":1")),
                    name);
        }
        assertEquals(400, requireAnswer("GET", "/v1/cells/t/" + "n".repeat(1025), ""));
        assertEquals(400, requireAnswer("GET", "/v1/cells/" + "n".repeat(256) + "/k", ""));
        assertEquals(400, requireAnswer("GET", "/v1/cells/t/%FF", ""));
    }

    @Test
    void aBatchCommitsWhatIsRightOnceAndTellsOfEveryLineThatIsNot() throws IOException {
        final String batch = line("\"op\":\"increment\",\"table\":\"t\",\"key\":\"k\",\"value\":1") + "\n"
                + "nonsense\n"
                + line("\"op\":\"increment\",\"table\":\"_idempotency\",\"key\":\"k\",\"value\":1") + "\n"
                + line("\"op\":\"increment\",\"table\":\"t\",\"key\":\"k\",\"value\":2") + "\n";
        for (int i = 0; i < 2; i++) {
            final String answer = Calls.post(node, "/v1/batch?first=11", batch, "Idempotency-Key", "load")
                    .body();
            assertTrue(
                    answer.contains(
                            i == 0 ? "\"committed\":2,\"committedBefore\":0" : "\"committed\":0,\"committedBefore\":2"),
                    answer);
            assertTrue(answer.contains("{\"line\":12,\"status\":400,"), answer);
            assertTrue(answer.contains("{\"line\":13,\"status\":400,"), answer);
        }
        assertTrue(Calls.get(node, "/v1/cells/t/k").body().contains("\"value\":3"));
        assertEquals(413, Calls.post(node, "/v1/batch", "x\n".repeat(1001)).statusCode());
        assertEquals(
                200,
                Calls.post(
                                node,
                                "/v1/batch?durability=POWER",
                                line("\"op\":\"increment\",\"table\":\"t\",\"key\":\"k\",\"value\":1"))
                        .statusCode());
    }
}
