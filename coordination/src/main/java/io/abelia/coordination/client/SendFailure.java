package io.abelia.coordination.client;

/** A request was not answered. */
final class SendFailure extends Exception {
    private static final long serialVersionUID = 1L;
    private final boolean sent;

    SendFailure(final boolean sent, final String message) {
        super(message);
        this.sent = sent;
    }

    /** Whether it may have been done all the same. */
    boolean wasSent() {
        return sent;
    }
}
