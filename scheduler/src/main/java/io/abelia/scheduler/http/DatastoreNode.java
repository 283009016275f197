package io.abelia.scheduler.http;

import io.abelia.scheduler.datastore.BlobStore;
import io.abelia.scheduler.model.BrokerRecord;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/** A datastore that runs, and tells the brokers where it is. */
public final class DatastoreNode implements AutoCloseable {
    private static final long TELL_NS = 1_000_000_000L;

    private final HttpServer server;
    private final Loop loop;
    private final int port;
    private long beat;

    public DatastoreNode(final NodeOptions options, final Supplier<List<String>> brokers) throws IOException {
        Files.createDirectories(options.directory());
        final Calls calls = new Calls(options.token(), options.reaches());
        this.server = new HttpServer(options.host(), options.token());
        this.port = options.choosePort();
        final Path data = options.directory().resolve("data");
        new DatastoreApi(new BlobStore(data)).routes(server);
        final String incarnation = Incarnation.in(data, () -> "");
        server.start(port);
        this.loop = new Loop(
                "abelia-datastore-" + options.id(),
                TELL_NS,
                () -> {
                    final BrokerRecord record = new BrokerRecord(
                            options.id(),
                            options.endpoint(port),
                            incarnation,
                            ++beat,
                            options.clockMs().getAsLong());
                    for (final String broker : brokers.get()) {
                        final var unused = calls.send("PUT", broker + "/datastores/register", record, Map.class);
                    }
                },
                options.errors());
    }

    public int port() {
        return port;
    }

    public HttpServer server() {
        return server;
    }

    @Override
    public void close() {
        server.close();
        loop.close();
    }
}
