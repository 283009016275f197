package io.abelia.node;

import io.abelia.engine.Engine;
import io.abelia.replication.Replicator;
import io.abelia.replication.security.KeyRing;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.agrona.CloseHelper;
import org.agrona.concurrent.SystemEpochClock;
import org.jspecify.annotations.Nullable;

/** A running node: engine, replicator and HTTP API. Close it to stop it in order. */
public final class Node implements AutoCloseable {
    private static final int TOKEN_BYTES = 24;
    private static final long KEY_CHECK_S = 2;
    private static final long FORGET_KEYS_S = 3600;

    private final @Nullable NodeCoordination coordination;
    private final Engine engine;
    private final Replicator replicator;
    private final HttpApi http;
    private final ScheduledExecutorService chores;
    private final Path tokenFile;
    private volatile boolean open = true;
    private long keysModifiedMs;

    private Node(
            final NodeContext context,
            final @Nullable NodeCoordination coordination,
            final Engine engine,
            final Replicator replicator,
            final HttpApi http,
            final Path tokenFile) {
        this.coordination = coordination;
        this.engine = engine;
        this.replicator = replicator;
        this.tokenFile = tokenFile;
        final Parts parts = new Parts(engine, replicator, coordination);
        final AdminApi admin = new AdminApi(
                engine, replicator, parts, context.replicator().replica().nanoClock());
        final NodeMetrics metrics = new NodeMetrics(engine, replicator, parts, admin);
        final TransactionsApi transactions = new TransactionsApi(engine, replicator, SystemEpochClock.INSTANCE);
        this.http = http;
        http.serve(new HttpApi.Routes(
                transactions, new ReadsApi(engine, context.maxCells(), () -> open), admin, metrics::scrape));
        this.chores = Executors.newSingleThreadScheduledExecutor(task -> {
            final Thread thread = new Thread(task, "abelia-chores");
            thread.setDaemon(true);
            return thread;
        });
        every(FORGET_KEYS_S, transactions::forgetOldKeys);
        final Path keys = context.keyFile();
        if (keys != null) {
            every(KEY_CHECK_S, () -> readKeysAgain(keys));
        }
    }

    /**
     * Starts a node. What cannot be started leaves nothing behind that runs, and has joined nothing: files are read and the port of HTTP is
     * bound before anybody hears of the node.
     */
    public static Node launch(final NodeContext context) throws IOException {
        context.replicator().check();
        final Path tokenFile = tokenFile(context);
        final Path keys = context.keyFile();
        if (keys != null) {
            final KeyRing unused = KeyRing.read(keys); // says what is wrong with it
        }
        final AtomicReference<@Nullable Engine> launched = new AtomicReference<>();
        final HttpApi http = new HttpApi(context, token(tokenFile), problem -> {
            final Engine engine = launched.get();
            if (engine != null) {
                engine.status().error(problem);
            }
        });
        NodeCoordination coordination = null;
        Engine engine = null;
        Replicator replicator = null;
        try {
            coordination = NodeCoordination.launch(context);
            engine = Engine.launch(context.engine());
            launched.set(engine);
            final Path directory = context.engine().directory();
            if (directory != null && context.replicator().aeronDirectory() == null) {
                context.replicator().driverDirectoryFor(directory);
            }
            replicator = Replicator.launch(context.replicator().engine(engine));
            return new Node(context, coordination, engine, replicator, http, tokenFile);
        } catch (final IOException | RuntimeException e) {
            http.close();
            CloseHelper.quietClose(replicator);
            CloseHelper.quietClose(engine);
            CloseHelper.quietClose(coordination);
            throw e;
        }
    }

    private static Path tokenFile(final NodeContext context) {
        final Path given = context.tokenFile();
        final Path directory = context.engine().directory();
        if (given == null && directory == null) {
            throw new IllegalStateException("a node without a directory needs NodeContext.tokenFile");
        }
        return given != null ? given : tokenFile(directory);
    }

    /** Where the token of the node in a directory is, unless it was told another place. */
    public static Path tokenFile(final @Nullable Path directory) {
        final Path absolute = Path.of(String.valueOf(directory)).toAbsolutePath();
        return absolute.resolveSibling(absolute.getFileName() + ".http-token");
    }

    private static String token(final Path file) throws IOException {
        if (!Files.exists(file)) {
            final byte[] bytes = new byte[TOKEN_BYTES];
            new SecureRandom().nextBytes(bytes);
            Files.createFile(file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
            Files.writeString(file, HexFormat.of().formatHex(bytes) + "\n");
        }
        final String token = Files.readString(file).strip();
        if (token.isEmpty()) {
            throw new IOException(file + " holds no token; remove it, and the node makes one");
        }
        return token;
    }

    @FunctionalInterface
    private interface Chore {
        void run() throws IOException;
    }

    /** A chore that fails is told of and done again, and does not end the others. */
    private void every(final long seconds, final Chore chore) {
        final var unused = chores.scheduleWithFixedDelay(
                () -> {
                    try {
                        chore.run();
                    } catch (final IOException | RuntimeException | Error e) {
                        engine.status().error(e);
                    }
                },
                seconds,
                seconds,
                TimeUnit.SECONDS);
    }

    private void readKeysAgain(final Path file) throws IOException {
        final long modifiedMs = Files.getLastModifiedTime(file).toMillis();
        if (modifiedMs != keysModifiedMs) {
            replicator.keys(KeyRing.read(file)).join();
            keysModifiedMs = modifiedMs;
        }
    }

    public Engine engine() {
        return engine;
    }

    public Replicator replicator() {
        return replicator;
    }

    /** Why the coordination member that this node runs does not take part, null if it does or there is none; it comes back by itself, or {@link #failure} tells that it does not. */
    public @Nullable String coordinationProblem() {
        return coordination == null ? null : coordination.memberProblem();
    }

    /** Why the node has to be launched again: a part has ended that does not come back by itself. Null while there is none. */
    public @Nullable String failure() {
        final Throwable failed = engine.kernel().failure();
        if (failed != null) {
            return failed.toString();
        }
        if (replicator.hasEnded()) {
            return replicator.problem();
        }
        if (coordination == null) {
            return null;
        }
        return coordination.clientProblem() != null ? coordination.clientProblem() : coordination.memberFailure();
    }

    /** Number of the member that leads the coordination group, -1 if none is known. */
    public int coordinationLeader() {
        return coordination == null ? -1 : coordination.leader();
    }

    /** Port of the HTTP API. */
    public int httpPort() {
        return http.port();
    }

    /** File with the token of the HTTP API. */
    public Path httpTokenFile() {
        return tokenFile;
    }

    /** Stops in order: no more requests, no more replication, then the engine. */
    @Override
    public void close() throws IOException {
        open = false;
        chores.shutdownNow();
        http.close();
        replicator.close();
        engine.close();
        if (coordination != null) {
            coordination.close();
        }
    }
}
