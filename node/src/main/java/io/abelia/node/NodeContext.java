package io.abelia.node;

import io.abelia.coordination.member.CoordinationMemberContext;
import io.abelia.coordination.member.Members;
import io.abelia.engine.EngineContext;
import io.abelia.replication.ReplicatorContext;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** Configuration of one {@link Node}. */
public final class NodeContext {
    private final EngineContext engine = new EngineContext();
    private final ReplicatorContext replicator = new ReplicatorContext();
    private String httpAddress = "127.0.0.1";
    private int httpPort;
    private @Nullable Path tokenFile;
    private @Nullable Path keyFile;
    private @Nullable Members coordination;
    private String coordinationHost = "localhost";
    private @Nullable CoordinationMemberContext coordinationMember;
    private int snapshotCells = 1_000_000;

    /** Settings of the engine. */
    public EngineContext engine() {
        return engine;
    }

    /** Settings of replication. */
    public ReplicatorContext replicator() {
        return replicator;
    }

    /** Address that the HTTP API listens on; default 127.0.0.1. It speaks no TLS: put a proxy before it to reach it from elsewhere. */
    public NodeContext httpAddress(final String newHttpAddress) {
        httpAddress = newHttpAddress;
        return this;
    }

    public String httpAddress() {
        return httpAddress;
    }

    /** Port of the HTTP API; default 0, any that is free. */
    public NodeContext httpPort(final int newHttpPort) {
        httpPort = newHttpPort;
        return this;
    }

    public int httpPort() {
        return httpPort;
    }

    /** File with the token that clients of the API show; by default {@code http.token} beside the engine's directory, made if missing. */
    public NodeContext tokenFile(final Path newTokenFile) {
        tokenFile = newTokenFile;
        return this;
    }

    public @Nullable Path tokenFile() {
        return tokenFile;
    }

    /** File with the group's keys, which is read again when it changes. */
    public NodeContext keyFile(final @Nullable Path newKeyFile) {
        keyFile = newKeyFile;
        return this;
    }

    public @Nullable Path keyFile() {
        return keyFile;
    }

    /** The coordination group whose tables this node's schema declares coordinated; none by default. */
    public NodeContext coordination(final Members newCoordination) {
        coordination = newCoordination;
        return this;
    }

    @Nullable
    Members coordination() {
        return coordination;
    }

    /** Name or address under which the members of the coordination group reach this node; default localhost. */
    public NodeContext coordinationHost(final String newCoordinationHost) {
        coordinationHost = newCoordinationHost;
        return this;
    }

    String coordinationHost() {
        return coordinationHost;
    }

    /** The member of that group that this node runs; none by default: the node only uses the group. */
    public NodeContext coordinationMember(final CoordinationMemberContext newCoordinationMember) {
        coordinationMember = newCoordinationMember;
        return this;
    }

    @Nullable
    CoordinationMemberContext coordinationMember() {
        return coordinationMember;
    }

    /** Most cells that one answer of the API holds; default a million. */
    public NodeContext maxCells(final int newMaxCells) {
        snapshotCells = newMaxCells;
        return this;
    }

    public int maxCells() {
        return snapshotCells;
    }
}
