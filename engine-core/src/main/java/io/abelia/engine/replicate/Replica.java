package io.abelia.engine.replicate;

import io.abelia.engine.Durability;
import io.abelia.engine.Engine;
import io.abelia.engine.apply.Kernel;
import io.abelia.engine.clock.VectorClock;
import io.abelia.engine.codec.ByteReader;
import io.abelia.engine.codec.Limits;
import io.abelia.engine.codec.MalformedRecordException;
import io.abelia.engine.schema.Schema;
import java.io.IOException;
import java.util.Collection;
import java.util.Collections;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentSkipListMap;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.Agent;
import org.agrona.concurrent.NanoClock;
import org.agrona.concurrent.UnsafeBuffer;
import org.jspecify.annotations.Nullable;

/**
 * One node's side of the replication protocol: publishes what the engine commits, delivers what others publish, notices gaps from
 * heartbeats and has them filled by any peer, lets an empty node install a peer's state, and tells the engine what is causally
 * stable. A state machine: whoever owns it calls {@link #doWork} and {@link #onMessage}, on one thread.
 *
 * <p>The live stream may lose anything: the log and the clocks are the truth.
 */
public final class Replica implements Agent, AutoCloseable {
    /** A transport must carry at least this: the longest record and its message header. */
    public static final int MIN_MESSAGE_BYTES = Limits.RECORD_BYTES + 64;

    /** Clocks are compared no more often than this. */
    private static final long CHECK_INTERVAL_NS = 500_000L;

    /** Changes of the view that are told between two heartbeats, at most. */
    private static final int NEWS_PER_HEARTBEAT = 10;

    private final Engine engine;
    private final Kernel kernel;
    private final ReplicaContext context;
    private final Transport transport;
    private final NanoClock nanoClock;
    private final View view;
    private final MessageWriter writer;
    private final Membership membership;
    private final Acceptor acceptor;
    private final RepairServer repairs;
    private final RepairClient gaps;
    private final Bootstrap bootstrap;
    private final DurableClock durable;
    private final LivePublisher live;
    private final Retention retention;
    private final Stability stability;
    private final Escrow escrow;
    private final Joining joining;
    private final Fences fences;
    private final Claims claims;
    private final Admission admission;
    private final ClockDifferences skew;
    private final MessageReader message;
    private final ByteReader reader;
    private final UnsafeBuffer record = new UnsafeBuffer(0, 0);
    private final SortedMap<Long, Peer> peers = new ConcurrentSkipListMap<>();
    private final boolean forcedOnly;
    private boolean closed;
    private long foundNs;
    private boolean founds;
    private long lastHeartbeatNs;
    private long lastCheckNs;
    private long lastFrom;
    private final RecentPeers heard;
    private @Nullable Peer lastPeer;

    /** A replica of an engine; the engine outlives it. */
    public Replica(final Engine engine, final ReplicaContext context, final Transport transport) {
        if (transport.maxMessageBytes() < MIN_MESSAGE_BYTES) {
            throw new IllegalArgumentException("the transport carries " + transport.maxMessageBytes()
                    + " bytes a message; " + MIN_MESSAGE_BYTES + " are needed");
        }
        if (engine.membership() == null
                && (context.entry() == ReplicaContext.Entry.STATIC || context.entry() == ReplicaContext.Entry.OPEN)) {
            engine.kernel().commonPast().requireNone();
        }
        engine.kernel().rights().requireNode(context.node());
        this.engine = engine;
        this.kernel = engine.kernel();
        this.context = context;
        this.transport = transport;
        this.nanoClock = context.nanoClock();
        this.view = new View(context.node(), engine.origin(), engine.launchTimeMs());
        this.acceptor = new Acceptor(engine, context);
        kernel.rights().replicated(context.node()); // last of what may refuse: the directory is no longer alone
        view.restore(acceptor.view());
        kernel.rights().launches(view.origins());
        this.writer = new MessageWriter(context.node(), view, transport.maxMessageBytes());
        this.message = new MessageReader(transport.maxMessageBytes());
        this.reader = message.bytes();
        this.heard = new RecentPeers(engine, context, acceptor, peers);
        this.membership = new Membership(
                context.node(),
                acceptor,
                writer,
                transport,
                engine.membership() == null && context.entry() == ReplicaContext.Entry.OPEN);
        this.gaps = new RepairClient(context, writer, transport, peers);
        this.repairs = new RepairServer(kernel, writer, transport, context);
        this.bootstrap = new Bootstrap(engine, writer, transport);
        this.durable = new DurableClock(engine, engine.durability() != Durability.MEMORY);
        this.live = new LivePublisher(engine, writer, transport);
        this.retention = new Retention(engine, membership);
        this.stability = new Stability(engine, membership, acceptor, context);
        this.escrow = new Escrow(engine, membership, writer, transport, peers, context.rightsListener());
        this.joining = new Joining(engine, context.node(), membership, acceptor, view, peers);
        this.fences = new Fences(engine, context.node(), writer, transport);
        this.claims = new Claims(engine, context, membership);
        this.admission = new Admission(engine, context, view, membership, acceptor, peers, durable, claims, fences);
        this.skew = new ClockDifferences(engine, context);
        this.forcedOnly = engine.durability() == Durability.POWER;
        this.lastHeartbeatNs = nanoClock.nanoTime() - context.heartbeatIntervalNs();
        this.lastCheckNs = nanoClock.nanoTime() - CHECK_INTERVAL_NS;
        this.founds = context.entry() == ReplicaContext.Entry.FOUND;
        onEpoch();
    }

    @Override
    public String roleName() {
        return "abelia-replica-" + context.node();
    }

    /** Peers heard so far. */
    public Collection<Peer> peers() {
        return Collections.unmodifiableCollection(peers.values());
    }

    /** Requests for repair sent so far. */
    public long repairRequests() {
        return gaps.requests();
    }

    /** The current launch of every node heard of, this one included: its origin, by node. */
    public SortedMap<Long, Long> launches() {
        return view.origins();
    }

    /** The same as this directory keeps it, for checks: what the next launch will begin with. */
    public SortedMap<Long, Long> keptLaunches() {
        final SortedMap<Long, Long> origins = new TreeMap<>();
        acceptor.view().forEach((node, launch) -> origins.put(node, launch.origin()));
        return origins;
    }

    /** Whether this launch has begun to take what others have, for checks: members that know of it have told it their views. */
    public boolean isGuided() {
        return joining.isGuided();
    }

    /** The clock that is causally stable here. */
    public VectorClock frontier() {
        return stability.frontier();
    }

    /** What of it this directory remembers, for checks: nothing beyond it has been dropped. */
    public VectorClock keptFrontier() {
        return acceptor.stable();
    }

    /** Who belongs to the group, as far as this node knows. */
    public Epoch epoch() {
        return membership.epoch();
    }

    /**
     * Asks the group to remove a member for good, living or dead; it is agreed in the background, while a majority of the members lives.
     *
     * @throws IllegalArgumentException if it is no member, or the last one
     */
    public void remove(final long node) {
        membership.want(Epoch.Change.remove(node));
    }

    /**
     * Removes a member on this node's word alone. Only for when most members are gone for good: two halves of a group that do so part for
     * good.
     */
    public void forceRemove(final long node) throws IOException {
        membership.force(Epoch.Change.remove(node));
        onEpoch();
    }

    /** Members that are heard, this one included, and take no part in agreements: their directories are new. */
    public SortedSet<Long> withoutVote() {
        return heard.withoutVote(membership);
    }

    /** Why a change that was asked for here is not decided yet, in words; null if none was. */
    public @Nullable String undecided() {
        return heard.undecided(membership);
    }

    /** Whether a change of the members that was asked for here is not decided yet. */
    public boolean isChanging() {
        return membership.isChanging();
    }

    @Override
    public int doWork() {
        if (closed || !kernel.isOpen()) {
            return 0;
        }
        final long nowNs = nanoClock.nanoTime();
        if (membership.isRemoved()) {
            return tellOfRemoval(nowNs);
        }
        if (foundNs == 0) {
            // who has state of its own cannot join another group, so there is nothing to listen for
            foundNs = nowNs + (engine.isJoined() ? 0 : context.foundDelayNs());
        }
        int work = live.publish(limit());
        if (nowNs - lastHeartbeatNs >= context.heartbeatIntervalNs()
                || nowNs - lastHeartbeatNs >= context.heartbeatIntervalNs() / NEWS_PER_HEARTBEAT
                        && !membership.isOpen()
                        && admission.takeNews()) {
            lastHeartbeatNs = nowNs;
            heartbeat();
            work++;
        }
        if (nowNs - lastCheckNs >= CHECK_INTERVAL_NS) {
            lastCheckNs = nowNs;
            work += repair(nowNs) + agree(nowNs) + stability.advance(peers, report(), nowNs);
        }
        return work + repairs.doWork(limit()) + bootstrap.doWork(nowNs) + stability.collect();
    }

    /** A removed node may be the only one that knows: it goes on telling, and does nothing else. */
    private int tellOfRemoval(final long nowNs) {
        if (nowNs - lastHeartbeatNs < context.heartbeatIntervalNs()) {
            return 0;
        }
        lastHeartbeatNs = nowNs;
        repairs.close(); // nobody takes anything from it any more
        heartbeat();
        return 1;
    }

    private int agree(final long nowNs) {
        final Epoch before = membership.epoch();
        try {
            if (founds && nowNs - foundNs >= 0) {
                founds = false;
                membership.found(context.group());
            }
            return escrow.doWork(nowNs, context.node()) + membership.doWork(nowNs, heard);
        } catch (final IOException e) {
            kernel.status().error(e);
            return 0;
        } finally {
            if (!membership.epoch().equals(before)) {
                onEpoch();
            }
        }
    }

    /** To be called when another epoch is known. */
    private void onEpoch() {
        writer.group(membership.epoch().group());
        fences.check(membership, acceptor);
        for (final long node : membership.epoch().removed()) {
            admission.admit(node, View.REMOVED);
            peers.remove(node);
            skew.forget(node);
            lastPeer = null;
        }
        for (final Peer peer : peers.values()) {
            peer.forgetPromise();
            if (!peer.isOfLine(membership.epoch())) {
                peer.distrust(); // until it says from which directory it comes
                kernel.dropBuffered();
            }
        }
    }

    private long limit() {
        return forcedOnly ? kernel.log().forcedPosition() : kernel.log().appendPosition();
    }

    /** What to report as stable: nothing in a view that the directory does not keep yet, as the next launch could then know less. */
    private VectorClock report() {
        final VectorClock current = durable.report();
        return membership.isOpen() || acceptor.view().equals(view.launches()) ? current : VectorClock.empty();
    }

    private void heartbeat() {
        if (!admission.keepView()) {
            return;
        }
        final Schema schema = engine.schema();
        final VectorClock stable = report();
        final VectorClock applied = forcedOnly ? durable.applied() : engine.clock();
        new Heartbeat(
                        membership.epoch(),
                        schema == null ? 0 : schema.hash(),
                        view.launches(),
                        engine.isJoined(),
                        membership.votes(),
                        acceptor.isUndecided(),
                        acceptor.incarnation(),
                        applied,
                        kernel.reach(applied),
                        stable,
                        durable.applied(),
                        kernel.reach(engine.clock()),
                        acceptor.line(),
                        acceptor.born(),
                        kernel.hybridClock().wallMs(),
                        claims.refused(lastHeartbeatNs))
                .write(writer);
        writer.broadcast(transport);
        retention.retain(peers, engine.clock());
    }

    /** Takes a message. The bytes are copied; what is not a message is counted and dropped. */
    public void onMessage(final DirectBuffer buffer, final int offset, final int lengthBytes) {
        if (closed) {
            return;
        }
        if (!message.wrap(buffer, offset, lengthBytes)) {
            kernel.status().malformed();
            return;
        }
        try {
            reader.readUnsignedByte(); // of any version: what is new in a later one comes behind what is known
            final int kind = reader.readUnsignedByte();
            final long group = reader.readLong();
            final long from = reader.readLong();
            final long origin = reader.readLong();
            final long time = reader.readLong();
            if (kind == Message.RECORDS && isKnown(group, from, origin, time)) {
                onRecords(from);
                return;
            }
            final View.Launch launch = new View.Launch(origin, time);
            final Heartbeat heartbeat = kind == Message.HEARTBEAT ? Heartbeat.read(message, group) : null;
            if (from != context.node()
                    && isOfGroup(heartbeat, group, from)
                    && admission.isGranted(heartbeat, from, launch)) {
                dispatch(kind, heartbeat, peers.computeIfAbsent(from, Peer::new));
            }
        } catch (final MalformedRecordException e) {
            kernel.status().malformed();
            kernel.status().error(e);
        } catch (final IOException e) {
            kernel.status().error(e);
        }
    }

    /** What most messages are, told without allocating: records of a member's launch that has been introduced. */
    private boolean isKnown(final long group, final long from, final long origin, final long time) {
        if (lastPeer == null || lastFrom != from) {
            lastPeer = peers.get(from);
            lastFrom = from;
        }
        return lastPeer != null
                && lastPeer.isTrusted(origin)
                && group == membership.epoch().group()
                && view.isCurrent(from, origin, time);
    }

    /**
     * Whether a message comes from the group. A heartbeat may do more than others: bring a newer epoch, ask for admission, or tell a node
     * that belongs to no group yet which one to join.
     */
    private boolean isOfGroup(final @Nullable Heartbeat heartbeat, final long group, final long from)
            throws IOException {
        if (membership.isOpen()) {
            return true;
        }
        final Epoch here = membership.epoch();
        if (heartbeat == null) {
            return group == here.group() && membership.includes(from);
        }
        final Epoch theirs = heartbeat.epoch();
        final boolean undecided = here.incarnations().isEmpty();
        final boolean asks = theirs.incarnations().isEmpty();
        if (group != here.group() && !undecided && !asks) {
            kernel.status().stranger();
            return false;
        }
        final boolean knows = theirs.includes(from) || theirs.hasRemoved(from) && group == here.group();
        if (knows && membership.adopt(theirs)) {
            onEpoch();
        }
        if (!membership.includes(from) && !heartbeat.joined()) { // who has state of another group cannot be of this one
            membership.heard(from, heartbeat.incarnation(), nanoClock.nanoTime());
        }
        return membership.includes(from);
    }

    private void dispatch(final int kind, final @Nullable Heartbeat heartbeat, final Peer peer) throws IOException {
        if (heartbeat != null) {
            onHeartbeat(heartbeat, peer);
        } else {
            dispatch(kind, peer.node());
        }
    }

    /** Whether what others have may be taken: this node is a member, and knows which launches are dead. */
    private boolean takes() {
        return membership.isOpen() || membership.takes() && joining.hasViews();
    }

    private void dispatch(final int kind, final long from) throws IOException {
        switch (kind) {
            case Message.RECORDS -> onRecords(from);
            case Message.CATCH_UP -> onCatchUp(from);
            case Message.CAUGHT_UP -> gaps.onCaughtUp(from, reader, nanoClock.nanoTime());
            case Message.BELOW_FLOOR -> bootstrap.onBelowFloor(from, reader);
            case Message.FETCH -> bootstrap.onFetch(from, reader);
            case Message.PIECE -> {
                if (takes()) {
                    bootstrap.onPiece(from, reader);
                }
            }
            case Message.MEMBERSHIP -> {
                if (membership.onMessage(from, reader, heard)) {
                    onEpoch();
                }
            }
            case Message.FENCED -> fences.onFenced(from, reader.readLong(), message.clock());
            case Message.RIGHTS -> escrow.onRequest(from, reader, nanoClock.nanoTime());
            default -> kernel.status().malformed();
        }
    }

    private void onRecords(final long from) {
        if (!takes()) {
            return; // nobody asks who is not admitted yet what it has heard; and it may not know who is dead
        }
        gaps.onRecords(from, nanoClock.nanoTime());
        while (reader.hasRemaining()) {
            final int lengthBytes = reader.readInt();
            record.wrap(reader.skip(lengthBytes), lengthBytes);
            engine.onRemote(record, 0, lengthBytes);
        }
    }

    private void onHeartbeat(final Heartbeat heartbeat, final Peer peer) {
        final long nowNs = nanoClock.nanoTime();
        final SortedMap<Long, View.Launch> seen = heartbeat.view();
        seen.forEach((node, launch) -> {
            if (membership.includes(node)) {
                admission.tell(node, launch, nowNs);
            }
        });
        peer.heard(nowNs, heartbeat);
        skew.compare(peer.node(), heartbeat.wallMs());
        claims.onRefused(peer.node(), heartbeat.refused(), nowNs);
        if (peer.differs(engine.schema())) {
            kernel.status().otherSchema(peer.node());
        }
        if (heartbeat.joined()) {
            membership.heard(peer.node(), heartbeat.incarnation(), nowNs);
        }
        if (seen.equals(view.launches())) {
            if (heartbeat.epoch().number() == membership.epoch().number()) {
                peer.promises(heartbeat.known());
            }
            peer.reported(heartbeat.stable(), heartbeat.stableApplied());
        }
        if (heartbeat.joined()
                && !heartbeat.undecided() // it may be guided by a group that has gone on without it
                && view.own().equals(seen.get(context.node()))
                && (membership.isOpen() || view.covers(seen))) {
            peer.guides(heartbeat.applied(), heartbeat.epoch().number());
        }
    }

    // ---- repair

    private int repair(final long nowNs) {
        final VectorClock here = engine.clock();
        joining.doWork(here);
        kernel.status().lag(gaps.lag(here));
        return gaps.doWork(nowNs, kernel.reach(here), here, !bootstrap.isFetching() && takes());
    }

    private void onCatchUp(final long from) throws IOException {
        final long position = reader.readLong();
        final VectorClock has = message.clock();
        if (repairs.serve(from, has, position, limit())) {
            repairs.serveUnknown(from, has);
        } else {
            bootstrap.offer(from);
        }
    }

    @Override
    public void onClose() {
        close();
    }

    @Override
    public void close() {
        if (closed) {
            return;
        }
        closed = true;
        live.close();
        repairs.close();
        retention.close();
        bootstrap.close();
        bootstrap.free();
        writer.close();
        message.free();
    }
}
