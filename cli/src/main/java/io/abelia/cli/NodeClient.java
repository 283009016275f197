package io.abelia.cli;

import io.abelia.node.Node;
import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Options that name a running node, and requests to it. */
final class NodeClient {
    static final int DEFAULT_PORT = 7640;
    private static final Duration TIMEOUT = Duration.ofSeconds(70);
    private static final int OK = 200;
    private static final int MULTIPLE = 300;
    private static final int BAD_REQUEST = 400;
    private static final int CONFLICT = 409;

    /** The node does not take what it was asked. */
    static final class RefusedException extends IOException {
        private static final long serialVersionUID = 1L;

        private final boolean mayPass;

        RefusedException(final String message, final boolean mayPass) {
            super(message);
            this.mayPass = mayPass;
        }

        /** Whether it is for want of rights that other nodes are being asked for. */
        boolean mayPass() {
            return mayPass;
        }
    }

    @Option(
            names = "--node",
            paramLabel = "URL",
            description = "A running node, as http://127.0.0.1:" + DEFAULT_PORT + ".")
    private @Nullable String url;

    @Option(
            names = "--token-file",
            paramLabel = "FILE",
            description = "Token of the node's HTTP API (default: that of --dir; or the variable ABELIA_TOKEN).")
    private @Nullable Path tokenFile;

    private final HttpClient http = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(Duration.ofSeconds(5))
            .build();

    boolean isGiven() {
        return url != null;
    }

    private String token(final @Nullable Path dir) throws IOException {
        final String variable = System.getenv("ABELIA_TOKEN");
        final Path file = tokenFile != null ? tokenFile : dir == null ? null : Node.tokenFile(dir);
        if (file != null) {
            return Files.readString(file).strip();
        }
        if (variable != null) {
            return variable;
        }
        throw new UsageException(
                "no token was given, and a node answers nobody without its own: give --token-file FILE, --dir DIR of the node, or set"
                        + " ABELIA_TOKEN");
    }

    /** Asks the node; the default one if none was named. */
    String get(final String path, final @Nullable Path dir) throws IOException {
        return send(request(path, dir).GET().build());
    }

    String post(final String path, final String body, final @Nullable Path dir) throws IOException {
        return send(request(path, dir)
                .POST(HttpRequest.BodyPublishers.ofString(body))
                .build());
    }

    String post(final String path, final String body, final String idempotencyKey, final @Nullable Path dir)
            throws IOException {
        return send(request(path, dir)
                .header("Idempotency-Key", idempotencyKey)
                .POST(HttpRequest.BodyPublishers.ofString(body))
                .build());
    }

    private HttpRequest.Builder request(final String path, final @Nullable Path dir) throws IOException {
        final String token = token(dir);
        try {
            return HttpRequest.newBuilder(URI.create(base() + path))
                    .timeout(TIMEOUT)
                    .header("Authorization", "Bearer " + token);
        } catch (final IllegalArgumentException e) {
            throw new UsageException(base() + " is no URL of a node: " + e.getMessage());
        }
    }

    private String base() {
        return url == null ? "http://127.0.0.1:" + DEFAULT_PORT : url.replaceAll("/+$", "");
    }

    private String send(final HttpRequest request) throws IOException {
        try {
            final HttpResponse<String> response = http.send(request, HttpResponse.BodyHandlers.ofString());
            if (response.statusCode() < OK || response.statusCode() >= MULTIPLE) {
                final String body = response.body();
                final boolean json = body.startsWith("{");
                final String problem = base() + " answers " + response.statusCode() + ": "
                        + (json ? String.valueOf(Json.object(body).get("detail")) : body);
                final boolean mayPass = response.statusCode() == CONFLICT;
                throw mayPass || response.statusCode() == BAD_REQUEST
                        ? new RefusedException(problem, mayPass)
                        : new IOException(problem);
            }
            return response.body();
        } catch (final ConnectException e) {
            throw new IOException("no node answers at " + base() + "; name another with --node", e);
        } catch (final InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
    }

    static String encode(final String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
    }
}
