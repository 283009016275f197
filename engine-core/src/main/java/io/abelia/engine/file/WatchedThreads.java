package io.abelia.engine.file;

import java.util.concurrent.ThreadFactory;
import org.jspecify.annotations.Nullable;

/** Makes daemon threads that are to run until their owner is closed, and knows whether one has ended before. Any thread. */
public final class WatchedThreads implements ThreadFactory {
    private final @Nullable String name;
    private volatile @Nullable String ended;
    private volatile boolean endWanted;

    /**
     * Makes a factory.
     *
     * @param name of its threads; null if their users name them
     */
    public WatchedThreads(final @Nullable String name) {
        this.name = name;
    }

    @Override
    public Thread newThread(final Runnable task) {
        final Thread thread = new Thread(() -> {
            try {
                task.run();
            } finally {
                end("its thread " + Thread.currentThread().getName() + " has ended");
            }
        });
        if (name != null) {
            thread.setName(name);
        }
        thread.setDaemon(true);
        return thread;
    }

    /** Something that its threads work for has ended. */
    public void end(final String what) {
        if (ended == null && !endWanted) {
            ended = what;
        }
    }

    /** From now on threads may end. */
    public void expectEnd() {
        endWanted = true;
    }

    /** What has ended though it was to run; null if all runs. */
    public @Nullable String ended() {
        return ended;
    }
}
