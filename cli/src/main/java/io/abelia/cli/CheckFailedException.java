package io.abelia.cli;

/** A check did not hold; exit code 1. */
final class CheckFailedException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    CheckFailedException(final String message) {
        super(message);
    }
}
