package io.abelia.proofs.simulator;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** What happened, as one hash over everything and, on request, as lines. Equal seeds give equal hashes. */
final class Trace {
    private static final int MAX_LINES = 20_000;

    private final boolean keepLines;
    private final List<String> lines = new ArrayList<>();
    private long hash = 0x9e3779b97f4a7c15L;
    private final List<String> actions = new ArrayList<>();
    private long events;
    private int installations;

    Trace(final boolean keepLines) {
        this.keepLines = keepLines;
    }

    /** Notes an event of the protocol by numbers. */
    void note(final long timeNs, final int kind, final long a, final long b) {
        events++;
        hash = mix(hash ^ timeNs);
        hash = mix(hash + kind * 31L ^ a);
        hash = mix(hash ^ b);
    }

    /** Notes a fault or another event that a reader wants to see. */
    void say(final long timeNs, final int node, final String what) {
        note(timeNs, what.hashCode(), node, events);
        if (keepLines && lines.size() < MAX_LINES) {
            lines.add(String.format(Locale.ROOT, "%10.3f ms  node %d  %s", timeNs / 1e6, node, what));
        }
    }

    private static long mix(final long value) {
        long x = value;
        x = (x ^ x >>> 30) * 0xbf58476d1ce4e5b9L;
        x = (x ^ x >>> 27) * 0x94d049bb133111ebL;
        return x ^ x >>> 31;
    }

    /** Notes an event in the words of the specification. */
    void act(final String event) {
        if (keepLines) {
            actions.add(event);
        }
    }

    /** What happened, in the specification's actions. */
    List<String> actions() {
        return actions;
    }

    int installations() {
        return installations;
    }

    void installed() {
        installations++;
    }

    long hash() {
        return hash;
    }

    long events() {
        return events;
    }

    List<String> lines() {
        return lines;
    }
}
