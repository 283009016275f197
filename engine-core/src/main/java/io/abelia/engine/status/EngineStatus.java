package io.abelia.engine.status;

import io.abelia.engine.clock.VectorClock;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.agrona.concurrent.EpochClock;
import org.agrona.concurrent.UnsafeBuffer;
import org.agrona.concurrent.errors.DistinctErrorLog;
import org.agrona.concurrent.errors.ErrorLogReader;
import org.agrona.concurrent.status.AtomicCounter;
import org.agrona.concurrent.status.CountersManager;
import org.jspecify.annotations.Nullable;

/**
 * Agrona counters and the distinct error log of one engine. Counters are written with the commit lock held or by
 * housekeeping, and may be read by any thread at any time.
 */
public final class EngineStatus {
    private static final int MAX_COUNTERS = 64;
    private static final int ERROR_LOG_BYTES = 64 * 1024;

    private final CountersManager counters = new CountersManager(
            new UnsafeBuffer(ByteBuffer.allocateDirect(MAX_COUNTERS * CountersManager.METADATA_LENGTH)),
            new UnsafeBuffer(ByteBuffer.allocateDirect(MAX_COUNTERS * CountersManager.COUNTER_LENGTH)));
    private final UnsafeBuffer errorBytes = new UnsafeBuffer(ByteBuffer.allocateDirect(ERROR_LOG_BYTES));
    private final DistinctErrorLog errorLog;
    private final AtomicCounter commits = counters.newCounter("commits");
    private final AtomicCounter applies = counters.newCounter("remote transactions applied");
    private final AtomicCounter duplicates = counters.newCounter("duplicates dropped");
    private final AtomicCounter buffered = counters.newCounter("records that waited for their causes");
    private final AtomicCounter dropped = counters.newCounter("records dropped by a full causal buffer");
    private final AtomicCounter malformed = counters.newCounter("malformed records dropped");
    private final AtomicCounter unknown = counters.newCounter("records of a later version kept aside");
    private final AtomicCounter forks = counters.newCounter("forked origins (alarm)");
    private final AtomicCounter diskFull = counters.newCounter("commits refused, disk full");
    private final AtomicCounter errors = counters.newCounter("errors");
    private final AtomicCounter logPosition = counters.newCounter("log position, bytes");
    private final AtomicCounter forcedPosition = counters.newCounter("forced position, bytes");
    private final AtomicCounter logStalls = counters.newCounter("commits that had to create a log segment");
    private final AtomicCounter bufferedNow = counters.newCounter("causal buffer, records now");
    private final AtomicCounter bufferedBytes = counters.newCounter("causal buffer, bytes now");
    private final AtomicCounter cells = counters.newCounter("cells");
    private final AtomicCounter elements = counters.newCounter("set elements");
    private final AtomicCounter stateBytes = counters.newCounter("state, bytes");
    private final AtomicCounter snapshots = counters.newCounter("snapshot files written");
    private final AtomicCounter snapshotFailures = counters.newCounter("snapshot files that failed");
    private final AtomicCounter collected = counters.newCounter("units dropped as causally stable");
    private final AtomicCounter schemas = counters.newCounter("launches of peers with another schema");
    private final AtomicCounter strangers = counters.newCounter("messages of other groups dropped");
    private final AtomicCounter outsiders = counters.newCounter("records of outsiders refused");
    private final AtomicCounter fenced = counters.newCounter("messages of nodes put back in time dropped (alarm)");
    private final AtomicCounter longOpen = counters.newCounter("transactions and snapshots open for long, now");
    private final AtomicCounter expired = counters.newCounter("transactions given up, open for too long");
    private final AtomicCounter lag = counters.newCounter("causal lag, transactions known of but not applied");
    private final AtomicCounter numbersTaken = counters.newCounter("claims of a living member's number (alarm)");
    private final AtomicCounter clockRefusals = counters.newCounter("commits refused, wall clock out of range (alarm)");
    private final AtomicCounter clockDifference =
            counters.newCounter("greatest difference of a peer's wall clock, milliseconds");

    private final Notices notices;
    private volatile List<String> longOpenNames = List.of();
    private volatile @Nullable String refusal;
    private long refusedForRoom;

    public EngineStatus(final EpochClock epochClock) {
        notices = new Notices(epochClock);
        errorLog = new DistinctErrorLog(errorBytes, epochClock);
    }

    /** Tells operators, through SLF4J. */
    public Notices notices() {
        return notices;
    }

    /** The counters, to be read with Agrona's tools. */
    public CountersManager counters() {
        return counters;
    }

    public void committed() {
        commits.incrementOrdered();
    }

    /** A peer declares other types than this node: what it writes is delivered all the same. */
    public void otherSchema(final long node) {
        schemas.increment();
        error(new IllegalStateException("node " + node + " has another schema: launch all nodes with the same"));
    }

    public void stranger() {
        strangers.increment();
    }

    public void fencedPeer() {
        fenced.increment();
    }

    public void diskFull() {
        diskFull.increment();
    }

    public void malformed() {
        malformed.increment();
    }

    /** Counts what became of a record. */
    public void delivered(final DeliveryResult result) {
        switch (result) {
            case APPLIED -> applies.incrementOrdered();
            case DUPLICATE -> duplicates.incrementOrdered();
            case BUFFERED -> buffered.incrementOrdered();
            case DROPPED -> dropped.incrementOrdered();
            case MALFORMED -> malformed.incrementOrdered();
            case UNKNOWN_VERSION -> unknown.incrementOrdered();
            case OUTSIDER -> outsiders.incrementOrdered();
            default -> {
                // forks are counted once for each origin, a full disk by the log, a closed engine by nobody
            }
        }
    }

    /** Raises the alarm that two contents for one dot exist. */
    public void forked(final long origin) {
        forks.increment();
        error(new IllegalStateException("origin " + VectorClock.originName(origin)
                + " has two contents for one transaction: a data directory or machine image was copied while running."
                + " Nothing of it is delivered any more"));
    }

    /** Another process claims the number of a member that is heard here. */
    public void numberTaken(final long node) {
        numbersTaken.increment();
        error(new IllegalStateException("another process claims the number of node " + node
                + ", which is heard: the other one is refused. Give it a number of its own"));
    }

    /** A member hears somebody else under this node's number. */
    public void numberClaimed(final long node, final long from) {
        numbersTaken.increment();
        error(new IllegalStateException("another process claims to be node " + node + ", as node " + from
                + " hears it, and is refused: give it a number of its own"));
    }

    /** This process claims the number of a living member. */
    public void numberRefused(final String reason) {
        numbersTaken.increment();
        refusal = reason;
        error(new IllegalStateException(reason));
    }

    /** Why the group refuses this process; null if it never did. */
    public @Nullable String refusal() {
        return refusal;
    }

    /** Another process runs from a copy of this directory. */
    public void copyRuns(final long node) {
        numbersTaken.increment();
        error(new IllegalStateException("another process runs from a copy of the directory of node " + node
                + ", and is told to give way: never copy a directory but by backup and restore"));
    }

    /** This node has joined with a new directory, and has no vote until it has been admitted again. */
    public void withoutVote(final long node) {
        error(new IllegalStateException(
                "node " + node + " has joined with a new directory and has no vote: a majority of the"
                        + " members that have one must admit it, which happens by itself while they are up"));
    }

    public void clockOutOfRange() {
        clockRefusals.increment();
        error(
                new IllegalStateException(
                        "commits are refused: the wall clock is beyond the year 2200, and peers take nothing from then. Set the clock"));
    }

    /** The wall clocks of this node and a peer differ by more than is allowed. */
    public void clocksDiffer(final long node, final long peerMs, final long ownMs) {
        error(
                new IllegalStateException(
                        "the wall clock of node " + node + " says " + Instant.ofEpochMilli(peerMs)
                                + ", that of this node " + Instant.ofEpochMilli(ownMs)
                                + ": concurrent writes of registers are ordered by them. Set the wrong one; nothing else has to be repaired"));
    }

    /** Sets by how much, at most, the wall clock of a peer that is heard differs from this node's. */
    public void clockDifference(final long differenceMs) {
        clockDifference.setOrdered(differenceMs);
    }

    /** Says that nothing of an origin is taken, since it has a past of its own. */
    public void outsider(final long origin) {
        error(new IllegalStateException("origin " + VectorClock.originName(origin)
                + " has committed without having observed what this engine dropped while it was alone: nothing of it is taken. Let"
                + " its node join with an empty directory, and load into that what it has committed"));
    }

    public void snapshotWritten() {
        snapshots.increment();
    }

    public void snapshotFailed(final Throwable cause) {
        snapshotFailures.increment();
        error(cause);
    }

    public void collected(final int units) {
        collected.getAndAdd(units);
    }

    /** Tells what is open for longer than {@code EngineContext.transactionWarnMs}. */
    public void longOpen(final List<String> names) {
        longOpenNames = names;
        longOpen.setOrdered(names.size());
    }

    /** What has been open for longer than {@code EngineContext.transactionWarnMs}, with the threads that began it; housekeeping refreshes it. */
    public List<String> longOpen() {
        return longOpenNames;
    }

    public void expired() {
        expired.increment();
    }

    public void lag(final long transactions) {
        lag.setOrdered(transactions);
    }

    /** Tells when something was refused since the last time because the disk is full; housekeeping asks now and then. */
    public void watchDisk(final String where) {
        final long before = refusedForRoom;
        refusedForRoom = diskFull.get();
        if (refusedForRoom > before) {
            notices.warn("the disk of " + where + " is full: commits and deliveries are refused until there is room");
        }
    }

    /** Refreshes the gauges. */
    public void gauges(
            final long newLogPosition,
            final long newForcedPosition,
            final long newLogStalls,
            final long newBuffered,
            final long newBufferedBytes,
            final long newCells,
            final long newElements,
            final long newStateBytes) {
        logPosition.setOrdered(newLogPosition);
        forcedPosition.setOrdered(newForcedPosition);
        logStalls.setOrdered(newLogStalls);
        bufferedNow.setOrdered(newBuffered);
        bufferedBytes.setOrdered(newBufferedBytes);
        cells.setOrdered(newCells);
        elements.setOrdered(newElements);
        stateBytes.setOrdered(newStateBytes);
    }

    /** Records an error; equal ones are counted, not repeated. */
    public void error(final Throwable cause) {
        errors.increment();
        errorLog.record(cause);
        notices.error(cause);
    }

    /** All counters by label (allocates). */
    public Map<String, Long> values() {
        final Map<String, Long> values = new LinkedHashMap<>();
        counters.forEach((id, label) -> values.put(label, counters.getCounterValue(id)));
        return values;
    }

    /** Visits the distinct errors: how often, first and last time in ms since 1970, stack trace. */
    public int errors(final org.agrona.concurrent.errors.ErrorConsumer consumer) {
        return ErrorLogReader.read(errorBytes, consumer);
    }
}
