package io.abelia.replication.transport;

import io.aeron.driver.NameResolverAgent;
import java.util.Map;
import java.util.TreeMap;
import org.agrona.concurrent.NanoClock;
import org.agrona.concurrent.SystemNanoClock;
import org.jspecify.annotations.Nullable;

/** Where one node binds, whom it knows, and what its media driver is: the part of the replicator's settings, documented there, that the network needs. */
public final class TransportContext {
    private static final int DEFAULT_TERM_BYTES = 8 << 20;
    private static final int MIN_TERM_BYTES = 8 << 20;
    private static final int MAX_TERM_BYTES = 64 << 20;

    private final Map<Long, String> peers = new TreeMap<>();
    private long node;
    private NanoClock nanoClock = SystemNanoClock.INSTANCE;
    private @Nullable String multicast;
    private String networkInterface = "127.0.0.1";
    private @Nullable String endpoint;
    private @Nullable String advertised;
    private @Nullable String aeronDirectory;
    private boolean embeddedDriver = true;
    private @Nullable NameResolverAgent nameResolver;
    private int termBytes = DEFAULT_TERM_BYTES;

    /** Number of this node, and its source of monotonic nanoseconds. */
    public TransportContext node(final long newNode, final NanoClock newNanoClock) {
        node = newNode;
        nanoClock = newNanoClock;
        return this;
    }

    long node() {
        return node;
    }

    NanoClock nanoClock() {
        return nanoClock;
    }

    /** Group of UDP multicast, and the interface for it. */
    public void multicast(final String group, final String newInterface) {
        multicast = group;
        networkInterface = newInterface;
    }

    public @Nullable String multicast() {
        return multicast;
    }

    public String networkInterface() {
        return networkInterface;
    }

    /** Address and port of this node. */
    public void endpoint(final String newEndpoint) {
        endpoint = newEndpoint;
    }

    String endpoint() {
        return endpoint == null ? Interfaces.address(networkInterface) + ":0" : endpoint;
    }

    /** What others are told of where this node is reached. */
    public void advertise(final String newAdvertised) {
        advertised = newAdvertised;
    }

    /** What is told of an endpoint that has been bound. */
    String advertised(final String bound) {
        if (advertised == null) {
            return bound;
        }
        return advertised.endsWith(":0")
                ? advertised.substring(0, advertised.length() - 1) + bound.substring(bound.lastIndexOf(':') + 1)
                : advertised;
    }

    /** Where other nodes are, as far as they are known from the beginning. */
    public void peers(final Map<Long, String> newPeers) {
        peers.putAll(newPeers);
    }

    public Map<Long, String> peers() {
        return peers;
    }

    /**
     * The media driver.
     *
     * @param newAeronDirectory its directory; null for one with a random name
     * @param embedded whether it is run by this process
     */
    public void driver(final @Nullable String newAeronDirectory, final boolean embedded) {
        aeronDirectory = newAeronDirectory;
        embeddedDriver = embedded;
    }

    boolean embeddedDriver() {
        return embeddedDriver;
    }

    public @Nullable String aeronDirectory() {
        return aeronDirectory;
    }

    /** How the driver resolves names. */
    public void nameResolver(final NameResolverAgent newNameResolver) {
        nameResolver = newNameResolver;
    }

    @Nullable
    NameResolverAgent nameResolver() {
        return nameResolver;
    }

    /** Bytes of one of the three terms of each stream. */
    public void termBytes(final int newTermBytes) {
        if (newTermBytes < MIN_TERM_BYTES || newTermBytes > MAX_TERM_BYTES || Integer.bitCount(newTermBytes) != 1) {
            throw new IllegalArgumentException("termBytes is a power of two from " + MIN_TERM_BYTES + " to "
                    + MAX_TERM_BYTES + ", not " + newTermBytes);
        }
        termBytes = newTermBytes;
    }

    int termBytes() {
        return termBytes;
    }

    /**
     * Checks, before anything is made, that this node's addresses are its own and free, and that all have the right form.
     *
     * @throws IllegalStateException saying which is not, and what to do
     */
    public void check() {
        if (multicast == null && endpoint == null) {
            throw new IllegalStateException("no network: set ReplicatorContext.multicast or unicast");
        }
        if (embeddedDriver) { // another one may have the port already, for this node, and lie in another network
            Endpoints.requireBindable(endpoint());
        }
        if (advertised != null) {
            Endpoints.requireNamed(advertised);
        } else if (Endpoints.isAny(endpoint())) {
            throw new IllegalStateException("endpoint " + endpoint()
                    + " is every address of this machine, which nobody can be told: say which one others reach"
                    + " (ReplicatorContext.advertise; --advertise ADDRESS:PORT)");
        }
        peers.values().forEach(Endpoints::requireNamed);
    }
}
