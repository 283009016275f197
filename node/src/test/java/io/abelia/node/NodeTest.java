package io.abelia.node;

import static io.abelia.node.Calls.get;
import static io.abelia.node.Calls.post;
import static io.abelia.node.Calls.request;
import static io.abelia.node.Calls.send;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.abelia.engine.StoreKind;
import io.abelia.engine.clock.SessionToken;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NodeTest {
    private static final long DEADLINE_NS = 30_000_000_000L;
    private static final int ROUNDS = 20;

    @TempDir
    private Path directory;

    private Node first;
    private Node second;

    private static String freeEndpoint() throws IOException {
        try (DatagramSocket socket = new DatagramSocket(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))) {
            return "127.0.0.1:" + socket.getLocalPort();
        }
    }

    private Node launch(final long id, final String endpoint, final Map<Long, String> peers) throws IOException {
        final NodeContext context = new NodeContext();
        context.engine()
                .directory(directory.resolve("node-" + id))
                .store(StoreKind.MEMORY)
                .segmentBytes(4 << 20)
                .joiner(true);
        context.replicator().unicast(endpoint, peers).insecure();
        context.replicator().replica().node(id);
        if (id == 1) {
            context.replicator().replica().found(5).foundDelayNs(0);
        } else {
            context.replicator().replica().join();
        }
        return Node.launch(context);
    }

    @BeforeEach
    void start() throws IOException {
        final String endpoint = freeEndpoint();
        first = launch(1, endpoint, Map.of());
        second = launch(2, freeEndpoint(), Map.of(1L, endpoint));
        until(() -> get(second, "/ready").statusCode() == 200
                && get(first, "/ready").statusCode() == 200);
    }

    @AfterEach
    void stop() throws IOException {
        second.close();
        first.close();
    }

    private static void until(final BooleanSupplier condition) {
        final long startNs = System.nanoTime();
        while (!condition.getAsBoolean()) {
            assertTrue(System.nanoTime() - startNs < DEADLINE_NS, "not reached in time");
            LockSupport.parkNanos(2_000_000);
        }
    }

    private static String increment(final String key) {
        return "{\"operations\":[{\"op\":\"increment\",\"table\":\"counters\",\"key\":\"" + key + "\",\"value\":2}]}";
    }

    private static String token(final HttpResponse<String> answer) {
        return answer.headers().firstValue("Abelia-Token").orElseThrow();
    }

    @Test
    void shouldShowASessionItsOwnWriteOnAnotherNode() {
        final HttpResponse<String> committed = post(first, "/v1/transactions", increment("a b/ü"));
        assertEquals(200, committed.statusCode(), committed.body());
        final HttpResponse<String> read = get(second, "/v1/cells/counters/a%20b%2F%C3%BC?after=" + token(committed));
        assertEquals(200, read.statusCode(), read.body());
        assertTrue(read.body().contains("\"value\":2"), read.body());
    }

    @Test
    void shouldShowASessionNothingOlderThanWhatItHasReadOnTheNodeBefore() {
        for (int round = 1; round <= ROUNDS; round++) {
            assertEquals(200, post(first, "/v1/transactions", increment("seen")).statusCode());
            final HttpResponse<String> here = get(first, "/v1/cells/counters/seen");
            final HttpResponse<String> there = get(second, "/v1/cells/counters/seen?after=" + token(here));
            assertTrue(here.body().contains("\"value\":" + 2 * round), here.body());
            assertTrue(there.body().contains("\"value\":" + 2 * round), there.body());
        }
        assertFalse(token(get(first, "/v1/status")).isEmpty(), "every answer carries a token");
        assertFalse(token(get(first, "/v1/cells/counters/nothing")).isEmpty(), "a refusal, too");
        final HttpResponse<String> never =
                get(second, "/v1/cells/counters/seen?timeoutMs=20&after=" + SessionToken.of(9, 9));
        assertEquals(504, never.statusCode(), "what was read elsewhere is waited for");
    }

    @Test
    void shouldReadATablePageByPageAndARowByLookUp() {
        for (int i = 0; i < 25; i++) {
            final String body = "{\"operations\":[{\"op\":\"increment\",\"table\":\"pages\",\"key\":\"k+" + i
                    + "\",\"value\":1},{\"op\":\"set\",\"table\":\"pages\",\"key\":\"k+" + i
                    + "\",\"column\":\"name\",\"type\":\"LWW_REGISTER\",\"value\":\"n\"}]}";
            assertEquals(200, post(first, "/v1/transactions", body).statusCode());
        }
        final List<String> keys = new ArrayList<>();
        String from = "";
        int pages = 0;
        do {
            final String page = get(first, "/v1/tables/pages?limit=7" + from).body();
            final Matcher cells = Pattern.compile("\"key\":\"(k\\+\\d+)\"").matcher(page);
            while (cells.find()) {
                keys.add(cells.group(1));
            }
            final Matcher next = Pattern.compile("\"next\":\"k\\+(\\d+)\"").matcher(page);
            from = next.find() ? "&from=k%2B" + next.group(1) : "";
            pages++;
        } while (!from.isEmpty());
        assertEquals(9, pages, "three rows of two cells each");
        assertEquals(50, keys.size());
        assertEquals(keys.stream().sorted().toList(), keys);
        final String row = get(first, "/v1/cells/pages/k+3").body();
        assertEquals(2, row.split("\"key\":\"k\\+3\"", -1).length - 1, row);
        assertEquals(404, get(first, "/v1/cells/pages/k%203").statusCode());
        assertEquals(400, get(first, "/v1/tables/pages?limit=0").statusCode());
    }

    private static String stock(final String op, final int amount) {
        return "{\"operations\":[{\"op\":\"" + op + "\",\"table\":\"stock\",\"key\":\"book\",\"value\":" + amount
                + "},{\"op\":\"count\",\"table\":\"stock\",\"key\":\"seen\",\"value\":\"" + op + "\"}]}";
    }

    @Test
    void shouldSellOnlyWhatThereIsAndFetchRightsFromTheOtherNode() {
        final HttpResponse<String> released = post(first, "/v1/transactions", stock("release", 10));
        assertEquals(200, released.statusCode(), released.body());
        final String here =
                get(second, "/v1/cells/stock/book?after=" + token(released)).body();
        assertTrue(here.contains("\"value\":10,\"rights\":0"), here);
        final HttpResponse<String> refused = post(second, "/v1/transactions", stock("acquire", 4));
        assertEquals(409, refused.statusCode());
        assertTrue(refused.body().contains("this node may spend 0, all nodes together 10"), refused.body());
        until(() -> post(second, "/v1/transactions", stock("acquire", 4)).statusCode() == 200);
        until(() -> get(first, "/v1/cells/stock/book").body().contains("\"value\":6"));
        assertEquals(409, post(first, "/v1/transactions", stock("acquire", 7)).statusCode(), "more than there is");
        assertTrue(get(first, "/v1/cells/stock/seen").body().contains("\"value\":2"), "two operations were counted");
    }

    @Test
    void shouldCommitOnceForAnIdempotencyKey() {
        final HttpResponse<String> once = post(first, "/v1/transactions", increment("k"), "Idempotency-Key", "job-1");
        final HttpResponse<String> again = post(first, "/v1/transactions", increment("k"), "Idempotency-Key", "job-1");
        assertTrue(again.body().contains("COMMITTED_BEFORE"), again.body());
        assertTrue(again.body().contains(token(once)), "the body names the transaction: " + again.body());
        assertEquals(
                token(get(first, "/v1/status")),
                token(again),
                "a session has seen all that is here, not only what it repeats");
        assertTrue(get(first, "/v1/cells/counters/k").body().contains("\"value\":2"));
    }

    @Test
    void shouldWaitForCopies() {
        assertTrue(post(first, "/v1/transactions?replicated=1", increment("r"))
                .body()
                .contains("\"replicated\":\"APPLIED\""));
        final HttpResponse<String> late = post(first, "/v1/transactions?replicated=2&timeoutMs=50", increment("r"));
        assertEquals(202, late.statusCode(), late.body());
        assertTrue(get(first, "/v1/cells/counters/r").body().contains("\"value\":4"), "committed all the same");
    }

    @Test
    void shouldSayWhatIsWrongWithARequest() {
        assertEquals(400, post(first, "/v1/transactions", "{}").statusCode());
        assertEquals(400, post(first, "/v1/transactions", "not json").statusCode());
        assertEquals(
                400,
                post(first, "/v1/transactions?durability=NONE", increment("x")).statusCode());
        assertEquals(404, get(first, "/v1/cells/counters/nothing").statusCode());
        assertEquals(404, get(first, "/v1/nothing").statusCode());
        assertEquals(404, get(first, "/nothing").statusCode());
        assertEquals(400, get(first, "/v1/digest?after=xyz").statusCode());
        assertEquals(
                504,
                get(first, "/v1/digest?timeoutMs=10&after=" + SessionToken.of(7, 1))
                        .statusCode());
        assertEquals(409, post(first, "/v1/members/remove?node=77", "").statusCode());
        final HttpResponse<String> refused = post(
                first,
                "/v1/transactions",
                "{\"operations\":[{\"op\":\"set\",\"type\":\"COUNTER\",\"table\":\"t\",\"key\":\"the-key\",\"value\":1}]}");
        assertEquals(400, refused.statusCode());
        assertTrue(refused.body().contains("the-key"), refused.body());
    }

    @Test
    void shouldKeepOutWhoDoesNotShowTheToken() {
        for (final String path : List.of("/v1/digest", "/v1/status", "/v1/tables/counters")) {
            final HttpRequest bare = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + first.httpPort() + path))
                    .build();
            assertEquals(401, send(bare).statusCode());
        }
    }

    @Test
    void shouldTellHealthMetricsStatusAndItsOwnDocument() {
        post(first, "/v1/transactions", increment("m"));
        assertEquals("alive\n", get(first, "/health").body());
        assertTrue(get(first, "/metrics").body().contains("abelia_commits "));
        assertTrue(get(first, "/metrics").body().contains("abelia_peer_lacks_transactions{peer=\"2\"}"));
        assertTrue(get(second, "/v1/status").body().contains("\"members\":[1,2]"));
        assertTrue(get(second, "/v1/members").body().contains("\"endpoints\""));
        assertTrue(get(first, "/v1/tables").body().contains("counters"));
        assertTrue(get(first, "/openapi.json").body().contains("/v1/transactions"));
        assertTrue(post(first, "/v1/snapshot", "").body().contains(".snap"));
    }

    @Test
    void shouldStreamChangesInCausalOrder() throws IOException, InterruptedException {
        final HttpResponse<InputStream> stream = Calls.HTTP.send(
                request(second, "/v1/changes?table=counters&from=start").build(),
                HttpResponse.BodyHandlers.ofInputStream());
        for (int i = 0; i < 3; i++) {
            post(first, "/v1/transactions", increment("c" + i));
        }
        try (BufferedReader lines = new BufferedReader(new InputStreamReader(stream.body(), StandardCharsets.UTF_8))) {
            int next = 0;
            while (next < 3) {
                final String line = lines.readLine();
                if (!line.isEmpty()) {
                    assertTrue(line.contains("\"key\":\"c" + next + "\""), line);
                    next++;
                }
            }
        }
    }
}
