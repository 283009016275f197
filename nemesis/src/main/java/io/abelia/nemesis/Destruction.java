package io.abelia.nemesis;

/**
 * A node's copies of what it had since some time are destroyed.
 *
 * @param node the node
 * @param sinceMs what it acknowledged from then on may have had no other copy
 * @param untilMs until its directory was destroyed
 */
record Destruction(int node, long sinceMs, long untilMs) {
    boolean explains(final int atNode, final long atMs) {
        return node == atNode && atMs >= sinceMs && atMs <= untilMs;
    }
}
