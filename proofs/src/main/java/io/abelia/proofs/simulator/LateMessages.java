package io.abelia.proofs.simulator;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Messages of every kind that stay under way for long: across launches, lost power and lost disks of who sent them and of who gets them. They
 * come in the order in which they were sent, most often to a launch that has only just begun and knows little of the others.
 */
final class LateMessages {
    /** Most messages that are kept under way to one node. */
    private static final int MOST = 512;

    private static final long SPREAD_NS = 400_000;

    /** Takes what arrives late. */
    interface Arrival {
        void onMessage(int from, int to, byte[] bytes);
    }

    private static final class Message {
        private final int from;
        private final byte[] bytes;

        Message(final int from, final byte[] bytes) {
            this.from = from;
            this.bytes = bytes;
        }
    }

    private final Agenda agenda;
    private final SplittableRandom random;
    private final Arrival arrival;
    private final List<List<Message>> underWay = new ArrayList<>();
    /** Until when what a node sends is kept under way, and whether all of it is, or copies. */
    private final long[] untilNs;

    private final boolean[] all;

    LateMessages(final Agenda agenda, final SplittableRandom random, final int nodes, final Arrival arrival) {
        this.agenda = agenda;
        this.random = random;
        this.arrival = arrival;
        this.untilNs = new long[nodes];
        this.all = new boolean[nodes];
        for (int i = 0; i < nodes; i++) {
            underWay.add(new ArrayList<>());
        }
    }

    /** From now on, for a while, what a node sends stays under way. */
    void hold(final int from, final long forNs) {
        untilNs[from] = agenda.nowNs() + forNs;
        all[from] = random.nextInt(4) > 0;
    }

    /** Takes a message that is sent, if it is one of those; whether it does not arrive now. */
    boolean takes(final int from, final int to, final byte[] bytes) {
        if (agenda.nowNs() >= untilNs[from]) {
            return false;
        }
        final List<Message> messages = underWay.get(to);
        if (messages.size() < MOST) {
            messages.add(new Message(from, bytes));
        }
        return all[from];
    }

    /** A node has been launched: at times, what is under way to it comes before it has heard of anybody. */
    void launched(final int to) {
        if (random.nextInt(4) > 0) {
            release(to);
        }
    }

    /** Lets what is under way to a node arrive, all of it or a part that was sent in one go; what is left out stays under way. */
    void release(final int to) {
        final List<Message> messages = underWay.get(to);
        if (messages.isEmpty()) {
            return;
        }
        final int from = random.nextInt(3) > 0 ? 0 : random.nextInt(messages.size());
        final int end = random.nextInt(3) > 0 ? messages.size() : from + 1 + random.nextInt(messages.size() - from);
        final List<Message> now = List.copyOf(messages.subList(from, end));
        if (random.nextBoolean()) {
            messages.subList(from, end).clear(); // else they come once more
        }
        final long stepNs = 1 + SPREAD_NS / now.size();
        for (int i = 0; i < now.size(); i++) {
            final Message message = now.get(i);
            agenda.in(20_000 + i * stepNs, () -> arrival.onMessage(message.from, to, message.bytes));
        }
    }

    /** Nothing is held back any more; what is under way still comes, at times. */
    void end() {
        Arrays.fill(untilNs, 0);
        for (int to = 0; to < underWay.size(); to++) {
            if (random.nextBoolean()) {
                release(to);
            }
            underWay.get(to).clear();
        }
    }
}
