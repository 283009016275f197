package io.abelia.scheduler.http;

import java.io.IOException;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * What every node is started with.
 *
 * @param id its name
 * @param host address that it listens at, and tells others
 * @param port of HTTP; 0 for a free one
 * @param directory for all that it keeps
 * @param token that it asks for, and shows others; null for none
 * @param clockMs milliseconds since 1970
 * @param errors is told what went wrong in the background
 */
public record NodeOptions(
        String id,
        String host,
        int port,
        Path directory,
        @Nullable String token,
        LongSupplier clockMs,
        Consumer<Throwable> errors) {
    /** The port that was given, or a free one. */
    int choosePort() throws IOException {
        if (port != 0) {
            return port;
        }
        try (ServerSocket socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        }
    }

    String endpoint(final int boundPort) {
        return "http://" + host + ":" + boundPort;
    }
}
