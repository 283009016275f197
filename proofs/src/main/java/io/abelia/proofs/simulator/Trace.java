package io.abelia.proofs.simulator;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** What happened, as one hash over everything and, on request, as lines. Equal seeds give equal hashes. */
final class Trace {
    /** The specification's number for a removed node, in place of its launch or directory. */
    static final int REMOVED = 99;

    /** Of what was never told; no step of the specification goes there. */
    private static final int UNKNOWN = -1;

    private static final int MAX_LINES = 20_000;

    private final boolean keepLines;
    private final List<String> lines = new ArrayList<>();
    private long hash = 0x9e3779b97f4a7c15L;
    private final List<String> actions = new ArrayList<>();
    private final List<NodeTrace> nodes = new ArrayList<>();
    private final Map<Long, Integer> launches = new HashMap<>(Map.of(0L, REMOVED));
    private final Map<Long, Integer> directories = new HashMap<>(Map.of(0L, 1));
    private long epochs = 1;
    private boolean forgotten;
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
        if (keepLines && !forgotten) {
            actions.add(event);
        }
    }

    /**
     * Tells nothing in the specification's words, since a launch from a lost disk was not later than the one before, by the clock on the wall
     * that the two read: the specification takes for granted that it is.
     */
    void forget() {
        forgotten = true;
        actions.clear();
    }

    /** What happened, in the specification's actions; nothing if that is outside of what the specification is about. */
    List<String> actions() {
        return actions;
    }

    /** Whether it is asked for in words. */
    boolean isKept() {
        return keepLines;
    }

    /** Traces of the nodes, in their order. */
    List<NodeTrace> nodes() {
        return nodes;
    }

    /** Notes the number of a launch among those of its node. */
    void launched(final long origin, final int number) {
        launches.put(origin, number);
    }

    /** The number of a launch among those of its node; of origin 0, which stands for a removed node, another. */
    int launch(final long origin) {
        return launches.getOrDefault(origin, UNKNOWN);
    }

    /** Notes which one of its node's directories an incarnation may name. */
    void directory(final long incarnation, final int number) {
        directories.put(incarnation, number);
    }

    /** Which one of its node's directories an incarnation names: those that founded the group are the first. */
    int directoryOf(final long incarnation) {
        return directories.getOrDefault(incarnation, UNKNOWN);
    }

    /** Whether nobody has known an epoch of this number before: who knows it first has decided on it. */
    boolean decided(final long number) {
        if (number <= epochs) {
            return false;
        }
        epochs = number;
        return true;
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
