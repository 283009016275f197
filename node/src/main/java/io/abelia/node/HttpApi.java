package io.abelia.node;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Supplier;

/** The node's HTTP server: health, readiness, metrics and the document of the API for all, the API itself for who shows the token. */
final class HttpApi implements AutoCloseable {
    private static final String NO_DELAY = "sun.net.httpserver.nodelay";

    static {
        if (System.getProperty(NO_DELAY) == null) {
            // else each answer on a connection that stays open waits for the client's delayed acknowledgement, 40 ms
            System.setProperty(NO_DELAY, "true");
        }
    }

    private static final int MAX_THREADS = 64;
    private static final int STOP_DELAY_S = 1;

    private final HttpServer server;
    private final ExecutorService threads;
    private final byte[] authorization;
    private final TransactionsApi transactions;
    private final ReadsApi reads;
    private final AdminApi admin;
    private final Supplier<String> metrics;
    private final Consumer<Throwable> errors;

    HttpApi(
            final NodeContext context,
            final String token,
            final TransactionsApi transactions,
            final ReadsApi reads,
            final AdminApi admin,
            final Supplier<String> metrics,
            final Consumer<Throwable> errors)
            throws IOException {
        this.authorization = ("Bearer " + token).getBytes(StandardCharsets.UTF_8);
        this.transactions = transactions;
        this.reads = reads;
        this.admin = admin;
        this.metrics = metrics;
        this.errors = errors;
        this.server = HttpServer.create(
                new InetSocketAddress(InetAddress.getByName(context.httpAddress()), context.httpPort()), 0);
        this.threads = new ThreadPoolExecutor(
                0, MAX_THREADS, 10, TimeUnit.SECONDS, new SynchronousQueue<>(), HttpApi::thread, (task, pool) -> {
                    throw new RejectedExecutionException("more than " + MAX_THREADS + " requests at once");
                });
        server.setExecutor(threads);
        server.createContext("/", this::handle);
        server.start();
    }

    private static Thread thread(final Runnable task) {
        final Thread thread = new Thread(task, "abelia-http");
        thread.setDaemon(true);
        return thread;
    }

    int port() {
        return server.getAddress().getPort();
    }

    private void handle(final HttpExchange exchange) throws IOException {
        try {
            final Request request = new Request(exchange);
            try {
                route(request);
            } catch (final ApiException e) {
                fail(request, e.status(), String.valueOf(e.getMessage()));
            } catch (final InterruptedException e) {
                Thread.currentThread().interrupt();
                fail(request, 503, "the node is stopping");
            } catch (final IllegalStateException e) {
                fail(request, 503, String.valueOf(e.getMessage()));
            }
        } catch (final ApiException e) { // the URL is no URL: nothing of it can be answered
            exchange.sendResponseHeaders(e.status(), -1);
        } catch (final IOException e) {
            // the client has gone; there is nobody to tell
        } catch (final RuntimeException e) {
            errors.accept(e);
        } finally {
            exchange.close();
        }
    }

    private static void fail(final Request request, final int status, final String message) throws IOException {
        request.answer(status, json -> {
            json.writeStartObject();
            json.writeStringField("error", message);
            json.writeEndObject();
        });
    }

    private void route(final Request request) throws IOException, InterruptedException {
        final String first = request.path().get(0);
        switch (first) {
            case "health" -> plain(request, 200, "alive\n");
            case "ready" -> {
                final String reason = admin.unready();
                plain(request, reason.isEmpty() ? 200 : 503, reason.isEmpty() ? "ready\n" : reason + "\n");
            }
            case "metrics" -> plain(request, 200, metrics.get());
            case "openapi.json" -> document(request);
            case "v1" -> {
                final byte[] shown = request.header("Authorization").getBytes(StandardCharsets.UTF_8);
                if (!MessageDigest.isEqual(shown, authorization)) {
                    throw new ApiException(401, "show the node's token: Authorization: Bearer TOKEN");
                }
                api(request);
            }
            default -> throw new ApiException(404, "no such path; /openapi.json tells which there are");
        }
    }

    private static void plain(final Request request, final int status, final String text) throws IOException {
        request.answer(status, "text/plain; charset=utf-8", text.getBytes(StandardCharsets.UTF_8));
    }

    private static void document(final Request request) throws IOException {
        try (InputStream in = HttpApi.class.getResourceAsStream("openapi.json")) {
            if (in == null) {
                throw new ApiException(404, "the document is not part of this build");
            }
            request.answer(200, "application/json", in.readAllBytes());
        }
    }

    private void api(final Request request) throws IOException, InterruptedException {
        final String what = request.path().size() < 2 ? "" : request.path().get(1);
        final boolean post = request.method().equals("POST");
        final String route = request.method() + " " + what
                + (what.equals("members") && request.path().size() > 2
                        ? "/" + request.path().get(2)
                        : "");
        // of all that is applied now, unless the answer says it more exactly
        request.lateToken(transactions::currentToken);
        if (!post) {
            transactions.awaitToken(request, Duration.ofMillis(request.number("timeoutMs", 5_000, 0, 60_000)));
        }
        switch (route) {
            case "POST transactions" -> transactions.post(request);
            case "GET cells" -> reads.cells(request);
            case "GET tables" -> reads.tables(request);
            case "GET changes" -> reads.changes(request);
            case "GET digest" -> reads.digest(request);
            case "GET status" -> admin.status(request);
            case "GET members" -> admin.members(request);
            case "POST members/remove" -> admin.remove(request);
            case "POST snapshot" -> admin.snapshot(request);
            default ->
                throw new ApiException(404, "no such request: " + route + "; /openapi.json tells which there are");
        }
    }

    @Override
    public void close() {
        server.stop(STOP_DELAY_S);
        threads.shutdownNow();
    }
}
