package io.abelia.scheduler.http;

import io.abelia.engine.Durability;
import io.abelia.engine.Engine;
import io.abelia.engine.EngineContext;
import io.abelia.engine.StoreKind;
import io.abelia.replication.Replicator;
import io.abelia.replication.ReplicatorContext;
import io.abelia.scheduler.broker.Broker;
import io.abelia.scheduler.broker.BrokerContext;
import io.abelia.scheduler.datastore.BlobStore;
import io.abelia.scheduler.metadata.Metadata;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.locks.LockSupport;
import org.agrona.CloseHelper;
import org.jspecify.annotations.Nullable;

/** A broker that runs: engine, replicator, HTTP, and the threads that move them. */
public final class BrokerNode implements AutoCloseable {
    private static final long PAUSE_NS = 20_000_000;
    private static final long REPAIR_NS = 2_000_000_000L;
    private static final long JOIN_POLL_NS = 5_000_000;
    private static final long JOIN_TRIES = 12_000;

    private final Engine engine;
    private final @Nullable Replicator replicator;
    private final Broker broker;
    private final HttpServer server;
    private final Loop loop;
    private final Loop repair;
    private final int port;

    private BrokerNode(final NodeOptions options, final Engine engine, final @Nullable Replicator replicator)
            throws IOException {
        this.engine = engine;
        this.replicator = replicator;
        final Metadata metadata = new Metadata(engine);
        final Calls calls = new Calls(options.token(), options.reaches());
        final HttpExecutors executors = new HttpExecutors(calls);
        this.server = new HttpServer(options.host(), options.token());
        final DataPlane data = new DataPlane(
                options.id(), metadata, new BlobStore(options.directory().resolve("data")), calls);
        this.port = options.choosePort();
        this.broker = new Broker(new BrokerContext()
                .id(options.id(), incarnation(options.id(), options.directory(), metadata))
                .endpoint(options.endpoint(port))
                .metadata(metadata)
                .clockMs(options.clockMs())
                .executors(executors)
                .detectsOutages(options.detectsOutages())
                .stability((origin, seq) ->
                        replicator == null || replicator.stable().get(origin) >= seq));
        executors.broker(broker);
        new BrokerApi(broker, metadata, data).routes(server);
        Pages.routes(server, broker, metadata);
        server.start(port);
        this.loop = new Loop("abelia-broker-" + options.id(), PAUSE_NS, broker::doWork, options.errors());
        this.repair = new Loop("abelia-repair-" + options.id(), REPAIR_NS, data::repair, options.errors());
    }

    /** One for each disk that the broker ever had; it lies with the engine's files. */
    private static String incarnation(final String id, final Path directory, final Metadata metadata)
            throws IOException {
        return Incarnation.in(
                directory.resolve("engine"), () -> metadata.brokers().containsKey(id) ? BrokerContext.REBORN : "");
    }

    /**
     * Starts a broker.
     *
     * @param replication where other brokers are; null for a broker alone
     * @throws IllegalStateException if its group does not take it in within a minute
     */
    public static BrokerNode launch(final NodeOptions options, final @Nullable ReplicatorContext replication)
            throws IOException {
        Files.createDirectories(options.directory());
        Engine engine = null;
        Replicator replicator = null;
        try {
            engine = Engine.launch(new EngineContext()
                    .directory(options.directory().resolve("engine"))
                    .store(StoreKind.MEMORY)
                    .segmentBytes(16 << 20)
                    .durability(Durability.POWER)
                    .joiner(replication != null));
            if (replication != null) {
                if (replication.aeronDirectory() == null) {
                    replication.driverDirectoryFor(options.directory().resolve("engine"));
                }
                replicator = Replicator.launch(replication.engine(engine));
                awaitJoined(engine);
            }
            return new BrokerNode(options, engine, replicator);
        } catch (final IOException | RuntimeException e) {
            CloseHelper.quietClose(replicator);
            CloseHelper.quietClose(engine);
            throw e;
        }
    }

    private static void awaitJoined(final Engine engine) {
        for (long i = 0; !engine.isJoined(); i++) {
            if (i > JOIN_TRIES) {
                throw new IllegalStateException("no broker of the group has taken this one in within a minute:"
                        + " is one of them started with --found, and do all have the same --brokers and keys?");
            }
            LockSupport.parkNanos(JOIN_POLL_NS);
        }
    }

    public Broker broker() {
        return broker;
    }

    public Engine engine() {
        return engine;
    }

    public int port() {
        return port;
    }

    /** Cuts this broker off from the others, as a broken network would, until it is told otherwise. For drills. */
    public void isolate(final boolean isolated) {
        if (replicator != null) {
            replicator.isolate(isolated).join();
        }
    }

    public HttpServer server() {
        return server;
    }

    @Override
    public void close() throws IOException {
        server.close();
        loop.close();
        repair.close();
        broker.close();
        CloseHelper.close(replicator);
        engine.close();
    }
}
