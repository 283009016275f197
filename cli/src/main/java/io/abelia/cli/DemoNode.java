package io.abelia.cli;

import io.abelia.engine.Durability;
import io.abelia.engine.Engine;
import io.abelia.engine.EngineContext;
import io.abelia.engine.replicate.InProcessNetwork;
import io.abelia.engine.replicate.Replica;
import io.abelia.engine.replicate.ReplicaContext;
import java.io.IOException;
import java.nio.file.Path;
import org.agrona.concurrent.EpochClock;
import org.agrona.concurrent.NanoClock;

/** One embedded node of the demo: an engine on its directory and its replica. */
final class DemoNode implements AutoCloseable {
    private static final int SEGMENT_BYTES = 8 << 20;
    private final int number;
    private final int nodes;
    private final Path directory;
    private final InProcessNetwork network;
    private final EpochClock epochClock;
    private final NanoClock nanoClock;
    private Engine engine;
    private Replica replica;

    DemoNode(
            final int number,
            final int nodes,
            final Path directory,
            final InProcessNetwork network,
            final EpochClock epochClock,
            final NanoClock nanoClock)
            throws IOException {
        this.number = number;
        this.nodes = nodes;
        this.directory = directory;
        this.network = network;
        this.epochClock = epochClock;
        this.nanoClock = nanoClock;
        this.engine = launch();
        this.replica = connect();
    }

    private Engine launch() throws IOException {
        return Engine.launch(new EngineContext()
                .directory(directory)
                .durability(Durability.PROCESS)
                .segmentBytes(SEGMENT_BYTES)
                .epochClock(epochClock));
    }

    private Replica connect() {
        final long[] members = new long[nodes];
        for (int i = 0; i < nodes; i++) {
            members[i] = i;
        }
        return new Replica(
                engine,
                new ReplicaContext().node(number).members(members).nanoClock(nanoClock),
                network.connect(number));
    }

    Engine engine() {
        return engine;
    }

    int number() {
        return number;
    }

    /** One turn of the protocol. */
    void doWork() {
        network.deliver(number, replica::onMessage);
        replica.doWork();
    }

    /** Drops the engine as a kill would and opens its files again. */
    void abandonAndReopen() throws IOException {
        replica.close();
        engine.abandon();
        engine = launch();
        replica = connect();
    }

    @Override
    public void close() throws IOException {
        replica.close();
        engine.close();
    }
}
