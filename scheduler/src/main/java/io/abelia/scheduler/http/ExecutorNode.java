package io.abelia.scheduler.http;

import io.abelia.scheduler.datastore.BlobStore;
import io.abelia.scheduler.executor.ChicoryRuntime;
import io.abelia.scheduler.executor.Executor;
import io.abelia.scheduler.executor.ExecutorContext;
import io.abelia.scheduler.executor.FileOutbox;
import io.abelia.scheduler.executor.WasmJobRunner;
import io.abelia.scheduler.model.Capabilities;
import io.abelia.scheduler.model.JobFilter;
import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
import java.util.UUID;
import java.util.function.Supplier;

/** An executor that runs: HTTP, its WASM runner, and the thread that moves it. */
public final class ExecutorNode implements AutoCloseable {
    private static final long PAUSE_NS = 50_000_000;

    private final Executor executor;
    private final HttpServer server;
    private final WasmJobRunner runner;
    private final Loop loop;
    private final int port;

    /** Starts an executor that turns to these brokers (URLs), the first one first. */
    public ExecutorNode(
            final NodeOptions options,
            final Supplier<List<String>> brokers,
            final Supplier<Capabilities> capabilities,
            final JobFilter accepts)
            throws IOException {
        Files.createDirectories(options.directory());
        final BlobStore kept = new BlobStore(options.directory().resolve("results"));
        final HttpBrokers gateway = new HttpBrokers(new Calls(options.token(), options.reaches()), kept, brokers);
        this.runner = new WasmJobRunner(
                new ChicoryRuntime(), gateway, options.directory().resolve("jobs"));
        this.server = new HttpServer(options.host(), options.token());
        this.port = options.choosePort();
        this.executor = new Executor(new ExecutorContext()
                .id(options.id(), UUID.randomUUID().toString().substring(0, 8))
                .endpoint(options.endpoint(port))
                .capabilities(capabilities)
                .accepts(accepts)
                .clockMs(options.clockMs())
                .brokers(brokers)
                .gateway(gateway)
                .runner(runner)
                .problems(new Once(options.errors(), options.clockMs()))
                .outbox(new FileOutbox(options.directory().resolve("outbox"))));
        new ExecutorApi(executor).routes(server);
        server.start(port);
        this.loop = new Loop("abelia-executor-" + options.id(), PAUSE_NS, executor::doWork, options.errors());
    }

    public Executor executor() {
        return executor;
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
        runner.close();
    }
}
