package io.abelia.scheduler.http;

import java.io.IOException;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
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
 * @param reaches whether it can call a URL now: for drills, in which a part of the network is cut
 * @param detectsOutages whether a broker declares emergencies by rule
 */
public record NodeOptions(
        String id,
        String host,
        int port,
        Path directory,
        @Nullable String token,
        LongSupplier clockMs,
        Consumer<Throwable> errors,
        Predicate<String> reaches,
        boolean detectsOutages) {
    /** A node on the loopback interface and a free port, by the system's clock, in a directory of its name. */
    public static NodeOptions local(
            final String id, final Path parent, final @Nullable String token, final Consumer<Throwable> errors) {
        return new NodeOptions(
                id, "127.0.0.1", 0, parent.resolve(id), token, System::currentTimeMillis, errors, url -> true, false);
    }

    /** The same in a drill. */
    public NodeOptions reaching(final Predicate<String> newReaches) {
        return new NodeOptions(id, host, port, directory, token, clockMs, errors, newReaches, detectsOutages);
    }

    /** The same for a broker that declares emergencies by rule, or does not. */
    public NodeOptions detectingOutages(final boolean newDetectsOutages) {
        return new NodeOptions(id, host, port, directory, token, clockMs, errors, reaches, newDetectsOutages);
    }

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
