package io.abelia.coordination.client;

import io.abelia.coordination.wire.Response;
import java.util.concurrent.CompletableFuture;

/** A request on its way: sent again until it is answered or nobody waits any more. */
final class Pending {
    private final long number;
    private final boolean needsClient;
    private final RequestBytes bytes;
    private final long deadlineNs;
    private final CompletableFuture<Response> response = new CompletableFuture<>();
    private volatile boolean sent;
    private long sentNs;
    private long sentAttempt;

    /** Encodes a request for a client. */
    @FunctionalInterface
    interface RequestBytes {
        byte[] encode(long client);
    }

    Pending(final long number, final boolean needsClient, final RequestBytes bytes, final long deadlineNs) {
        this.number = number;
        this.needsClient = needsClient;
        this.bytes = bytes;
        this.deadlineNs = deadlineNs;
    }

    long number() {
        return number;
    }

    /** Whether it can only be sent by a registered client. */
    boolean needsClient() {
        return needsClient;
    }

    byte[] encode(final long client) {
        return bytes.encode(client);
    }

    boolean hasExpired(final long nowNs) {
        return nowNs - deadlineNs > 0;
    }

    CompletableFuture<Response> response() {
        return response;
    }

    /** Whether it has ever left this machine: then nobody can say that it was not committed. */
    boolean wasSent() {
        return sent;
    }

    /** Whether it has to be sent, on the connection of that number. */
    boolean isDue(final long connection, final long nowNs, final long resendNs) {
        return sentAttempt != connection || nowNs - sentNs > resendNs;
    }

    void markSent(final long connection, final long nowNs) {
        sentAttempt = connection;
        sentNs = nowNs;
        sent = true;
    }
}
