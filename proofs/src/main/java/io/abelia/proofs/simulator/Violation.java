package io.abelia.proofs.simulator;

/** An invariant does not hold. */
final class Violation extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final Invariant invariant;

    Violation(final Invariant invariant, final String what) {
        super(invariant + ": " + what);
        this.invariant = invariant;
    }

    Violation(final Invariant invariant, final String what, final Throwable cause) {
        super(invariant + ": " + what, cause);
        this.invariant = invariant;
    }

    Invariant invariant() {
        return invariant;
    }
}
