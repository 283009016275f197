package io.abelia.engine;

import io.abelia.engine.clock.OriginTable;
import io.abelia.engine.clock.RecordClock;
import io.abelia.engine.log.FileForce;
import io.abelia.engine.log.LogStorage;
import io.abelia.engine.schema.Schema;
import io.abelia.engine.transaction.Coordinator;
import io.abelia.engine.transaction.OpenLimits;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.LongSupplier;
import org.agrona.concurrent.EpochClock;
import org.agrona.concurrent.NanoClock;
import org.agrona.concurrent.SystemEpochClock;
import org.agrona.concurrent.SystemNanoClock;
import org.jspecify.annotations.Nullable;

/** Configuration of one engine. Set, then give to {@link Engine#launch}, which freezes it. */
public final class EngineContext {
    private static final int MIN_SEGMENT_BYTES = 2 << 20;
    private static final int MIN_GIVEN_SEGMENT_BYTES = 64 << 10;
    private static final int MIN_FIRST_SEGMENT_BYTES = 16 << 10;
    private static final int PAGE_BYTES = 4096;
    private static final int MIN_IMAGE_BYTES = 1 << 20;

    private @Nullable Path directory;
    private Durability durability = Durability.PROCESS;
    private StoreKind store = StoreKind.CHRONICLE;
    private long expectedCells;
    private int segmentBytes = 64 << 20;
    private int firstSegmentBytes;
    private long snapshotIntervalBytes = 512L << 20;
    private long memoryLogBytes = 256L << 20;
    private long causalBufferBytes = 16L << 20;
    private int beforeImageBytes = 32 << 20;
    private long forceIntervalMs = 1000;
    private boolean joiner;
    private boolean collectAlone = true;
    private boolean housekeepingThread = true;
    private @Nullable Schema schema;
    private @Nullable Coordinator coordinator;
    private EpochClock epochClock = SystemEpochClock.INSTANCE;
    private NanoClock nanoClock = SystemNanoClock.INSTANCE;
    private Function<OriginTable, RecordClock> recordClock = RecordClock::new;
    private LongSupplier idSource = new SecureRandom()::nextLong;
    private LongSupplier keySource = new SecureRandom()::nextLong;
    private @Nullable LogStorage logStorage;
    private FileForce fileForce = FileForce.SYSTEM;
    private long closeGraceNs = 5_000_000;
    private long transactionWarnMs = 60_000;
    private long transactionLimitMs = 600_000;
    private boolean debugTransactions;
    private boolean concluded;

    private EngineContext changed() {
        if (concluded) {
            throw new IllegalStateException("the context belongs to a launched engine; make a new one");
        }
        return this;
    }

    /** Of an engine in memory that looks at files. */
    static EngineContext inspection() {
        final EngineContext context = new EngineContext()
                .durability(Durability.MEMORY)
                .store(StoreKind.MEMORY)
                .housekeepingThread(false);
        context.conclude();
        return context;
    }

    /** Checks what was set and freezes it. */
    void conclude() {
        changed();
        if (durability == Durability.MEMORY ? directory != null : directory == null) {
            throw new IllegalArgumentException(
                    durability == Durability.MEMORY
                            ? "durability MEMORY uses no directory: leave it out, or choose PROCESS or POWER"
                            : "durability " + durability + " needs a directory: EngineContext.directory(path)");
        }
        if (transactionWarnMs < 0 || transactionLimitMs < 0) {
            throw new IllegalArgumentException("transactionWarnMs is " + transactionWarnMs + " and transactionLimitMs "
                    + transactionLimitMs + "; neither may be negative");
        }
        final int least = logStorage == null ? MIN_SEGMENT_BYTES : MIN_GIVEN_SEGMENT_BYTES;
        if (segmentBytes < least || segmentBytes > 1 << 30 || segmentBytes % PAGE_BYTES != 0) {
            throw new IllegalArgumentException("segmentBytes is " + segmentBytes + "; allowed are multiples of "
                    + PAGE_BYTES + " from " + least + " to 1 GiB");
        }
        if (firstSegmentBytes != 0
                && (firstSegmentBytes < MIN_FIRST_SEGMENT_BYTES
                        || firstSegmentBytes > segmentBytes
                        || firstSegmentBytes % PAGE_BYTES != 0)) {
            throw new IllegalArgumentException(
                    "firstSegmentBytes is " + firstSegmentBytes + "; allowed are 0 and multiples of " + PAGE_BYTES
                            + " from " + MIN_FIRST_SEGMENT_BYTES + " to segmentBytes, " + segmentBytes);
        }
        concluded = true;
    }

    /** Directory of log, snapshots and state; made if missing, private to its user. None for durability MEMORY. */
    public EngineContext directory(final Path newDirectory) {
        changed().directory = newDirectory;
        return this;
    }

    public @Nullable Path directory() {
        return directory;
    }

    /** What a commit survives. Default PROCESS; POWER costs a force, 0.2 to 5 ms by the disk, for each group of commits. */
    public EngineContext durability(final Durability newDurability) {
        changed().durability = newDurability;
        return this;
    }

    public Durability durability() {
        return durability;
    }

    /** Where cells live. Default CHRONICLE. */
    public EngineContext store(final StoreKind newStore) {
        changed().store = newStore;
        return this;
    }

    public StoreKind store() {
        return store;
    }

    /** Cells and set elements to make room for at once; 0 (default) grows by doubling. Never a limit. */
    public EngineContext expectedCells(final long newExpectedCells) {
        changed().expectedCells = newExpectedCells;
        return this;
    }

    public long expectedCells() {
        return expectedCells;
    }

    /**
     * Length of a whole log segment in bytes, 2 MiB to 1 GiB, default 64 MiB. A directory keeps the length that it was made with.
     * Smaller for many small engines, down to 64 KiB on a {@link #logStorage} of one's own; a record must fit in a segment.
     */
    public EngineContext segmentBytes(final int newSegmentBytes) {
        changed().segmentBytes = newSegmentBytes;
        return this;
    }

    public int segmentBytes() {
        return segmentBytes;
    }

    /**
     * Length in bytes of the first log segment of a launch; each one behind it is twice as long, until they are of {@link #segmentBytes}.
     * From 16 KiB up to that; 0 (default) for 256 KiB, or for whole segments from the first where those have no more than 2 MiB. Raise it
     * for an engine that is under full load from its launch on.
     */
    public EngineContext firstSegmentBytes(final int newFirstSegmentBytes) {
        changed().firstSegmentBytes = newFirstSegmentBytes;
        return this;
    }

    public int firstSegmentBytes() {
        return firstSegmentBytes;
    }

    /** Bytes of log after which a snapshot is written and older log removed; default 512 MiB. */
    public EngineContext snapshotIntervalBytes(final long newSnapshotIntervalBytes) {
        changed().snapshotIntervalBytes = newSnapshotIntervalBytes;
        return this;
    }

    public long snapshotIntervalBytes() {
        return snapshotIntervalBytes;
    }

    /** Bytes of log kept with durability MEMORY, for peers to catch up from; default 256 MiB. */
    public EngineContext memoryLogBytes(final long newMemoryLogBytes) {
        changed().memoryLogBytes = newMemoryLogBytes;
        return this;
    }

    public long memoryLogBytes() {
        return memoryLogBytes;
    }

    /** Bytes of records that may wait for their causes; default 16 MiB. What does not fit is fetched again. */
    public EngineContext causalBufferBytes(final long newCausalBufferBytes) {
        changed().causalBufferBytes = newCausalBufferBytes;
        return this;
    }

    public long causalBufferBytes() {
        return causalBufferBytes;
    }

    /** Bytes of before-images for open snapshots, at least 1 MiB, default 32 MiB. Raise it for long snapshots under load. */
    public EngineContext beforeImageBytes(final int newBeforeImageBytes) {
        if (newBeforeImageBytes < MIN_IMAGE_BYTES) {
            throw new IllegalArgumentException("beforeImageBytes is " + newBeforeImageBytes + "; at least 1 MiB");
        }
        changed().beforeImageBytes = newBeforeImageBytes;
        return this;
    }

    public int beforeImageBytes() {
        return beforeImageBytes;
    }

    /** Milliseconds between background forces with durability PROCESS; default 1000. */
    public EngineContext forceIntervalMs(final long newForceIntervalMs) {
        changed().forceIntervalMs = newForceIntervalMs;
        return this;
    }

    public long forceIntervalMs() {
        return forceIntervalMs;
    }

    /**
     * Whether an empty directory is that of a node which joins a group: it commits only after it has installed a peer's state.
     * Default false: the engine founds a group, or stands alone.
     */
    public EngineContext joiner(final boolean newJoiner) {
        changed().joiner = newJoiner;
        return this;
    }

    public boolean joiner() {
        return joiner;
    }

    /**
     * Whether an engine that has never heard of another one drops removed elements of remove-wins sets, disabled switches and cleared first writes,
     * which are kept only for what others might commit concurrently. Default true. From then on others may join this engine, but it
     * cannot be one of several that begin a group with fixed members, and takes nothing of engines that had state of their own. Switch it
     * off, at every launch, where either is planned.
     */
    public EngineContext collectAlone(final boolean newCollectAlone) {
        changed().collectAlone = newCollectAlone;
        return this;
    }

    public boolean collectAlone() {
        return collectAlone;
    }

    /** Whether the engine runs its own housekeeping thread (default); if not, the owner calls {@link Engine#doWork}. */
    public EngineContext housekeepingThread(final boolean newHousekeepingThread) {
        changed().housekeepingThread = newHousekeepingThread;
        return this;
    }

    public boolean housekeepingThread() {
        return housekeepingThread;
    }

    /** Declared types, checked at local commits; none by default. */
    public EngineContext schema(final Schema newSchema) {
        changed().schema = newSchema;
        return this;
    }

    public @Nullable Schema schema() {
        return schema;
    }

    /**
     * The way to a coordination group, for transactions of mode COORDINATED on the tables that the schema declares coordinated; none by
     * default: such transactions are refused. Close it after the engine.
     */
    public EngineContext coordinator(final Coordinator newCoordinator) {
        changed().coordinator = newCoordinator;
        return this;
    }

    public @Nullable Coordinator coordinator() {
        return coordinator;
    }

    /** Source of wall-clock milliseconds, for hybrid times. */
    public EngineContext epochClock(final EpochClock newEpochClock) {
        changed().epochClock = newEpochClock;
        return this;
    }

    public EpochClock epochClock() {
        return epochClock;
    }

    /** Source of monotonic nanoseconds, for intervals. */
    public EngineContext nanoClock(final NanoClock newNanoClock) {
        changed().nanoClock = newNanoClock;
        return this;
    }

    public NanoClock nanoClock() {
        return nanoClock;
    }

    /** Makes the clocks of local records. Replace it only to measure what causality costs: anything else loses causal order. */
    public EngineContext recordClock(final Function<OriginTable, RecordClock> newRecordClock) {
        changed().recordClock = newRecordClock;
        return this;
    }

    public Function<OriginTable, RecordClock> recordClock() {
        return recordClock;
    }

    /** Source of 64 random bits: origins and log generations. Must never repeat; replace it in simulations only. */
    public EngineContext idSource(final LongSupplier newIdSource) {
        changed().idSource = newIdSource;
        return this;
    }

    public LongSupplier idSource() {
        return idSource;
    }

    /**
     * Source of 64 secret random bits, twice for each store that begins empty: by the key that they make, names are placed in it, so that
     * nobody can choose names which all fall into one place. Must not be guessed; replace it in simulations only.
     */
    public EngineContext keySource(final LongSupplier newKeySource) {
        changed().keySource = newKeySource;
        return this;
    }

    public LongSupplier keySource() {
        return keySource;
    }

    /** Storage of the log in place of files or memory; for simulations. */
    public EngineContext logStorage(final LogStorage newLogStorage) {
        changed().logStorage = newLogStorage;
        return this;
    }

    public @Nullable LogStorage logStorage() {
        return logStorage;
    }

    /** What makes snapshots and marks durable in place of the operating system; for simulations. */
    public EngineContext fileForce(final FileForce newFileForce) {
        changed().fileForce = newFileForce;
        return this;
    }

    public FileForce fileForce() {
        return fileForce;
    }

    /**
     * Milliseconds after which an open transaction or snapshot is named in status and error log, with the thread that began it; default 60 s.
     */
    public EngineContext transactionWarnMs(final long newTransactionWarnMs) {
        changed().transactionWarnMs = newTransactionWarnMs;
        return this;
    }

    public long transactionWarnMs() {
        return transactionWarnMs;
    }

    /**
     * Milliseconds after which an open transaction is given up, since it holds back log and state of all nodes: its commit returns EXPIRED, its
     * reads are refused. Default 10 minutes, 0 for never. Raise it for transactions that wait for people, if the nodes have the disk.
     */
    public EngineContext transactionLimitMs(final long newTransactionLimitMs) {
        changed().transactionLimitMs = newTransactionLimitMs;
        return this;
    }

    public long transactionLimitMs() {
        return transactionLimitMs;
    }

    /** Whether each begin remembers its stack, to be told of transactions that stay open; costs microseconds each. Default false. */
    public EngineContext debugTransactions(final boolean newDebugTransactions) {
        changed().debugTransactions = newDebugTransactions;
        return this;
    }

    public boolean debugTransactions() {
        return debugTransactions;
    }

    OpenLimits openLimits() {
        return new OpenLimits(
                TimeUnit.MILLISECONDS.toNanos(transactionWarnMs),
                TimeUnit.MILLISECONDS.toNanos(transactionLimitMs),
                debugTransactions);
    }

    /** Nanoseconds that {@link Engine#close} leaves lock-free reads under way before memory goes; default 5 ms, 0 if there are none. */
    public EngineContext closeGraceNs(final long newCloseGraceNs) {
        changed().closeGraceNs = newCloseGraceNs;
        return this;
    }

    public long closeGraceNs() {
        return closeGraceNs;
    }
}
