package io.abelia.proofs.simulator;

import java.util.PriorityQueue;

/** Virtual time and what is to happen in it. Equal times are kept in the order in which they were asked for. */
final class Agenda {
    private record Entry(long timeNs, long number, Runnable action) implements Comparable<Entry> {
        @Override
        public int compareTo(final Entry other) {
            final int byTime = Long.compare(timeNs, other.timeNs);
            return byTime != 0 ? byTime : Long.compare(number, other.number);
        }
    }

    private final PriorityQueue<Entry> entries = new PriorityQueue<>();
    private long nowNs;
    private long number;

    long nowNs() {
        return nowNs;
    }

    void in(final long delayNs, final Runnable action) {
        entries.add(new Entry(nowNs + Math.max(0, delayNs), number++, action));
    }

    /** Lets the next thing happen; false when nothing is left. */
    boolean step() {
        final Entry next = entries.poll();
        if (next == null) {
            return false;
        }
        nowNs = next.timeNs;
        next.action.run();
        return true;
    }
}
