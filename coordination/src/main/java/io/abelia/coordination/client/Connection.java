package io.abelia.coordination.client;

import io.abelia.coordination.member.Members;
import io.abelia.coordination.wire.MalformedRequestException;
import io.abelia.coordination.wire.Response;
import io.aeron.Aeron;
import io.aeron.cluster.client.AeronCluster;
import io.aeron.cluster.client.EgressListener;
import io.aeron.logbuffer.Header;
import java.util.function.Consumer;
import org.agrona.CloseHelper;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.jspecify.annotations.Nullable;

/** A session with the group's leader; lost and opened again as leaders come and go. One thread. */
final class Connection implements EgressListener, AutoCloseable {
    private static final long RETRY_NS = 100_000_000L;
    private static final long KEEP_ALIVE_NS = 1_000_000_000L;
    private static final long CONNECT_NS = 2_000_000_000L;
    private static final String CHANNEL = "aeron:udp?term-length=8m";

    private final Members members;
    private final String aeronDirectory;
    private final String egressHost;
    private final Consumer<Response> handler;
    private final UnsafeBuffer buffer = new UnsafeBuffer(0, 0);
    private Aeron aeron;
    private AeronCluster.@Nullable AsyncConnect connecting;
    private @Nullable AeronCluster cluster;
    private long number;
    private long retryNs;
    private boolean hasTried;
    private long keepAliveNs;
    private volatile int leader = -1;
    private volatile String lastProblem = "";

    Connection(
            final Members members,
            final String aeronDirectory,
            final String egressHost,
            final Consumer<Response> handler) {
        this.members = members;
        this.aeronDirectory = aeronDirectory;
        this.aeron = Aeron.connect(aeronContext());
        this.egressHost = egressHost;
        this.handler = handler;
    }

    private Aeron.Context aeronContext() {
        return new Aeron.Context().aeronDirectoryName(aeronDirectory).errorHandler(this::note);
    }

    /** Keeps a problem, to be told when a request is not answered. */
    void note(final Throwable problem) {
        lastProblem = problem.getMessage() == null ? problem.toString() : problem.getMessage();
    }

    boolean isOpen() {
        return cluster != null;
    }

    /** Number of this session: requests that were sent on an earlier one may have got lost with it. */
    long number() {
        return number;
    }

    int leader() {
        return leader;
    }

    /** Why nobody answers, as far as is known. */
    String state() {
        return isOpen()
                ? "member " + leader + " leads, or did, and has not answered; it may have lost its majority"
                : "no member leads a majority of " + members.ingressEndpoints()
                        + (lastProblem.isEmpty() ? "" : " (" + lastProblem + ")");
    }

    int doWork(final long nowNs) {
        final AeronCluster current = cluster;
        if (current == null) {
            return connect(nowNs);
        }
        try {
            final int work = current.pollEgress() + current.pollStateChanges();
            if (current.isClosed()) {
                lose();
                return 1;
            }
            if (nowNs - keepAliveNs > KEEP_ALIVE_NS && current.sendKeepAlive()) {
                keepAliveNs = nowNs;
            }
            return work;
        } catch (final RuntimeException e) {
            note(e); // as when a process that stood still has lost its Aeron client
            lose();
            return 1;
        }
    }

    private int connect(final long nowNs) {
        try {
            if (connecting == null) {
                if (hasTried && nowNs - retryNs < RETRY_NS) {
                    return 0;
                }
                hasTried = true;
                retryNs = nowNs;
                if (aeron.isClosed()) {
                    aeron = Aeron.connect(aeronContext());
                }
                connecting = AeronCluster.asyncConnect(new AeronCluster.Context()
                        .aeron(aeron)
                        .ownsAeronClient(false)
                        .messageTimeoutNs(CONNECT_NS)
                        .newLeaderTimeoutNs(CONNECT_NS)
                        .errorHandler(this::note)
                        .ingressChannel(CHANNEL)
                        .ingressEndpoints(members.ingressEndpoints())
                        .egressChannel(CHANNEL + "|endpoint=" + egressHost + ":0")
                        .egressListener(this));
            }
            final AeronCluster connected = connecting.poll();
            if (connected == null) {
                return 0;
            }
            connecting = null;
            cluster = connected;
            leader = connected.leaderMemberId();
            number++;
            keepAliveNs = nowNs;
            return 1;
        } catch (final RuntimeException e) {
            note(e);
            CloseHelper.quietClose(connecting);
            connecting = null;
            return 0;
        }
    }

    private void lose() {
        CloseHelper.quietClose(cluster);
        cluster = null;
        leader = -1;
    }

    /** Sends a message; false if it has to be tried again later. */
    boolean send(final byte[] message) {
        final AeronCluster current = cluster;
        if (current == null) {
            return false;
        }
        buffer.wrap(message);
        return current.offer(buffer, 0, message.length) > 0;
    }

    @Override
    public void onMessage(
            final long sessionId,
            final long timestamp,
            final DirectBuffer message,
            final int offset,
            final int length,
            final Header header) {
        final Response response;
        try {
            response = Response.decode(message, offset, length);
        } catch (final MalformedRequestException e) {
            note(e);
            return;
        }
        handler.accept(response);
    }

    @Override
    public void onNewLeader(
            final long sessionId, final long leadershipTermId, final int memberId, final String ingressEndpoints) {
        leader = memberId;
        number++; // what was sent to the old leader may have got lost
    }

    @Override
    public void close() {
        CloseHelper.quietClose(connecting);
        lose();
        CloseHelper.quietClose(aeron);
    }
}
