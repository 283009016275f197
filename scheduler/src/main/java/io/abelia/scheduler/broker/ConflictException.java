package io.abelia.scheduler.broker;

/** What was asked contradicts what is there already; nothing was changed. */
public final class ConflictException extends IllegalArgumentException {
    private static final long serialVersionUID = 1;

    public ConflictException(final String message) {
        super(message);
    }
}
