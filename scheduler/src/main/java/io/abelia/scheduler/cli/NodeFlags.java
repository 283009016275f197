package io.abelia.scheduler.cli;

import io.abelia.scheduler.http.Discovery;
import io.abelia.scheduler.http.NodeOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Options that all nodes share, and how they end. */
class NodeFlags {
    private static final long LOOK_NS = 5_000_000_000L;

    @Option(names = "--id", required = true, description = "name of the node; letters, digits and . _ : -")
    String id = "";

    @Option(
            names = "--host",
            defaultValue = "127.0.0.1",
            description = "address to listen at, and to tell others (${DEFAULT-VALUE})")
    String host = "";

    @Option(names = "--port", defaultValue = "0", description = "port of HTTP; by default a free one")
    int port;

    @Option(names = "--rootdir", required = true, description = "directory for all that the node keeps")
    Path rootdir = Path.of(".");

    @Option(names = "--token-file", description = "file with the group's token; who does not show it is refused")
    @Nullable
    Path tokenFile;

    @Option(names = "--insecure", description = "ask nobody for a token")
    boolean insecure;

    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            description = "this text")
    boolean help;

    NodeOptions options() throws IOException {
        final Path file = tokenFile;
        if (file == null && !insecure) {
            throw new IllegalArgumentException("give the group's token with --token-file, or say --insecure."
                    + " To make one: head -c 24 /dev/urandom | base64 > token; chmod 600 token");
        }
        final String token = file == null ? null : Files.readString(file).strip();
        if (token != null && token.length() < 16) {
            throw new IOException(file + " holds no token of 16 characters or more");
        }
        return new NodeOptions(
                id,
                host,
                port,
                rootdir,
                token,
                System::currentTimeMillis,
                e -> System.err.println("abelia: " + id + ": " + e),
                url -> true,
                false);
    }

    /** URLs of brokers: those that were given, or those that are found by multicast DNS, looked for again while there are none. */
    Supplier<List<String>> brokers(final List<String> given, final boolean discover) throws IOException {
        if (!given.isEmpty()) {
            return () -> given;
        }
        if (!discover) {
            throw new IllegalArgumentException(
                    "name brokers with --brokers http://host:port,..., or find them with --discover");
        }
        if (tokenFile != null) {
            throw new IOException(
                    "--discover would show the group's token to whoever says that it is a broker: name brokers"
                            + " with --brokers, or use no token");
        }
        final Discovery discovery = new Discovery(host);
        final List<String> found = new CopyOnWriteArrayList<>();
        final Thread looking = new Thread(() -> {
            while (true) {
                for (final String url : discovery.brokers()) {
                    if (!found.contains(url)) {
                        found.add(url);
                    }
                }
                LockSupport.parkNanos(LOOK_NS);
            }
        });
        looking.setDaemon(true);
        looking.start();
        return () -> found;
    }

    /** Says that the node runs, and waits until the process is told to end; then closes the node. */
    static int serve(final String what, final int port, final AutoCloseable node) throws Exception {
        final CountDownLatch ended = new CountDownLatch(1);
        final CountDownLatch closed = new CountDownLatch(1);
        Runtime.getRuntime().addShutdownHook(new Thread(() -> {
            ended.countDown();
            try {
                closed.await();
            } catch (final InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }));
        System.out.println(what + " listens at port " + port + "; Ctrl-C ends it");
        try {
            ended.await();
        } finally {
            node.close();
            closed.countDown();
        }
        return 0;
    }
}
