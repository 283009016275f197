package io.abelia.bench.suite;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import io.abelia.engine.Durability;
import io.abelia.engine.Engine;
import io.abelia.engine.transaction.Snapshot;
import io.abelia.engine.transaction.Transaction;
import io.abelia.node.Node;
import io.abelia.node.NodeContext;
import java.io.IOException;
import java.io.InputStream;
import java.net.HttpURLConnection;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import org.HdrHistogram.Histogram;

/**
 * The daemon's HTTP API with connections that are kept: probes, commits, batches; and what somebody who reads a table again and again costs
 * those who commit.
 */
final class HttpBenchmark implements Benchmark {
    private static final int BATCH = 500;
    private static final int ROW_CELLS = 20_000;
    private static final int CELLS_A_TRANSACTION = 1_000;
    private static final double NS_PER_US = 1e3;
    private static final double NS_PER_S = 1e9;
    private static final long GAP_NS = 500_000;
    private static final double P50 = 50;
    private static final double P99 = 99;
    private static final double RATIO_BASE = 1;

    private final HttpClient http =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private String url = "";
    private String token = "";

    @Override
    public void run(final Options options, final Results results) throws IOException, InterruptedException {
        results.method(
                "One node, durability PROCESS, its client in the same JVM on the loopback interface, one connection that is kept."
                        + " Commits beside a reader: one thread commits embedded every 0.5 ms, and another reads a table of "
                        + ROW_CELLS
                        + " cells without a pause: embedded, or over HTTP page by page. The control of the latter is a client that reads a document of the daemon in a"
                        + " loop: on two processors any client costs those who commit some time on a processor. All four take turns.");
        final Samples samples = new Samples();
        final Histogram commits = new Histogram(3);
        final Histogram probes = new Histogram(3);
        for (int round = 0; round < options.rounds(); round++) {
            try (Scratch scratch = new Scratch();
                    Node node = launch(scratch)) {
                url = "http://127.0.0.1:" + node.httpPort();
                token = Files.readString(node.httpTokenFile()).strip();
                final int requests = options.choose(3_000, 20_000);
                time(requests / 3, new Histogram(3), i -> commit("warm" + i)); // until it is compiled
                samples.add("health.p50", p(time(requests, probes, i -> get("/health")), P50));
                final Histogram one = time(requests, commits, i -> commit("k" + i % 1000));
                samples.add("commit.p50", p(one, P50));
                samples.add("commit.p99", p(one, P99));
                samples.add("batch.rate", batches(options.choose(100, 400)));
                fill(node.engine());
                besideReader(node.engine(), options.choose(2_000, 8_000), samples);
            }
        }
        results.histogram("commit", commits);
        results.histogram("health", probes);
        results.row("health.p50", "GET /health, p50", "us", samples.of("health.p50"));
        results.row("commit.p50", "POST /v1/transactions, p50", "us", samples.of("commit.p50"));
        results.row("commit.p99", "POST /v1/transactions, p99", "us", samples.of("commit.p99"));
        results.row("batch.rate", "POST /v1/batch of " + BATCH + ": transactions", "1/s", samples.of("batch.rate"));
        results.row("alone.p99", "embedded commit, p99", "us", samples.of("alone.p99"));
        results.row("scan.p99", "embedded commit beside an embedded reader, p99", "us", samples.of("scan.p99"));
        results.row("beside.p99", "embedded commit beside a reader over HTTP, p99", "us", samples.of("beside.p99"));
        results.row(
                "control.p99",
                "embedded commit beside a client that reads no table, p99",
                "us",
                samples.of("control.p99"));
        results.row(
                "scan.ratio",
                "p99 beside the embedded reader to p99 alone",
                "",
                samples.ratio("scan.p99", "alone.p99"));
        results.row(
                "beside.ratio",
                "p99 beside the reader over HTTP to p99 alone",
                "",
                samples.ratio("beside.p99", "alone.p99"));
        results.row(
                "control.ratio",
                "p99 beside the reader over HTTP to p99 beside the other client",
                "",
                samples.ratio("beside.p99", "control.p99"));
        results.row("pages", "pages read meanwhile", "", samples.of("pages"));
    }

    private static Node launch(final Scratch scratch) throws IOException {
        final NodeContext context = new NodeContext();
        context.engine()
                .directory(scratch.path().resolve("node"))
                .durability(Durability.PROCESS)
                .joiner(true);
        context.replicator().unicast("127.0.0.1:0", Map.of()).insecure();
        context.replicator().replica().node(1).found(1).foundDelayNs(0);
        final Node node = Node.launch(context);
        while (!node.engine().isJoined()) {
            LockSupport.parkNanos(1_000_000);
        }
        return node;
    }

    private interface Request {
        void send(int number) throws IOException, InterruptedException;
    }

    private static Histogram time(final int count, final Histogram all, final Request request)
            throws IOException, InterruptedException {
        final Histogram own = new Histogram(3);
        for (int i = 0; i < count; i++) {
            final long startNs = System.nanoTime();
            request.send(i);
            own.recordValue(System.nanoTime() - startNs);
        }
        all.add(own);
        return own;
    }

    private static double p(final Histogram histogram, final double percentile) {
        return histogram.getValueAtPercentile(percentile) / NS_PER_US;
    }

    private HttpResponse<String> send(final HttpRequest.Builder request) throws IOException, InterruptedException {
        final HttpResponse<String> response = http.send(
                request.header("Authorization", "Bearer " + token).build(), HttpResponse.BodyHandlers.ofString());
        if (response.statusCode() != 200) {
            throw new IOException(response.statusCode() + ": " + response.body());
        }
        return response;
    }

    private HttpResponse<String> get(final String path) throws IOException, InterruptedException {
        return send(HttpRequest.newBuilder(URI.create(url + path)));
    }

    private static String increment(final String key) {
        return "{\"operations\":[{\"op\":\"increment\",\"table\":\"views\",\"key\":\"" + key + "\",\"value\":1}]}";
    }

    private void commit(final String key) throws IOException, InterruptedException {
        post("/v1/transactions", increment(key));
    }

    private void post(final String path, final String body) throws IOException, InterruptedException {
        final HttpResponse<String> unused =
                send(HttpRequest.newBuilder(URI.create(url + path)).POST(HttpRequest.BodyPublishers.ofString(body)));
    }

    /** Small transactions a second, each with an idempotency key, as {@code load --node} sends them. */
    private double batches(final int count) throws IOException, InterruptedException {
        final List<String> lines = new ArrayList<>();
        for (int i = 0; i < BATCH; i++) {
            lines.add(increment("k" + i));
        }
        final String body = String.join("\n", lines) + "\n";
        final long startNs = System.nanoTime();
        for (int i = 0; i < count; i++) {
            final HttpResponse<String> answer =
                    send(HttpRequest.newBuilder(URI.create(url + "/v1/batch?first=" + ((long) i * BATCH + 1)))
                            .header("Idempotency-Key", "load")
                            .POST(HttpRequest.BodyPublishers.ofString(body)));
            if (!answer.body().contains("\"committed\":" + BATCH)) {
                throw new IOException(answer.body());
            }
        }
        return (double) count * BATCH * NS_PER_S / (System.nanoTime() - startNs);
    }

    private static void fill(final Engine engine) {
        for (int i = 0; i < ROW_CELLS; i += CELLS_A_TRANSACTION) {
            try (Transaction tx = Work.begin(engine)) {
                for (int j = i; j < i + CELLS_A_TRANSACTION; j++) {
                    tx.increment("stock", "item-" + j, 1);
                }
                Work.require(tx.commit());
            }
        }
    }

    /** Alone and beside a reader in turn, so that what the machine does otherwise falls on both. */
    private void besideReader(final Engine engine, final int commits, final Samples samples)
            throws InterruptedException {
        final Histogram alone = new Histogram(3);
        final Histogram control = new Histogram(3);
        final Histogram scan = new Histogram(3);
        final Histogram beside = new Histogram(3);
        int pages = 0;
        for (int turn = 0; turn < 4; turn++) {
            paced(engine, commits, alone);
            beside(engine, commits, scan, done -> scan(engine, done));
            beside(engine, commits, control, this::readDocuments);
            pages += beside(engine, commits, beside, this::readPages);
        }
        samples.add("alone.p99", p(alone, P99));
        samples.add("control.p99", p(control, P99));
        samples.add("scan.p99", p(scan, P99));
        samples.add("beside.p99", p(beside, P99));
        samples.add("pages", Math.max(RATIO_BASE, pages));
    }

    /** What a client does in a loop until it is over; returns requests. */
    private interface Reader {
        int read(AtomicBoolean done) throws IOException, InterruptedException;
    }

    @CanIgnoreReturnValue
    private static int beside(final Engine engine, final int commits, final Histogram histogram, final Reader client)
            throws InterruptedException {
        final AtomicBoolean done = new AtomicBoolean();
        final int[] requests = new int[1];
        final Thread reader = new Thread(
                () -> {
                    try {
                        requests[0] = client.read(done);
                    } catch (final IOException e) {
                        throw new IllegalStateException(e);
                    } catch (final InterruptedException e) {
                        Thread.currentThread().interrupt();
                    }
                },
                "reader");
        reader.start();
        paced(engine, commits, histogram);
        done.set(true);
        reader.join();
        return requests[0];
    }

    private static void paced(final Engine engine, final int count, final Histogram histogram) {
        for (int i = 0; i < count; i++) {
            LockSupport.parkNanos(GAP_NS); // not spinning: whoever has no processor left waits for one, reader or not
            final long startNs = System.nanoTime();
            try (Transaction tx = Work.begin(engine)) {
                tx.increment("counters", "hot", 1);
                Work.require(tx.commit());
            }
            histogram.recordValue(System.nanoTime() - startNs);
        }
    }

    /** By a client that has no threads of its own: what it reads is the server's work, not its own. */
    private String read(final String path) throws IOException {
        final HttpURLConnection connection =
                (HttpURLConnection) URI.create(url + path).toURL().openConnection();
        connection.setRequestProperty("Authorization", "Bearer " + token);
        try (InputStream body = connection.getInputStream()) {
            return new String(body.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    /** As much to do for client and server, and nothing of a table. */
    private int readDocuments(final AtomicBoolean done) throws IOException, InterruptedException {
        int documents = 0;
        while (!done.get()) {
            if (read("/openapi.json").isEmpty()) {
                throw new IOException("an empty document");
            }
            documents++;
        }
        return documents;
    }

    private static int scan(final Engine engine, final AtomicBoolean done) {
        int scans = 0;
        while (!done.get()) {
            try (Snapshot snapshot = engine.snapshot()) {
                final long cells = snapshot.scan("stock", "", cell -> {});
                if (cells != ROW_CELLS) {
                    throw new IllegalStateException(cells + " cells");
                }
            }
            scans++;
        }
        return scans;
    }

    private int readPages(final AtomicBoolean done) throws IOException, InterruptedException {
        int pages = 0;
        String from = "";
        while (!done.get()) {
            final String body = read("/v1/tables/stock" + (from.isEmpty() ? "" : "?from=" + from));
            final int next = body.lastIndexOf("\"next\":\"");
            from = next < 0 ? "" : body.substring(next + 8, body.indexOf('"', next + 8));
            pages++;
        }
        return pages;
    }
}
