package io.abelia.scheduler.city;

import io.abelia.engine.Durability;
import io.abelia.engine.Engine;
import io.abelia.engine.EngineContext;
import io.abelia.engine.StoreKind;
import io.abelia.engine.replicate.Replica;
import io.abelia.engine.replicate.ReplicaContext;
import io.abelia.engine.replicate.Transport;
import io.abelia.scheduler.broker.Broker;
import io.abelia.scheduler.broker.BrokerContext;
import io.abelia.scheduler.broker.ExecutorGateway;
import io.abelia.scheduler.metadata.Metadata;
import io.abelia.scheduler.model.ExecutorRecord;
import io.abelia.scheduler.model.Order;
import io.abelia.scheduler.placement.Matcher;
import java.io.IOException;
import java.nio.file.Path;
import java.util.SplittableRandom;
import java.util.stream.LongStream;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.jspecify.annotations.Nullable;

/** A broker in a simulated city: a real engine, a real replica of it, and a real broker, on the city's clock and streets. */
public final class CityBroker implements Town.Seat, AutoCloseable {
    private static final long HEARTBEAT_NS = 20_000_000;
    private static final int SEGMENT_BYTES = 4 << 20;
    private static final long LOG_BYTES = 64L << 20;

    private final City city;
    private final String id;
    private final Engine engine;
    private final Replica replica;
    private final Broker broker;
    private long sentBytes;

    /**
     * Starts a broker.
     *
     * @param node its number, from 1
     * @param brokers how many there are
     * @param directory of its engine; null to keep all in memory
     */
    CityBroker(
            final City city,
            final int node,
            final int brokers,
            final @Nullable Path directory,
            final String incarnation,
            final Matcher matcher)
            throws IOException {
        this.city = city;
        this.id = name(node);
        final SplittableRandom random = new SplittableRandom(
                city.seed() * 1_000_003 + node + city.streets().nowNs());
        final EngineContext context = new EngineContext()
                .store(StoreKind.MEMORY)
                .segmentBytes(SEGMENT_BYTES)
                .recordClock(city.recordClock())
                .housekeepingThread(false)
                .closeGraceNs(0)
                .nanoClock(city.streets()::nowNs)
                .epochClock(city.streets()::nowMs)
                .idSource(random::nextLong)
                .keySource(new SplittableRandom(city.seed() + node)::nextLong);
        this.engine = Engine.launch(
                directory == null
                        ? context.durability(Durability.MEMORY).memoryLogBytes(LOG_BYTES)
                        : context.directory(directory));
        this.replica = new Replica(
                engine,
                new ReplicaContext()
                        .node(node)
                        .members(LongStream.rangeClosed(1, brokers).toArray())
                        .nanoClock(city.streets()::nowNs)
                        .heartbeatIntervalNs(HEARTBEAT_NS),
                new Post());
        this.broker = new Broker(new BrokerContext()
                .id(id, incarnation)
                .endpoint("city:" + id)
                .metadata(new Metadata(engine))
                .clockMs(city.streets()::nowMs)
                .executors(new Orders())
                .detectsOutages(true)
                .stability((origin, seq) -> replica.frontier().get(origin) >= seq)
                .matcher(matcher));
    }

    static String name(final long node) {
        return "b" + node;
    }

    @Override
    public String id() {
        return id;
    }

    @Override
    public Broker broker() {
        return broker;
    }

    @Override
    public Engine engine() {
        return engine;
    }

    /** Bytes of all messages to other brokers. */
    long sentBytes() {
        return sentBytes;
    }

    void replicate() {
        engine.doWork();
        replica.doWork();
    }

    /** Messages of the replica, on the city's streets. */
    private final class Post implements Transport {
        @Override
        public boolean send(final long to, final DirectBuffer buffer, final int offset, final int lengthBytes) {
            deliver(name(to), buffer, offset, lengthBytes);
            return true;
        }

        @Override
        public boolean broadcast(final DirectBuffer buffer, final int offset, final int lengthBytes) {
            city.brokers().forEach(other -> {
                if (!other.id().equals(id)) {
                    deliver(other.id(), buffer, offset, lengthBytes);
                }
            });
            return true;
        }

        private void deliver(final String to, final DirectBuffer buffer, final int offset, final int lengthBytes) {
            final byte[] copy = new byte[lengthBytes];
            sentBytes += lengthBytes;
            buffer.getBytes(offset, copy);
            city.streets().send(id, to, () -> {
                final CityBroker other = city.broker(to);
                if (other != null) {
                    other.replica.onMessage(new UnsafeBuffer(copy), 0, copy.length);
                }
            });
        }

        @Override
        public int maxMessageBytes() {
            return Replica.MIN_MESSAGE_BYTES;
        }
    }

    /** Orders to executors, on the city's streets. */
    private final class Orders implements ExecutorGateway {
        @Override
        public void submit(final ExecutorRecord to, final Order order) {
            city.streets().send(id, to.id(), () -> {
                final CityExecutor executor = city.executor(to.id());
                if (executor != null && executor.isOn()) {
                    final String refusal = executor.submit(order);
                    city.streets().send(to.id(), id, () -> {
                        if (city.broker(id) == CityBroker.this) {
                            broker.onAnswer(
                                    order.name(),
                                    to.id(),
                                    order.attempt(),
                                    refusal == null,
                                    refusal == null ? "" : refusal);
                        }
                    });
                }
            });
        }

        @Override
        public void cancel(final ExecutorRecord to, final String job, final String attempt) {
            city.streets().send(id, to.id(), () -> {
                final CityExecutor executor = city.executor(to.id());
                if (executor != null && executor.isOn()) {
                    executor.executor().cancel(job, attempt);
                }
            });
        }
    }

    /** Stops at once, as a kill does. */
    @Override
    public void close() throws IOException {
        broker.close();
        replica.close();
        engine.abandon();
    }
}
