package io.abelia.replication.transport;

import io.abelia.engine.replicate.Replica;
import io.abelia.engine.replicate.Transport;
import io.abelia.replication.security.Frame;
import io.abelia.replication.security.Opened;
import io.abelia.replication.security.Opener;
import io.abelia.replication.security.Sealer;
import io.aeron.ChannelUri;
import io.aeron.ChannelUriStringBuilder;
import io.aeron.ExclusivePublication;
import io.aeron.Image;
import io.aeron.Publication;
import io.aeron.Subscription;
import io.aeron.exceptions.RegistrationException;
import io.aeron.logbuffer.Header;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.agrona.CloseHelper;
import org.agrona.DirectBuffer;
import org.agrona.ErrorHandler;
import org.agrona.ExpandableArrayBuffer;
import org.agrona.collections.Long2LongHashMap;
import org.agrona.collections.Long2ObjectHashMap;
import org.agrona.concurrent.NanoClock;
import org.jspecify.annotations.Nullable;

/**
 * Carries the protocol's messages over Aeron: one stream to all (multicast, or a copy for each by multi-destination-cast), and one to each node
 * that something is asked of. Every message is one sealed frame; Aeron cuts what is longer than a datagram. Where nodes can be reached they
 * tell each other. One thread.
 */
public final class AeronTransport implements Transport, AutoCloseable {
    /** Longest message of the protocol. */
    public static final int MAX_MESSAGE_BYTES = Replica.MIN_MESSAGE_BYTES;

    private static final int STREAM_TO_ALL = 1001;
    private static final int STREAM_TO_ONE = 1002;
    private static final int KIND_MESSAGE = 0;
    private static final int KIND_ANNOUNCEMENT = 1;
    private static final int FRAGMENTS = 32;
    private static final long CONNECT_AGAIN_NS = 10_000_000_000L;
    private static final long ANNOUNCE_INTERVAL_NS = 250_000_000L;
    private static final Pattern ENDPOINT = Pattern.compile("[0-9A-Za-z.:\\[\\]_%-]{3,100}");

    private final TransportContext context;
    private final Link link;
    private final ErrorHandler errors;
    private final NanoClock nanoClock;
    private final long node;
    private final Sealer sealer;
    private final Opener opener;
    private final TransportStatus status;
    private final Strangers strangers;
    private final Receiver receiver;
    private final ExclusivePublication toAll;
    private final Subscription fromAll;
    private final Subscription fromOne;
    private final Long2ObjectHashMap<ExclusivePublication> toOne = new Long2ObjectHashMap<>();
    private final Long2LongHashMap origins = new Long2LongHashMap(0);
    private final Map<Long, String> endpoints = new TreeMap<>();
    /** When it is tried again to make a stream to a node, for which there was no room. */
    private final Long2LongHashMap notBefore = new Long2LongHashMap(0);

    private final ExpandableArrayBuffer announcement = new ExpandableArrayBuffer();
    private final Assembly all;
    private final Assembly one;
    /** Nodes that have said themselves where they are; what others say of them counts no more. */
    private final Set<Long> announced = new HashSet<>();

    private @Nullable String ownEndpoint;
    private long announcedNs;
    private boolean isolated;

    /**
     * Connects a launch. Sealer and opener outlive the transport, with their counters.
     *
     * @param receiver gets the messages of others, from {@link #poll}; the bytes are valid during the call
     */
    public AeronTransport(
            final TransportContext context,
            final Sealer sealer,
            final Opener opener,
            final TransportStatus status,
            final Strangers strangers,
            final Receiver receiver,
            final ErrorHandler errors) {
        this.context = context;
        this.errors = problem -> errors.onError(SharedMemory.explained(problem, context));
        this.nanoClock = context.nanoClock();
        this.node = context.node();
        this.status = status;
        this.strangers = strangers;
        this.receiver = receiver;
        this.sealer = sealer;
        this.opener = opener;
        this.all = new Assembly(this::onFrame);
        this.one = new Assembly(this::onFrame);
        this.link = new Link(context, this.errors);
        try {
            final String multicast = context.multicast();
            fromOne = link.aeron.addSubscription(direct(context.endpoint()), STREAM_TO_ONE, null, one::onGone);
            fromAll = link.aeron.addSubscription(
                    multicast == null ? direct(context.endpoint()) : group(multicast),
                    STREAM_TO_ALL,
                    null,
                    all::onGone);
            toAll = link.aeron.addExclusivePublication(
                    multicast == null ? "aeron:udp?control-mode=manual|fc=min,t:1s" : group(multicast) + "|fc=min,t:1s",
                    STREAM_TO_ALL);
            context.peers().forEach(this::learn);
        } catch (final RuntimeException e) {
            link.close();
            final Throwable explained = SharedMemory.explained(e, context);
            throw explained instanceof IllegalStateException said ? said : e;
        }
        this.announcedNs = nanoClock.nanoTime() - ANNOUNCE_INTERVAL_NS;
    }

    private String group(final String multicast) {
        return new ChannelUriStringBuilder()
                .media("udp")
                .endpoint(multicast)
                .networkInterface(context.networkInterface())
                .build();
    }

    private static String direct(final String endpoint) {
        return new ChannelUriStringBuilder().media("udp").endpoint(endpoint).build();
    }

    /** Where other nodes can be reached, as far as is known. */
    public Map<Long, String> endpoints() {
        return endpoints;
    }

    /** Whether Aeron has given this client up, after a stop of more than a minute: it takes a new transport then. */
    public boolean isClosed() {
        return link.aeron.isClosed() || toAll.isClosed();
    }

    /** Sends and hands out nothing while set, as if the network were gone. For drills. */
    public void isolate(final boolean newIsolated) {
        isolated = newIsolated;
    }

    /** Whether a text can be an endpoint: what others tell is not believed otherwise. */
    public static boolean isEndpoint(final String text) {
        return ENDPOINT.matcher(text).matches();
    }

    // ---- out

    @Override
    public int maxMessageBytes() {
        return MAX_MESSAGE_BYTES;
    }

    @Override
    public boolean broadcast(final DirectBuffer buffer, final int offset, final int lengthBytes) {
        return offer(toAll, KIND_MESSAGE, 0, buffer, offset, lengthBytes);
    }

    @Override
    public boolean send(final long to, final DirectBuffer buffer, final int offset, final int lengthBytes) {
        assert to != node : to;
        final long origin = origins.get(to);
        if (origin == 0) {
            status.unreachable();
            return false;
        }
        final ExclusivePublication publication = toOne.get(to);
        if (publication != null && publication.isConnected()) {
            return offer(publication, KIND_MESSAGE, origin, buffer, offset, lengthBytes);
        }
        connect(to);
        return offer(toAll, KIND_MESSAGE, origin, buffer, offset, lengthBytes); // all get it, and all others drop it
    }

    private void connect(final long to) {
        final String endpoint = endpoints.get(to);
        final long nowNs = nanoClock.nanoTime();
        if (endpoint == null || toOne.containsKey(to) || notBefore.containsKey(to) && nowNs - notBefore.get(to) < 0) {
            return;
        }
        try {
            toOne.put(to, link.aeron.addExclusivePublication(direct(endpoint), STREAM_TO_ONE));
            assert toOne.size() <= endpoints.size() : toOne.size();
        } catch (final RegistrationException e) {
            notBefore.put(to, nowNs + CONNECT_AGAIN_NS); // what is for it goes to all until then
            errors.onError(e);
        }
    }

    private boolean offer(
            final ExclusivePublication publication,
            final int kind,
            final long to,
            final DirectBuffer body,
            final int offset,
            final int lengthBytes) {
        assert lengthBytes <= MAX_MESSAGE_BYTES : lengthBytes;
        if (isolated) {
            return true;
        }
        final int length = sealer.seal(kind, to, body, offset, lengthBytes);
        assert length >= lengthBytes + Frame.HEADER_BYTES && length <= lengthBytes + Frame.OVERHEAD_BYTES : length;
        final long position = publication.offer(sealer.frame(), 0, length);
        if (position > 0) {
            status.sent(length);
            return true;
        }
        if (position == Publication.NOT_CONNECTED) {
            return true; // nobody is there; who comes asks for what it lacks
        }
        status.backPressured();
        return false;
    }

    // ---- in

    /** Hands out what has arrived, and announces this node now and then; returns work done. */
    public int poll() {
        int work = fromAll.poll(all, FRAGMENTS);
        work += fromOne.poll(one, FRAGMENTS);
        all.forgetGone();
        one.forgetGone();
        final long nowNs = nanoClock.nanoTime();
        if (nowNs - announcedNs >= ANNOUNCE_INTERVAL_NS) {
            announcedNs = nowNs;
            announce();
        }
        return work;
    }

    private void announce() {
        if (ownEndpoint == null) {
            final String channel = fromOne.tryResolveChannelEndpointPort();
            if (channel == null) {
                return;
            }
            ownEndpoint =
                    context.advertised(String.valueOf(ChannelUri.parse(channel).get("endpoint")));
        }
        if (ownEndpoint != null) {
            final int length = Announcement.write(announcement, node, ownEndpoint, endpoints);
            offer(toAll, KIND_ANNOUNCEMENT, 0, announcement, 0, length);
        }
    }

    private void onFrame(final DirectBuffer buffer, final int offset, final int lengthBytes, final Header header) {
        if (isolated) {
            return;
        }
        final Opened opened = opener.open(buffer, offset, lengthBytes);
        if (opened != Opened.OPENED || opener.origin() == 0) {
            final Opened reason = opened == Opened.OPENED ? Opened.FORGED : opened; // no launch has the origin 0
            status.refused(reason);
            strangers.note(reason, source(header));
            return;
        }
        status.received(lengthBytes);
        assert opener.bodyLength() <= lengthBytes - Frame.HEADER_BYTES : opener.bodyLength();
        origins.put(opener.node(), opener.origin());
        switch (opener.kind()) {
            case KIND_MESSAGE -> receiver.onMessage(opener.body(), 0, opener.bodyLength());
            case KIND_ANNOUNCEMENT -> {
                announced.add(opener.node());
                if (!Announcement.read(opener.body(), opener.bodyLength(), this::hear)) {
                    status.refused(Opened.FORGED);
                }
            }
            default -> status.unknownKind();
        }
    }

    private static String source(final Header header) {
        return header.context() instanceof Image image ? image.sourceIdentity() : "somewhere";
    }

    /** Takes what a node says of itself, and what it says of those that have not been heard themselves. */
    private void hear(final long other, final String endpoint) {
        assert announced.contains(opener.node()) : opener.node();
        final boolean itself = other == opener.node();
        if (ENDPOINT.matcher(endpoint).matches() && (itself || !announced.contains(other))) {
            learn(other, endpoint);
        }
    }

    /** Notes where a node can be reached. */
    private void learn(final long other, final String endpoint) {
        if (other == node
                || endpoint.equals(endpoints.get(other))
                || endpoints.size() >= Announcement.MAX_NODES && !endpoints.containsKey(other)) {
            return;
        }
        assert isEndpoint(endpoint) : endpoint;
        final String before = endpoints.put(other, endpoint);
        assert endpoints.size() <= Announcement.MAX_NODES : endpoints.size();
        notBefore.remove(other);
        CloseHelper.close(toOne.remove(other));
        if (context.multicast() == null) {
            if (before != null) {
                toAll.asyncRemoveDestination(direct(before));
            }
            toAll.asyncAddDestination(direct(endpoint));
        }
    }

    @Override
    public void close() {
        link.close();
    }
}
