package io.abelia.testkit;

import io.abelia.engine.replicate.Replica;
import io.abelia.engine.replicate.Transport;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * A network inside one process, for several engines in one JVM and for tests: delivers each message once and in order, or, on
 * request, cuts nodes off, loses, duplicates and reorders, all from one seed. Thread safe; a node's messages are delivered by the
 * thread that calls {@link #deliver} for it.
 */
public final class InProcessNetwork {
    private static final int MAX_QUEUED = 1 << 16;

    private final SplittableRandom random;
    private final Map<Long, List<byte[]>> queues = new TreeMap<>();
    private final Set<Long> cut = new HashSet<>();
    private double loss;
    private double duplication;
    private double reordering;
    private long sent;
    private long lost;

    /** A network whose faults follow from a seed. */
    public InProcessNetwork(final long seed) {
        random = new SplittableRandom(seed);
    }

    /** Connects a node; a node that comes back gets what is sent from then on. */
    public Transport connect(final long node) {
        synchronized (this) {
            queues.put(node, new ArrayList<>());
        }
        return new Endpoint(node);
    }

    /** Disconnects a node for good; what is under way to it is lost. */
    public synchronized void disconnect(final long node) {
        queues.remove(node);
    }

    /** Cuts a node off from all others, in both directions. */
    public synchronized void cut(final long node) {
        cut.add(node);
    }

    /** Ends all cuts and faults. */
    public synchronized void heal() {
        cut.clear();
        loss = 0;
        duplication = 0;
        reordering = 0;
    }

    /** Loses this share of messages, 0 to 1. */
    public synchronized void lose(final double share) {
        loss = share;
    }

    /** Delivers this share of messages twice, 0 to 1. */
    public synchronized void duplicate(final double share) {
        duplication = share;
    }

    /** Puts this share of messages at a random place of the queue, 0 to 1. */
    public synchronized void reorder(final double share) {
        reordering = share;
    }

    /** Messages sent, a broadcast counted for each receiver. */
    public synchronized long sent() {
        return sent;
    }

    /** Messages lost to cuts and loss. */
    public synchronized long lost() {
        return lost;
    }

    /** Delivers what waits for a node; returns how many messages. */
    public int deliver(final long node, final Transport.Receiver receiver) {
        final List<byte[]> waiting;
        synchronized (this) {
            waiting = queues.getOrDefault(node, List.of());
            if (waiting.isEmpty()) {
                return 0;
            }
            queues.put(node, new ArrayList<>());
        }
        for (final byte[] message : waiting) {
            receiver.onMessage(new UnsafeBuffer(message), 0, message.length);
        }
        return waiting.size();
    }

    private synchronized void enqueue(final long from, final long to, final byte[] bytes) {
        final List<byte[]> queue = queues.get(to);
        sent++;
        if (queue == null
                || cut.contains(from)
                || cut.contains(to)
                || queue.size() >= MAX_QUEUED
                || random.nextDouble() < loss) {
            lost++;
            return;
        }
        final int copies = random.nextDouble() < duplication ? 2 : 1;
        for (int i = 0; i < copies; i++) {
            final int place = random.nextDouble() < reordering ? random.nextInt(queue.size() + 1) : queue.size();
            queue.add(place, bytes);
        }
    }

    private final class Endpoint implements Transport {
        private final long node;

        Endpoint(final long node) {
            this.node = node;
        }

        @Override
        public boolean send(final long to, final DirectBuffer buffer, final int offset, final int lengthBytes) {
            final byte[] bytes = new byte[lengthBytes];
            buffer.getBytes(offset, bytes);
            enqueue(node, to, bytes);
            return true;
        }

        @Override
        public boolean broadcast(final DirectBuffer buffer, final int offset, final int lengthBytes) {
            final byte[] bytes = new byte[lengthBytes];
            buffer.getBytes(offset, bytes);
            final List<Long> others;
            synchronized (InProcessNetwork.this) {
                others = new ArrayList<>(queues.keySet());
            }
            for (final long other : others) {
                if (other != node) {
                    enqueue(node, other, bytes);
                }
            }
            return true;
        }

        @Override
        public int maxMessageBytes() {
            return Replica.MIN_MESSAGE_BYTES;
        }
    }
}
