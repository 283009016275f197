package io.abelia.proofs.simulator;

/** The power of a node fails in the middle of what it does. An Error, so that nothing takes it for a failure that it may handle. */
final class PowerLoss extends Error {
    private static final long serialVersionUID = 1L;

    PowerLoss() {
        super("power loss", null, false, false);
    }
}
