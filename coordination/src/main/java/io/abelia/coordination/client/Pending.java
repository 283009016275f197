package io.abelia.coordination.client;

import io.abelia.coordination.wire.Response;
import java.util.concurrent.CompletableFuture;

/** A request on its way: sent again until it is answered or nobody waits any more. */
final class Pending {
    private final RequestName name;
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

    Pending(final RequestName name, final boolean needsClient, final RequestBytes bytes, final long deadlineNs) {
        this.name = name;
        this.needsClient = needsClient;
        this.bytes = bytes;
        this.deadlineNs = deadlineNs;
    }

    long number() {
        return name.number();
    }

    /** Whether it waits until this process is a client of the group. */
    boolean waitsForClient() {
        return needsClient && !name.isFixed();
    }

    /** Whether it is, or was, sent as that client. */
    boolean belongsTo(final long client) {
        return needsClient && name.fix(client) == client;
    }

    byte[] encode(final long client) {
        return bytes.encode(needsClient ? name.fix(client) : 0);
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
