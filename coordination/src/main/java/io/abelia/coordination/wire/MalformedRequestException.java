package io.abelia.coordination.wire;

/** Bytes that no client of this version sends. */
public final class MalformedRequestException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public MalformedRequestException(final String message) {
        super(message);
    }

    MalformedRequestException(final String message, final Throwable cause) {
        super(message, cause);
    }
}
