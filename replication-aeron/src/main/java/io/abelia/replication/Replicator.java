package io.abelia.replication;

import io.abelia.engine.AwaitResult;
import io.abelia.engine.Engine;
import io.abelia.engine.clock.SessionToken;
import io.abelia.engine.clock.VectorClock;
import io.abelia.engine.file.WatchedThreads;
import io.abelia.engine.replicate.Epoch;
import io.abelia.engine.replicate.Peer;
import io.abelia.engine.replicate.Replica;
import io.abelia.engine.replicate.Transport;
import io.abelia.replication.security.KeyRing;
import io.abelia.replication.security.Opener;
import io.abelia.replication.security.Protection;
import io.abelia.replication.security.Sealer;
import io.abelia.replication.transport.AeronTransport;
import io.abelia.replication.transport.Clusters;
import io.abelia.replication.transport.Strangers;
import io.abelia.replication.transport.TransportStatus;
import java.io.IOException;
import java.time.Duration;
import java.util.Collection;
import java.util.Map;
import java.util.Objects;
import java.util.SortedSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.LockSupport;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.Agent;
import org.agrona.concurrent.AgentRunner;
import org.agrona.concurrent.ManyToManyConcurrentArrayQueue;
import org.jspecify.annotations.Nullable;

/**
 * Replicates an engine with the others of its group over Aeron, on a thread of its own. Commits never wait for it. Any thread may call it.
 *
 * <pre>{@code
 * try (Engine engine = Engine.launch(new EngineContext().directory(path).joiner(true))) {
 *     ReplicatorContext context = new ReplicatorContext()
 *             .engine(engine)
 *             .multicast("224.0.1.61:40456", "10.0.0.0/24")
 *             .keys(KeyRing.read(keyFile), Protection.AUTH);
 *     context.replica().node(2).join(); // the first node of a group: found(groupId)
 *     try (Replicator replicator = Replicator.launch(context)) {
 *         replicator.awaitJoined(Duration.ofSeconds(30));
 *         ...
 *     }
 * }
 * }</pre>
 */
public final class Replicator implements AutoCloseable {
    private static final int MAX_WAITING_COMMANDS = 64;
    private static final long POLL_NS = 50_000;
    private static final long RECONNECT_NS = 1_000_000_000L;

    private final ReplicatorContext context;
    private final Engine engine;
    private final TransportStatus status = new TransportStatus();
    private final ManyToManyConcurrentArrayQueue<Command<?>> commands =
            new ManyToManyConcurrentArrayQueue<>(MAX_WAITING_COMMANDS);
    private final Replica replica;
    private final Duty duty = new Duty();
    private final AgentRunner runner;
    private final Strangers strangers = new Strangers();
    private final ReplicationLog log;
    private final WatchedThreads threads;
    private final Sealer sealer;
    private final Opener opener;
    private volatile @Nullable AeronTransport transport;
    private volatile boolean closed;
    /** Its thread does nothing more. */
    private volatile boolean over;

    private long closedNs;

    private Replicator(final ReplicatorContext context) {
        context.conclude();
        this.context = context;
        this.engine = context.engine();
        final long cluster = Clusters.number(context.cluster());
        this.sealer = new Sealer(
                context.protection(),
                context.keys(),
                cluster,
                context.replica().node(),
                engine.origin(),
                engine.numbers(),
                AeronTransport.MAX_MESSAGE_BYTES);
        this.opener = new Opener(
                context.protection(),
                context.keys(),
                cluster,
                engine.origin(),
                AeronTransport.MAX_MESSAGE_BYTES,
                context.replica().nanoClock());
        this.replica = new Replica(engine, context.replica(), new Current());
        try {
            this.transport = connect();
        } catch (final RuntimeException e) {
            replica.close();
            throw e;
        }
        this.log = new ReplicationLog(
                engine, this, context, strangers, context.replica().nanoClock().nanoTime());
        this.threads = new WatchedThreads(replica.roleName());
        this.runner = new AgentRunner(context.idleStrategy(), engine.status()::error, null, duty);
    }

    /**
     * Connects an engine to its group.
     *
     * @throws IllegalStateException if something that must be said was not, or the engine's directory is that of another node
     */
    public static Replicator launch(final ReplicatorContext context) {
        final Replicator replicator = new Replicator(context);
        AgentRunner.startOnThread(replicator.runner, replicator.threads);
        return replicator;
    }

    private AeronTransport connect() {
        return new AeronTransport(
                context.transport(), sealer, opener, status, strangers, this::onMessage, engine.status()::error);
    }

    private void onMessage(final DirectBuffer buffer, final int offset, final int lengthBytes) {
        replica.onMessage(buffer, offset, lengthBytes);
    }

    /** The transport of the moment: Aeron gives a client up that did not run for a minute, and another one takes its place. */
    private final class Current implements Transport {
        @Override
        public boolean send(final long node, final DirectBuffer buffer, final int offset, final int lengthBytes) {
            final AeronTransport now = transport;
            return now != null && now.send(node, buffer, offset, lengthBytes);
        }

        @Override
        public boolean broadcast(final DirectBuffer buffer, final int offset, final int lengthBytes) {
            final AeronTransport now = transport;
            return now != null && now.broadcast(buffer, offset, lengthBytes);
        }

        @Override
        public int maxMessageBytes() {
            return Replica.MIN_MESSAGE_BYTES;
        }
    }

    /** What the replicator's thread does. */
    private final class Duty implements Agent {
        private boolean isEnded;

        @Override
        public int doWork() {
            final Command<?> command = commands.poll();
            if (command != null) {
                command.run();
            }
            final AeronTransport now = transport;
            if (now == null || now.isClosed()) {
                reconnect();
                return 0;
            }
            final int work = now.poll() + replica.doWork() + (command == null ? 0 : 1);
            log.doWork(context.replica().nanoClock().nanoTime());
            return work;
        }

        @Override
        public String roleName() {
            return replica.roleName();
        }

        @Override
        public void onClose() {
            if (isEnded) {
                return;
            }
            isEnded = true;
            over = true;
            refuseWaiting();
            replica.close();
            final AeronTransport now = transport;
            if (now != null) {
                now.close();
            }
        }
    }

    private void reconnect() {
        final long nowNs = context.replica().nanoClock().nanoTime();
        final AeronTransport old = transport;
        if (old != null) {
            old.close();
            transport = null;
            closedNs = nowNs - RECONNECT_NS;
        }
        if (nowNs - closedNs >= RECONNECT_NS) {
            closedNs = nowNs;
            transport = connect();
            status.reconnected();
        }
    }

    private <T> CompletableFuture<T> onThread(final Work<T> work) {
        final Command<T> command = new Command<>(work, new CompletableFuture<>());
        if (!commands.offer(command)) {
            command.refuse("too many commands at once; try again");
        }
        if (hasEnded()) {
            refuseWaiting();
        }
        return command.done();
    }

    private synchronized void refuseWaiting() {
        commands.drain(command -> command.refuse(String.valueOf(problem())));
    }

    /** Why nothing is replicated: its thread has ended, or Aeron cannot be reached and is tried again; null while all runs. Any thread. */
    public @Nullable String problem() {
        if (closed) {
            return "the replicator is closed";
        }
        if (hasEnded()) {
            return "replication has ended: " + Objects.requireNonNullElse(threads.ended(), "its thread is ending");
        }
        return transport == null ? "replication has lost its media driver; it connects again" : null;
    }

    /** Why the node has not joined its group, as far as can be told from here; empty if nothing is known. Any thread. */
    public String unjoined() {
        return engine.isJoined() ? "" : log.unjoined();
    }

    /** Frames that cannot be opened, as of nodes with another key: from where, and what to do; empty if there are none. Any thread. */
    public String strangers() {
        return Objects.requireNonNullElse(strangers.last(), "");
    }

    /** Whether it will not come back by itself: only a new launch helps. */
    public boolean hasEnded() {
        return over || threads.ended() != null; // an error ends a thread without telling the agent
    }

    @FunctionalInterface
    private interface Work<T> {
        T run() throws IOException;
    }

    /** Something for the replicator's thread to do. */
    private record Command<T>(Work<T> work, CompletableFuture<T> done) {
        void run() {
            try {
                done.complete(work.run());
            } catch (final IOException | RuntimeException e) {
                done.completeExceptionally(e);
            } catch (final Error e) {
                done.completeExceptionally(e);
                throw e;
            }
        }

        void refuse(final String why) {
            done.completeExceptionally(new IllegalStateException(why));
        }
    }

    // ---- the group

    /** Number of this node. */
    public long node() {
        return context.replica().node();
    }

    /** How what is sent is protected. */
    public Protection protection() {
        return context.protection();
    }

    /** Who belongs to the group, as far as this node knows. */
    public Epoch epoch() {
        return replica.epoch();
    }

    /**
     * The clock that is causally stable: every member has what it covers, and what any of them committed without knowing a part of it is here.
     * It never falls. Any thread; what it says may be a moment old.
     */
    public VectorClock stable() {
        return replica.frontier();
    }

    /** Members that are heard and take no part in agreements, since their directories are new. */
    public CompletableFuture<SortedSet<Long>> withoutVote() {
        return onThread(replica::withoutVote);
    }

    /** Why a change of the members that was asked for here is not decided yet; empty if none was. */
    public CompletableFuture<String> undecided() {
        return onThread(() -> Objects.requireNonNullElse(replica.undecided(), ""));
    }

    /**
     * Waits until this node may commit: its engine was launched with state, or has caught up with the group.
     *
     * @return whether it may; false if it took longer
     * @throws IllegalStateException if the group refuses this node, and says why
     */
    public boolean awaitJoined(final Duration timeout) throws InterruptedException {
        final long startNs = context.replica().nanoClock().nanoTime();
        while (!engine.isJoined() || engine.fenced() != null) {
            if (engine.fenced() != null) {
                throw new IllegalStateException(engine.fenced());
            }
            if (context.replica().nanoClock().nanoTime() - startNs >= timeout.toNanos()) {
                return false;
            }
            if (Thread.interrupted()) {
                throw new InterruptedException("interrupted while waiting to join");
            }
            LockSupport.parkNanos(POLL_NS);
        }
        return true;
    }

    /** Other nodes that have been heard. */
    public Collection<Peer> peers() {
        return replica.peers();
    }

    /** Where other nodes can be reached. */
    public CompletableFuture<Map<Long, String>> endpoints() {
        return onThread(() -> transport == null ? Map.of() : Map.copyOf(transport.endpoints()));
    }

    /** Counters of the transport. */
    public TransportStatus status() {
        return status;
    }

    /** Requests for repair that this node has sent. */
    public long repairRequests() {
        return replica.repairRequests();
    }

    /**
     * Has the group remove a member for good, dead or alive. The future is done once it has been asked for; {@link #epoch} tells when it is
     * decided, which takes a majority of the members.
     *
     * @param force decide it on this node's word alone, for when most members are gone for good; two halves of a group that do so part for good
     */
    public CompletableFuture<Epoch> remove(final long node, final boolean force) {
        return onThread(() -> {
            if (force) {
                replica.forceRemove(node);
            } else {
                replica.remove(node);
            }
            return replica.epoch();
        });
    }

    /** Cuts this node off from all others, as a broken network would, until it is told otherwise. For drills and demonstrations. */
    public CompletableFuture<Boolean> isolate(final boolean isolated) {
        return onThread(() -> {
            if (transport != null) {
                transport.isolate(isolated);
            }
            return isolated;
        });
    }

    /** Changes the group's keys without a stop; see {@link KeyRing}. */
    public CompletableFuture<KeyRing> keys(final KeyRing newKeys) {
        return onThread(() -> {
            sealer.keys(newKeys);
            opener.keys(newKeys);
            return newKeys;
        });
    }

    /**
     * Waits until everything that a token stands for has reached other nodes' logs, so that it survives the loss of as many nodes as have it
     * besides one.
     *
     * @param token of a committed transaction, or of what was read
     * @param copies how many other nodes must have it
     */
    public AwaitResult awaitReplicated(final SessionToken token, final int copies, final Duration timeout)
            throws InterruptedException {
        final long startNs = context.replica().nanoClock().nanoTime();
        while (true) {
            int have = 0;
            for (final Peer peer : replica.peers()) {
                have += peer.applied().covers(token.dots()) ? 1 : 0;
            }
            if (have >= copies) {
                return AwaitResult.APPLIED;
            }
            if (context.replica().nanoClock().nanoTime() - startNs >= timeout.toNanos()) {
                return AwaitResult.TIMED_OUT;
            }
            if (Thread.interrupted()) {
                throw new InterruptedException("interrupted while waiting for copies");
            }
            LockSupport.parkNanos(POLL_NS);
        }
    }

    /** Leaves the network; the engine goes on alone. */
    @Override
    public void close() {
        closed = true;
        threads.expectEnd();
        runner.close();
        duty.onClose(); // if an error ended the thread, nobody has closed anything
        refuseWaiting();
    }
}
