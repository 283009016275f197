package io.abelia.bench.paper;

/** The source of the paper and the results do not fit together. */
final class PaperException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    PaperException(final String message) {
        super(message);
    }
}
