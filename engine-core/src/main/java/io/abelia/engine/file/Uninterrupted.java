package io.abelia.engine.file;

import io.abelia.engine.lock.CommitLock;
import java.io.IOException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Runs work on files that a caller's thread has to wait for. A {@link java.nio.channels.FileChannel} closes itself when the thread that uses it
 * is interrupted, and the work is then half done for everybody; so it is done by a thread that cannot be interrupted, while the caller
 * waits for it and keeps its interrupt flag. Work that is already on such a thread stays there. Any thread.
 */
public final class Uninterrupted {
    private static final long IDLE_MS = 1_000;
    private static final ThreadPoolExecutor THREADS = new ThreadPoolExecutor(
            0,
            Integer.MAX_VALUE, // as many as there are callers that wait
            IDLE_MS,
            TimeUnit.MILLISECONDS,
            new SynchronousQueue<>(),
            task -> thread(task, "abelia-files"));

    /** Work with a result. */
    @FunctionalInterface
    public interface Work<T> {
        T run() throws IOException;
    }

    /** Work without a result. */
    @FunctionalInterface
    public interface Action {
        void run() throws IOException;
    }

    private Uninterrupted() {}

    /** A daemon thread, not started, on which {@link #call} runs at once: it ignores interrupts. */
    public static Thread thread(final Runnable task, final String name) {
        return new Uninterruptible(task, name);
    }

    /** Runs work and waits for it; what it throws is thrown here. */
    public static void run(final Action action) throws IOException {
        call(() -> {
            action.run();
            return action;
        });
    }

    /** Runs work and waits for it; what it throws is thrown here, with the caller's stack below its own. */
    public static <T> T call(final Work<T> work) throws IOException {
        assert CommitLock.mayWait() : "work on files with the commit lock held";
        if (Thread.currentThread() instanceof Uninterruptible) {
            return work.run();
        }
        final Task<T> task = new Task<>(work);
        try {
            THREADS.execute(task);
        } catch (final OutOfMemoryError e) {
            task.run(); // no thread is to be had: better here than not at all
        }
        return task.await();
    }

    /** Lets time pass, on a thread of {@link #call} or {@link #thread}; wake-ups of others do not shorten it. */
    public static void pause(final long pauseNs) {
        try {
            final boolean never = new CountDownLatch(1).await(pauseNs, TimeUnit.NANOSECONDS);
            assert !never;
        } catch (final InterruptedException e) {
            throw new IllegalStateException("nobody can interrupt a thread that works on files", e);
        }
    }

    private static final class Uninterruptible extends Thread {
        Uninterruptible(final Runnable task, final String name) {
            super(null, task, name, 0, false);
            setDaemon(true);
        }

        @Override
        public void interrupt() {
            // whoever wants this thread to end tells it otherwise
        }
    }

    private static final class Task<T> implements Runnable {
        private final Work<T> work;
        private final @Nullable ClassLoader loader = Thread.currentThread().getContextClassLoader();
        private final CountDownLatch done = new CountDownLatch(1);
        private @Nullable T result;
        private @Nullable Throwable thrown;

        Task(final Work<T> work) {
            this.work = work;
        }

        @Override
        public void run() {
            final Thread thread = Thread.currentThread();
            final ClassLoader own = thread.getContextClassLoader();
            thread.setContextClassLoader(loader);
            try {
                result = work.run();
            } catch (final IOException | RuntimeException | Error e) {
                thrown = e;
            } finally {
                thread.setContextClassLoader(own);
                done.countDown();
            }
        }

        @SuppressWarnings("NullAway") // a result may be what its type says it may be
        T await() throws IOException {
            boolean interrupted = false;
            while (done.getCount() > 0) {
                try {
                    done.await();
                } catch (final InterruptedException e) {
                    interrupted = true;
                }
            }
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
            if (thrown != null) {
                throwHere(thrown);
            }
            return result;
        }

        private static void throwHere(final Throwable thrown) throws IOException {
            final StackTraceElement[] there = thrown.getStackTrace();
            final StackTraceElement[] here = new Throwable().getStackTrace();
            final StackTraceElement[] both = new StackTraceElement[there.length + here.length];
            System.arraycopy(there, 0, both, 0, there.length);
            System.arraycopy(here, 0, both, there.length, here.length);
            thrown.setStackTrace(both);
            if (thrown instanceof IOException e) {
                throw e;
            }
            if (thrown instanceof RuntimeException e) {
                throw e;
            }
            throw (Error) thrown;
        }
    }
}
