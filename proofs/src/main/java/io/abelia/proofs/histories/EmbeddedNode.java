package io.abelia.proofs.histories;

import io.abelia.engine.Engine;
import io.abelia.engine.EngineContext;
import io.abelia.engine.StoreKind;
import io.abelia.engine.log.FileForce;
import io.abelia.engine.replicate.Replica;
import io.abelia.engine.replicate.ReplicaContext;
import io.abelia.engine.transaction.Cell;
import io.abelia.testkit.InProcessNetwork;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.List;
import java.util.SplittableRandom;
import org.agrona.concurrent.NanoClock;
import org.jspecify.annotations.Nullable;

/** A real engine and its replica at durability PROCESS, in a directory that outlives kills. One thread. */
final class EmbeddedNode {
    private static final long EPOCH_MS = 1_750_000_000_000L;
    private static final long NS_PER_MS = 1_000_000;
    private static final int MAX_SKEW_MS = 60_000;
    private static final int SNAPSHOT_ONE_IN = 4_000;
    private static final int SEGMENT_BYTES = 2 << 20;
    private static final int IMAGE_BYTES = 1 << 20;

    /** A kill leaves all that was written: nothing has to reach the disk. */
    private static final FileForce NO_FORCE = new FileForce() {
        @Override
        public void force(final FileChannel channel, final Path file) {}

        @Override
        public void forceDirectory(final Path directory) {}
    };

    private final int number;
    private final long[] members;
    private final Path directory;
    private final InProcessNetwork network;
    private final NanoClock nanoClock;
    private final SplittableRandom random;
    private @Nullable Running running;

    /** What a kill ends. */
    private record Running(Engine engine, Replica replica, List<Cell> cells) {}

    EmbeddedNode(
            final int number,
            final long[] members,
            final Path directory,
            final InProcessNetwork network,
            final NanoClock nanoClock,
            final SplittableRandom random) {
        this.number = number;
        this.members = members;
        this.directory = directory.resolve("node-" + number);
        this.network = network;
        this.nanoClock = nanoClock;
        this.random = random;
    }

    boolean isUp() {
        return running != null;
    }

    Engine engine() {
        return running().engine();
    }

    Cell cell(final int key) {
        return running().cells().get(key);
    }

    private Running running() {
        if (running == null) {
            throw new IllegalStateException("node " + number + " is down");
        }
        return running;
    }

    /** Launches from what the directory holds, with a wall clock that goes wrong in a new way. */
    void launch() throws IOException {
        final long epochMs = EPOCH_MS + random.nextInt(-MAX_SKEW_MS, MAX_SKEW_MS);
        final Engine engine = Engine.launch(new EngineContext()
                .directory(directory)
                .store(StoreKind.MEMORY)
                .segmentBytes(SEGMENT_BYTES)
                .beforeImageBytes(IMAGE_BYTES)
                .housekeepingThread(false)
                .closeGraceNs(0)
                .fileForce(NO_FORCE)
                .epochClock(() -> epochMs + nanoClock.nanoTime() / NS_PER_MS)
                .nanoClock(nanoClock)
                .idSource(random::nextLong));
        final ReplicaContext context =
                new ReplicaContext().node(number).members(members).nanoClock(nanoClock);
        running = new Running(engine, new Replica(engine, context, network.connect(number)), RegisterKeys.cells());
    }

    /** Delivers what has arrived, lets replica and housekeeping work, and seldom writes a snapshot file to recover from. */
    void turn() throws IOException {
        if (running != null) {
            if (random.nextInt(SNAPSHOT_ONE_IN) == 0) {
                running.engine().writeSnapshot();
            }
            running.engine().doWork();
            network.deliver(number, running.replica()::onMessage);
            running.replica().doWork();
        }
    }

    /** Lets go of everything as a kill of the process would. What is under way to it is lost. */
    void kill() throws IOException {
        final Running killed = running();
        running = null;
        network.disconnect(number);
        killed.engine().abandon();
        killed.replica().close();
    }
}
