package io.abelia.engine.transaction;

/** A read in mode COORDINATED was not answered: there is no leader with a majority, or it could not be reached in time. */
public final class CoordinationException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public CoordinationException(final String message) {
        super(message);
    }
}
