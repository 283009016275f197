package io.abelia.nemesis;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Requests to daemons. */
final class Client {
    /**
     * An answer: status 0 if there was none, so that nobody knows what became of the request.
     *
     * @param token what a session has seen that gets it; empty if the answer does not say
     */
    record Answer(int status, Map<String, Object> json, String text, String token) {}

    private static final int CLIENT_TIMEOUT_S = 10;
    private final HttpClient http = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(Duration.ofSeconds(2))
            .build();
    private final String token;

    Client(final String token) {
        this.token = token;
    }

    Answer get(final String url) {
        return send(HttpRequest.newBuilder(URI.create(url)).GET());
    }

    Answer post(final String url, final String body) {
        return send(HttpRequest.newBuilder(URI.create(url)).POST(HttpRequest.BodyPublishers.ofString(body)));
    }

    private Answer send(final HttpRequest.Builder request) {
        try {
            final HttpResponse<String> response = http.send(
                    request.timeout(Duration.ofSeconds(CLIENT_TIMEOUT_S))
                            .header("Authorization", "Bearer " + token)
                            .build(),
                    HttpResponse.BodyHandlers.ofString());
            final String text = response.body();
            return new Answer(
                    response.statusCode(),
                    text.startsWith("{") ? object(text) : Map.of(),
                    text,
                    response.headers().firstValue("Abelia-Token").orElse(""));
        } catch (final IOException e) {
            return new Answer(0, Map.of(), String.valueOf(e), "");
        } catch (final InterruptedException e) {
            Thread.currentThread().interrupt();
            return new Answer(0, Map.of(), "interrupted", "");
        }
    }

    private static Map<String, Object> object(final String text) throws IOException {
        try (JsonParser parser = new JsonFactory().createParser(text)) {
            parser.nextToken();
            final Map<String, Object> object = new LinkedHashMap<>();
            if (read(parser) instanceof Map<?, ?> map) {
                map.forEach((name, value) -> object.put(String.valueOf(name), value));
            }
            return object;
        }
    }

    private static @Nullable Object read(final JsonParser parser) throws IOException {
        return switch (parser.currentToken()) {
            case START_OBJECT -> {
                final Map<String, @Nullable Object> object = new LinkedHashMap<>();
                while (parser.nextToken() != JsonToken.END_OBJECT) {
                    final String name = parser.currentName();
                    parser.nextToken();
                    object.put(name, read(parser));
                }
                yield object;
            }
            case START_ARRAY -> {
                final List<@Nullable Object> array = new ArrayList<>();
                while (parser.nextToken() != JsonToken.END_ARRAY) {
                    array.add(read(parser));
                }
                yield array;
            }
            case VALUE_NUMBER_INT -> parser.getLongValue();
            case VALUE_NUMBER_FLOAT -> parser.getDoubleValue();
            case VALUE_TRUE -> true;
            case VALUE_FALSE -> false;
            case VALUE_NULL -> null;
            default -> parser.getText();
        };
    }

    /** The value of a cell in an answer, by table, key and column; null if it is not there. */
    static @Nullable Object value(final Answer answer, final String key, final String column) {
        if (answer.json().get("cells") instanceof List<?> cells) {
            for (final Object cell : cells) {
                if (cell instanceof Map<?, ?> fields
                        && key.equals(fields.get("key"))
                        && column.equals(fields.get("column"))) {
                    return fields.get("value");
                }
            }
        }
        return null;
    }
}
