package io.abelia.engine.codec;

/** A well-formed record with a version, type or operation that this version does not know; kept aside, never skipped. */
public final class UnknownOperationException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public UnknownOperationException(final String message) {
        super(message);
    }
}
