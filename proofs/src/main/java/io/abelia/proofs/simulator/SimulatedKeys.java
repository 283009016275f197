package io.abelia.proofs.simulator;

import io.abelia.engine.replicate.Transport;
import io.abelia.replication.security.Frame;
import io.abelia.replication.security.KeyRing;
import io.abelia.replication.security.Opened;
import io.abelia.replication.security.Opener;
import io.abelia.replication.security.Protection;
import io.abelia.replication.security.Sealer;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicLong;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.jspecify.annotations.Nullable;

/**
 * The real sealing and opening of frames between simulated nodes, with keys that an operator changes while they run: append the new one
 * everywhere, then send with it everywhere, then remove the old one, a node at a time and whether it is up or not.
 */
final class SimulatedKeys {
    private static final long CLUSTER = 7;
    private static final int STEPS = 3;

    /** A node's frames: those of its current launch. */
    private final class Endpoint {
        private final Sealer sealer;
        private final Opener opener;
        private final Map<Integer, Long> origins = new HashMap<>();

        Endpoint(final int node, final long origin, final int maxBytes) {
            sealer = new Sealer(Protection.AUTH, ring(node), CLUSTER, node, origin, new AtomicLong(), maxBytes);
            opener = new Opener(Protection.AUTH, ring(node), CLUSTER, origin, maxBytes, agenda::nowNs);
        }
    }

    private final Agenda agenda;
    private final SplittableRandom random;
    private final SimulatedNetwork.Departure departure;
    private final int[] steps;
    private final @Nullable Endpoint[] endpoints;
    private final Map<Integer, byte[]> keys = new HashMap<>();

    SimulatedKeys(
            final Agenda agenda,
            final SplittableRandom random,
            final int nodes,
            final SimulatedNetwork.Departure departure) {
        this.departure = departure;
        this.agenda = agenda;
        this.random = random;
        this.steps = new int[nodes];
        this.endpoints = new Endpoint[nodes];
    }

    private byte[] key(final int epoch) {
        return keys.computeIfAbsent(epoch, ignored -> {
            final byte[] key = new byte[KeyRing.KEY_BYTES];
            random.nextBytes(key);
            return key;
        });
    }

    /** What a node's key file says. */
    private KeyRing ring(final int node) {
        final int epoch = 1 + steps[node] / STEPS;
        return switch (steps[node] % STEPS) {
            case 0 -> KeyRing.of(epoch, key(epoch));
            case 1 -> KeyRing.of(epoch, key(epoch), epoch + 1, key(epoch + 1));
            default -> KeyRing.of(epoch + 1, key(epoch + 1), epoch, key(epoch));
        };
    }

    /** The operator goes on changing keys, at one of the nodes that are behind. */
    int change() {
        final int least = Arrays.stream(steps).min().orElse(0);
        int node = random.nextInt(steps.length);
        while (steps[node] != least) {
            node = (node + 1) % steps.length;
        }
        steps[node]++;
        final Endpoint endpoint = endpoints[node];
        if (endpoint != null) {
            endpoint.sealer.keys(ring(node));
            endpoint.opener.keys(ring(node));
        }
        return node;
    }

    /** Seals what a new launch of a node sends. */
    Transport connect(final int node, final long origin, final Transport network) {
        final Endpoint endpoint = new Endpoint(node, origin, network.maxMessageBytes());
        endpoints[node] = endpoint;
        return new Transport() {
            @Override
            public boolean send(final long to, final DirectBuffer buffer, final int offset, final int lengthBytes) {
                tell(buffer, offset, lengthBytes);
                final Long launch = endpoint.origins.get((int) to);
                if (launch == null) {
                    return false; // nothing has been heard of it
                }
                final int length = endpoint.sealer.seal(0, launch, buffer, offset, lengthBytes);
                return network.send(to, endpoint.sealer.frame(), 0, length);
            }

            @Override
            public boolean broadcast(final DirectBuffer buffer, final int offset, final int lengthBytes) {
                tell(buffer, offset, lengthBytes);
                final int length = endpoint.sealer.seal(0, 0, buffer, offset, lengthBytes);
                return network.broadcast(endpoint.sealer.frame(), 0, length);
            }

            private void tell(final DirectBuffer buffer, final int offset, final int lengthBytes) {
                final byte[] bytes = new byte[lengthBytes];
                buffer.getBytes(offset, bytes);
                departure.onMessage(node, bytes);
            }

            @Override
            public int maxMessageBytes() {
                return network.maxMessageBytes();
            }
        };
    }

    /** What a frame carries, or null if the node does not take it. */
    byte @Nullable [] open(final int node, final byte[] frame) {
        final Endpoint endpoint = endpoints[node];
        if (endpoint == null || endpoint.opener.open(new UnsafeBuffer(frame), 0, frame.length) != Opened.OPENED) {
            return null;
        }
        endpoint.origins.put((int) endpoint.opener.node(), endpoint.opener.origin());
        final byte[] body = new byte[endpoint.opener.bodyLength()];
        endpoint.opener.body().getBytes(0, body);
        return body;
    }

    /** A frame of a stranger who knows everything but the key. */
    byte[] forged(final byte[] frame) {
        final int length = Math.max(0, frame.length - Frame.OVERHEAD_BYTES);
        final byte[] key = new byte[KeyRing.KEY_BYTES];
        random.nextBytes(key);
        final Sealer sealer = new Sealer(
                Protection.AUTH,
                KeyRing.of(1 + steps[0] / STEPS, key),
                CLUSTER,
                random.nextInt(steps.length),
                random.nextLong(),
                new AtomicLong(random.nextLong() >>> 1),
                length);
        final byte[] forged = new byte
                [sealer.seal(0, 0, new UnsafeBuffer(frame), Math.min(frame.length, Frame.HEADER_BYTES), length)];
        sealer.frame().getBytes(0, forged);
        return forged;
    }
}
