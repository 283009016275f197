package io.abelia.node;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.time.Duration;

/** Requests to a node's API, with its token. */
final class Calls {
    static final HttpClient HTTP = HttpClient.newHttpClient();

    private Calls() {}

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
