package io.abelia.proofs.simulator;

import io.abelia.engine.replicate.Replica;
import io.abelia.engine.replicate.Transport;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.UnaryOperator;
import org.agrona.DirectBuffer;

/** Datagrams between nodes: lost, doubled, delayed, overtaken, cut off one way or both, truncated, flipped, made up, sent again. */
final class SimulatedNetwork {
    /** Takes what arrives. */
    interface Arrival {
        void onMessage(int from, int to, byte[] bytes);
    }

    /** Looks at what is sent. */
    interface Departure {
        void onMessage(int from, byte[] bytes);
    }

    /** In place of a sender: something that was sent once, and something that never was. */
    static final int JUNK = -1;

    static final int FORGED = -2;
    /** In place of a sender: something that was under way for long. */
    static final int LATE = -3;

    private static final int KEPT = 64;

    private final Agenda agenda;
    private final SplittableRandom random;
    private final Faults faults;
    private final Arrival arrival;
    private final Departure departure;
    private final boolean[][] cut;
    private final long[][] slowNs;
    private final boolean sealed;
    private final long[][][] lastNs;
    private final List<byte[]> kept = new ArrayList<>();
    private final LateMessages late;
    private boolean healed;
    private long sent;

    SimulatedNetwork(
            final Agenda agenda,
            final SplittableRandom random,
            final Faults faults,
            final Departure departure,
            final Arrival arrival) {
        this.agenda = agenda;
        this.random = random;
        this.faults = faults;
        this.departure = departure;
        this.arrival = arrival;
        this.cut = new boolean[faults.nodes()][faults.nodes()];
        this.slowNs = new long[faults.nodes()][faults.nodes()];
        this.sealed = faults.has(Faults.Kind.KEYS);
        this.lastNs = new long[faults.nodes()][faults.nodes()][2];
        this.late = new LateMessages(
                agenda, random.split(), faults.nodes(), (from, to, bytes) -> arrival.onMessage(LATE, to, bytes));
    }

    /** Cuts some nodes off from the others. */
    void partition(final boolean oneWay) {
        final int side = 1 + random.nextInt((1 << cut.length) - 2);
        for (int a = 0; a < cut.length; a++) {
            for (int b = 0; b < cut.length; b++) {
                final boolean across = (side >> a & 1) != (side >> b & 1);
                cut[a][b] |= across && (!oneWay || (side >> a & 1) == 1);
            }
        }
    }

    void mend() {
        for (final boolean[] row : cut) {
            java.util.Arrays.fill(row, false);
        }
    }

    void slow() {
        slowNs[random.nextInt(cut.length)][random.nextInt(cut.length)] = random.nextLong(200_000_000L);
    }

    /** From now on, for a while, what a node sends stays under way. */
    void hold(final int from, final long forNs) {
        late.hold(from, forNs);
    }

    /** Lets what is under way to a node for long arrive. */
    void release(final int to) {
        late.release(to);
    }

    /** Ends all faults for good. */
    void heal() {
        healed = true;
        late.end();
        mend();
        for (final long[] row : slowNs) {
            java.util.Arrays.fill(row, 0);
        }
    }

    long sent() {
        return sent;
    }

    /** Connects a new launch of a node. */
    Transport connect(final int node) {
        late.launched(node);
        return new Transport() {
            @Override
            public boolean send(final long to, final DirectBuffer buffer, final int offset, final int lengthBytes) {
                final byte[] bytes = new byte[lengthBytes];
                buffer.getBytes(offset, bytes);
                if (!sealed) {
                    departure.onMessage(node, bytes);
                }
                if (isFull()) {
                    return false;
                }
                transmit(node, (int) to, 0, bytes);
                return true;
            }

            @Override
            public boolean broadcast(final DirectBuffer buffer, final int offset, final int lengthBytes) {
                final byte[] bytes = new byte[lengthBytes];
                buffer.getBytes(offset, bytes);
                if (!sealed) {
                    departure.onMessage(node, bytes);
                }
                if (isFull()) {
                    return false;
                }
                for (int to = 0; to < cut.length; to++) {
                    if (to != node) {
                        transmit(node, to, 1, bytes);
                    }
                }
                return true;
            }

            @Override
            public int maxMessageBytes() {
                return Replica.MIN_MESSAGE_BYTES;
            }
        };
    }

    /** Whether a transport takes nothing now, since its receiver is slow. */
    private boolean isFull() {
        return !healed && faults.has(Faults.Kind.SLOW_LINK) && random.nextInt(5) == 0;
    }

    /** Streams of frames stay in order, as Aeron keeps them: a frame that was overtaken would be taken for a replay. */
    private void transmit(final int from, final int to, final int stream, final byte[] bytes) {
        sent++;
        if (kept.size() < KEPT) {
            kept.add(bytes);
        } else if (random.nextInt(16) == 0) {
            kept.set(random.nextInt(KEPT), bytes);
        }
        if (late.takes(from, to, bytes)) {
            return;
        }
        if (!healed && (cut[from][to] || random.nextDouble() < faults.loss())) {
            return;
        }
        final int copies = !healed && random.nextDouble() < faults.duplication() ? 2 : 1;
        for (int i = 0; i < copies; i++) {
            long delayNs = 50_000 + random.nextLong(healed ? 1_000_000 : faults.maxDelayNs()) + slowNs[from][to];
            if (sealed) {
                delayNs = Math.max(delayNs, lastNs[from][to][stream] + 1 - agenda.nowNs());
                lastNs[from][to][stream] = agenda.nowNs() + delayNs;
            }
            final long inNs = delayNs;
            agenda.in(inNs, () -> {
                if (healed || !cut[from][to]) {
                    arrival.onMessage(from, to, bytes);
                }
            });
        }
    }

    /** Delivers something that nobody sent like this: an old message, a truncated or a flipped one, or noise. */
    void junk(final UnaryOperator<byte[]> stranger) {
        final int to = random.nextInt(cut.length);
        if (kept.isEmpty()) {
            return;
        }
        final byte[] sentOnce = kept.get(random.nextInt(kept.size()));
        byte[] bytes = sentOnce.clone();
        switch (random.nextInt(5)) {
            case 0 -> bytes = java.util.Arrays.copyOf(bytes, random.nextInt(bytes.length + 1));
            case 1 -> bytes[random.nextInt(bytes.length)] ^= (byte) (1 << random.nextInt(8));
            case 2 -> {
                for (int i = 0; i < bytes.length; i++) {
                    bytes[i] = (byte) random.nextInt();
                }
            }
            case 3 -> bytes = sealed ? stranger.apply(bytes) : bytes;
            default -> {
                // sent again, long after its time
            }
        }
        arrival.onMessage(java.util.Arrays.equals(bytes, sentOnce) ? JUNK : FORGED, to, bytes);
    }
}
