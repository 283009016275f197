package io.abelia.cli;

/** The user asked for something that makes no sense; exit code 2. */
final class UsageException extends IllegalArgumentException {
    private static final long serialVersionUID = 1L;

    UsageException(final String message) {
        super(message);
    }
}
