package io.abelia.proofs.simulator;

import io.abelia.engine.Engine;
import io.abelia.engine.replicate.Epoch;
import io.abelia.engine.replicate.Replica;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What one node does, told in the words of {@code tla/Conformance.tla}: its records as it logs them, its heartbeats as they leave it, and of
 * all else what has changed since it was looked at last. What a node does that knows to be removed is not told.
 */
final class NodeTrace {
    private static final int KIND_OFFSET = 5;
    private static final int ORIGIN_OFFSET = 22;
    private static final int PIECE = 7;

    private record Logged(long origin, long seq, long position) {}

    private record Dropped(Map<Long, Long> applied, Map<Long, Long> frontier) {}

    private final int node;
    private final Trace trace;
    private final Oracle oracle;
    private final List<Logged> log = new ArrayList<>();
    private final List<Dropped> collections = new ArrayList<>();
    private final Map<Long, Long> frontier = new TreeMap<>();
    private final Map<List<Long>, Set<String>> senders = new HashMap<>();
    private @Nullable String sender;
    private int senderNode;
    private final Set<List<Long>> inMessage = new LinkedHashSet<>();
    private int[] view;
    private int[] kept;
    private int forced;
    private long launchTimeMs;
    private int writtenAgain;
    private long epoch = 1;
    private int directory = 1;
    private boolean guided = true;
    private boolean joined = true;
    private boolean wiped;
    private @Nullable Logged closing;
    private boolean removed;
    private String open = "";
    private String report = "";

    NodeTrace(final int node, final int nodes, final Trace trace, final Oracle oracle) {
        this.node = node;
        this.trace = trace;
        this.oracle = oracle;
        this.view = new int[nodes];
        this.kept = new int[nodes];
        trace.nodes().add(this);
    }

    private void act(final String action, final String rest) {
        if (!removed) {
            trace.act("[a |-> \"" + action + "\", n |-> " + (node + 1) + rest + "]");
        }
    }

    // ---- launches

    /** Its disk has been lost, and its next launch begins with nothing. */
    void wiped() {
        wiped = true;
    }

    /** A launch is about to end in order, with a record that nobody reads before the next launch has begun. */
    void closes(final Committed record, final long position) {
        closing = new Logged(record.origin, record.seq, position);
    }

    /** A launch has read what the disk has kept. */
    void launched(final Engine engine, final Replica replica, final Map<Long, Long> applied) {
        final int number = oracle.launched(node, engine.origin());
        if (!trace.isKept()) {
            return;
        }
        trace.launched(engine.origin(), number);
        if (wiped && engine.launchTimeMs() <= launchTimeMs) {
            trace.forget();
        }
        launchTimeMs = engine.launchTimeMs();
        if (wiped) {
            directory++;
            epoch = 1;
            log.clear();
            frontier.clear();
            collections.clear();
            act("wipe", "");
        } else if (number > 1) {
            tellWhatWasWrittenLast(engine, replica, applied);
        }
        if (!engine.isJoined()) {
            trace.directory(engine.origin(), directory);
        }
        final int[] begins = launches(replica.launches());
        if (number > 1 && !wiped) {
            int length = 0;
            while (length < log.size() && log.get(length).seq <= applied.getOrDefault(log.get(length).origin, 0L)) {
                length++;
            }
            log.subList(length, log.size()).clear();
            collections.removeIf(dropped -> !Clocks.covers(applied, dropped.applied));
            frontier.clear();
            collections.forEach(dropped -> Clocks.merge(frontier, dropped.frontier));
            act("stop", ", length |-> " + length + ", view |-> " + tuple(begins) + ", stable |-> " + clock(frontier));
            act("restart", "");
        }
        begin(begins, engine.isJoined());
    }

    private void begin(final int[] begins, final boolean isJoined) {
        view = begins;
        kept = begins.clone();
        forced = log.size();
        writtenAgain = 0;
        guided = isJoined;
        joined = isJoined;
        wiped = false;
        closing = null;
        open = "";
        report = "";
        senders.clear();
        inMessage.clear();
    }

    /** What a launch had written without living on to be looked at. */
    private void tellWhatWasWrittenLast(final Engine engine, final Replica replica, final Map<Long, Long> applied) {
        if (closing != null && closing.seq <= applied.getOrDefault(closing.origin, 0L)) {
            log.add(closing);
            act("commit", "");
        }
        tellKept(replica);
        if (!joined && engine.isJoined()) {
            tellForced(Long.MAX_VALUE);
            act("join", "");
        }
        tellEpoch(replica.epoch(), view.clone());
    }

    // ---- what has changed

    /** To be called when something may have happened, before the log is looked at. */
    void before(final Replica replica) {
        if (!trace.isKept()) {
            return;
        }
        tellEpoch(replica.epoch(), launches(replica.launches()));
        removed |= replica.epoch().removed().contains((long) node);
        if (!guided && replica.isGuided()) {
            guided = true;
            act("heed", "");
        }
    }

    /** To be told only where the view is known to be on disk: the engine notes it before it is. */
    private void tellKept(final Replica replica) {
        final int[] onDisk = launches(replica.keptLaunches());
        onDisk[node] = view[node];
        if (Arrays.equals(onDisk, view) && !Arrays.equals(onDisk, kept)) {
            kept = onDisk;
            act("keep", ", view |-> " + tuple(kept));
        }
    }

    private void tellEpoch(final Epoch now, final int[] known) {
        final long number = now.number() + 1;
        for (final long other : now.removed()) {
            if (other != node) {
                known[(int) other] = Trace.REMOVED;
            }
        }
        if (number > epoch && trace.decided(number)) {
            act("decide", ", members |-> " + members(now));
            epoch = number;
            for (final long other : now.removed()) {
                view[(int) other] = Trace.REMOVED;
            }
            removed |= view[node] == Trace.REMOVED;
        }
        if (number > epoch || !Arrays.equals(known, view)) {
            epoch = number;
            view = known;
            act("adopt", ", view |-> " + tuple(view) + ", epoch |-> " + epoch);
        }
    }

    /** To be called when something may have happened, once the log has been looked at. */
    void after(final Engine engine, final Replica replica, final Map<Long, Long> applied) {
        if (!trace.isKept()) {
            return;
        }
        tellForced(engine.kernel().log().forcedPosition());
        tellOpen(engine, applied);
        if (!joined && engine.isJoined()) {
            joined = true;
            tellKept(replica);
            act("join", "");
        }
        tellFrontier(Clocks.of(replica.frontier()), applied);
        int length = 0;
        while (length < log.size()
                && log.get(length).position < engine.kernel().log().oldestPosition()) {
            length++;
        }
        if (length > 0) {
            log.subList(0, length).clear();
            forced -= length;
            act("truncate", ", length |-> " + length);
        }
    }

    private void tellForced(final long position) {
        int length = log.size();
        while (length > 0 && log.get(length - 1).position >= position) {
            length--;
        }
        if (length > forced) {
            forced = length;
            act("force", ", length |-> " + forced);
        }
    }

    /** Open transactions that have observed all that is applied are as good as none; they are told once more is applied. */
    private void tellOpen(final Engine engine, final Map<Long, Long> applied) {
        final var origins = engine.kernel().origins();
        final long[] entries = new long[origins.count()];
        for (int i = 0; i < entries.length; i++) {
            entries[i] = origins.applied(i);
        }
        engine.kernel().lock().acquire();
        try {
            engine.lowerToOpenTransactions(entries);
        } finally {
            engine.kernel().lock().release();
        }
        final Map<Long, Long> observed = new TreeMap<>();
        for (int i = 0; i < entries.length; i++) {
            if (entries[i] > 0) {
                observed.put(origins.origin(i), entries[i]);
            }
        }
        final String now = observed.equals(applied) ? "" : ", observed |-> " + clock(observed);
        if (!now.equals(open)) {
            open = now;
            act("open", now);
        }
    }

    private void tellFrontier(final Map<Long, Long> now, final Map<Long, Long> applied) {
        if (!Clocks.covers(frontier, now)) {
            Clocks.merge(frontier, now);
            collections.add(new Dropped(new TreeMap<>(applied), new TreeMap<>(frontier)));
            act("collect", ", frontier |-> " + clock(frontier));
        }
    }

    // ---- records and messages

    /** A message has come from a launch, and with it these dots, if it brings records. */
    void receives(final byte[] message, final int from, final Set<List<Long>> dots) {
        inMessage.clear();
        sender = null;
        final boolean isWhole = message.length >= ORIGIN_OFFSET + Long.BYTES; // others are noise
        if (trace.isKept() && isWhole && (!dots.isEmpty() || message[KIND_OFFSET] == PIECE)) {
            final long origin =
                    ByteBuffer.wrap(message).order(ByteOrder.LITTLE_ENDIAN).getLong(ORIGIN_OFFSET);
            sender = "<<" + (from + 1) + ", " + trace.launch(origin) + ">>";
            senderNode = from;
            inMessage.addAll(dots);
            for (final List<Long> dot : dots) {
                senders.computeIfAbsent(dot, ignored -> new LinkedHashSet<>()).add(sender);
            }
        }
    }

    /** A message is about to leave. */
    void sends(final byte[] message, final Replica replica) {
        final SentHeartbeat heartbeat = SentHeartbeat.of(message);
        if (heartbeat == null) {
            return;
        }
        tellKept(replica);
        final String now = ", applied |-> " + clock(heartbeat.applied()) + ", stable |-> " + clock(heartbeat.stable())
                + ", view |-> " + tuple(launches(heartbeat.view())) + ", epoch |-> " + (heartbeat.epoch() + 1)
                + ", joined |-> " + (joined ? "TRUE" : "FALSE");
        if (!now.equals(report)) {
            report = now;
            act("report", now);
        }
    }

    /** A record has been logged: a commit of this launch, or one that was delivered. */
    void logged(final Committed transaction, final boolean own, final long position) {
        if (!trace.isKept()) {
            return;
        }
        final Logged record = new Logged(transaction.origin, transaction.seq, position);
        if (writtenAgain > 0) {
            final Logged before = log.set(log.size() - writtenAgain--, record);
            if (before.origin != record.origin || before.seq != record.seq) {
                throw new IllegalStateException("behind an installed snapshot the log goes on with another record");
            }
            return;
        }
        log.add(record);
        if (own) {
            act(
                    "commit",
                    transaction.observed.equals(transaction.delivery)
                            ? ""
                            : ", observed |-> " + clock(transaction.observed));
            return;
        }
        final List<Long> dot = List.of(transaction.origin, transaction.seq);
        act(
                "deliver",
                ", dot |-> " + oracle.name(transaction.origin, transaction.seq) + ", from |-> {"
                        + (inMessage.contains(dot) ? sender : String.join(", ", senders.getOrDefault(dot, Set.of())))
                        + "}");
    }

    /** A snapshot has been installed; what this log holds beyond it is logged again. */
    void installed(final Map<Long, Long> contained) {
        if (!trace.isKept()) {
            return;
        }
        log.removeIf(record -> record.seq <= contained.getOrDefault(record.origin, 0L));
        writtenAgain = log.size();
        forced = log.size();
        final Map<Long, Long> dropped = trace.nodes().get(senderNode).frontierWithin(contained);
        Clocks.merge(frontier, dropped);
        collections.add(new Dropped(new TreeMap<>(contained), new TreeMap<>(frontier)));
        act(
                "install",
                ", from |-> " + (senderNode + 1) + ", contained |-> " + clock(contained) + ", stable |-> "
                        + clock(dropped));
    }

    /** What was called stable here, at the latest, when no more than this had been applied: what a snapshot of it may lack. */
    private Map<Long, Long> frontierWithin(final Map<Long, Long> contained) {
        final Map<Long, Long> within = new TreeMap<>();
        collections.stream()
                .filter(dropped -> Clocks.covers(contained, dropped.applied))
                .forEach(dropped -> Clocks.merge(within, dropped.frontier));
        return within;
    }

    // ---- words

    private String clock(final Map<Long, Long> clock) {
        final List<String> dots = new ArrayList<>();
        clock.forEach((origin, seq) -> dots.add(oracle.name(origin, seq)));
        return "{" + String.join(", ", dots) + "}";
    }

    private int[] launches(final Map<Long, Long> origins) {
        final int[] launches = new int[view.length];
        origins.forEach((other, origin) -> launches[other.intValue()] = trace.launch(origin));
        return launches;
    }

    private String members(final Epoch now) {
        final int[] members = new int[view.length];
        now.incarnations()
                .forEach((member, incarnation) -> members[member.intValue()] = trace.directoryOf(incarnation));
        now.removed().forEach(member -> members[member.intValue()] = Trace.REMOVED);
        return tuple(members);
    }

    private static String tuple(final int[] numbers) {
        final List<String> words = new ArrayList<>();
        for (final int number : numbers) {
            words.add(Integer.toString(number));
        }
        return "<<" + String.join(", ", words) + ">>";
    }
}
