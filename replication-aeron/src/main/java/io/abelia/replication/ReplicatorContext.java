package io.abelia.replication;

import io.abelia.engine.Engine;
import io.abelia.engine.file.ScratchDirectory;
import io.abelia.engine.replicate.ReplicaContext;
import io.abelia.replication.security.KeyRing;
import io.abelia.replication.security.Protection;
import io.aeron.driver.NameResolverAgent;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import org.agrona.concurrent.BackoffIdleStrategy;
import org.agrona.concurrent.IdleStrategy;
import org.jspecify.annotations.Nullable;

/**
 * Configuration of one {@link Replicator}. What must be said: the engine, the node, how it comes to its group ({@link #replica()}), either
 * {@link #multicast} or {@link #unicast}, and either {@link #keys} or {@link #insecure}.
 */
public final class ReplicatorContext {
    private static final int DEFAULT_TERM_BYTES = 8 << 20;
    private static final int MIN_TERM_BYTES = 8 << 20;
    private static final int MAX_TERM_BYTES = 64 << 20;

    private final ReplicaContext replica = new ReplicaContext();
    private @Nullable Engine engine;
    private String cluster = "abelia";
    private @Nullable String multicast;
    private String networkInterface = "127.0.0.1";
    private @Nullable String endpoint;
    private @Nullable String advertised;
    private final Map<Long, String> peers = new TreeMap<>();
    private Protection protection = Protection.AUTH;
    private @Nullable KeyRing keys;
    private @Nullable String aeronDirectory;
    private boolean embeddedDriver = true;
    private @Nullable NameResolverAgent nameResolver;
    private int termBytes = DEFAULT_TERM_BYTES;
    private IdleStrategy idleStrategy = new BackoffIdleStrategy(100, 10, 1_000, 100_000);

    /** Engine to replicate; it outlives the replicator. */
    public ReplicatorContext engine(final Engine newEngine) {
        engine = newEngine;
        return this;
    }

    Engine engine() {
        if (engine == null) {
            throw new IllegalStateException("no engine: set ReplicatorContext.engine");
        }
        return engine;
    }

    /** Settings of the protocol: the node's number, its group, intervals. */
    public ReplicaContext replica() {
        return replica;
    }

    /** Name of the cluster, any text; frames of other clusters are dropped. Default {@code abelia}. */
    public ReplicatorContext cluster(final String newCluster) {
        cluster = newCluster;
        return this;
    }

    public String cluster() {
        return cluster;
    }

    /**
     * Spreads updates by UDP multicast.
     *
     * @param group address and port, as {@code 224.0.1.61:40456}; the last octet is odd
     * @param newInterface address, with prefix length if need be, of the interface to use, as {@code 10.0.0.0/24} or {@code localhost}
     */
    public ReplicatorContext multicast(final String group, final String newInterface) {
        multicast = group;
        networkInterface = newInterface;
        return this;
    }

    /**
     * Spreads updates by UDP unicast, for networks without multicast: one copy for each other node.
     *
     * @param newEndpoint address and port of this node, that the others can reach
     * @param newPeers addresses and ports of other nodes; one that is alive suffices, it tells of the others
     */
    public ReplicatorContext unicast(final String newEndpoint, final Map<Long, String> newPeers) {
        endpoint = newEndpoint;
        peers.putAll(newPeers);
        return this;
    }

    public @Nullable String multicast() {
        return multicast;
    }

    public String networkInterface() {
        return networkInterface;
    }

    /**
     * Address and port for what is meant for this node alone (repair, snapshots). With multicast by default a free port of the interface.
     */
    public ReplicatorContext endpoint(final String newEndpoint) {
        endpoint = newEndpoint;
        return this;
    }

    public String endpoint() {
        return endpoint == null ? Interfaces.address(networkInterface) + ":0" : endpoint;
    }

    /**
     * What this node tells others of where it is reached, if that is another address than the one it binds, as behind a translation of
     * addresses or with {@code 0.0.0.0}; by default the endpoint.
     *
     * @param newAdvertised name or address and port; with port 0 that of the endpoint
     */
    public ReplicatorContext advertise(final String newAdvertised) {
        advertised = newAdvertised;
        return this;
    }

    /** What is told of an endpoint that has been bound. */
    public String advertised(final String bound) {
        if (advertised == null) {
            return bound;
        }
        return advertised.endsWith(":0")
                ? advertised.substring(0, advertised.length() - 1) + bound.substring(bound.lastIndexOf(':') + 1)
                : advertised;
    }

    public Map<Long, String> peers() {
        return peers;
    }

    /** Keys of the group, and how they protect what is sent; default AUTH. */
    public ReplicatorContext keys(final KeyRing newKeys, final Protection newProtection) {
        keys = newKeys;
        protection = newProtection;
        return this;
    }

    /** Sends and takes everything unprotected. Only for tests and for networks that nobody else reaches. */
    public ReplicatorContext insecure() {
        protection = Protection.INSECURE;
        keys = KeyRing.of(new byte[KeyRing.KEY_BYTES]);
        return this;
    }

    public Protection protection() {
        return protection;
    }

    KeyRing keys() {
        if (keys == null) {
            throw new IllegalStateException(
                    "a group is closed by default: give its key (ReplicatorContext.keys), or say insecure()");
        }
        return keys;
    }

    /** Uses a media driver that runs already, in this directory, instead of one of its own. */
    public ReplicatorContext externalDriver(final String newAeronDirectory) {
        aeronDirectory = newAeronDirectory;
        embeddedDriver = false;
        return this;
    }

    /**
     * Directory of the media driver that the replicator runs, in memory if possible; by default one with a random name. A node that may be
     * killed uses the same each time, or the killed ones pile up.
     */
    public ReplicatorContext driverDirectory(final String newAeronDirectory) {
        aeronDirectory = newAeronDirectory;
        embeddedDriver = true;
        return this;
    }

    /**
     * The same driver directory for each launch of the node whose engine lies in a directory, which is locked: what a kill leaves behind is
     * found, and removed.
     */
    public ReplicatorContext driverDirectoryFor(final Path engineDirectory) {
        final Path base = ScratchDirectory.base();
        final String name = UUID.nameUUIDFromBytes(
                        engineDirectory.toAbsolutePath().toString().getBytes(StandardCharsets.UTF_8))
                .toString();
        return driverDirectory(base.resolve("abelia-aeron-" + System.getProperty("user.name") + "-" + name)
                .toString());
    }

    /** How the driver resolves the names in endpoints, now and again when they stop answering; by default as the JVM does. */
    public ReplicatorContext nameResolver(final NameResolverAgent newNameResolver) {
        nameResolver = newNameResolver;
        return this;
    }

    public @Nullable NameResolverAgent nameResolver() {
        return nameResolver;
    }

    public boolean embeddedDriver() {
        return embeddedDriver;
    }

    public @Nullable String aeronDirectory() {
        return aeronDirectory;
    }

    /**
     * Bytes of one of the three terms that Aeron keeps for each stream, a power of two from 8 to 64 MiB; default 8 MiB. Greater ones ride out longer
     * pauses of a receiver before repair has to help, and cost memory once they are used: three terms for every stream that is sent or received.
     */
    public ReplicatorContext termBytes(final int newTermBytes) {
        if (newTermBytes < MIN_TERM_BYTES || newTermBytes > MAX_TERM_BYTES || Integer.bitCount(newTermBytes) != 1) {
            throw new IllegalArgumentException("termBytes is a power of two from " + MIN_TERM_BYTES + " to "
                    + MAX_TERM_BYTES + ", not " + newTermBytes);
        }
        termBytes = newTermBytes;
        return this;
    }

    public int termBytes() {
        return termBytes;
    }

    /** What the replicator's thread does when there is nothing to do; default backs off to 100 us. Busy spinning takes latency for a core. */
    public ReplicatorContext idleStrategy(final IdleStrategy newIdleStrategy) {
        idleStrategy = newIdleStrategy;
        return this;
    }

    public IdleStrategy idleStrategy() {
        return idleStrategy;
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

    void conclude() {
        engine();
        keys();
        check();
    }
}
