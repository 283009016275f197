package io.abelia.bench.peers;

import com.typesafe.config.ConfigFactory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.apache.pekko.actor.ActorRef;
import org.apache.pekko.actor.ActorSystem;
import org.apache.pekko.cluster.Cluster;
import org.apache.pekko.cluster.MemberStatus;
import org.apache.pekko.cluster.ddata.DistributedData;
import org.apache.pekko.cluster.ddata.Key;
import org.apache.pekko.cluster.ddata.PNCounter;
import org.apache.pekko.cluster.ddata.PNCounterKey;
import org.apache.pekko.cluster.ddata.Replicator;
import org.apache.pekko.cluster.ddata.SelfUniqueAddress;
import org.apache.pekko.pattern.Patterns;

/**
 * Apache Pekko Distributed Data: PNCounters under keys of their own, WriteLocal and ReadLocal, delta-CRDTs, every interval and limit as the
 * library ships it (gossip 2 s; deltas of many keys that exceed a frame are dropped by it, and gossip brings them), Artery over TCP.
 */
final class PekkoPeers implements Peers {
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final int OUTSTANDING = 256;
    private static final String CONFIG = """
            pekko.loglevel = OFF
            pekko.stdout-loglevel = OFF
            pekko.actor.provider = cluster
            pekko.remote.artery.canonical.hostname = 127.0.0.1
            pekko.remote.artery.canonical.port = 0
            pekko.cluster.jmx.enabled = off
            """;

    private final List<ActorSystem> systems = new ArrayList<>();
    private final List<ActorRef> replicators = new ArrayList<>();

    PekkoPeers() {
        start();
        start();
    }

    private void start() {
        final ActorSystem system =
                ActorSystem.create("bench", ConfigFactory.parseString(CONFIG).withFallback(ConfigFactory.load()));
        systems.add(system);
        final Cluster cluster = Cluster.get(system);
        cluster.join(Cluster.get(systems.get(0)).selfAddress());
        while (!cluster.selfMember().status().equals(MemberStatus.up())) {
            LockSupport.parkNanos(1_000_000);
        }
        replicators.add(DistributedData.get(system).replicator());
    }

    private static Key<PNCounter> key(final int key) {
        return PNCounterKey.create("counter-" + key);
    }

    private CompletionStage<Object> send(final int key) {
        final SelfUniqueAddress node = DistributedData.get(systems.get(0)).selfUniqueAddress();
        return Patterns.ask(
                replicators.get(0),
                new Replicator.Update<>(
                        key(key),
                        PNCounter.create(),
                        Replicator.writeLocal(),
                        Optional.empty(),
                        counter -> counter.increment(node, 1)),
                PATIENCE);
    }

    private static Object await(final CompletionStage<Object> answer) throws Exception {
        return answer.toCompletableFuture().get(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
    }

    @Override
    public void update(final int key) throws Exception {
        requireUpdated(await(send(key)));
    }

    private static void requireUpdated(final Object answer) {
        if (!(answer instanceof Replicator.UpdateSuccess)) {
            throw new IllegalStateException("update: " + answer);
        }
    }

    @Override
    public void updateMany(final int keys, final int count) throws Exception {
        final List<CompletionStage<Object>> answers = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            answers.add(send(i % keys));
            if (answers.size() == OUTSTANDING || i == count - 1) {
                for (final CompletionStage<Object> answer : answers) {
                    requireUpdated(await(answer));
                }
                answers.clear();
            }
        }
    }

    private long read(final int member, final int key) throws Exception {
        final Object answer = await(Patterns.ask(
                replicators.get(member), new Replicator.Get<>(key(key), Replicator.readLocal()), PATIENCE));
        return answer instanceof Replicator.GetSuccess<?> success
                ? ((PNCounter) success.dataValue()).getValue().longValue()
                : 0;
    }

    @Override
    public long readOnSecond(final int key) throws Exception {
        return read(1, key);
    }

    @Override
    public void startThird() {
        start();
    }

    @Override
    public long readOnThird(final int key) throws Exception {
        return read(2, key);
    }

    @Override
    public void close() {
        systems.forEach(ActorSystem::terminate);
        systems.forEach(
                system -> system.getWhenTerminated().toCompletableFuture().join());
    }
}
