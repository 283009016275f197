package io.abelia.engine.state;

/** There is no memory or disk for another block of state. */
public final class StateStoreFullException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public StateStoreFullException(final String message, final Throwable cause) {
        super(message, cause);
    }
}
