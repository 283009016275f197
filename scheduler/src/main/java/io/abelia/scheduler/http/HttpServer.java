package io.abelia.scheduler.http;

import io.abelia.engine.transaction.TransactionRefusedException;
import io.abelia.scheduler.broker.ConflictException;
import io.abelia.scheduler.model.Json;
import io.javalin.Javalin;
import io.javalin.http.Context;
import io.javalin.http.Handler;
import io.javalin.http.HandlerType;
import io.javalin.http.HttpResponseException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Collections;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.Semaphore;
import org.eclipse.jetty.http.BadMessageException;
import org.eclipse.jetty.http.UriCompliance;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.thread.QueuedThreadPool;
import org.jspecify.annotations.Nullable;

/**
 * An HTTP server with a bearer token, a limit on bodies, and errors as {@code application/problem+json} (RFC 9457). Everything but {@code GET
 * /ping}, the page and its description needs the token, if there is one.
 */
public final class HttpServer implements AutoCloseable {
    private static final int MAX_BODY_BYTES = 64 << 20;
    private static final int MAX_REQUESTS = 48;
    private static final int MAX_THREADS = MAX_REQUESTS + 16;
    private static final long IDLE_MS = 30_000;
    private static final int LEAST_BYTES_A_SECOND = 1_000;

    private final Javalin javalin;
    private final SortedMap<String, String> routes = new TreeMap<>();
    private final String host;
    private final @Nullable String token;
    private final Semaphore requests = new Semaphore(MAX_REQUESTS);
    private volatile int wantedPort;

    /** A server that is not started yet; without a token it asks for none. */
    public HttpServer(final String host, final @Nullable String token) {
        this.host = host;
        this.token = token;
        this.javalin = Javalin.create(config -> {
            config.showJavalinBanner = false;
            config.startupWatcherEnabled = false;
            config.http.maxRequestSize = MAX_BODY_BYTES;
            config.useVirtualThreads = false;
            config.jetty.threadPool = new QueuedThreadPool(MAX_THREADS);
            config.jetty.addConnector((server, http) ->
                    connector(new ServerConnector(server, 1, 1, new HttpConnectionFactory(limited(http))), wantedPort));
            config.jetty.modifyServer(server -> server.setErrorHandler(new Refusals()));
        });
        javalin.before(context -> {
            if (String.valueOf(context.contentType()).startsWith("multipart/")) {
                throw new HttpResponseException(
                        415,
                        "send the bytes themselves as the body, and no form: curl -T FILE, or --data-binary @FILE",
                        Map.of());
            }
        });
        javalin.exception(ConflictException.class, (e, context) -> problem(context, 409, e.getMessage()));
        javalin.exception(BadMessageException.class, (e, context) -> problem(context, e.getCode(), e.getReason()));
        javalin.exception(
                TransactionRefusedException.class,
                (e, context) -> problem(context, 400, e.getMessage())); // names, lengths
        javalin.exception(IllegalArgumentException.class, (e, context) -> problem(context, 400, e.getMessage()));
        javalin.exception(IllegalStateException.class, (e, context) -> problem(context, 503, e.getMessage()));
        javalin.exception(IOException.class, HttpServer::onBroken);
        javalin.exception(HttpResponseException.class, (e, context) -> problem(context, e.getStatus(), e.getMessage()));
        javalin.exception(Exception.class, (e, context) -> problem(context, 500, String.valueOf(e)));
        javalin.error(404, context -> {
            if (context.result() == null
                    || !Refusals.CONTENT_TYPE.equals(context.res().getContentType())) {
                problem(context, 404, "there is nothing at " + context.method() + " " + context.path());
            }
        });
        open("GET", "/ping", context -> context.result("pong"));
    }

    /** A body that comes too slowly is the client's fault; what else breaks while it is read or written is not. */
    private static void onBroken(final IOException e, final Context context) {
        if (e.getCause() instanceof BadMessageException bad) {
            problem(context, bad.getCode(), bad.getReason());
        } else {
            problem(context, 500, String.valueOf(e));
        }
    }

    private static void problem(final Context context, final int status, final @Nullable String detail) {
        context.status(status).contentType(Refusals.CONTENT_TYPE).result(Refusals.text(status, String.valueOf(detail)));
    }

    /** Names may hold any character; who says nothing, or too slowly, is not waited for. */
    private static HttpConfiguration limited(final HttpConfiguration http) {
        http.setUriCompliance(UriCompliance.UNSAFE);
        http.setSendServerVersion(false);
        http.setMinRequestDataRate(LEAST_BYTES_A_SECOND);
        return http;
    }

    private ServerConnector connector(final ServerConnector connector, final int port) {
        connector.setHost(host);
        connector.setPort(port);
        connector.setIdleTimeout(IDLE_MS);
        return connector;
    }

    /** Answers a request that needs the token. */
    public HttpServer on(final String method, final String path, final Handler handler) {
        return add(method, path, context -> {
            requireToken(context);
            if (!requests.tryAcquire()) {
                throw new HttpResponseException(
                        503, MAX_REQUESTS + " requests are being answered; try again", Map.of());
            }
            try {
                handler.handle(context);
            } finally {
                requests.release();
            }
        });
    }

    /** Answers a small request that others depend on, however many are being answered: it waits for a thread, and is not refused. */
    HttpServer onAlways(final String method, final String path, final Handler handler) {
        return add(method, path, context -> {
            requireToken(context);
            handler.handle(context);
        });
    }

    /** Answers a request of anybody. */
    public HttpServer open(final String method, final String path, final Handler handler) {
        return add(method, path, handler);
    }

    private HttpServer add(final String method, final String path, final Handler handler) {
        routes.put(path.replace('<', '{').replace('>', '}') + " " + method, method);
        javalin.addHttpHandler(HandlerType.valueOf(method), path, handler);
        return this;
    }

    private void requireToken(final Context context) {
        if (token != null) {
            final String given = String.valueOf(context.header("Authorization"));
            final byte[] expected = ("Bearer " + token).getBytes(StandardCharsets.UTF_8);
            if (!MessageDigest.isEqual(expected, given.getBytes(StandardCharsets.UTF_8))) {
                context.header("WWW-Authenticate", "Bearer");
                throw new HttpResponseException(401, "send the group's token: Authorization: Bearer ...", Map.of());
            }
        }
    }

    /** Paths and methods that it answers: {@code "/ping GET"}. */
    public java.util.Set<String> routes() {
        return Collections.unmodifiableSet(routes.keySet());
    }

    /** Starts; port 0 for a free one. Returns the port. */
    public int start(final int port) {
        wantedPort = port;
        javalin.start();
        return javalin.port();
    }

    /** The body as a value; a bad one is answered with what is wrong. */
    static <T> T body(final Context context, final Class<T> type) {
        return Json.read(context.body(), type);
    }

    /** The body as a value that a client wrote: what is not known there is refused. */
    static <T> T strictBody(final Context context, final Class<T> type) {
        return Json.readStrictly(context.body(), type);
    }

    static void json(final Context context, final Object value) {
        context.contentType("application/json").result(Json.write(value));
    }

    @Override
    public void close() {
        javalin.stop();
    }
}
