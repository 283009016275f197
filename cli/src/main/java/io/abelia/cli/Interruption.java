package io.abelia.cli;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** Lets a long command end in order when the user presses Ctrl-C: the loop looks at {@link #isWanted}, the exit waits for it. */
final class Interruption implements AutoCloseable {
    private static final long LONGEST_WAIT_S = 30;
    private final CountDownLatch done = new CountDownLatch(1);
    private volatile boolean wanted;

    Interruption() {
        Runtime.getRuntime().addShutdownHook(new Thread(this::interrupt, "interruption"));
    }

    private void interrupt() {
        wanted = true;
        try {
            if (!done.await(LONGEST_WAIT_S, TimeUnit.SECONDS)) {
                System.err.println("gave up waiting for a clean end after " + LONGEST_WAIT_S + " s");
            }
        } catch (final InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    boolean isWanted() {
        return wanted;
    }

    @Override
    public void close() {
        done.countDown();
    }
}
