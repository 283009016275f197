package io.abelia.replication;

import io.abelia.engine.Engine;
import io.abelia.engine.file.ScratchDirectory;
import io.abelia.engine.replicate.ReplicaContext;
import io.abelia.replication.security.KeyRing;
import io.abelia.replication.security.Protection;
import io.abelia.replication.transport.TransportContext;
import io.aeron.driver.NameResolverAgent;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import java.util.UUID;
import org.agrona.concurrent.BackoffIdleStrategy;
import org.agrona.concurrent.IdleStrategy;
import org.jspecify.annotations.Nullable;

/**
 * Configuration of one {@link Replicator}. What must be said: the engine, the node, how it comes to its group ({@link #replica()}), either
 * {@link #multicast} or {@link #unicast}, and either {@link #keys} or {@link #insecure}.
 */
public final class ReplicatorContext {

    private final ReplicaContext replica = new ReplicaContext();
    private final TransportContext transport = new TransportContext();
    private @Nullable Engine engine;
    private String cluster = "abelia";
    private Protection protection = Protection.AUTH;
    private @Nullable KeyRing keys;
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

    /** What the network needs of all this. */
    TransportContext transport() {
        return transport.node(replica.node(), replica.nanoClock());
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
        transport.multicast(group, newInterface);
        return this;
    }

    /**
     * Spreads updates by UDP unicast, for networks without multicast: one copy for each other node.
     *
     * @param newEndpoint address and port of this node, that the others can reach
     * @param newPeers addresses and ports of other nodes; one that is alive suffices, it tells of the others
     */
    public ReplicatorContext unicast(final String newEndpoint, final Map<Long, String> newPeers) {
        transport.endpoint(newEndpoint);
        transport.peers(newPeers);
        return this;
    }

    /**
     * Address and port for what is meant for this node alone (repair, snapshots). With multicast by default a free port of the interface.
     */
    public ReplicatorContext endpoint(final String newEndpoint) {
        transport.endpoint(newEndpoint);
        return this;
    }

    /**
     * What this node tells others of where it is reached, if that is another address than the one it binds, as behind a translation of
     * addresses or with {@code 0.0.0.0}; by default the endpoint.
     *
     * @param newAdvertised name or address and port; with port 0 that of the endpoint
     */
    public ReplicatorContext advertise(final String newAdvertised) {
        transport.advertise(newAdvertised);
        return this;
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
        transport.driver(newAeronDirectory, false);
        return this;
    }

    /**
     * Directory of the media driver that the replicator runs, in memory if possible; by default one with a random name. A node that may be
     * killed uses the same each time, or the killed ones pile up.
     */
    public ReplicatorContext driverDirectory(final String newAeronDirectory) {
        transport.driver(newAeronDirectory, true);
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
        transport.nameResolver(newNameResolver);
        return this;
    }

    public @Nullable String aeronDirectory() {
        return transport.aeronDirectory();
    }

    /**
     * Bytes of one of the three terms that Aeron keeps for each stream, a power of two from 8 to 64 MiB; default 8 MiB. Greater ones ride out longer
     * pauses of a receiver before repair has to help, and cost memory once they are used: three terms for every stream that is sent or received.
     */
    public ReplicatorContext termBytes(final int newTermBytes) {
        transport.termBytes(newTermBytes);
        return this;
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
        transport.check();
    }

    void conclude() {
        engine();
        keys();
        check();
    }
}
