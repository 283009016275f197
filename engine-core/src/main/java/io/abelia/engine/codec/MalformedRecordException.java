package io.abelia.engine.codec;

/** Bytes that are not a record of this format. The receiver counts and drops them, nothing of them is believed. */
public final class MalformedRecordException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public MalformedRecordException(final String message) {
        super(message);
    }
}
