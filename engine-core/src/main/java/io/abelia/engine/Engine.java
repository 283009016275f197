package io.abelia.engine;

import io.abelia.engine.apply.Kernel;
import io.abelia.engine.clock.SessionToken;
import io.abelia.engine.clock.VectorClock;
import io.abelia.engine.codec.CellType;
import io.abelia.engine.file.Uninterrupted;
import io.abelia.engine.lock.CommitLock;
import io.abelia.engine.log.LogReader;
import io.abelia.engine.observe.Subscription;
import io.abelia.engine.observe.TransactionHandler;
import io.abelia.engine.schema.Schema;
import io.abelia.engine.state.Names;
import io.abelia.engine.state.StateStore;
import io.abelia.engine.status.DeliveryResult;
import io.abelia.engine.status.EngineStatus;
import io.abelia.engine.transaction.Cell;
import io.abelia.engine.transaction.ReadView;
import io.abelia.engine.transaction.Snapshot;
import io.abelia.engine.transaction.StateView;
import io.abelia.engine.transaction.Transaction;
import io.abelia.engine.transaction.TransactionPool;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.AgentRunner;
import org.agrona.concurrent.BackoffIdleStrategy;
import org.jspecify.annotations.Nullable;

/**
 * An embedded engine: commits coordination-free transactions locally, applies those of others, and answers reads. Any number of
 * threads may use it. Close it when nobody uses it or anything obtained from it any more.
 *
 * <pre>{@code
 * try (Engine engine = Engine.launch(new EngineContext().directory(path));
 *         Transaction tx = engine.transaction().mode(COORDINATION_FREE)) {
 *     tx.increment("counters", "page_views", 1);
 *     tx.addToSet("users", "user_123", "tags", "premium");
 *     tx.commitOrThrow();
 * }
 * }</pre>
 */
public final class Engine implements AutoCloseable {
    private static final long MIN_IDLE_NS = 1_000;
    private static final long MAX_IDLE_NS = 1_000_000;

    private final EngineContext context;
    private final @Nullable EngineDirectory directory;
    private final Kernel kernel;
    private final TransactionPool transactions;
    private final Housekeeping housekeeping;
    private final @Nullable AgentRunner runner;
    private final StateView latest;
    private final SessionTokens tokens;
    private final RecoveryReport recovery;
    private final long launchTimeMs;
    private final AtomicLong numbers = new AtomicLong();
    private volatile boolean closed;
    private @Nullable String members;

    private Engine(
            final EngineContext context,
            final @Nullable EngineDirectory directory,
            final Kernel kernel,
            final RecoveryReport recovery,
            final long launchTimeMs)
            throws IOException {
        this.context = context;
        this.launchTimeMs = launchTimeMs;
        this.directory = directory;
        this.kernel = kernel;
        this.recovery = recovery;
        this.transactions = new TransactionPool(
                kernel,
                context.durability() == Durability.POWER,
                context.schema(),
                context.coordinator(),
                context.openLimits());
        this.latest = StateView.latest(kernel);
        this.tokens = new SessionTokens(kernel, context.nanoClock());
        this.housekeeping = new Housekeeping(kernel, context, directory, transactions);
        if (membership() != null) {
            retentionFloor(0); // until replication knows what the other members have
        }
        housekeeping.launched(recovery.clean() && !recovery.damaged().isEmpty());
        kernel.lock().share(); // until here one thread has known of the state
        if (context.housekeepingThread()) {
            runner = new AgentRunner(
                    new BackoffIdleStrategy(1, 1, MIN_IDLE_NS, MAX_IDLE_NS),
                    kernel.status()::error,
                    null,
                    housekeeping);
            AgentRunner.startOnThread(
                    runner,
                    task -> Uninterrupted.thread(housekeeping.watched(task, () -> closed), housekeeping.roleName()));
        } else {
            runner = null;
        }
    }

    /**
     * Opens an engine, recovering what its directory holds.
     *
     * @throws IOException if the directory cannot be used; {@link DirectoryLockedException} names who has it open
     * @throws io.abelia.engine.log.LogCorruptedException if durable records cannot be read; nothing is changed then
     * @throws IllegalStateException with the line to copy, if JVM flags are missing
     */
    public static Engine launch(final EngineContext context) throws IOException {
        return Uninterrupted.call(() -> launchNow(context));
    }

    private static Engine launchNow(final EngineContext context) throws IOException {
        JvmFlags.require(context.store());
        context.conclude();
        final Path path = context.directory();
        final EngineDirectory directory = path == null ? null : EngineDirectory.open(path, context.fileForce());
        try {
            final long wallMs = context.epochClock().time();
            final long launchTimeMs = directory == null ? wallMs : directory.nextLaunchTime(wallMs);
            final EngineStatus status = new EngineStatus(context.epochClock());
            final EngineLauncher launcher = new EngineLauncher(context, directory, status);
            final Kernel kernel = launcher.launch();
            try {
                return new Engine(context, directory, kernel, launcher.report(), launchTimeMs);
            } catch (final IOException | RuntimeException | Error e) {
                Shutdown.abandon(kernel);
                throw e;
            }
        } catch (final IOException | RuntimeException | Error e) {
            if (directory != null) {
                directory.close();
            }
            throw e;
        }
    }

    /**
     * Opens a directory to look at it: state is rebuilt in memory from its newest snapshot and its log, nothing in it is changed, and
     * commits are refused with NOT_JOINED. The directory is locked meanwhile.
     */
    public static Engine inspect(final Path path) throws IOException {
        return Uninterrupted.call(() -> inspect(path, 0));
    }

    /** Opens what one snapshot file holds, in memory, to look at it; commits are refused with NOT_JOINED. */
    public static Engine inspectSnapshot(final Path file) throws IOException {
        JvmFlags.require(StoreKind.MEMORY);
        final EngineContext context = EngineContext.inspection();
        final EngineLauncher launcher = new EngineLauncher(context, null, new EngineStatus(context.epochClock()));
        return Uninterrupted.call(
                () -> new Engine(context, null, launcher.inspectSnapshot(file), launcher.report(), 0));
    }

    /** As {@link #inspect(Path)}, but as if the newest snapshots were not there. */
    static Engine inspect(final Path path, final int newestPassedOver) throws IOException {
        JvmFlags.require(StoreKind.MEMORY);
        final EngineContext context = EngineContext.inspection();
        try (EngineDirectory directory = EngineDirectory.openExisting(path)) {
            final EngineLauncher launcher = new EngineLauncher(context, null, new EngineStatus(context.epochClock()));
            return new Engine(context, null, launcher.inspect(directory, newestPassedOver), launcher.report(), 0);
        }
    }

    /** What this launch found in its directory. */
    public RecoveryReport recovery() {
        return recovery;
    }

    // ---- transactions and reads

    /**
     * Begins a transaction; close it when done. Any thread, then that thread only. Its mode is COORDINATION_FREE, in an engine with a
     * coordinator COORDINATED, unless {@link Transaction#mode} says otherwise.
     */
    public Transaction transaction() {
        return transactions.begin();
    }

    /** Prepares a reference to a cell with a column. */
    public Cell cell(final CellType type, final CharSequence table, final CharSequence key, final CharSequence column) {
        return Cell.of(type, table, key, column);
    }

    /** Prepares a reference to a cell without a column. */
    public Cell cell(final CellType type, final CharSequence table, final CharSequence key) {
        return Cell.of(type, table, key, "");
    }

    /** Opens a consistent cut for reads of many cells; close it soon. */
    public Snapshot snapshot() {
        return transactions.snapshot();
    }

    /** Reads of single cells as they are now; lock-free for the numbers of prepared cells. Any thread. */
    public ReadView latest() {
        return latest;
    }

    /** Names of all tables that ever had a cell here. */
    public List<String> tables() {
        enter();
        try {
            final Names names = kernel.units().names();
            return IntStream.range(0, names.tableCount())
                    .mapToObj(names::table)
                    .sorted()
                    .toList();
        } finally {
            kernel.lock().release();
        }
    }

    private void enter() {
        kernel.lock().acquire();
        if (kernel.isReleased()) {
            kernel.lock().release();
            requireNotClosed();
        }
    }

    private void requireNotClosed() {
        if (kernel.isReleased()) {
            throw new IllegalStateException("the engine is closed");
        }
    }

    // ---- clocks and digest

    /** Origin of this launch. */
    public long origin() {
        return kernel.ownOrigin();
    }

    /** Wall-clock milliseconds at which this engine was launched. */
    public long launchTimeMs() {
        return launchTimeMs;
    }

    /** What has been applied here. */
    public VectorClock clock() {
        enter();
        try {
            return kernel.origins().toVectorClock();
        } finally {
            kernel.lock().release();
        }
    }

    /** Digest of all readable state: equal for equal state, whatever the history. */
    public Digest digest() {
        enter();
        try {
            kernel.units().digest().fold();
            final long[] low = new long[StateStore.SLICES];
            final long[] high = new long[StateStore.SLICES];
            for (int i = 0; i < StateStore.SLICES; i++) {
                low[i] = kernel.units().digest().low(i);
                high[i] = kernel.units().digest().high(i);
            }
            return new Digest(low, high, kernel.origins().toVectorClock());
        } finally {
            kernel.lock().release();
        }
    }

    // ---- records out and in

    /** A reader of all transactions in apply order, from the oldest that is still logged. */
    public LogReader logReader() {
        requireNotClosed();
        return kernel.log().newReader();
    }

    /** Takes one record of another engine, as {@link #logReader} hands them out. The bytes are copied. Any thread. */
    public DeliveryResult onRemote(final DirectBuffer buffer, final int offset, final int lengthBytes) {
        return kernel.deliver(buffer, offset, lengthBytes);
    }

    /**
     * Follows committed transactions whose operations touch a table, in causal order.
     *
     * @param table name of the table, empty for all
     * @param keyPrefix beginning of the keys, empty for all
     * @param from clock of what the handler has seen; {@link VectorClock#empty()} for everything
     * @param handler receives them, on the thread that calls {@link Subscription#poll}
     */
    public Subscription subscribe(
            final String table, final String keyPrefix, final VectorClock from, final TransactionHandler handler) {
        requireNotClosed();
        return new Subscription(kernel, context.durability() == Durability.POWER, table, keyPrefix, from, handler);
    }

    // ---- snapshots and backup

    /** Writes a snapshot file now and waits for it, also in an interrupted thread; log that it makes unnecessary goes. */
    public Path writeSnapshot() throws IOException {
        requireDirectory("snapshots");
        return Uninterrupted.call(this::awaitSnapshot);
    }

    private Path awaitSnapshot() throws IOException {
        final var wanted = housekeeping.requestSnapshot();
        while (runner == null && !wanted.isDone()) {
            housekeeping.doWork();
        }
        try {
            return wanted.get();
        } catch (final InterruptedException e) {
            throw new IllegalStateException("nobody can interrupt a thread that works on files", e);
        } catch (final ExecutionException e) {
            throw new IOException("the snapshot could not be written", e.getCause());
        }
    }

    /**
     * Backs the engine up into one new file while it runs; restoring makes a directory of it.
     *
     * @throws java.nio.file.FileAlreadyExistsException if the file exists
     */
    public Path backup(final Path file) throws IOException {
        requireDirectory("snapshots");
        return Uninterrupted.call(() -> Restore.copyWhole(awaitSnapshot(), file));
    }

    /** Asks for a snapshot file without waiting for it. */
    public CompletableFuture<Path> requestSnapshot() {
        requireDirectory("snapshots");
        return housekeeping.requestSnapshot();
    }

    /** Where a peer's snapshot is kept while it arrives. */
    public Path incomingSnapshot() {
        return requireDirectory("snapshots").snapshots().resolve("incoming.partial");
    }

    /**
     * Installs a peer's snapshot as one cut, together with whatever this engine's log holds beyond it.
     * Commits and reads wait meanwhile, about a second for a million cells; open snapshots become too old, subscriptions are reset.
     * A stop at any moment leaves either the state before or the one after.
     *
     * @param file a finished snapshot file, in the directory of {@link #incomingSnapshot}; it is moved
     * @throws IOException if it is damaged, or lacks something that this log no longer holds; nothing has changed then
     */
    public void install(final Path file) throws IOException {
        final Installation installation = new Installation(kernel, requireDirectory("snapshots"), housekeeping);
        Uninterrupted.run(() -> {
            installation.install(file);
            awaitSnapshot();
        });
    }

    private EngineDirectory requireDirectory(final String what) {
        requireNotClosed();
        if (directory == null) {
            throw new IllegalStateException("an engine with durability MEMORY has no " + what);
        }
        return directory;
    }

    public EngineStatus status() {
        return kernel.status();
    }

    public Durability durability() {
        return context.durability();
    }

    public @Nullable Schema schema() {
        return context.schema();
    }

    /** Whether the engine may commit: false for a joiner that has not installed a peer's state. */
    public boolean isJoined() {
        return kernel.isJoined();
    }

    /** Lets a joiner commit, durably: its state is that of a peer, or it founds a group of its own. */
    public void markJoined() throws IOException {
        requireNotClosed();
        if (directory != null) {
            // first: a power loss must not leave a node that may commit with less than what it joined with
            if (!kernel.log().force()) {
                throw new IOException(
                        "the log could not be forced", kernel.log().failure());
            }
            directory.markJoiner(false);
        }
        kernel.markJoined();
    }

    /** What {@link #saveMembership} kept, or null. */
    public @Nullable String membership() {
        try {
            return directory == null ? members : directory.members();
        } catch (final IOException e) {
            throw new UncheckedIOException("the members of the group cannot be read", e);
        }
    }

    /** Keeps what replication must remember of its group across launches; durable on return, if the engine has a directory. */
    public void saveMembership(final String text) throws IOException {
        requireNotClosed(); // the directory may be another engine's by now
        if (directory == null) {
            members = text;
        } else {
            directory.writeMembers(text);
        }
    }

    /** Refuses commits from now on with {@link io.abelia.engine.transaction.CommitResult#FENCED}, and says why. */
    public void fence(final String reason) {
        kernel.fence(reason);
    }

    /** Why commits are refused, or null. */
    public @Nullable String fenced() {
        return kernel.fenced();
    }

    /** Numbers that are never given twice within this launch, for whoever needs some. */
    public AtomicLong numbers() {
        return numbers;
    }

    /** The engine's inside, for replication and tools. */
    public Kernel kernel() {
        return kernel;
    }

    /** Keeps the log from a position on, as peers may still need it. */
    public void retentionFloor(final long position) {
        housekeeping.retentionFloor(position);
    }

    /** Lowers clock entries, by origin index, to what all open transactions had observed at their begin. With the commit lock. */
    public long[] lowerToOpenTransactions(final long[] clock) {
        return transactions.lowerToOpen(clock);
    }

    /** Housekeeping, if the engine was launched without its own thread; returns work done. */
    public int doWork() {
        return housekeeping.doWork();
    }

    /** The token of everything that is applied here: of whatever was read of {@link #latest} before the call. */
    public SessionToken token() {
        return tokens.current();
    }

    /** Whether everything that a token stands for has been applied here. */
    public boolean hasApplied(final SessionToken token) {
        return tokens.hasApplied(token);
    }

    /**
     * Waits until everything that a token stands for has been applied here: a session that goes on at another node then reads what it wrote,
     * and nothing older than what it has read. Any thread.
     *
     * @param token of what the session saw last: of its last commit if it has read nothing since, else of the snapshot or transaction that it
     *     read from; {@link SessionToken#merge} unites several
     */
    public AwaitResult await(final SessionToken token, final Duration timeout) throws InterruptedException {
        return tokens.await(token, timeout);
    }

    /** Closes the origin, forces the log, and leaves the store so that the next launch is quick. Any thread, an interrupted one too. */
    @Override
    public void close() throws IOException {
        Uninterrupted.run(this::closeNow);
    }

    private synchronized void closeNow() throws IOException {
        assert CommitLock.mayWait();
        if (closed) {
            return;
        }
        closed = true;
        if (runner != null) {
            runner.close();
        } else {
            housekeeping.onClose();
        }
        boolean forced = false;
        try {
            kernel.closeOrigin();
            if (kernel.failure() == null && kernel.log().force()) {
                housekeeping.stopped();
                forced = kernel.failure() == null;
            }
        } finally {
            new Shutdown(kernel, context, directory, transactions).release(forced);
        }
    }

    /** Lets go of everything as a kill would: no closing record, no force, no clean mark. For tests of recovery. */
    public void abandon() throws IOException {
        Uninterrupted.run(this::abandonNow);
    }

    private synchronized void abandonNow() throws IOException {
        assert CommitLock.mayWait();
        if (closed) {
            return;
        }
        closed = true;
        if (runner != null) {
            runner.close();
        } else {
            housekeeping.onClose();
        }
        new Shutdown(kernel, context, directory, transactions).release(false);
    }
}
