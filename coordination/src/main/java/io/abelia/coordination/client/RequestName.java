package io.abelia.coordination.client;

/**
 * Under which client and number a request is sent: the same for ever once it has been sent, also when the process has become another
 * client since. Else what was done for the one could be done again for the other.
 */
final class RequestName {
    private final long number;
    private volatile long client;

    RequestName(final long number) {
        this.number = number;
    }

    long number() {
        return number;
    }

    /** Whether it has a client by now. */
    boolean isFixed() {
        return client != 0;
    }

    /** Its client, which is the present one if it has had none; on the client's own thread. */
    long fix(final long present) {
        if (client == 0) {
            client = present;
        }
        assert client != 0 : number;
        return client;
    }
}
