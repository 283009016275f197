package io.abelia.scheduler.http;

import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;

/** A thread that does something again and again, with pauses, and goes on when it fails. */
final class Loop implements AutoCloseable {
    private static final long JOIN_MS = 5_000;

    /** What is done. */
    @FunctionalInterface
    interface Work {
        void run() throws Exception;
    }

    private final Thread thread;
    private volatile boolean open = true;

    Loop(final String name, final long pauseNs, final Work work, final Consumer<Throwable> errors) {
        thread = new Thread(
                () -> {
                    while (open) {
                        try {
                            work.run();
                        } catch (final InterruptedException e) {
                            return;
                        } catch (final Exception | Error e) {
                            errors.accept(e);
                        }
                        LockSupport.parkNanos(pauseNs);
                    }
                },
                name);
        thread.setDaemon(true);
        thread.start();
    }

    @Override
    public void close() {
        open = false;
        thread.interrupt();
        try {
            thread.join(JOIN_MS);
        } catch (final InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
