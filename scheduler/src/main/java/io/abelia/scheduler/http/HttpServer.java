package io.abelia.scheduler.http;

import io.abelia.scheduler.model.Json;
import io.javalin.Javalin;
import io.javalin.http.Context;
import io.javalin.http.Handler;
import io.javalin.http.HandlerType;
import io.javalin.http.HttpResponseException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Collections;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * An HTTP server with a bearer token, a limit on bodies, and errors as {@code application/problem+json} (RFC 9457). Everything but {@code GET
 * /ping}, the page and its description needs the token, if there is one.
 */
public final class HttpServer implements AutoCloseable {
    private static final int MAX_BODY_BYTES = 64 << 20;
    private static final int MAX_THREADS = 16;

    private final Javalin javalin;
    private final SortedMap<String, String> routes = new TreeMap<>();
    private final String host;
    private final @Nullable String token;

    /** A server that is not started yet; without a token it asks for none. */
    public HttpServer(final String host, final @Nullable String token) {
        this.host = host;
        this.token = token;
        this.javalin = Javalin.create(config -> {
            config.showJavalinBanner = false;
            config.startupWatcherEnabled = false;
            config.http.maxRequestSize = MAX_BODY_BYTES;
            config.useVirtualThreads = false;
            config.jetty.threadPool = new org.eclipse.jetty.util.thread.QueuedThreadPool(MAX_THREADS);
        });
        javalin.exception(IllegalArgumentException.class, (e, context) -> problem(context, 400, e.getMessage()));
        javalin.exception(IllegalStateException.class, (e, context) -> problem(context, 503, e.getMessage()));
        javalin.exception(HttpResponseException.class, (e, context) -> problem(context, e.getStatus(), e.getMessage()));
        javalin.exception(Exception.class, (e, context) -> problem(context, 500, String.valueOf(e)));
        javalin.error(404, context -> {
            if (context.result() == null
                    || !"application/problem+json".equals(context.res().getContentType())) {
                problem(context, 404, "there is nothing at " + context.method() + " " + context.path());
            }
        });
        open("GET", "/ping", context -> context.result("pong"));
    }

    private static void problem(final Context context, final int status, final @Nullable String detail) {
        context.status(status)
                .contentType("application/problem+json")
                .result(Json.write(Map.of("status", status, "title", title(status), "detail", String.valueOf(detail))));
    }

    private static String title(final int status) {
        return switch (status) {
            case 400 -> "Bad request";
            case 401 -> "Unauthorized";
            case 404 -> "Not found";
            case 409 -> "Conflict";
            case 413 -> "Content too large";
            case 503 -> "Not now";
            default -> "Error";
        };
    }

    /** Answers a request that needs the token. */
    public HttpServer on(final String method, final String path, final Handler handler) {
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
        javalin.start(host, port);
        return javalin.port();
    }

    /** The body as a value; a bad one is answered with what is wrong. */
    static <T> T body(final Context context, final Class<T> type) {
        return Json.read(context.body(), type);
    }

    static void json(final Context context, final Object value) {
        context.contentType("application/json").result(Json.write(value));
    }

    @Override
    public void close() {
        javalin.stop();
    }
}
