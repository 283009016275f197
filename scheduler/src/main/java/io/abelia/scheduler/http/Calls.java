package io.abelia.scheduler.http;

import io.abelia.scheduler.model.Json;
import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** Requests to other nodes, with the group's token. Any thread. */
public final class Calls {
    private static final Duration TIMEOUT = Duration.ofSeconds(10);
    private static final Duration CONNECT = Duration.ofSeconds(2);
    /** What a slow link carries at least. */
    private static final int BYTES_PER_MS = 50;

    private static final int NOT_FOUND = 404;
    private static final int OK = 200;
    private static final int BAD = 300;
    /** What is wrong with a request, not with whoever is asked. */
    private static final Set<Integer> FOR_GOOD = Set.of(400, 409, 413, 415, 422);

    private final HttpClient http = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(CONNECT)
            .build();
    private final @Nullable String token;
    private final Predicate<String> reaches;

    /** Calls that show a token, to all URLs that can be reached. */
    public Calls(final @Nullable String token, final Predicate<String> reaches) {
        this.token = token;
        this.reaches = reaches;
    }

    static String encode(final String part) {
        return URLEncoder.encode(part, StandardCharsets.UTF_8)
                .replace("+", "%20")
                .replace("%2F", "/");
    }

    /** What was sent is refused, and will be however often it is sent. */
    static final class RefusedException extends RuntimeException {
        private static final long serialVersionUID = 1;

        RefusedException(final String message) {
            super(message);
        }

        /** The refusal behind a failure; null if it was another one. */
        static @Nullable RefusedException in(final Throwable failure) {
            Throwable cause = failure;
            while (cause != null && !(cause instanceof RefusedException)) {
                cause = cause.getCause();
            }
            return (RefusedException) cause;
        }
    }

    private static void requireTaken(final String what, final int status, final String body) {
        if (FOR_GOOD.contains(status)) {
            throw new RefusedException(what + ": " + body);
        }
    }

    private HttpRequest request(final String method, final String url, final byte @Nullable [] body)
            throws ConnectException {
        if (!reaches.test(url)) {
            throw new ConnectException(url + " cannot be reached");
        }
        final HttpRequest.Builder builder = HttpRequest.newBuilder(URI.create(url))
                .timeout(body == null ? TIMEOUT : TIMEOUT.plusMillis(body.length / BYTES_PER_MS))
                .method(
                        method,
                        body == null
                                ? HttpRequest.BodyPublishers.noBody()
                                : HttpRequest.BodyPublishers.ofByteArray(body));
        if (token != null) {
            builder.header("Authorization", "Bearer " + token);
        }
        return builder.build();
    }

    /** Sends a value and hands the answer on; nobody is told of what fails, as whoever asks asks again. */
    <T> CompletableFuture<T> send(
            final String method, final String url, final @Nullable Object value, final Class<T> answer) {
        final byte[] body = value == null ? null : Json.write(value).getBytes(StandardCharsets.UTF_8);
        final HttpRequest request;
        try {
            request = request(method, url, body);
        } catch (final IllegalArgumentException | ConnectException e) {
            return CompletableFuture.failedFuture(e); // no address: as if nobody answered there
        }
        return http.sendAsync(request, HttpResponse.BodyHandlers.ofString()).thenApply(response -> {
            requireTaken(method + " " + url, response.statusCode(), response.body());
            if (response.statusCode() >= BAD) {
                throw new IllegalStateException(method + " " + url + ": " + response.body());
            }
            return Json.read(response.body(), answer);
        });
    }

    /** Sends bytes and returns the answer's text. */
    public String put(final String url, final byte[] body) throws IOException, InterruptedException {
        final HttpResponse<String> response =
                http.send(request("PUT", url, body), HttpResponse.BodyHandlers.ofString());
        requireTaken("PUT " + url, response.statusCode(), response.body());
        if (response.statusCode() >= BAD) {
            throw new IOException("PUT " + url + ": " + response.body());
        }
        return response.body();
    }

    /** Sends bytes; the future fails if they were not taken. */
    CompletableFuture<String> putSoon(final String url, final byte[] body) {
        final HttpRequest request;
        try {
            request = request("PUT", url, body);
        } catch (final IllegalArgumentException | ConnectException e) {
            return CompletableFuture.failedFuture(e);
        }
        return http.sendAsync(request, HttpResponse.BodyHandlers.ofString()).thenApply(response -> {
            if (response.statusCode() >= BAD) {
                throw new IllegalStateException("PUT " + url + ": " + response.body());
            }
            return response.body();
        });
    }

    /** Bytes at a place; null if there are none. */
    public byte @Nullable [] get(final String url) throws IOException, InterruptedException {
        final HttpResponse<byte[]> response =
                http.send(request("GET", url, null), HttpResponse.BodyHandlers.ofByteArray());
        if (response.statusCode() == NOT_FOUND) {
            return null;
        }
        if (response.statusCode() != OK) {
            throw new IOException("GET " + url + ": " + new String(response.body(), StandardCharsets.UTF_8));
        }
        return response.body();
    }
}
