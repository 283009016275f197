package io.abelia.node;

import io.abelia.engine.transaction.TransactionRefusedException;
import io.javalin.Javalin;
import io.javalin.http.Context;
import io.javalin.http.HandlerType;
import io.javalin.util.JavalinBindException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.eclipse.jetty.http.BadMessageException;
import org.eclipse.jetty.http.UriCompliance;
import org.eclipse.jetty.io.EofException;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.thread.QueuedThreadPool;
import org.jspecify.annotations.Nullable;

/**
 * The node's HTTP server: health, readiness, metrics and the document of the API for all, the API itself for who shows the token. It is bound
 * before the node is launched, so that a port that is taken leaves nothing behind; until {@link #serve}, requests are answered with 503.
 *
 * <p>Requests of the API take {@value #MAX_REQUESTS} of its threads at most, and are answered with 503 beyond; what is left answers
 * probes, however many wait. A connection that says nothing for a while is closed, and so is one whose body comes too slowly.
 */
final class HttpApi implements AutoCloseable {
    private static final int MAX_REQUESTS = 48;
    private static final int MAX_THREADS = MAX_REQUESTS + 24;
    private static final int MIN_THREADS = 8;
    private static final long IDLE_MS = 30_000;
    private static final int LEAST_BYTES_A_SECOND = 1_000;
    private static final int MAX_HEADER_BYTES = 16 << 10;
    private static final long DEFAULT_TIMEOUT_MS = 5_000;
    private static final long MAX_TIMEOUT_MS = 60_000;

    private final Javalin javalin;
    private final byte[] authorization;
    private final Consumer<Throwable> errors;
    private final Semaphore requests = new Semaphore(MAX_REQUESTS);
    private volatile @Nullable Routes routes;

    /** What answers, once the node runs. */
    record Routes(TransactionsApi transactions, ReadsApi reads, AdminApi admin, Supplier<String> metrics) {}

    /**
     * Binds the port; nothing but probes is served yet.
     *
     * @param errors receives what should not happen
     * @throws IOException if it cannot be bound, with the option to change
     */
    HttpApi(final NodeContext context, final String token, final Consumer<Throwable> errors) throws IOException {
        this.authorization = ("Bearer " + token).getBytes(StandardCharsets.UTF_8);
        this.errors = errors;
        requireResolved(context.httpAddress());
        this.javalin = Javalin.create(config -> {
            config.showJavalinBanner = false;
            config.startupWatcherEnabled = false;
            config.useVirtualThreads = false;
            config.jetty.threadPool = new QueuedThreadPool(MAX_THREADS, MIN_THREADS);
            config.jetty.addConnector((server, http) ->
                    connector(new ServerConnector(server, 1, 1, new HttpConnectionFactory(limited(http))), context));
            config.jetty.modifyServer(server -> server.setErrorHandler(new Problem.Handler()));
        });
        for (final HandlerType method :
                List.of(HandlerType.GET, HandlerType.POST, HandlerType.PUT, HandlerType.DELETE, HandlerType.PATCH)) {
            javalin.addHttpHandler(method, "/*", this::handle);
        }
        try {
            javalin.start();
        } catch (final JavalinBindException e) {
            javalin.stop();
            throw new IOException(
                    "HTTP cannot listen on " + context.httpAddress() + ":" + context.httpPort() + ": " + root(e)
                            + ". Another process has the port (--http-port, NodeContext.httpPort), or no interface of this machine has the"
                            + " address (--http-address)",
                    e);
        }
    }

    private static void requireResolved(final String address) throws IOException {
        if (new InetSocketAddress(address, 0).isUnresolved()) {
            throw new IOException("HTTP cannot listen on " + address + ": the name does not resolve (--http-address)");
        }
    }

    private static String root(final Throwable e) {
        Throwable cause = e;
        while (cause.getCause() != null) {
            cause = cause.getCause();
        }
        return String.valueOf(cause.getMessage());
    }

    private static HttpConfiguration limited(final HttpConfiguration http) {
        http.setUriCompliance(UriCompliance.UNSAFE); // names may hold any character, a slash too
        http.setSendServerVersion(false);
        http.setRequestHeaderSize(MAX_HEADER_BYTES);
        http.setMinRequestDataRate(LEAST_BYTES_A_SECOND);
        return http;
    }

    private static ServerConnector connector(final ServerConnector connector, final NodeContext context) {
        connector.setHost(context.httpAddress());
        connector.setPort(context.httpPort());
        connector.setIdleTimeout(IDLE_MS);
        return connector;
    }

    int port() {
        return javalin.port();
    }

    /** Serves the API from now on. */
    void serve(final Routes newRoutes) {
        routes = newRoutes;
    }

    private void handle(final Context context) {
        Request request = null;
        try {
            request = new Request(context);
            route(request, routes);
        } catch (final ApiException e) {
            fail(context, request, e.status(), String.valueOf(e.getMessage()));
        } catch (final TransactionRefusedException e) {
            fail(context, request, 400, String.valueOf(e.getMessage())); // a name that no cell can have
        } catch (final InterruptedException e) {
            Thread.currentThread().interrupt();
            fail(context, request, 503, "the node is stopping");
        } catch (final IllegalStateException e) {
            fail(context, request, 503, String.valueOf(e.getMessage()));
        } catch (final EofException e) {
            // the client has gone; there is nobody to tell
        } catch (final IOException e) {
            if (e.getCause() instanceof BadMessageException bad) { // a body that comes too slowly, for one
                fail(context, request, bad.getCode(), String.valueOf(bad.getReason()));
            } else {
                errors.accept(e);
                fail(context, request, 500, String.valueOf(e.getMessage()));
            }
        } catch (final BadMessageException e) {
            fail(context, request, e.getCode(), String.valueOf(e.getReason()));
        } catch (final RuntimeException e) {
            errors.accept(e);
            fail(context, request, 500, "an error of the node itself, which its log tells of");
        }
    }

    private static void fail(
            final Context context, final @Nullable Request request, final int status, final String detail) {
        if (request != null) {
            request.writeLateToken();
        }
        context.status(status).contentType(Problem.CONTENT_TYPE).result(Problem.bytes(status, detail));
    }

    private void route(final Request request, final @Nullable Routes now) throws IOException, InterruptedException {
        switch (request.path().get(0)) {
            case "health" -> plain(request, 200, "alive\n");
            case "ready" -> {
                final String reason = now == null ? "the node is starting" : now.admin.unready();
                plain(request, reason.isEmpty() ? 200 : 503, reason.isEmpty() ? "ready\n" : reason + "\n");
            }
            case "metrics" -> plain(request, now == null ? 503 : 200, now == null ? "" : now.metrics.get());
            case "openapi.json" -> document(request);
            case "v1" -> authorized(request, now);
            default -> throw new ApiException(404, "no such path; /openapi.json tells which there are");
        }
    }

    private void authorized(final Request request, final @Nullable Routes now)
            throws IOException, InterruptedException {
        final byte[] shown = request.header("Authorization").getBytes(StandardCharsets.UTF_8);
        if (!MessageDigest.isEqual(shown, authorization)) {
            throw new ApiException(401, "show the node's token: Authorization: Bearer TOKEN");
        }
        if (now == null) {
            throw new ApiException(503, "the node is starting");
        }
        if (!requests.tryAcquire()) {
            throw new ApiException(503, "more than " + MAX_REQUESTS + " requests at once; send it again");
        }
        try {
            api(request, now);
        } finally {
            requests.release();
        }
    }

    private static void plain(final Request request, final int status, final String text) {
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

    private static void api(final Request request, final Routes now) throws IOException, InterruptedException {
        final String what = request.path().size() < 2 ? "" : request.path().get(1);
        final boolean post = request.method().equals("POST");
        final String route = request.method() + " " + what
                + (what.equals("members") && request.path().size() > 2
                        ? "/" + request.path().get(2)
                        : "");
        // of all that is applied now, unless the answer says it more exactly
        request.lateToken(now.transactions::currentToken);
        if (!post) {
            now.transactions.awaitToken(
                    request, Duration.ofMillis(request.number("timeoutMs", DEFAULT_TIMEOUT_MS, 0, MAX_TIMEOUT_MS)));
        }
        switch (route) {
            case "POST transactions" -> now.transactions.post(request);
            case "POST batch" -> now.transactions.postBatch(request);
            case "GET cells" -> now.reads.cells(request);
            case "GET tables" -> now.reads.tables(request);
            case "GET changes" -> now.reads.changes(request);
            case "GET digest" -> now.reads.digest(request);
            case "GET status" -> now.admin.status(request);
            case "GET members" -> now.admin.members(request);
            case "POST members/remove" -> now.admin.remove(request);
            case "POST snapshot" -> now.admin.snapshot(request);
            default ->
                throw new ApiException(404, "no such request: " + route + "; /openapi.json tells which there are");
        }
    }

    @Override
    public void close() {
        javalin.stop();
    }
}
