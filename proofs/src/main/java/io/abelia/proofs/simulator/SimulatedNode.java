package io.abelia.proofs.simulator;

import io.abelia.engine.Durability;
import io.abelia.engine.Engine;
import io.abelia.engine.EngineContext;
import io.abelia.engine.StoreKind;
import io.abelia.engine.clock.VectorClock;
import io.abelia.engine.codec.CellType;
import io.abelia.engine.log.LogReader;
import io.abelia.engine.observe.Subscription;
import io.abelia.engine.observe.TransactionHandler;
import io.abelia.engine.replicate.Replica;
import io.abelia.engine.replicate.ReplicaContext;
import io.abelia.engine.replicate.RightsListener;
import io.abelia.engine.transaction.Cell;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.stream.LongStream;
import org.agrona.UnsafeApi;
import org.agrona.concurrent.UnsafeBuffer;
import org.jspecify.annotations.Nullable;

/** One node: a real engine and its replica on a simulated disk and network, watched through its log. */
final class SimulatedNode {
    private static final long MS = 1_000_000L;
    private static final int FIRST_SEGMENT_BYTES = 16 << 10;
    /** In this time, a few heartbeats have reached everybody who is not cut off. */
    static final long TOLD_NS = 80 * MS;

    /** Greatest time of a record: half of what fits. */
    private static final long GREATEST_TIME = Long.MAX_VALUE >> 1;
    /** Layout of a record, as the format document tells it. */
    private static final int KIND_OFFSET = 9;

    private static final int ORIGIN_OFFSET = 16;
    private static final int SEQ_OFFSET = 24;
    private static final int TIME_OFFSET = 32;
    private static final int HEADER_LENGTH = 40;
    private static final int KIND_LAUNCH = 16;
    private static final int KIND_TRANSACTION = 1;
    private static final int COUNTER_BITS = 16;

    final int id;
    final SimulatedDisk disk;
    final WallClock wallClock;
    /** What it does, in the specification's words. */
    final NodeTrace told;

    final List<Held> held = new ArrayList<>();
    /** Dots that arrived and are not applied yet. */
    final Set<List<Long>> arrived = new HashSet<>();

    /** Whether the thread that runs the replica does so now; it does one thing at a time. */
    boolean inReplica;
    /** A snapshot that was asked for and may be written by now. */
    @Nullable
    CompletableFuture<Path> snapshotWanted;

    private final Faults faults;
    private final Agenda agenda;
    private final Oracle oracle;
    private final Trace trace;
    private final SplittableRandom random;
    private @Nullable Engine engine;
    private @Nullable Replica replica;
    private @Nullable LogReader feed;
    private @Nullable Subscription subscription;
    private TreeMap<Long, Long> applied = new TreeMap<>();
    private TreeMap<Long, Long> subscribed = new TreeMap<>();
    final StablePast stable;
    private final List<long[]> dots = new ArrayList<>();
    /** Bounded counters that were changed since they were last checked. */
    private final Set<CellName> bounded = new LinkedHashSet<>();

    private List<Map<Long, Long>> launches = List.of();
    private long dropped;
    private long taken;
    private Map<Long, Long> known = Map.of();
    private Map<Long, Long> noted = Map.of();
    private long notedNs;
    private long launchedNs;

    SimulatedNode(
            final int id,
            final SimulatedDisk disk,
            final Faults faults,
            final Agenda agenda,
            final Oracle oracle,
            final Trace trace,
            final SplittableRandom random) {
        this.id = id;
        this.disk = disk;
        this.faults = faults;
        this.agenda = agenda;
        this.oracle = oracle;
        this.trace = trace;
        this.stable = new StablePast(id);
        this.told = new NodeTrace(id, faults.nodes(), trace, oracle);
        this.random = random;
        this.wallClock = new WallClock(agenda, random, faults.skewMs());
    }

    boolean isUp() {
        return engine != null;
    }

    Engine engine() {
        if (engine == null) {
            throw new IllegalStateException("node " + id + " is down");
        }
        return engine;
    }

    Replica replica() {
        if (replica == null) {
            throw new IllegalStateException("node " + id + " is down");
        }
        return replica;
    }

    /** What it has applied, as its log shows. */
    Map<Long, Long> applied() {
        return applied;
    }

    /** Launches; what it must hold is checked by the caller. */
    void start(final boolean joiner, final Connector network) throws IOException {
        if (joiner) {
            told.wiped();
            stable.forget();
        }
        final Engine launched = Engine.launch(new EngineContext()
                .directory(disk.root())
                .durability(faults.power() ? Durability.POWER : Durability.PROCESS)
                .store(faults.has(Faults.Kind.CHRONICLE) ? StoreKind.CHRONICLE : StoreKind.MEMORY)
                .logStorage(disk.log())
                .fileForce(disk)
                .segmentBytes(faults.segmentBytes())
                .firstSegmentBytes(FIRST_SEGMENT_BYTES)
                .snapshotIntervalBytes(faults.snapshotBytes())
                .causalBufferBytes(faults.bufferBytes())
                .beforeImageBytes(1 << 20)
                .forceIntervalMs(7)
                .closeGraceNs(0)
                .housekeepingThread(false)
                .joiner(joiner)
                .epochClock(wallClock::timeMs)
                .nanoClock(agenda::nowNs)
                .idSource(random::nextLong)
                .keySource(new SplittableRandom(id + agenda.nowNs())::nextLong));
        engine = launched;
        final ReplicaContext context = new ReplicaContext();
        if (faults.isOpen()) {
            context.open();
        } else {
            context.members(LongStream.range(0, faults.nodes()).toArray());
        }
        replica = new Replica(
                launched,
                context.node(id)
                        .nanoClock(agenda::nowNs)
                        .rightsListener(this::onMoves)
                        .heartbeatIntervalNs(10 * MS)
                        .silenceNs(400 * MS)
                        .stabilityIntervalNs(0)
                        .repairDelayNs(2 * MS)
                        .repairTimeoutNs(30 * MS)
                        .repairBytes(8 << 10),
                network.connect(id, launched.origin()));
        feed = launched.kernel().log().newReader(launched.kernel().log().appendPosition());
        applied = new TreeMap<>(Clocks.of(launched.clock()));
        dots.clear();
        arrived.clear();
        dropped = 0;
        taken = 0;
        known = Map.of();
        noted = Map.of();
        launchedNs = agenda.nowNs();
        notedNs = launchedNs;
        oracle.requireClosed(id, applied);
        stable.launched(applied);
        told.launched(launched, replica(), applied);
        trace.say(agenda.nowNs(), id, "launch " + Long.toHexString(launched.origin()) + " " + launched.recovery());
        follow(launched);
    }

    /** The replica is about to move rights: a transaction that no client made. */
    private void onMoves(final Cell cell, final List<RightsListener.Move> moves) {
        observe();
        final long own = engine().origin();
        final CellName name = new CellName(cell.type(), cell.table(), cell.key());
        oracle.about(new Committed(
                own,
                applied.getOrDefault(own, 0L) + 1,
                id,
                new TreeMap<>(applied),
                new TreeMap<>(applied),
                moves.stream()
                        .map(move -> new Change(name, "move", List.of(move.from(), move.to(), move.amount())))
                        .toList()));
    }

    /** No origin has ever spent more rights than it held. */
    private void checkBounds(final Engine running) {
        for (final CellName cell : bounded) {
            running.latest().forEachHolder(cell.prepare(), (origin, holder, rights) -> {
                if (rights < 0) {
                    throw new Violation(
                            Invariant.NEVER_BELOW_BOUND,
                            "node " + id + " sees " + Long.toHexString(origin) + " hold " + rights + " of " + cell);
                }
            });
        }
        bounded.clear();
    }

    private void follow(final Engine launched) {
        subscribed = new TreeMap<>(applied);
        subscription = launched.subscribe("s", "", launched.clock(), new TransactionHandler() {
            @Override
            public void onTransaction(
                    final long origin,
                    final long seq,
                    final long hybridTime,
                    final List<io.abelia.engine.observe.Change> changes) {
                final Committed transaction = oracle.find(origin, seq);
                if (seq <= subscribed.getOrDefault(origin, 0L)
                        || transaction.changes.stream()
                                .noneMatch(change -> change.cell().table().equals("s"))) {
                    throw new Violation(
                            Invariant.SUBSCRIPTION, "node " + id + " hands out " + transaction + " wrongly");
                }
                subscribed.put(origin, seq);
            }

            @Override
            public void onReset(final VectorClock clock) {
                Clocks.merge(subscribed, Clocks.of(clock));
            }
        });
    }

    /** Lets go of the engine as a kill does; what the disk then keeps is the disk's affair. */
    void kill() {
        held.forEach(Held::letGo);
        held.clear();
        try {
            closeReaders();
            engine().abandon();
        } catch (final IOException e) {
            throw new Violation(Invariant.NO_SURPRISE, "abandoning node " + id, e);
        } finally {
            engine = null;
            replica = null;
        }
    }

    private void closeReaders() {
        if (feed != null) {
            feed.close();
        }
        if (subscription != null) {
            subscription.close();
        }
        replica().close();
    }

    /** Stops in order; the closing record is a transaction without operations. */
    void stop() throws IOException {
        held.forEach(Held::letGo);
        held.clear();
        final long own = engine().origin();
        final Committed closing = new Committed(
                own, applied.getOrDefault(own, 0L) + 1, id, new TreeMap<>(applied), new TreeMap<>(applied), List.of());
        oracle.about(closing);
        told.closes(closing, engine().kernel().log().appendPosition());
        closeReaders();
        try {
            engine().close();
        } finally {
            engine = null;
            replica = null;
        }
    }

    /** Reads on in the log, and checks everything that it shows. */
    void observe() {
        final Engine running = engine;
        final LogReader log = feed;
        if (running == null || log == null || running.kernel().isReleased()) {
            return;
        }
        told.before(replica());
        final TreeMap<Long, Long> before = new TreeMap<>(applied);
        int polled = poll(running, log);
        if (polled == LogReader.TRUNCATED) { // a snapshot has been installed, and the segment behind it begins the log
            log.seek(running.kernel().log().oldestPosition());
            polled = poll(running, log);
        }
        final Map<Long, Long> clock = Clocks.of(running.clock());
        if (!clock.equals(applied)) {
            throw new Violation(
                    Invariant.CONTIGUOUS_ONCE,
                    "the clock of node " + id + " is not what it logged:" + Clocks.missing(clock, applied) + " against"
                            + Clocks.missing(applied, clock));
        }
        if (!Clocks.covers(applied, before)) {
            throw new Violation(
                    Invariant.DURABLE, "node " + id + " forgot" + Clocks.missing(applied, before) + " while it ran");
        }
        stable.advance(Clocks.of(replica().frontier()), applied);
        stable.keeps(Clocks.of(replica().keptFrontier()));
        told.after(running, replica(), applied);
        checkArrived(running);
        if (running.kernel().buffer().bytes() > faults.bufferBytes()) {
            throw new Violation(
                    Invariant.BOUNDED,
                    "node " + id + " buffers " + running.kernel().buffer().bytes() + " bytes");
        }
        checkBounds(running);
        if (subscription != null) {
            subscription.poll(Integer.MAX_VALUE);
        }
    }

    private int poll(final Engine running, final LogReader log) {
        return log.poll(
                (record, length, position) -> {
                    onLogged(record, length, position);
                    return true;
                },
                running.kernel().log().appendPosition(),
                Integer.MAX_VALUE,
                true);
    }

    private void onLogged(final long record, final int length, final long position) {
        final long origin = UnsafeApi.getLong(record + ORIGIN_OFFSET);
        if (UnsafeApi.getByte(record + KIND_OFFSET) == KIND_LAUNCH) {
            onSegment(record + HEADER_LENGTH);
            return;
        }
        final long seq = UnsafeApi.getLong(record + SEQ_OFFSET);
        final long time = UnsafeApi.getLong(record + TIME_OFFSET);
        if (time < 0 || time > GREATEST_TIME || origin == engine().origin() && isAuthoredBeyond(record)) {
            throw new Violation(
                    Invariant.WITHIN_LIMITS, "node " + id + " logs a record of time " + Long.toHexString(time));
        }
        long hash = length;
        for (int i = 0; i < length; i++) {
            hash = hash * 31 + UnsafeApi.getByte(record + i);
        }
        final Committed transaction =
                oracle.logged(id, origin, seq, UnsafeApi.getLong(record + TIME_OFFSET), hash, applied);
        applied.put(origin, seq);
        transaction.changes.stream()
                .map(Change::cell)
                .filter(cell -> cell.type() == CellType.BOUNDED_COUNTER)
                .forEach(bounded::add);
        if (!faults.rollsBack()) {
            stable.requireObserved(transaction);
        }
        told.logged(transaction, origin == engine().origin(), position);
        dots.add(new long[] {origin, seq, position});
        trace.note(agenda.nowNs(), id, origin, seq);
    }

    /** Whether a transaction was authored by a wall clock that nobody may author with; a record that ends an origin may. */
    private boolean isAuthoredBeyond(final long record) {
        return UnsafeApi.getByte(record + KIND_OFFSET) == KIND_TRANSACTION
                && UnsafeApi.getLong(record + TIME_OFFSET) >>> COUNTER_BITS > WallClock.LATEST_MS + 1;
    }

    /** A segment begins behind a clock: a greater one than before if a peer's snapshot has been installed. */
    private void onSegment(final long body) {
        final TreeMap<Long, Long> clock = new TreeMap<>();
        long at = body;
        final int[] bytes = new int[1];
        final long entries = varint(at, bytes);
        at += bytes[0];
        for (long i = 0; i < entries; i++) {
            final long origin = UnsafeApi.getLong(at);
            final long seq = varint(at + Long.BYTES, bytes);
            clock.put(origin, seq);
            at += Long.BYTES + bytes[0];
        }
        if (!clock.equals(applied)) {
            trace.say(agenda.nowNs(), id, "installs a snapshot");
            trace.installed();
            told.installed(clock);
            stable.installed(applied);
            oracle.requireClosed(id, clock);
            applied = clock;
            arrived.clear();
            dots.clear();
        }
    }

    private static long varint(final long address, final int[] bytes) {
        long value = 0;
        for (int i = 0; i < 10; i++) {
            final byte b = UnsafeApi.getByte(address + i);
            value |= (long) (b & 0x7F) << 7 * i;
            if (b >= 0) {
                bytes[0] = i + 1;
                return value;
            }
        }
        throw new Violation(Invariant.NO_SURPRISE, "a launch record is not one");
    }

    private void checkArrived(final Engine running) {
        if (arrived.isEmpty()) {
            return;
        }
        final long droppedNow = running.status().values().getOrDefault("records dropped by a full causal buffer", 0L);
        final List<Map<Long, Long>> launchesNow =
                List.of(replica().launches(), replica().epoch().heirs());
        if (!launchesNow.equals(launches)) {
            launches = launchesNow;
            arrived.clear(); // what launches sent whose place others have taken is dropped
            return;
        }
        if (droppedNow != dropped
                || disk.isFull()
                || running.fenced() != null
                || running.kernel().unknown().count() > 0) {
            dropped = droppedNow;
            arrived.clear();
            return;
        }
        arrived.removeIf(dot -> applied.getOrDefault(dot.get(0), 0L) >= dot.get(1));
        for (final List<Long> dot : arrived) {
            final Committed transaction = oracle.find(dot.get(0), dot.get(1));
            if (applied.getOrDefault(dot.get(0), 0L) + 1 == dot.get(1)
                    && Clocks.covers(applied, transaction.delivery)
                    && !running.kernel().origins().isFrozen(dot.get(0))) {
                throw new Violation(
                        Invariant.BUFFER_DRAINS,
                        "node " + id + " got " + transaction + ", has all its causes, and has not applied it");
            }
        }
    }

    /** Origin and seq of records of a later version that it keeps for whoever will understand them. */
    Set<List<Long>> keptAside() {
        final Set<List<Long>> dots = new HashSet<>();
        for (final byte[] record : engine().kernel().unknown().all()) {
            final UnsafeBuffer bytes = new UnsafeBuffer(record);
            dots.add(List.of(bytes.getLong(ORIGIN_OFFSET), bytes.getLong(SEQ_OFFSET)));
        }
        return dots;
    }

    /** Whether records have reached the engine since this was asked last; those of a dead launch do not. */
    boolean tookRecords() {
        final Map<String, Long> values = engine().status().values();
        final long now = values.getOrDefault("remote transactions applied", 0L)
                + values.getOrDefault("duplicates dropped", 0L)
                + values.getOrDefault("records that waited for their causes", 0L);
        final boolean more = now != taken;
        taken = now;
        return more;
    }

    /** What is on stable storage here for sure. */
    Map<Long, Long> forced() {
        final TreeMap<Long, Long> clock = new TreeMap<>(applied);
        final long forced = engine().kernel().log().forcedPosition();
        for (int i = dots.size() - 1; i >= 0 && dots.get(i)[2] >= forced; i--) {
            final long before = dots.get(i)[1] - 1;
            if (before == 0) {
                clock.remove(dots.get(i)[0]);
            } else {
                clock.put(dots.get(i)[0], before);
            }
        }
        return clock;
    }

    /** Notes from time to time what all others know by now to be on disk here. */
    void noteForced() {
        if (agenda.nowNs() - notedNs >= TOLD_NS) {
            known = noted;
            noted = forced();
            notedNs = agenda.nowNs();
        }
    }

    /** What this launch had forced, and told everybody, a while ago. */
    Map<Long, Long> knownToOthers() {
        return known;
    }

    long launchedNs() {
        return launchedNs;
    }

    /** Keeps something open for a client until it is let go, or the node dies. */
    Held hold(final Held something) {
        held.add(something);
        return something;
    }
}
