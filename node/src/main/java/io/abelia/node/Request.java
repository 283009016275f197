package io.abelia.node;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import io.abelia.engine.clock.SessionToken;
import io.javalin.http.Context;
import java.io.BufferedOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.URLDecoder;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** One HTTP request, taken apart; and its answer. */
final class Request {
    private static final int MAX_BODY_BYTES = 4 << 20;
    /** What a decoder puts in the place of bytes that are no text. */
    private static final char REPLACEMENT = '\uFFFD';

    private static final String ENCODED_REPLACEMENT = "%EF%BF%BD";
    private static final String TOKEN_HEADER = "Abelia-Token";

    /** Writes an answer. */
    @FunctionalInterface
    interface Body {
        void write(JsonGenerator json) throws IOException;
    }

    private final Context context;
    private @Nullable Supplier<SessionToken> lateToken;
    private final List<String> path = new ArrayList<>();
    private final Map<String, String> query = new HashMap<>();

    Request(final Context context) {
        this.context = context;
        for (final String part : context.req().getRequestURI().split("/", -1)) {
            path.add(decode(part.replace("+", "%2B"))); // a plus is a space in queries only
        }
        path.remove(0);
        final String text = context.req().getQueryString();
        if (text != null) {
            for (final String pair : text.split("&", -1)) {
                final int equals = pair.indexOf('=');
                query.put(
                        decode(equals < 0 ? pair : pair.substring(0, equals)),
                        equals < 0 ? "" : decode(pair.substring(equals + 1)));
            }
        }
    }

    private static String decode(final String text) {
        try {
            final String decoded = URLDecoder.decode(text, StandardCharsets.UTF_8);
            if (decoded.indexOf(REPLACEMENT) >= 0
                    && !text.toUpperCase(Locale.ROOT).contains(ENCODED_REPLACEMENT)) {
                throw new ApiException(400, "the URL is no UTF-8: " + text);
            }
            return decoded;
        } catch (final IllegalArgumentException e) {
            throw new ApiException(400, "the URL is not well encoded: " + e.getMessage());
        }
    }

    /** Begins an answer that goes on until the stream is closed; the client sees at once that it is listened to. */
    OutputStream stream(final String contentType) throws IOException {
        context.contentType(contentType);
        writeLateToken();
        context.res().flushBuffer();
        return new BufferedOutputStream(context.res().getOutputStream());
    }

    String method() {
        return context.req().getMethod();
    }

    /** Parts of the path behind {@code /v1}. */
    List<String> path() {
        return path;
    }

    String query(final String name, final String byDefault) {
        return query.getOrDefault(name, byDefault);
    }

    boolean has(final String name) {
        return query.containsKey(name);
    }

    long number(final String name, final long byDefault, final long least, final long most) {
        final String text = query.get(name);
        if (text == null) {
            return byDefault;
        }
        try {
            final long number = Long.parseLong(text);
            if (number >= least && number <= most) {
                return number;
            }
        } catch (final NumberFormatException e) {
            throw new ApiException(400, name + " is " + text + "; it is a number from " + least + " to " + most);
        }
        throw new ApiException(400, name + " is " + text + "; it is a number from " + least + " to " + most);
    }

    String header(final String name) {
        final String value = context.header(name);
        return value == null ? "" : value;
    }

    /** The body as text. */
    String body() throws IOException {
        final byte[] bytes = context.req().getInputStream().readNBytes(MAX_BODY_BYTES + 1);
        if (bytes.length > MAX_BODY_BYTES) {
            throw new ApiException(413, "a body has at most " + MAX_BODY_BYTES + " bytes");
        }
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
        } catch (final CharacterCodingException e) {
            throw new ApiException(400, "the body is no UTF-8");
        }
    }

    /** Says with the answer what a session has seen that gets it. */
    void token(final SessionToken token) {
        context.header(TOKEN_HEADER, token.toString());
    }

    /** Gives the token of an answer that {@link #token} says nothing of, as it is sent: a refusal tells of the state, too. */
    void lateToken(final Supplier<SessionToken> newLateToken) {
        lateToken = newLateToken;
    }

    void answer(final int status, final Body body) throws IOException {
        final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (JsonGenerator json = new JsonFactory().createGenerator(bytes)) {
            body.write(json);
        }
        answer(status, "application/json", bytes.toByteArray());
    }

    /** Gives the answer its token, if it has none yet. */
    void writeLateToken() {
        final Supplier<SessionToken> token = lateToken;
        if (token != null && !context.res().containsHeader(TOKEN_HEADER)) {
            try {
                token(token.get());
            } catch (final IllegalStateException e) {
                // the engine is closed: there is nothing more to see here
            }
        }
    }

    void answer(final int status, final String contentType, final byte[] bytes) {
        writeLateToken();
        context.status(status).contentType(contentType).result(bytes);
    }
}
