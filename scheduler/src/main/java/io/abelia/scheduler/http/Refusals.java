package io.abelia.scheduler.http;

import io.abelia.scheduler.model.Json;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.server.handler.ErrorHandler;

/** Errors as {@code application/problem+json} (RFC 9457), also those that the server finds before a request is one. */
final class Refusals extends ErrorHandler {
    static final String CONTENT_TYPE = "application/problem+json";

    static String text(final int status, final String detail) {
        return Json.write(Map.of("status", status, "title", HttpStatus.getMessage(status), "detail", detail));
    }

    @Override
    public ByteBuffer badMessageError(final int status, final String reason, final HttpFields.Mutable fields) {
        fields.put(HttpHeader.CONTENT_TYPE, CONTENT_TYPE);
        return ByteBuffer.wrap(text(status, String.valueOf(reason)).getBytes(StandardCharsets.UTF_8));
    }
}
