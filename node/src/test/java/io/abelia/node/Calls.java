package io.abelia.node;

import io.abelia.engine.StoreKind;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;

/** Requests to a node's API, with its token. */
final class Calls {
    static final HttpClient HTTP = HttpClient.newHttpClient();

    private Calls() {}

    /** A node alone in its group, which takes commits. */
    static Node alone(final Path directory, final long number) throws IOException {
        final NodeContext context = new NodeContext();
        context.engine()
                .directory(directory)
                .store(StoreKind.MEMORY)
                .segmentBytes(4 << 20)
                .joiner(true);
        context.replicator().unicast("127.0.0.1:0", Map.of()).insecure();
        context.replicator().replica().node(number).found(5).foundDelayNs(0);
        final Node node = Node.launch(context);
        while (!node.engine().isJoined()) {
            LockSupport.parkNanos(1_000_000);
        }
        return node;
    }

    static HttpRequest.Builder request(final Node node, final String path) {
        try {
            return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + node.httpPort() + path))
                    .timeout(Duration.ofSeconds(20))
                    .header(
                            "Authorization",
                            "Bearer " + Files.readString(node.httpTokenFile()).strip());
        } catch (final IOException e) {
            throw new IllegalStateException(e);
        }
    }

    static HttpResponse<String> send(final HttpRequest request) {
        try {
            return HTTP.send(request, HttpResponse.BodyHandlers.ofString());
        } catch (final IOException | InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    static HttpResponse<String> get(final Node node, final String path) {
        return send(request(node, path).build());
    }

    static HttpResponse<String> post(final Node node, final String path, final String body, final String... headers) {
        final HttpRequest.Builder request = request(node, path).POST(HttpRequest.BodyPublishers.ofString(body));
        return send(
                headers.length == 0 ? request.build() : request.headers(headers).build());
    }
}
