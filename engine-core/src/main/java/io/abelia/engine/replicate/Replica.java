package io.abelia.engine.replicate;

import io.abelia.engine.Durability;
import io.abelia.engine.Engine;
import io.abelia.engine.apply.Kernel;
import io.abelia.engine.clock.VectorClock;
import io.abelia.engine.codec.ByteReader;
import io.abelia.engine.codec.ByteWriter;
import io.abelia.engine.codec.Crc32c;
import io.abelia.engine.codec.Limits;
import io.abelia.engine.codec.MalformedRecordException;
import io.abelia.engine.codec.RecordDescriptor;
import io.abelia.engine.log.LogReader;
import io.abelia.engine.schema.Schema;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.agrona.BufferUtil;
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

    private static final int LIVE_RECORDS = 256;

    private final Engine engine;
    private final Kernel kernel;
    private final ReplicaContext context;
    private final Transport transport;
    private final NanoClock nanoClock;
    private final View view;
    private final MessageWriter writer;
    private final RepairServer repairs;
    private final Bootstrap bootstrap;
    private final DurableClock durable;
    private final LogReader live;
    private final Retention retention;
    private final Stability stability;
    private final ByteReader reader = new ByteReader();
    private final UnsafeBuffer inbound;
    private final Crc32c inboundCrc;
    private final UnsafeBuffer record = new UnsafeBuffer(0, 0);
    private final SortedMap<Long, Peer> peers = new TreeMap<>();
    private final boolean forcedOnly;
    private boolean closed;
    private long lastHeartbeatNs;
    private long gapSinceNs;
    private boolean gap;
    private long requestNs;
    private long requestedFrom;
    private long resumePosition;
    private boolean requesting;

    /** A replica of an engine; the engine outlives it. */
    public Replica(final Engine engine, final ReplicaContext context, final Transport transport) {
        if (transport.maxMessageBytes() < MIN_MESSAGE_BYTES) {
            throw new IllegalArgumentException("the transport carries " + transport.maxMessageBytes()
                    + " bytes a message; " + MIN_MESSAGE_BYTES + " are needed");
        }
        this.engine = engine;
        this.kernel = engine.kernel();
        this.context = context;
        this.transport = transport;
        this.nanoClock = context.nanoClock();
        this.view = new View(context.node(), engine.origin(), engine.launchTimeMs());
        this.writer = new MessageWriter(context.node(), view, transport.maxMessageBytes());
        final ByteBuffer inboundBytes = ByteBuffer.allocateDirect(transport.maxMessageBytes());
        this.inbound = new UnsafeBuffer(inboundBytes);
        this.inboundCrc = new Crc32c().wrap(inboundBytes);
        this.repairs = new RepairServer(kernel.log(), writer, transport, context.repairBytes());
        this.bootstrap = new Bootstrap(engine, writer, transport);
        this.durable = new DurableClock(engine, engine.durability() != Durability.MEMORY);
        this.live = kernel.log().newReader(kernel.log().appendPosition());
        this.retention = new Retention(engine, context);
        this.stability = new Stability(engine, context);
        this.forcedOnly = engine.durability() == Durability.POWER;
        this.lastHeartbeatNs = nanoClock.nanoTime() - context.heartbeatIntervalNs();
    }

    @Override
    public String roleName() {
        return "abelia-replica-" + context.node();
    }

    /** Peers heard so far. */
    public Collection<Peer> peers() {
        return Collections.unmodifiableCollection(peers.values());
    }

    /** The current launch of every node heard of, this one included: its origin, by node. */
    public SortedMap<Long, Long> launches() {
        final SortedMap<Long, Long> origins = new TreeMap<>();
        view.launches().forEach((node, launch) -> origins.put(node, launch.origin()));
        return origins;
    }

    /** The clock that is causally stable here. */
    public VectorClock frontier() {
        return stability.frontier();
    }

    @Override
    public int doWork() {
        if (closed || !kernel.isOpen()) {
            return 0;
        }
        final long nowNs = nanoClock.nanoTime();
        int work = publish();
        if (nowNs - lastHeartbeatNs >= context.heartbeatIntervalNs()) {
            lastHeartbeatNs = nowNs;
            heartbeat();
            work++;
        }
        work += repair(nowNs);
        work += bootstrap.doWork(nowNs);
        return work + stability.collect(peers, durable);
    }

    private long limit() {
        return forcedOnly ? kernel.log().forcedPosition() : kernel.log().appendPosition();
    }

    /** Publishes this origin's new records; what the transport refuses is left to repair. */
    private int publish() {
        if (live.position() >= limit()) {
            return 0;
        }
        final ByteWriter out = writer.begin(Message.RECORDS);
        final int[] records = new int[1];
        final int polled = live.poll(
                (record, lengthBytes, position) -> {
                    if (RecordDescriptor.origin(record) != engine.origin()) {
                        return true;
                    }
                    if (out.length() + Integer.BYTES + lengthBytes > transport.maxMessageBytes()) {
                        return false;
                    }
                    out.writeInt(lengthBytes);
                    out.writeBytes(record, lengthBytes);
                    records[0]++;
                    return true;
                },
                limit(),
                LIVE_RECORDS);
        if (polled == LogReader.TRUNCATED) {
            live.seek(kernel.log().oldestPosition());
        }
        if (records[0] > 0) {
            writer.broadcast(transport);
        }
        return Math.max(0, polled);
    }

    private void heartbeat() {
        final ByteWriter out = writer.begin(Message.HEARTBEAT);
        final Schema schema = engine.schema();
        out.writeLong(schema == null ? 0 : schema.hash());
        writer.view();
        final VectorClock stable = durable.report();
        out.writeByte(engine.isJoined() ? 1 : 0);
        final VectorClock applied = forcedOnly ? durable.applied() : engine.clock();
        writer.clock(applied);
        writer.clock(reach(applied));
        writer.clock(stable);
        writer.clock(durable.applied());
        writer.clock(repairs.floor());
        writer.broadcast(transport);
        retention.retain(peers.values(), engine.clock());
    }

    private VectorClock reach(final VectorClock applied) {
        kernel.section().enter();
        try {
            return kernel.unknown().reach(applied);
        } finally {
            kernel.section().leave();
        }
    }

    /** Takes a message. The bytes are copied; what is not a message is counted and dropped. */
    public void onMessage(final DirectBuffer buffer, final int offset, final int lengthBytes) {
        if (closed) {
            return;
        }
        if (lengthBytes < Message.HEADER_BYTES || lengthBytes > inbound.capacity()) {
            kernel.status().malformed();
            return;
        }
        inbound.putBytes(0, buffer, offset, lengthBytes);
        if (inbound.getInt(0, ByteOrder.LITTLE_ENDIAN)
                != inboundCrc.compute(inbound.addressOffset() + Integer.BYTES, lengthBytes - Integer.BYTES)) {
            kernel.status().malformed();
            return;
        }
        reader.wrap(inbound.addressOffset() + Integer.BYTES, lengthBytes - Integer.BYTES);
        try {
            final int version = reader.readUnsignedByte();
            final int kind = reader.readUnsignedByte();
            final long from = reader.readLong();
            final View.Launch launch = new View.Launch(reader.readLong(), reader.readLong());
            if (version == Message.VERSION && from != context.node() && isMember(from) && admit(from, launch)) {
                dispatch(kind, from);
            }
        } catch (final MalformedRecordException e) {
            kernel.status().malformed();
            kernel.status().error(e);
        } catch (final IOException e) {
            kernel.status().error(e);
        }
    }

    /** Whether a launch is not dead; a new one makes all reports of stability of the view before void. */
    private boolean admit(final long node, final View.Launch launch) {
        final SortedMap<Long, View.Launch> before = view.copy();
        final boolean current = view.admit(node, launch);
        if (!before.equals(view.launches())) {
            peers.values().forEach(Peer::forgetReports);
            durable.restart();
            final Peer replaced = peers.get(node);
            if (replaced != null) {
                replaced.forgetAll();
            }
            final View.Launch old = before.get(node);
            final View.Launch now = view.launches().get(node);
            if (old != null && now != null && old.origin() != now.origin()) {
                kernel.dropBuffered(); // the dead launch may have sent it; who is alive can send it again
            }
        }
        return current;
    }

    private SortedMap<Long, View.Launch> readView() {
        final SortedMap<Long, View.Launch> launches = new TreeMap<>();
        final int entries = reader.readVarintInt(Message.MAX_NODES);
        for (int i = 0; i < entries; i++) {
            launches.put(reader.readLong(), new View.Launch(reader.readLong(), reader.readLong()));
        }
        return launches;
    }

    private void dispatch(final int kind, final long from) throws IOException {
        switch (kind) {
            case Message.RECORDS -> onRecords();
            case Message.HEARTBEAT -> onHeartbeat(from);
            case Message.CATCH_UP -> onCatchUp(from);
            case Message.CAUGHT_UP -> onCaughtUp(from);
            case Message.BELOW_FLOOR -> bootstrap.onBelowFloor(from, reader);
            case Message.FETCH -> bootstrap.onFetch(from, reader);
            case Message.PIECE -> bootstrap.onPiece(from, reader);
            default -> kernel.status().malformed();
        }
    }

    private void onRecords() {
        while (reader.hasRemaining()) {
            final int lengthBytes = reader.readInt();
            record.wrap(reader.skip(lengthBytes), lengthBytes);
            engine.onRemote(record, 0, lengthBytes);
        }
    }

    private VectorClock readClock() {
        final VectorClock.Builder clock = VectorClock.builder();
        final int entries = reader.readVarintInt(Message.MAX_CLOCK_ENTRIES);
        for (int i = 0; i < entries; i++) {
            final long origin = reader.readLong();
            final long seq = reader.readVarint();
            if (seq < 0) {
                throw new MalformedRecordException("seq " + seq);
            }
            clock.put(origin, seq);
        }
        return clock.build();
    }

    private boolean isMember(final long node) {
        final long[] members = context.members();
        return members.length == 0 || Arrays.binarySearch(members, node) >= 0;
    }

    private void onHeartbeat(final long from) {
        final long schemaHash = reader.readLong();
        final SortedMap<Long, View.Launch> seen = readView();
        seen.forEach((node, launch) -> {
            if (isMember(node)) {
                admit(node, launch);
            }
        });
        final boolean joined = reader.readByte() != 0;
        final VectorClock applied = readClock();
        final VectorClock reach = readClock();
        final VectorClock stable = readClock();
        final VectorClock stableApplied = readClock();
        final Peer peer = peers.computeIfAbsent(from, Peer::new);
        peer.heard(nanoClock.nanoTime(), schemaHash, joined, applied, reach);
        if (seen.equals(view.launches())) {
            peer.reported(stable, stableApplied);
        }
        if (joined && view.own().equals(seen.get(context.node()))) {
            peer.guides(applied);
        }
    }

    // ---- repair

    private int repair(final long nowNs) {
        final VectorClock here = engine.clock();
        if (!engine.isJoined() && peers.values().stream().anyMatch(peer -> peer.isGuideFor(here))) {
            join();
        }
        final Peer ahead = ahead(reach(here));
        kernel.status().lag(lag(here));
        if (ahead == null) {
            gap = false;
            requesting = false;
            return 0;
        }
        if (!gap) {
            gap = true;
            gapSinceNs = nowNs;
        }
        if (requesting ? nowNs - requestNs < context.repairTimeoutNs() : nowNs - gapSinceNs < context.repairDelayNs()) {
            return 0;
        }
        if (bootstrap.isFetching()) {
            return 0;
        }
        if (requestedFrom != ahead.node() || requesting) {
            resumePosition = 0;
        }
        request(ahead.node(), here, nowNs);
        return 1;
    }

    /**
     * A joiner may commit once it holds what a member of the group had applied after it had heard of the joiner's launch: that
     * is all that anybody can have called stable without the joiner. What it heard before may have been under way for long.
     */
    private void join() {
        try {
            engine.markJoined();
        } catch (final IOException e) {
            kernel.status().error(e);
        }
    }

    private long lag(final VectorClock here) {
        final long[] missing = new long[1];
        VectorClock all = here;
        for (final Peer peer : peers.values()) {
            all = all.merge(peer.applied());
        }
        all.forEach((origin, seq) -> missing[0] += seq - here.get(origin));
        return missing[0];
    }

    /** A peer that has what is missing here: the one that has just answered, or after a time-out the next one, in a circle. */
    private @Nullable Peer ahead(final VectorClock here) {
        Peer first = null;
        Peer behind = null;
        for (final Peer peer : peers.values()) {
            if (!here.covers(peer.reach())) {
                if (peer.node() == requestedFrom && !requesting) {
                    return peer;
                }
                first = first == null ? peer : first;
                behind = behind == null && peer.node() > requestedFrom ? peer : behind;
            }
        }
        return behind == null ? first : behind;
    }

    private void request(final long node, final VectorClock here, final long nowNs) {
        final ByteWriter out = writer.begin(Message.CATCH_UP);
        out.writeLong(resumePosition);
        writer.clock(here);
        writer.send(transport, node);
        requestedFrom = node;
        requestNs = nowNs;
        requesting = true;
    }

    private void onCatchUp(final long from) throws IOException {
        final long position = reader.readLong();
        final VectorClock has = readClock();
        if (repairs.serve(from, has, position, limit())) {
            repairs.serveUnknown(from, has, unknownRecords());
        } else {
            bootstrap.offer(from);
        }
    }

    private List<byte[]> unknownRecords() {
        final List<byte[]> records = new ArrayList<>();
        kernel.section().enter();
        try {
            kernel.unknown().forEach(records::add);
        } finally {
            kernel.section().leave();
        }
        return records;
    }

    private void onCaughtUp(final long from) {
        final long position = reader.readLong();
        final boolean more = reader.readByte() != 0;
        if (from == requestedFrom && requesting) {
            resumePosition = more ? position : 0;
            requesting = false;
            gapSinceNs = more ? nanoClock.nanoTime() - context.repairDelayNs() : nanoClock.nanoTime();
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
        retention.close();
        bootstrap.close();
        bootstrap.free();
        writer.close();
        BufferUtil.free(inbound);
    }
}
