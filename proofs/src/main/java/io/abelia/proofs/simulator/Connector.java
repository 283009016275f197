package io.abelia.proofs.simulator;

import io.abelia.engine.replicate.Transport;

/** Connects a launch of a node to the network. */
@FunctionalInterface
interface Connector {
    Transport connect(int node, long origin);
}
