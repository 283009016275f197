package io.abelia.proofs.simulator;

/** A transaction or snapshot that a client holds open. */
interface Held {
    void letGo();
}
