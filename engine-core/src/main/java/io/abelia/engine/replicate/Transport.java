package io.abelia.engine.replicate;

import org.agrona.DirectBuffer;

/**
 * Carries messages between nodes. It may lose, duplicate, delay and reorder them; it must not change them. Called by the thread
 * that runs the {@link Replica}; the bytes are valid during the call only.
 */
public interface Transport {
    /** Receives a node's messages: {@link Replica#onMessage}. */
    @FunctionalInterface
    interface Receiver {
        /** One message; the bytes are valid during the call only. */
        void onMessage(DirectBuffer buffer, int offset, int lengthBytes);
    }

    /** Sends to one node; false if it cannot be taken now. */
    boolean send(long node, DirectBuffer buffer, int offset, int lengthBytes);

    /** Sends to all other nodes; false if it cannot be taken now but will be later. With nobody to send to, it is taken. */
    boolean broadcast(DirectBuffer buffer, int offset, int lengthBytes);

    /** Longest message in bytes; at least {@link Replica#MIN_MESSAGE_BYTES}. */
    int maxMessageBytes();
}
