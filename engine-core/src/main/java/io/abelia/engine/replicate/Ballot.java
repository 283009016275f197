package io.abelia.engine.replicate;

/** Number of one attempt to decide the next epoch; a greater one overrides. */
record Ballot(long round, long node) implements Comparable<Ballot> {
    static final Ballot NONE = new Ballot(0, 0);

    @Override
    public int compareTo(final Ballot other) {
        return round != other.round ? Long.compare(round, other.round) : Long.compare(node, other.node);
    }
}
